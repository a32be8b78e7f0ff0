/* SPDX-License-Identifier: Apache-2.0 */
/* READ END OF WRAP POSITION: the last object of each wrap with data. There are no wraps; the tape is divided into as
 * many equal parts as a tape of its generation has wraps, and the objects into parts of the same size. Each partition has
 * wraps of its own. */
#include <stdlib.h>

#include "vtl/base/cleanup.h"
#include "vtl/ssc/tape.h"

enum { QUALIFIER = 0x45, QUALIFIER_BYTE = 2, FLAGS_BYTE = 3, WRAP_BYTE = 4 };
enum { HEADER = 4, DESCRIPTOR = 12, SHORT_LEN = 10 };

unsigned tape_wraps(const struct generation *generation)
{
	static const uint16_t wraps[] = { [5] = 80, [6] = 136, [7] = 112, [8] = 208, [9] = 280 };
	return generation->number < sizeof wraps / sizeof *wraps ? wraps[generation->number] : 0;
}

/* Bytes that lie unused between two partitions. */
static uint64_t unused_between(const struct cart_layout *layout)
{
	uint64_t used = 0;
	for (unsigned i = 0; i < layout->partitions; i++)
		used += layout->capacity[i];
	return layout->partitions > 1 ? (layout->available - used) / (layout->partitions - 1) : 0;
}

/* To the nearest. */
static unsigned wraps_of(const struct cart_layout *layout, uint64_t bytes, unsigned wraps)
{
	return (unsigned)(((__uint128_t)bytes * wraps + layout->available / 2) / layout->available);
}

struct stretch tape_stretch(const struct tape *tape, uint32_t partition)
{
	unsigned wraps = tape_wraps(tape->generation);
	struct cart_layout layout;
	uint64_t before = 0;
	cart_layout(tape->cart, &layout);
	if (!wraps || !layout.available || partition >= layout.partitions)
		return (struct stretch){ 0 };
	uint64_t unused = unused_between(&layout);
	for (uint32_t i = 0; i < partition; i++)
		before += layout.capacity[i] + unused;
	unsigned first = wraps_of(&layout, before, wraps);
	unsigned end = wraps_of(&layout, before + layout.capacity[partition], wraps);
	return (struct stretch){ first, end > first ? end - first : 1 };
}

/* Wraps with data; the first counts as one on a blank tape too. */
static unsigned wraps_used(struct stretch stretch, const struct cart_usage *usage)
{
	if (!stretch.wraps || !usage->capacity)
		return 0;
	uint64_t used = (uint64_t)((__uint128_t)usage->used * stretch.wraps / usage->capacity) + 1;
	return used < stretch.wraps ? (unsigned)used : stretch.wraps;
}

/* The last wrap with data ends at end of data. wrap: from the first one of the partition on. */
static uint64_t last_object(struct stretch stretch, const struct cart_usage *usage, unsigned wrap)
{
	if (wrap + 1 >= wraps_used(stretch, usage) || !usage->used)
		return usage->objects;
	__uint128_t end = (__uint128_t)usage->capacity * (wrap + 1) / stretch.wraps;
	uint64_t object = (uint64_t)(end * usage->objects / usage->used);
	return object < usage->objects ? object : usage->objects;
}

static void put_object(struct wire *w, uint64_t object)
{
	wire_be16(w, (uint32_t)(object >> 32) & 0xffff);
	wire_be32(w, (uint32_t)object);
}

/* A partition and its wraps with data. */
struct part_wraps {
	struct stretch stretch;
	struct cart_usage usage;
	unsigned used;
};

/* Returns the number of partitions. */
static unsigned wraps_collect(const struct tape *tape, struct part_wraps ret[static MEDIA_PARTITIONS])
{
	unsigned n = cart_partitions(tape->cart);
	for (unsigned i = 0; i < n; i++) {
		struct part_wraps *p = &ret[i];
		p->stretch = tape_stretch(tape, i);
		cart_partition_usage(tape->cart, i, &p->usage);
		p->used = wraps_used(p->stretch, &p->usage);
	}
	return n;
}

static void reply_one(struct task *task, unsigned wrap)
{
	struct part_wraps parts[MEDIA_PARTITIONS];
	unsigned n = wraps_collect(tape_of(task->lu), parts);
	uint8_t reply[SHORT_LEN];
	struct wire w = wire_over(reply, sizeof reply);
	for (unsigned i = 0; i < n; i++) {
		const struct part_wraps *p = &parts[i];
		if (wrap < p->stretch.first || wrap - p->stretch.first >= p->used)
			continue;
		wire_be16(&w, SHORT_LEN - 2);
		wire_be16(&w, i);
		put_object(&w, last_object(p->stretch, &p->usage, wrap - p->stretch.first));
		task_reply(task, reply, sizeof reply, cdb_field(task, "allocation_length"));
		return;
	}
	task_fail_cdb(task, WRAP_BYTE, 7);
}

static void reply_all(struct task *task)
{
	struct part_wraps parts[MEDIA_PARTITIONS];
	unsigned n = wraps_collect(tape_of(task->lu), parts), used = 0;
	for (unsigned i = 0; i < n; i++)
		used += parts[i].used;
	size_t size = HEADER + (size_t)used * DESCRIPTOR;
	autofree uint8_t *reply = malloc(size);
	if (!reply) {
		task->status = STATUS_BUSY;
		return;
	}
	struct wire w = wire_over(reply, size);
	wire_be16(&w, (uint32_t)size - 2);
	wire_zero(&w, 2);
	for (unsigned i = 0; i < n; i++)
		for (unsigned wrap = 0; wrap < parts[i].used; wrap++) {
			wire_be16(&w, parts[i].stretch.first + wrap);
			wire_be16(&w, i);
			wire_zero(&w, 2);
			put_object(&w, last_object(parts[i].stretch, &parts[i].usage, wrap));
		}
	task_reply(task, reply, size, cdb_field(task, "allocation_length"));
}

void ssc_read_end_of_wrap(struct task *task)
{
	bool all = cdb_field(task, "ra"), valid = cdb_field(task, "wnv");
	unsigned wrap = (unsigned)cdb_field(task, "wrap_number");
	if (cdb_field(task, "qualifier") != QUALIFIER)
		task_fail_cdb(task, QUALIFIER_BYTE, 7);
	else if (all && valid)
		task_fail_cdb(task, FLAGS_BYTE, 0);
	else if (wrap && !valid)
		task_fail_cdb(task, WRAP_BYTE, 7);
	else if (all)
		reply_all(task);
	else
		reply_one(task, wrap);
}
