/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: objects of partitions, and moving among them. */
#include <stdlib.h>
#include <string.h>

#include "tests/model/parts.h"

enum { MARK_CHARGE = 4096 };

struct model_partition *model_here(const struct model *m)
{
	return (struct model_partition *)&m->part[m->partition];
}

const struct model_object *model_object(const struct model *m)
{
	const struct model_partition *p = model_here(m);
	return m->at < p->count ? &p->objects[m->at] : NULL;
}

uint64_t model_marks_before(const struct model *m)
{
	return model_here(m)->objects[m->at].marks;
}

/* --- objects ------------------------------------------------------------------------------------------ */

static void grow(struct model_partition *p)
{
	if (p->count + 1 < p->room)
		return;
	p->room = p->room ? p->room * 2 : 64;
	p->objects = realloc(p->objects, p->room * sizeof *p->objects);
	if (!p->objects)
		abort();
}

void part_cut(struct model *m)
{
	struct model_partition *p = model_here(m);
	p->count = m->at;
	p->safe = p->safe < m->at ? p->safe : m->at;
}

void part_append(struct model *m, struct model_object o)
{
	struct model_partition *p = model_here(m);
	part_cut(m);
	grow(p);
	struct model_object *new = &p->objects[p->count];
	o.marks = new->marks;
	o.charge = new->charge;
	o.slack = new->slack;
	*new = o;
	p->objects[++p->count] = (struct model_object){
		.marks = o.marks + o.mark,
		.charge = o.charge + (o.mark ? MARK_CHARGE : o.len),
		.slack = o.slack + (o.cipher || o.vague ? MODEL_ENVELOPE : 0),
	};
	m->at = p->count;
}

void parts_blank(struct model *m, const struct model_layout *layout)
{
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++) {
		struct model_partition *p = &m->part[i];
		p->count = p->safe = 0;
		p->capacity = layout->capacity[i];
		grow(p);
		p->objects[0] = (struct model_object){ 0 };
	}
	m->partition = 0;
	m->at = 0;
}

void parts_sync(struct model *m)
{
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++)
		m->part[i].safe = m->part[i].count;
}

/* --- moving ------------------------------------------------------------------------------------------- */

bool go_to(struct model *m, unsigned partition, uint64_t object)
{
	m->partition = partition;
	size_t count = model_here(m)->count;
	m->at = object < count ? (size_t)object : count;
	return object <= count;
}

bool go_place(struct call *c, bool writes)
{
	enum { FCS = 0x08 };
	struct model *m = c->m;
	unsigned partition = c->cdb[3];
	uint64_t object = get_be64(c->cdb + 4);
	use_medium(c);
	if (c->cdb[0] < 0x80)
		return true;
	if (partition >= m->layout.partitions)
		return fail_cdb(c, 3, 7);
	if (partition == m->partition && object == m->at)
		return true;
	if (writes && !(c->cdb[1] & FCS))
		return fail_cdb(c, 4, 7);
	return go_to(m, partition, object) || fail_end_of_data(c);
}

void run_rewind(struct call *c)
{
	use_medium(c);
	parts_sync(c->m);
	go_to(c->m, c->m->partition, 0);
}

/* One step in a direction; the object passed, or NULL at an end. */
static const struct model_object *step(struct model *m, bool back)
{
	if (back && m->at == 0)
		return NULL;
	if (back)
		m->at--;
	const struct model_object *o = model_object(m);
	if (!back && o)
		m->at++;
	return o;
}

static void step_over(struct call *c, unsigned code, bool back, uint64_t left)
{
	while (left) {
		const struct model_object *o = step(c->m, back);
		if (!o && back) {
			fail(c, 0, 0x00, 0x04);
			flag(c, FLAG_EOM);
		} else if (!o) {
			fail_end_of_data(c);
		} else if (code == 0 && o->mark) {
			fail(c, 0, 0x00, 0x01);
			flag(c, FLAG_MARK);
		}
		if (c->a->status)
			break;
		if (code == 0 || o->mark)
			left--;
	}
	if (left)
		info(c, left > INT64_MAX ? INT64_MAX : (int64_t)left);
}

void run_space(struct call *c)
{
	unsigned code = c->cdb[1] & 15;
	int64_t n = c->cdb[0] == 0x11 ? (int32_t)(get_be24(c->cdb + 2) << 8) >> 8
				      : (int64_t)get_be64(c->cdb + 4);
	if (code != 0 && code != 1 && code != 3) {
		fail_cdb(c, 1, 3);
		return;
	}
	if (!n && code != 3)
		return;
	use_medium(c);
	parts_sync(c->m);
	if (code == 3)
		go_to(c->m, c->m->partition, UINT64_MAX);
	else
		step_over(c, code, n < 0, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

static bool go_to_file(struct model *m, unsigned partition, uint64_t file)
{
	go_to(m, partition, 0);
	for (const struct model_object *o; file && (o = step(m, false));)
		file -= o->mark;
	return !file;
}

void run_locate(struct call *c)
{
	bool ten = c->cdb[0] == 0x2b, arrives = true;
	unsigned to = ten ? 0 : c->cdb[1] >> 3 & 7, partition_byte = ten ? 8 : 3;
	uint64_t where = ten ? get_be32(c->cdb + 3) : get_be64(c->cdb + 4);
	unsigned partition = c->cdb[1] & 2 ? c->cdb[partition_byte] : c->m->partition;
	if (to != 0 && to != 1 && to != 3) {
		fail_cdb(c, 1, 5);
		return;
	}
	use_medium(c);
	if (partition >= c->m->layout.partitions) {
		fail_cdb(c, partition_byte, 7);
		return;
	}
	parts_sync(c->m);
	c->early = c->cdb[1] & 1;
	if (to == 0)
		arrives = go_to(c->m, partition, where);
	else if (to == 1)
		arrives = go_to_file(c->m, partition, where);
	else
		go_to(c->m, partition, UINT64_MAX);
	if (!arrives)
		fail_end_of_data(c);
}

void run_erase(struct call *c)
{
	/* On a WORM cartridge it does not even move. */
	if ((c->m->worm || go_place(c, true)) && may_erase(c, false))
		part_cut(c->m);
}

/* --- the position -------------------------------------------------------------------------------------- */

/* How much is in the buffer depends on time. */
static void know_not(struct call *c, unsigned from, unsigned to)
{
	while (from < to)
		c->a->unknown[from++] = true;
}

void run_position(struct call *c)
{
	const struct model *m = c->m;
	unsigned form = c->cdb[1] & 0x1f;
	uint8_t in[32] = { (uint8_t)((m->at ? 0 : 0x80) | (model_early_warning(m) ? 0x40 : 0) |
		(model_in_zone(m) ? 0x01 : 0)) };
	if (form == 0x06) {
		put_be32(in + 4, m->partition);
		put_be64(in + 8, m->at);
		put_be64(in + 16, model_marks_before(m));
		answer(c, in, 32, 32);
	} else if (form == 0x08) {
		in[1] = (uint8_t)m->partition;
		put_be16(in + 2, 0x1c);
		put_be64(in + 8, m->at);
		know_not(c, 5, 8);
		know_not(c, 16, 32);
		answer(c, in, 32, get_be16(c->cdb + 7));
	} else {
		in[1] = (uint8_t)m->partition;
		put_be32(in + 4, (uint32_t)m->at);
		know_not(c, 8, 12);
		know_not(c, 13, 20);
		answer(c, in, 20, 20);
	}
}
