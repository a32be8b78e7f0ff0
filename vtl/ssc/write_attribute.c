/* SPDX-License-Identifier: Apache-2.0 */
/* WRITE ATTRIBUTE (SPC-5 6.48). The list is checked whole, then stored whole or not at all, durably before GOOD. */
#include <stdlib.h>

#include "vtl/base/cleanup.h"
#include "vtl/ssc/attribute.h"
#include "vtl/ssc/result_sense.h"

enum { LIST_HEAD = 4, FORMAT_BITS = 0x03, GIVEN_MAX = 1100 };

/* The parameter list while it is checked. */
struct given {
	struct task *task;
	const struct tape *tape;
	uint32_t partition;
	const uint8_t *list;
	size_t len;
	size_t n;
	struct cart_attribute *attributes; /* at most GIVEN_MAX */
};

static bool wrong(struct given *g, size_t byte, int bit)
{
	task_fail_list(g->task, (unsigned)byte, bit);
	return false;
}

static bool check_value(struct given *g, const struct attribute *row, size_t at,
	const struct cart_attribute *a)
{
	if (!a->len)
		return true; /* removes the attribute */
	if (row->format != ATTRIBUTE_ANY && row->format != a->format)
		return wrong(g, at + 2, 1);
	if (a->len < row->len_min || a->len > row->len)
		return wrong(g, at + 3, 7);
	size_t right = row->right ? row->right(a->value, a->len) : a->len;
	return right == a->len || wrong(g, at + ATTRIBUTE_HEAD + right, -1);
}

/* Checks the attribute at `at`; *ret_next: offset of the next one. */
static bool check_attribute(struct given *g, size_t at, size_t *ret_next)
{
	const uint8_t *p = g->list + at;
	struct cart_attribute *a = &g->attributes[g->n];
	if (g->len - at < ATTRIBUTE_HEAD || g->len - at - ATTRIBUTE_HEAD < get_be16(p + 3)) {
		task_fail(g->task, SENSE_PARAMETER_LIST_LENGTH);
		return false;
	}
	*a = (struct cart_attribute){ .format = p[2] & FORMAT_BITS,
		.id = get_be16(p),
		.len = get_be16(p + 3),
		.value = p + ATTRIBUTE_HEAD };
	const struct attribute *row = attribute_find(g->tape, a->id);
	bool settable = row && (attribute_is_hosts(row) || (row->settable && row->settable(g->tape)));
	if (!settable || (g->n > 0 && a->id <= a[-1].id))
		return wrong(g, at, 7);
	uint8_t others = p[2] & (uint8_t)~FORMAT_BITS;
	if (others || a->format == ATTRIBUTE_ANY)
		return wrong(g, at + 2, others ? 31 - __builtin_clz(others) : 1);
	a->partition = row->scope == OF_MEDIUM ? 0 : (uint8_t)g->partition;
	*ret_next = at + ATTRIBUTE_HEAD + a->len;
	return check_value(g, row, at, a);
}

static bool check_list(struct given *g)
{
	if (g->len < LIST_HEAD) {
		task_fail(g->task, SENSE_PARAMETER_LIST_LENGTH);
		return false;
	}
	/* PARAMETER DATA LENGTH is ignored, as the standard has it. */
	for (size_t at = LIST_HEAD; at < g->len; g->n++)
		if (!check_attribute(g, at, &at))
			return false;
	return true;
}

/* Whether the memory has room for what is given, in place of what is there. */
static bool check_room(struct given *g)
{
	size_t used = attribute_used(g->tape->cart);
	struct cart_attribute old;
	for (size_t i = 0; i < g->n; i++) {
		const struct cart_attribute *a = &g->attributes[i];
		if (cart_attribute(g->tape->cart, a->partition, a->id, &old))
			used -= ATTRIBUTE_HEAD + old.len;
		used += a->len ? (size_t)ATTRIBUTE_HEAD + a->len : 0;
	}
	if (used <= attribute_room(g->tape))
		return true;
	task_fail(g->task, SENSE_MEMORY_FULL);
	return false;
}

static void store(struct work *w, struct given *g)
{
	int err = cart_memory_error(w->cart);
	if (err) {
		task_fail(w->task, SENSE_MEMORY_WRITE_ERROR);
		return;
	}
	/* A statement about the data must not be durable before the data. */
	if (!check_list(g) || !check_room(g) || !g->n || !work_sync(w))
		return;
	err = cart_attributes_write(w->cart, g->attributes, g->n);
	if (!err)
		return;
	const struct sense_data sense = result_sense(w->tape, err, MEDIA_REMEMBERING);
	task_fail_with(w->task, &sense);
}

/* Whether there is a memory that can be written, and the partition exists. */
static bool may_begin(struct task *task)
{
	const struct tape *tape = tape_of(task->lu);
	enum sense why = tape_not_ready(tape);
	if (why != SENSE_NONE || !tape->cart) {
		task_fail(task, tape->state == TAPE_UNLOADED ? SENSE_MEMORY_NOT_ACCESSIBLE : why);
		return false;
	}
	if (!tape_writable(task))
		return false;
	if (cdb_field(task, "logical_volume_number"))
		task_fail_cdb(task, 5, 7);
	else if (cdb_field(task, "partition_number") >= cart_partitions(tape->cart))
		task_fail_cdb(task, 7, 7);
	else
		return true;
	return false;
}

void ssc_write_attribute(struct task *task)
{
	struct given g = { .task = task,
		.tape = tape_of(task->lu),
		.partition = (uint32_t)cdb_field(task, "partition_number"),
		.len = cdb_field(task, "parameter_list_length") };
	if (!may_begin(task) || !g.len)
		return;
	if (g.len > PARAMETER_LIST_MAX) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return;
	}
	autofree uint8_t *list = malloc(g.len);
	autofree struct cart_attribute *attributes = calloc(GIVEN_MAX, sizeof *attributes);
	if (!list || !attributes) {
		task->status = STATUS_BUSY;
		return;
	}
	if (!task_parameter_list(task, list, g.len))
		return;
	g.list = list;
	g.attributes = attributes;
	struct work w;
	if (!work_begin(&w, task, DRIVE_IDLE))
		return;
	store(&w, &g);
	work_end(&w);
}
