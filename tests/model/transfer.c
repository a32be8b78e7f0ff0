/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: READ, VERIFY, WRITE and WRITE FILEMARKS. */
#include <string.h>

#include "tests/model/parts.h"

enum { FIXED = 0x01, SILI = 0x02, IMMED_OF_VERIFY = 0x04, VBF = 0x08, VLBPM = 0x10, VTE = 0x20 };
enum { RESERVE = 16 * 4096 }; /* behind the end of a partition, for filemarks */

struct transfer {
	bool fixed, sili;
	uint32_t n; /* TRANSFER LENGTH */
	uint32_t block, records, size;
	unsigned method; /* of the value behind each block; 0: there is none */
	uint32_t extra;  /* its bytes */
	unsigned asked;  /* VERIFY: the method that records must have */
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
	t->method = model_protects(c->host, c->cdb[0] == 0x0a || c->cdb[0] == 0x8a);
	t->extra = t->method ? MODEL_VALUE : 0;
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

/* So many bytes of the record and of the value behind it; there is room for both. */
static void give(struct call *c, const struct model_object *o, const struct transfer *t)
{
	uint8_t *to = c->a->in + c->a->in_len;
	uint32_t whole = o->len + t->extra, n = whole < t->size ? whole : t->size;
	model_pattern(to, o->len < n ? o->len : n, o->seed);
	if (n > o->len) {
		uint8_t value[MODEL_VALUE];
		model_protection(t->method, to, o->len, value);
		memcpy(to + o->len, value, n - o->len);
	}
	c->a->in_len += n;
	c->a->want += n;
	c->m->mount.read += o->len;
	c->m->mount.records_read++;
}

/* The record is kept with another method than VERIFY asks for. */
static bool wrong_method(struct call *c, const struct model_object *o, unsigned asked, int64_t left)
{
	if (!asked || o->protection == asked)
		return false;
	fail(c, 3, 0x10, 0x05);
	info(c, left);
	return true;
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
			give(c, o, t);
		uint32_t whole = o->len + t->extra;
		if (wrong_method(c, o, t->asked, t->fixed ? left : t->n))
			return;
		if (whole == t->size || (t->sili && (whole < t->size || !t->block))) {
			if (!tell_reader(c, t->fixed ? left - 1 : t->n))
				return;
			continue;
		}
		fail(c, 0, 0, 0);
		flag(c, FLAG_ILI);
		info(c, t->fixed ? left : (int64_t)t->size - whole);
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
static void verify_span(struct call *c, uint32_t marks, unsigned asked)
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
		if (o && !o->mark && wrong_method(c, o, asked, left))
			return;
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
	unsigned asked = c->cdb[1] & VLBPM ? c->host->protection : 0;
	if (c->cdb[1] & VLBPM && !asked) {
		fail_cdb(c, 1, 4);
		return;
	}
	if (!decode(c, false, &t) || (!t.n && !end) || !go_place(c, false))
		return;
	c->early = c->cdb[1] & IMMED_OF_VERIFY;
	t.asked = asked;
	if (end || marks)
		verify_span(c, end ? 0 : t.n, asked);
	else
		read_records(c, &t, false);
}

/* --- writing ------------------------------------------------------------------------------------------ */

/* False: the object has no room, and left of them remain. */
static bool fits(struct call *c, const struct model_object *o, uint64_t limit, int64_t left)
{
	struct model_partition *p = model_here(c->m);
	uint64_t charge = o->mark ? 4096 : o->len;
	if (p->objects[c->m->at].charge + charge > limit) {
		fail(c, 13, 0x00, 0x02);
		flag(c, FLAG_EOM);
		info(c, left);
		return false;
	}
	return true;
}

/* Whether this is the value of the record's bytes, which are before it. */
static bool sound(const uint8_t *value, const struct model_object *o)
{
	uint8_t right[MODEL_VALUE];
	model_protection(o->protection, value - o->len, o->len, right);
	return !memcmp(value, right, MODEL_VALUE);
}

static void write_records(struct call *c, const struct transfer *t)
{
	const struct model_keys *k = model_keys_of(c->m, c->in->who);
	struct model_object o = { .len = t->size - t->extra,
		.seed = c->in->seed,
		.protection = (uint8_t)t->method };
	const uint8_t *value = c->in->out + o.len;
	if (k->encryption == 2) {
		o.cipher = k->key;
		o.never_raw = k->rdmc != 2;
		memcpy(o.kad, k->kad, sizeof o.kad);
	}
	o.vague = t->method || (c->m->compresses && c->m->can_compress);
	for (uint32_t left = t->records; left; left--, o.seed++) {
		/* The data of a record that has no room are not asked for. */
		if (!fits(c, &o, model_here(c->m)->capacity, t->fixed ? left : t->n))
			return;
		c->a->want += t->size;
		if (t->method && !sound(value + (size_t)(t->records - left) * t->size, &o)) {
			fail(c, 4, 0x10, 0x01);
			info(c, t->fixed ? left : t->n);
			return;
		}
		part_append(c->m, o);
		c->m->mount.written += o.len;
		c->m->mount.records_written++;
	}
	if (!c->m->buffered)
		parts_sync(c->m);
	tell_writer(c);
}

void run_write(struct call *c)
{
	struct transfer t;
	if (!decode(c, false, &t) || !t.n)
		return;
	uint64_t bytes = (uint64_t)t.records * t.size;
	if (t.size <= t.extra || t.size - t.extra > MODEL_RECORD_MAX) {
		if (t.fixed)
			fail_cdb(c, 1, 0);
		else
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
	enum { IMMED = 1 };
	uint32_t n = length_of(c);
	if (n && c->m->protected) {
		fail_protected(c);
		return;
	}
	struct model_overwrite allowed = c->m->overwrite;
	bool there = go_place(c, true);
	if (!n)
		c->m->overwrite = allowed; /* it flushes, which is no writing */
	if (there && !n && !(c->cdb[1] & IMMED))
		parts_sync(c->m);
	if (!there || !n || !may_append(c))
		return;
	uint64_t limit = model_here(c->m)->capacity + RESERVE;
	const struct model_object mark = { .mark = true };
	for (uint32_t left = n; left; left--) {
		if (!fits(c, &mark, limit, left))
			return;
		part_append(c->m, mark);
	}
	if (!(c->cdb[1] & IMMED))
		parts_sync(c->m);
	tell_writer(c);
}
