/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: SET DATA ENCRYPTION, the pages that tell of it, and who can read what (SSC-5 4.2.22, 8.5). */
#include <string.h>

#include "tests/model/parts.h"

enum { PAGE_SET = 0x10, PAGE_STATUS = 0x20, PAGE_NEXT = 0x21 };
enum { OFF = 0, RAW = 1, DECRYPT = 2, MIXED = 3, ENCRYPT = 2, RAW_ENABLED = 2, EXTERNAL = 2 };
enum { UNABLE = 1, NOT_ENCRYPTED = 2, WRONG_KEY = 3, MISMATCH = 9, NOT_RAW = 10 };

const struct model_keys *model_keys_of(const struct model *m, unsigned who)
{
	const struct model_host *h = &m->host[who];
	return h->has_local ? &h->local : &m->shared;
}

bool key_locks_out(const struct call *c)
{
	return c->host->locked && c->host->lock_instance != model_keys_of(c->m, c->in->who)->instance;
}

unsigned key_refuses(const struct call *c, const struct model_object *o)
{
	const struct model_keys *k = model_keys_of(c->m, c->in->who);
	if (!o->cipher)
		return k->decryption == DECRYPT ? NOT_ENCRYPTED : 0;
	if (k->decryption == OFF)
		return UNABLE;
	if (k->decryption == RAW)
		return o->never_raw ? NOT_RAW : 0;
	if (o->cipher != k->key)
		return WRONG_KEY;
	return k->ceem == EXTERNAL ? MISMATCH : 0;
}

/* --- setting ------------------------------------------------------------------------------------------ */

/* With bytes 4 to 8 and the length of the key checked. */
static bool list_ok(struct call *c, const uint8_t *p)
{
	bool off = p[6] == OFF && p[7] == OFF, needs_key = p[6] == ENCRYPT || p[7] >= DECRYPT;
	unsigned key = get_be16(p + 18);
	if (p[4] >> 5 > MODEL_ALL)
		return fail_list(c, 4, 7);
	if (p[4] >> 5 == MODEL_PUBLIC)
		return true;
	if ((p[5] >> 4 & 3) == 1)
		return fail_list(c, 5, 5);
	if (p[5] & 8)
		return fail_list(c, 5, 3);
	if (p[6] != OFF && p[6] != ENCRYPT)
		return fail_list(c, 6, 7);
	if (p[7] > MIXED)
		return fail_list(c, 7, 7);
	if (p[8] != 1 && !off)
		return fail_list(c, 8, 7);
	if (key != 32 && (key || needs_key))
		return fail_list(c, 18, 7);
	if (p[5] & 4 && !c->m->loaded)
		return fail_list(c, 5, 2);
	if (reserves(c->m, c->in->who))
		return true;
	if (p[5] & 2) /* there is no reservation that could be preempted, or lost */
		return fail_list(c, 5, 1);
	return !(p[5] & 1) || fail_list(c, 5, 0);
}

/* The descriptors behind the key, at most one of each kind. */
static void take_kads(struct model_keys *k, const uint8_t *p)
{
	size_t end = 4u + get_be16(p + 2);
	for (size_t at = 20u + get_be16(p + 18); at < end; at += 4u + p[at + 3])
		k->kad[p[at]] = (struct model_kad){ true, p[at + 3], p[at + 3] ? p[at + 4] : 0 };
}

static void establish(struct call *c, struct model_keys *k)
{
	const uint8_t *p = c->in->out;
	*k = (struct model_keys){ .established = true, .instance = ++c->m->instances, .owner = c->in->who };
	if (p[6] == OFF && p[7] == OFF)
		return;
	k->works = true;
	k->ceem = p[5] >> 6;
	k->rdmc = p[5] >> 4 & 3;
	k->ckod = p[5] & 4;
	k->ckorp = p[5] & 2;
	k->ckorl = p[5] & 1;
	k->encryption = p[6];
	k->decryption = p[7];
	k->key = get_be16(p + 18) ? p[20] : 0;
	take_kads(k, p);
}

static void tell_sharers(struct model *m, enum attention what, int except)
{
	for (int i = 0; i < MODEL_HOSTS; i++)
		if (i != except && m->host[i].scope != MODEL_LOCAL)
			attend(m, (unsigned)i, what);
}

void run_security_out(struct call *c)
{
	struct model *m = c->m;
	struct model_host *h = c->host;
	const uint8_t *p = c->in->out;
	c->a->want = get_be32(c->cdb + 6);
	if (!list_ok(c, p))
		return;
	enum model_scope scope = p[4] >> 5;
	bool worked = m->shared.works;
	if (scope == MODEL_LOCAL && !h->has_local)
		h->local_made = ++m->locals_made;
	h->has_local = scope == MODEL_LOCAL;
	if (scope == MODEL_LOCAL)
		establish(c, &h->local);
	if (scope == MODEL_ALL) {
		establish(c, &m->shared);
		if (worked || m->shared.works)
			tell_sharers(m, ATTENTION_KEY_CHANGED, (int)c->in->who);
	}
	h->scope = scope;
	h->locked = p[4] & 1;
	h->lock_instance = model_keys_of(m, c->in->who)->instance;
}

enum event { UNLOADED, LOST, PREEMPTED };

static bool ends(struct model *m, struct model_keys *k, enum event event)
{
	bool wants = event == UNLOADED ? k->ckod : k->ckorl || (event == PREEMPTED && k->ckorp);
	if (!k->works || !wants || (event != UNLOADED && reserves(m, k->owner)))
		return false;
	*k = (struct model_keys){ .instance = ++m->instances };
	return true;
}

static void end_some(struct model *m, enum event event)
{
	if (ends(m, &m->shared, event))
		tell_sharers(m, ATTENTION_KEY_LOST, -1);
	/* In the order in which they were made, as the drive counts them. */
	_Static_assert(MODEL_HOSTS == 2, "one is earlier, the other later");
	unsigned first = m->host[0].local_made > m->host[1].local_made;
	for (unsigned n = 0; n < MODEL_HOSTS; n++) {
		unsigned i = n ? !first : first;
		if (m->host[i].has_local && ends(m, &m->host[i].local, event))
			attend(m, i, ATTENTION_KEY_LOST);
	}
}

void key_ends_with_unload(struct model *m)
{
	end_some(m, UNLOADED);
}

void key_ends_with_reservation(struct model *m, bool preempted)
{
	end_some(m, preempted ? PREEMPTED : LOST);
}

void key_ends_with_reset(struct model *m)
{
	m->shared = (struct model_keys){ .instance = ++m->instances };
	for (unsigned i = 0; i < MODEL_HOSTS; i++) {
		m->host[i].scope = MODEL_PUBLIC;
		m->host[i].locked = m->host[i].has_local = false;
	}
}

/* --- telling ------------------------------------------------------------------------------------------ */

/* Behind at bytes; authenticated: what is said of those that the tag of a record covers.  The length of the answer. */
static unsigned put_kads(uint8_t *in, unsigned at, const struct model_kad *kad, uint8_t authenticated)
{
	for (unsigned i = 0; i < MODEL_KADS; i++) {
		if (!kad[i].there)
			continue;
		in[at] = (uint8_t)i;
		in[at + 1] = i ? authenticated : 0;
		put_be16(in + at + 2, kad[i].len);
		memset(in + at + 4, kad[i].byte, kad[i].len);
		at += 4u + kad[i].len;
	}
	put_be16(in + 2, at - 4);
	return at;
}

static void tell_status(struct call *c)
{
	const struct model_keys *k = model_keys_of(c->m, c->in->who);
	uint8_t in[MODEL_SHORT] = { 0, PAGE_STATUS };
	enum model_scope key_scope = c->host->scope == MODEL_LOCAL ? MODEL_LOCAL
		: k->established                                   ? MODEL_ALL
								   : MODEL_PUBLIC;
	in[4] = (uint8_t)(c->host->scope << 5 | key_scope);
	in[5] = k->encryption;
	in[6] = k->decryption;
	in[7] = k->works;
	put_be32(in + 8, k->instance);
	in[12] = (uint8_t)(0x10 | k->ceem << 1 | (k->works && k->rdmc != RAW_ENABLED));
	answer(c, in, put_kads(in, 24, k->kad, 0), get_be32(c->cdb + 6));
}

static void tell_next(struct call *c)
{
	const struct model_object *o = model_object(c->m);
	const struct model_keys *k = model_keys_of(c->m, c->in->who);
	enum { NOT_ATTEMPTED = 1 };
	static const struct model_kad none[MODEL_KADS];
	uint8_t in[MODEL_SHORT] = { 0, PAGE_NEXT };
	bool record = o && !o->mark, cipher = record && o->cipher;
	bool right = cipher && k->decryption != RAW && !key_refuses(c, o);
	if (!c->m->loaded) {
		fail(c, 2, 0x04, 0x02);
		return;
	}
	put_be64(in + 4, c->m->at);
	in[12] = !record ? 0x22 : !cipher ? 0x33 : right ? 0x35 : 0x36;
	in[13] = cipher;
	in[14] = cipher && o->never_raw;
	c->a->unknown[12] = record && o->vague; /* whether it is compressed */
	answer(c, in, put_kads(in, 16, cipher ? o->kad : none, NOT_ATTEMPTED), get_be32(c->cdb + 6));
}

void run_security_in(struct call *c)
{
	if (get_be16(c->cdb + 2) == PAGE_STATUS)
		tell_status(c);
	else
		tell_next(c);
}
