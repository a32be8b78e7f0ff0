/* SPDX-License-Identifier: Apache-2.0 */
/* The reference tape. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"

void model_init(struct model *m)
{
	memset(m, 0, sizeof *m);
	m->loaded = true;
}

void model_fini(struct model *m)
{
	free(m->objects);
}

static void say(struct model_answer *a, unsigned key, unsigned asc, unsigned ascq)
{
	a->status = 0x02;
	a->key = (uint8_t)key;
	a->asc = (uint8_t)asc;
	a->ascq = (uint8_t)ascq;
}

static void info(struct model_answer *a, int64_t information)
{
	a->valid = information <= (int64_t)UINT32_MAX;
	a->information = a->valid ? (uint32_t)information : 0;
}

static void bad_cdb(struct model_answer *a)
{
	say(a, 5, 0x24, 0);
}

static const struct model_object *here(const struct model *m)
{
	return m->at < m->count ? &m->objects[m->at] : NULL;
}

size_t model_marks_before(const struct model *m)
{
	size_t n = 0;
	for (size_t i = 0; i < m->at; i++)
		n += m->objects[i].mark;
	return n;
}

static void append(struct model *m, struct model_object o)
{
	m->count = m->at;
	if (m->count == m->room) {
		m->room = m->room ? m->room * 2 : 64;
		m->objects = realloc(m->objects, m->room * sizeof *m->objects);
	}
	m->objects[m->count++] = o;
	m->at = m->count;
}

static uint32_t be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static uint64_t be(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;
	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* What is no record ends a transfer: a mark is passed, the end of data is not. */
static bool no_record(struct model *m, struct model_answer *a, uint32_t left)
{
	const struct model_object *o = here(m);
	if (o && !o->mark)
		return false;
	if (!o) {
		say(a, 8, 0x00, 0x05);
	} else {
		say(a, 0, 0x00, 0x01);
		a->filemark = true;
		m->at++;
	}
	info(a, left);
	return true;
}

static void give(struct model_answer *a, const struct model_object *o, uint32_t n, bool data)
{
	if (!data)
		return;
	uint8_t *whole = malloc(o->len);
	bench_pattern(whole, o->len, o->seed);
	memcpy(a->in + a->in_len, whole, n);
	free(whole);
	a->in_len += n;
	a->want += n;
}

static void read_records(struct model *m, unsigned who, const uint8_t *cdb, bool data, struct model_answer *a)
{
	bool fixed = cdb[1] & 1, sili = data && cdb[1] & 2;
	uint32_t n = be24(cdb + 2), block = m->block_length[who];
	if ((fixed && sili) || (fixed && !block)) {
		bad_cdb(a);
		return;
	}
	uint32_t size = fixed ? block : n;
	for (uint32_t left = n == 0 ? 0 : fixed ? n : 1; left; left--) {
		if (no_record(m, a, fixed ? left : n))
			return;
		const struct model_object *o = here(m);
		m->at++;
		give(a, o, o->len < size ? o->len : size, data);
		if (o->len == size || (sili && (o->len < size || !block)))
			continue;
		say(a, 0, 0, 0);
		a->ili = true;
		info(a, fixed ? left : (int64_t)size - o->len);
		return;
	}
}

static void write_records(struct model *m, unsigned who, const uint8_t *cdb, uint32_t seed,
	struct model_answer *a)
{
	bool fixed = cdb[1] & 1;
	uint32_t n = be24(cdb + 2), block = m->block_length[who];
	if ((fixed && !block) || (!fixed && n > MODEL_RECORD_MAX)) {
		bad_cdb(a);
		return;
	}
	for (uint32_t i = 0; i < (n == 0 ? 0 : fixed ? n : 1); i++)
		append(m, (struct model_object){ .len = fixed ? block : n, .seed = seed + i });
	a->want = fixed ? (uint64_t)n * block : n;
}

/* One step in a direction; the object passed, or NULL at an end. */
static const struct model_object *step(struct model *m, bool back)
{
	if (back)
		return m->at ? &m->objects[--m->at] : NULL;
	return m->at < m->count ? &m->objects[m->at++] : NULL;
}

static void space(struct model *m, unsigned code, int64_t n, struct model_answer *a)
{
	bool back = n < 0;
	uint64_t left = back ? -(uint64_t)n : (uint64_t)n;
	if (code == 3)
		m->at = m->count;
	if (code == 3 || (code <= 1 && n == 0))
		return;
	if (code > 1) {
		bad_cdb(a);
		return;
	}
	while (left) {
		const struct model_object *o = step(m, back);
		if (!o) {
			say(a, back ? 0 : 8, 0, back ? 4 : 5);
			a->eom = back;
			break;
		}
		if (code == 0 && o->mark) {
			say(a, 0, 0, 1);
			a->filemark = true;
			break;
		}
		if (code == 0 || o->mark)
			left--;
	}
	if (left)
		info(a, left > INT64_MAX ? INT64_MAX : (int64_t)left);
}

static void locate(struct model *m, const uint8_t *cdb, struct model_answer *a)
{
	bool ten = cdb[0] == 0x2b;
	unsigned to = ten ? 0 : cdb[1] >> 3 & 7;
	uint64_t where = ten ? be(cdb + 3, 4) : be(cdb + 4, 8);
	bool other_partition = cdb[1] & 2 && cdb[ten ? 8 : 3];
	if ((to != 0 && to != 1 && to != 3) || other_partition) {
		bad_cdb(a);
		return;
	}
	if (to == 3) {
		m->at = m->count;
		return;
	}
	if (to == 0) {
		m->at = where < m->count ? (size_t)where : m->count;
		if (where > m->count)
			say(a, 8, 0, 5);
		return;
	}
	m->at = 0;
	while (where && m->at < m->count)
		where -= m->objects[m->at++].mark;
	if (where)
		say(a, 8, 0, 5);
}

static void load_unload(struct model *m, unsigned who, const uint8_t *cdb, struct model_answer *a)
{
	bool load = cdb[4] & 1;
	if (!load && m->loaded && (m->prevented[0] || m->prevented[1])) {
		say(a, 5, 0x53, 2);
		return;
	}
	if (load && !m->loaded)
		m->attention[!who] = true;
	m->loaded = load;
	m->at = 0;
}

static bool ready(const struct model *m, struct model_answer *a)
{
	if (!m->loaded)
		say(a, 2, 4, 2);
	return m->loaded;
}

void model_command(struct model *m, unsigned who, const uint8_t *cdb, uint32_t seed, struct model_answer *ret)
{
	uint8_t *in = ret->in;
	memset(ret, 0, sizeof *ret);
	ret->in = in;
	if (m->attention[who]) {
		m->attention[who] = false;
		say(ret, 6, 0x28, 0);
		return;
	}
	uint8_t op = cdb[0];
	if (op == 0x1b) {
		load_unload(m, who, cdb, ret);
		return;
	}
	if (op == 0x1e) {
		m->prevented[who] = cdb[4] & 1;
		return;
	}
	if (!ready(m, ret))
		return;
	if (op == 0x01)
		m->at = 0;
	else if (op == 0x08 || op == 0x13)
		read_records(m, who, cdb, op == 0x08, ret);
	else if (op == 0x0a)
		write_records(m, who, cdb, seed, ret);
	else if (op == 0x10)
		for (uint32_t n = be24(cdb + 2); n; n--)
			append(m, (struct model_object){ .mark = true });
	else if (op == 0x11)
		space(m, cdb[1] & 15, (int32_t)(be24(cdb + 2) << 8) >> 8, ret);
	else if (op == 0x91)
		space(m, cdb[1] & 15, (int64_t)be(cdb + 4, 8), ret);
	else if (op == 0x19)
		m->count = m->at;
	else if (op == 0x2b || op == 0x92)
		locate(m, cdb, ret);
}
