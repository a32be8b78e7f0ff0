/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: READ, VERIFY, WRITE and WRITE FILEMARKS. */
#include <string.h>

#include "tests/model/parts.h"

enum { FIXED = 0x01, SILI = 0x02, IMMED_OF_VERIFY = 0x04, VBF = 0x08, VTE = 0x20 };
enum { RESERVE = 16 * 4096 }; /* behind the end of a partition, for filemarks */

struct transfer {
	bool fixed, sili;
	uint32_t n; /* TRANSFER LENGTH */
	uint32_t block, records, size;
};

static uint32_t length_of(const struct call *c)
{
	return get_be24(c->cdb + (c->cdb[0] < 0x80 ? 2 : 12));
}

static bool decode(struct call *c, bool has_sili, struct transfer *t)
{
	*t = (struct transfer){ .fixed = c->cdb[1] & FIXED,
		.sili = has_sili && c->cdb[1] & SILI,
		.n = length_of(c),
		.block = c->host->block_length };
	t->records = t->n == 0 ? 0 : t->fixed ? t->n : 1;
	t->size = t->fixed ? t->block : t->n;
	if (t->fixed && t->sili)
		return fail_cdb(c, 1, 1);
	return !t->fixed || t->block || fail_cdb(c, 1, 0);
}

/* --- reading ------------------------------------------------------------------------------------------ */

/* What is no record ends a transfer: a mark is passed; the end of data and a record without its key are not. */
static bool no_record(struct call *c, uint32_t left)
{
	const struct model_object *o = model_object(c->m);
	unsigned why = o && !o->mark ? key_refuses(c, o) : 0;
	if (o && !o->mark && !why)
		return false;
	if (!o) {
		fail_end_of_data(c);
	} else if (o->mark) {
		fail(c, 0, 0x00, 0x01);
		flag(c, FLAG_MARK);
		c->m->at++;
	} else {
		fail(c, 7, 0x74, why);
	}
	info(c, left);
	return true;
}

static void give(struct call *c, const struct model_object *o, uint32_t n)
{
	model_pattern(c->a->in + c->a->in_len, n, o->seed);
	c->a->in_len += n;
	c->a->want += n;
}

/* SILI hides that a record is shorter always, that it is longer only when the block length is 0. */
static void read_records(struct call *c, const struct transfer *t, bool data)
{
	for (uint32_t left = t->records; left; left--) {
		if (no_record(c, t->fixed ? left : t->n))
			return;
		const struct model_object *o = model_object(c->m);
		c->m->at++;
		if (data)
			give(c, o, o->len < t->size ? o->len : t->size);
		if (o->len == t->size || (t->sili && (o->len < t->size || !t->block)))
			continue;
		fail(c, 0, 0, 0);
		flag(c, FLAG_ILI);
		info(c, t->fixed ? left : (int64_t)t->size - o->len);
		return;
	}
}

void run_read(struct call *c)
{
	struct transfer t;
	if (decode(c, true, &t) && t.n && go_place(c, false))
		read_records(c, &t, true);
}

/* To a number of filemarks, or with 0 to end of data. */
static void verify_span(struct call *c, uint32_t marks)
{
	for (uint32_t left = marks; left || !marks;) {
		const struct model_object *o = model_object(c->m);
		if (!o && !marks)
			return;
		if (o && o->mark)
			c->m->at++, left -= marks != 0;
		else if (no_record(c, left))
			return;
		else
			c->m->at++;
	}
}

void run_verify(struct call *c)
{
	struct transfer t;
	bool end = c->cdb[1] & VTE, marks = c->cdb[1] & VBF;
	if (end && marks) {
		fail_cdb(c, 1, 3);
		return;
	}
	if ((end || marks) && c->cdb[1] & FIXED) {
		fail_cdb(c, 1, 0);
		return;
	}
	if (!decode(c, false, &t) || (!t.n && !end) || !go_place(c, false))
		return;
	c->early = c->cdb[1] & IMMED_OF_VERIFY;
	if (end || marks)
		verify_span(c, end ? 0 : t.n);
	else
		read_records(c, &t, false);
}

/* --- writing ------------------------------------------------------------------------------------------ */

static void warn_early(struct call *c)
{
	if (!model_early_warning(c->m))
		return;
	fail(c, 0, 0x00, 0x02);
	flag(c, FLAG_EOM);
	info(c, 0);
}

static bool may_append(struct call *c)
{
	return worm_allows(c->m) || fail(c, 7, 0x30, 0x0c);
}

/* One object; false: it has no room, and left of them remain. */
static bool put(struct call *c, struct model_object o, uint64_t limit, int64_t left)
{
	struct model_partition *p = model_here(c->m);
	uint64_t charge = o.mark ? 4096 : o.len;
	if (p->objects[c->m->at].charge + charge > limit) {
		fail(c, 13, 0x00, 0x02);
		flag(c, FLAG_EOM);
		info(c, left);
		return false;
	}
	part_append(c->m, o);
	return true;
}

static void write_records(struct call *c, const struct transfer *t)
{
	const struct model_keys *k = model_keys_of(c->m, c->in->who);
	struct model_object o = { .len = t->size, .seed = c->in->seed };
	if (k->encryption == 2) {
		o.cipher = k->key;
		o.never_raw = k->rdmc != 2;
		memcpy(o.kad, k->kad, sizeof o.kad);
	}
	o.vague = c->m->compresses && c->m->can_compress;
	for (uint32_t left = t->records; left; left--, o.seed++) {
		/* The data of a record that has no room are not asked for. */
		if (!put(c, o, model_here(c->m)->capacity, t->fixed ? left : t->n))
			return;
		c->a->want += t->size;
	}
	warn_early(c);
}

void run_write(struct call *c)
{
	struct transfer t;
	if (!decode(c, false, &t) || !t.n)
		return;
	uint64_t bytes = (uint64_t)t.records * t.size;
	if (!t.fixed && t.n > MODEL_RECORD_MAX) {
		fail_cdb(c, c->cdb[0] < 0x80 ? 2 : 12, 7);
		return;
	}
	if (c->in->out_len < bytes) {
		c->a->want = bytes;
		fail(c, 5, 0x4b, 0x00);
		return;
	}
	if (!go_place(c, true) || !may_append(c))
		return;
	if (key_locks_out(c))
		fail(c, 7, 0x2a, 0x13);
	else
		write_records(c, &t);
}

void run_marks(struct call *c)
{
	uint32_t n = length_of(c);
	if (n && c->m->protected) {
		fail_protected(c);
		return;
	}
	if (!go_place(c, true) || !n || !may_append(c))
		return;
	uint64_t limit = model_here(c->m)->capacity + RESERVE;
	for (uint32_t left = n; left; left--)
		if (!put(c, (struct model_object){ .mark = true }, limit, left))
			return;
	warn_early(c);
}
