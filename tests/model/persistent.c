/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: reservations: PERSISTENT RESERVE IN and OUT (SPC-5 5.13, 6.16, 6.17), and RESERVE of SPC-2. */
#include <string.h>

#include "tests/model/parts.h"

enum { CONFLICT = 0x18, OTHERS = MODEL_HOSTS, LIST = 24 };
enum { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT, REGISTER_AND_IGNORE };
enum { SPEC_I_PT = 0x08, ALL_TG_PT = 0x04, APTPL = 0x01 };
enum { WRITE_EXCLUSIVE = 1, EXCLUSIVE_ACCESS = 3, REGISTRANTS = 5, ALL_REGISTRANTS = 7, TYPES = 8 };

/* --- who may do what ----------------------------------------------------------------------------------- */

static bool registered(const struct model *m, unsigned who)
{
	return m->host[who].key != 0;
}

static bool holds(const struct model *m, unsigned who)
{
	const struct model_persistent *p = &m->persistent;
	return p->type && registered(m, who) && (p->type >= ALL_REGISTRANTS || p->holder == who);
}

static bool nobody(const struct model *m)
{
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		if (registered(m, i))
			return false;
	return true;
}

/* Types 1, 5 and 7 let others read. */
static bool writes_are_exclusive(unsigned type)
{
	return type == WRITE_EXCLUSIVE || type == REGISTRANTS || type == ALL_REGISTRANTS;
}

static bool has_access(const struct model *m, unsigned who)
{
	return holds(m, who) || (registered(m, who) && m->persistent.type >= REGISTRANTS);
}

bool reserves(const struct model *m, unsigned who)
{
	return m->reserved_by == (int)who || (m->persistent.type && has_access(m, who));
}

bool anyone_reserves(const struct model *m)
{
	return m->reserved_by >= 0 || m->persistent.type;
}

bool conflicts(const struct call *c, bool reads, bool passes)
{
	const struct model *m = c->m;
	if (m->reserved_by >= 0 && m->reserved_by != (int)c->in->who)
		return true;
	unsigned type = m->persistent.type;
	return type && !passes && !has_access(m, c->in->who) && !(reads && writes_are_exclusive(type));
}

static void conflict(struct call *c)
{
	c->a->status = CONFLICT;
}

/* --- RESERVE and RELEASE ------------------------------------------------------------------------------- */

void run_reserve(struct call *c)
{
	if (!nobody(c->m) || (c->m->reserved_by >= 0 && c->m->reserved_by != (int)c->in->who))
		conflict(c);
	else
		c->m->reserved_by = (int)c->in->who;
}

void run_release(struct call *c)
{
	if (!nobody(c->m)) {
		conflict(c);
	} else if (c->m->reserved_by == (int)c->in->who) {
		c->m->reserved_by = -1;
		key_ends_with_reservation(c->m, false);
	}
}

/* --- PERSISTENT RESERVE IN ------------------------------------------------------------------------------ */

/* The hosts in the order of their registrations; how many are registered. */
static unsigned in_order(const struct model *m, unsigned who[static MODEL_HOSTS])
{
	unsigned n = 0;
	_Static_assert(MODEL_HOSTS == 2, "one is earlier, the other later");
	unsigned first = m->host[0].registered_at > m->host[1].registered_at;
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		if (registered(m, i ? !first : first))
			who[n++] = i ? !first : first;
	return n;
}

static unsigned put_keys(const struct model *m, uint8_t *in)
{
	unsigned who[MODEL_HOSTS], n = in_order(m, who);
	for (unsigned i = 0; i < n; i++)
		put_be64(in + 8 * i, m->host[who[i]].key);
	return 8 * n;
}

static unsigned put_reservation(const struct model *m, uint8_t *in)
{
	const struct model_persistent *p = &m->persistent;
	if (!p->type)
		return 0;
	put_be64(in, p->type >= ALL_REGISTRANTS ? 0 : m->host[p->holder].key);
	in[13] = (uint8_t)p->type;
	return 16;
}

/* TransportIDs of iSCSI initiator ports, padded with zeros to a multiple of four (SPC-5 7.6.4.6). */
static unsigned put_full_status(const struct model *m, uint8_t *in)
{
	unsigned who[MODEL_HOSTS], n = in_order(m, who), at = 0;
	for (unsigned i = 0; i < n; i++) {
		const char *port = m->host[who[i]].port;
		unsigned len = ((unsigned)strlen(port) + 1 + 3) & ~3u;
		put_be64(in + at, m->host[who[i]].key);
		in[at + 12] = holds(m, who[i]);
		in[at + 13] = holds(m, who[i]) ? (uint8_t)m->persistent.type : 0;
		in[at + 19] = 1; /* the only target port */
		put_be32(in + at + 20, 4 + len);
		in[at + 24] = 0x45;
		put_be16(in + at + 26, len);
		memcpy(in + at + 28, port, strlen(port));
		at += 28 + len;
	}
	return at;
}

void run_persistent_in(struct call *c)
{
	static unsigned (*const put[])(const struct model *m, uint8_t *in) = { put_keys, put_reservation,
		NULL, put_full_status };
	unsigned action = c->cdb[1] & 0x1f, len = 0;
	uint8_t in[MODEL_SHORT] = { 0 };
	if (c->m->reserved_by >= 0) {
		conflict(c);
		return;
	}
	if (put[action]) {
		len = put[action](c->m, in + 8);
		put_be32(in, c->m->persistent.generation);
		put_be32(in + 4, len);
	} else { /* REPORT CAPABILITIES: PTPL_C; TMV, PTPL_A; types 1, 3, 5, 6, 7 and 8 */
		const uint8_t all[] = { 0, 8, 1, 0x80 | c->m->persistent.kept, 0xea, 0x01 };
		memcpy(in, all, sizeof all);
	}
	answer(c, in, 8 + len, get_be16(c->cdb + 7));
}

/* --- PERSISTENT RESERVE OUT ----------------------------------------------------------------------------- */

struct request {
	unsigned action, type;
	uint64_t key, action_key;
	bool kept;
};

static void tell_registered(struct call *c, enum attention what)
{
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		if (i != c->in->who && registered(c->m, i))
			attend(c->m, i, what);
}

static void end_reservation(struct call *c)
{
	if (c->m->persistent.type >= REGISTRANTS)
		tell_registered(c, ATTENTION_RELEASED);
	c->m->persistent.type = 0;
}

/* A reservation ends with the registration of its holder, or of the last one of them. */
static void unregister(struct call *c, unsigned who)
{
	bool held = holds(c->m, who);
	c->m->host[who].key = 0;
	if (held && (c->m->persistent.type < ALL_REGISTRANTS || nobody(c->m)))
		end_reservation(c);
}

static void register_key(struct call *c, const struct request *r)
{
	struct model *m = c->m;
	bool was = registered(m, c->in->who);
	if (!was && !r->action_key)
		return;
	if (!was)
		c->host->registered_at = ++m->persistent.registrations;
	if (r->action_key)
		c->host->key = r->action_key;
	else
		unregister(c, c->in->who);
	m->persistent.kept = r->kept;
	m->persistent.generation++;
	key_ends_with_reservation(m, false);
}

static bool type_ok(struct call *c, const struct request *r)
{
	bool is = r->type == WRITE_EXCLUSIVE || r->type == EXCLUSIVE_ACCESS ||
		(r->type >= REGISTRANTS && r->type <= TYPES);
	if (c->cdb[2] >> 4)
		return fail_cdb(c, 2, 7);
	return is || fail_cdb(c, 2, 3);
}

static void take_reservation(struct call *c, const struct request *r)
{
	c->m->persistent.type = r->type;
	c->m->persistent.holder = c->in->who;
}

static void reserve(struct call *c, const struct request *r)
{
	unsigned type = c->m->persistent.type;
	if (!type_ok(c, r))
		return;
	if (type && (!holds(c->m, c->in->who) || type != r->type))
		conflict(c);
	else if (!type)
		take_reservation(c, r);
}

static void release(struct call *c, const struct request *r)
{
	if (!holds(c->m, c->in->who))
		return;
	if (c->cdb[2] >> 4 || r->type != c->m->persistent.type) {
		fail(c, 5, 0x26, 0x04);
		return;
	}
	end_reservation(c);
	key_ends_with_reservation(c->m, false);
}

static void clear(struct call *c)
{
	tell_registered(c, ATTENTION_PREEMPTED);
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		c->m->host[i].key = 0;
	c->m->persistent.type = 0;
	c->m->persistent.generation++;
	key_ends_with_reservation(c->m, false);
}

/* Ends the registrations with the key, or with 0 all, but that of `spared`. */
static void remove_key(struct call *c, uint64_t key, unsigned spared, bool aborts)
{
	for (unsigned i = 0; i < MODEL_HOSTS; i++) {
		struct model_host *h = &c->m->host[i];
		if (!h->key || (key && h->key != key) || i == spared)
			continue;
		h->key = 0;
		if (i == c->in->who)
			continue;
		attend(c->m, i, ATTENTION_UNREGISTERED);
		h->prevents &= !aborts;
	}
}

static bool has_key(const struct model *m, uint64_t key)
{
	return m->host[0].key == key || m->host[1].key == key;
}

/* SPC-5 table 63 */
static void preempt(struct call *c, const struct request *r)
{
	struct model_persistent *p = &c->m->persistent;
	bool all = p->type >= ALL_REGISTRANTS, aborts = r->action == PREEMPT_AND_ABORT;
	unsigned before = p->type;
	if (p->type && (all ? !r->action_key : c->m->host[p->holder].key == r->action_key)) {
		if (!type_ok(c, r))
			return;
		remove_key(c, r->action_key, c->in->who, aborts);
		take_reservation(c, r);
		if (before != r->type)
			tell_registered(c, ATTENTION_RELEASED);
	} else if (!r->action_key) {
		fail_list(c, 8, 7);
		return;
	} else if (!has_key(c->m, r->action_key)) {
		conflict(c);
		return;
	} else {
		remove_key(c, r->action_key, OTHERS, aborts);
		if (all && nobody(c->m))
			p->type = 0;
	}
	p->generation++;
	key_ends_with_reservation(c->m, true);
}

static bool list_ok(struct call *c, struct request *r)
{
	const uint8_t *p = c->in->out;
	bool registers = r->action == REGISTER || r->action == REGISTER_AND_IGNORE;
	uint32_t len = get_be32(c->cdb + 5);
	if (len < LIST)
		return fail(c, 5, 0x1a, 0x00);
	c->a->want = LIST;
	if (p[20] & SPEC_I_PT)
		return fail_list(c, 20, 3);
	if (len > LIST)
		return fail(c, 5, 0x1a, 0x00);
	if (registers && p[20] & ALL_TG_PT)
		return fail_list(c, 20, 2);
	r->key = get_be64(p);
	r->action_key = get_be64(p + 8);
	r->kept = p[20] & APTPL;
	return true;
}

/* The registered key, or 0 from who is not registered and wants to be. */
static bool key_ok(const struct call *c, const struct request *r)
{
	if (r->action == REGISTER_AND_IGNORE)
		return true;
	if (!c->host->key)
		return r->action == REGISTER && !r->key;
	return c->host->key == r->key;
}

void run_persistent_out(struct call *c)
{
	struct request r = { .action = c->cdb[1] & 0x1f, .type = c->cdb[2] & 15 };
	if (!list_ok(c, &r))
		return;
	if (c->m->reserved_by >= 0 || !key_ok(c, &r)) {
		conflict(c);
		return;
	}
	switch (r.action) {
	case RESERVE: reserve(c, &r); break;
	case RELEASE: release(c, &r); break;
	case CLEAR: clear(c); break;
	case PREEMPT:
	case PREEMPT_AND_ABORT: preempt(c, &r); break;
	default: register_key(c, &r);
	}
}
