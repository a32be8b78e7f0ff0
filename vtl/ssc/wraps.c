/* SPDX-License-Identifier: Apache-2.0 */
/* READ END OF WRAP POSITION: the last object of each wrap with data. There are no wraps; the tape is divided into as
 * many equal parts as a tape of its generation has wraps, and the objects into parts of the same size. */
#include <stdlib.h>

#include "vtl/base/cleanup.h"
#include "vtl/ssc/log_values.h"
#include "vtl/ssc/tape.h"

enum { QUALIFIER = 0x45, QUALIFIER_BYTE = 2, FLAGS_BYTE = 3, WRAP_BYTE = 4 };
enum { HEADER = 4, DESCRIPTOR = 12, SHORT_LEN = 10 };

unsigned tape_wraps(const struct generation *generation)
{
	static const uint16_t wraps[] = { [5] = 80, [6] = 136, [7] = 112, [8] = 208, [9] = 280 };
	return generation->number < sizeof wraps / sizeof *wraps ? wraps[generation->number] : 0;
}

/* Wraps with data; the first counts as one on a blank tape too. */
static unsigned wraps_used(const struct tape *tape, const struct cart_usage *usage)
{
	unsigned wraps = tape_wraps(tape->generation);
	if (!wraps || !usage->capacity)
		return 0;
	uint64_t used = (uint64_t)((__uint128_t)usage->used * wraps / usage->capacity) + 1;
	return used < wraps ? (unsigned)used : wraps;
}

/* The last wrap with data ends at end of data. */
static uint64_t last_object(const struct tape *tape, const struct cart_usage *usage, unsigned wrap)
{
	unsigned wraps = tape_wraps(tape->generation);
	if (wrap + 1 >= wraps_used(tape, usage) || !usage->used)
		return usage->objects;
	__uint128_t end = (__uint128_t)usage->capacity * (wrap + 1) / wraps;
	uint64_t object = (uint64_t)(end * usage->objects / usage->used);
	return object < usage->objects ? object : usage->objects;
}

static void put_object(struct wire *w, uint64_t object)
{
	wire_be16(w, (uint32_t)(object >> 32) & 0xffff);
	wire_be32(w, (uint32_t)object);
}

static void reply_one(struct task *task, const struct cart_usage *usage, unsigned wrap)
{
	const struct tape *tape = tape_of(task->lu);
	uint8_t reply[SHORT_LEN];
	struct wire w = wire_over(reply, sizeof reply);
	if (wrap >= wraps_used(tape, usage)) {
		task_fail_cdb(task, WRAP_BYTE, 7);
		return;
	}
	wire_be16(&w, SHORT_LEN - 2);
	wire_zero(&w, 2);
	put_object(&w, last_object(tape, usage, wrap));
	task_reply(task, reply, sizeof reply, cdb_field(task, "allocation_length"));
}

static void reply_all(struct task *task, const struct cart_usage *usage)
{
	const struct tape *tape = tape_of(task->lu);
	unsigned used = wraps_used(tape, usage);
	size_t size = HEADER + (size_t)used * DESCRIPTOR;
	autofree uint8_t *reply = malloc(size);
	if (!reply) {
		task->status = STATUS_BUSY;
		return;
	}
	struct wire w = wire_over(reply, size);
	wire_be16(&w, (uint32_t)size - 2);
	wire_zero(&w, 2);
	for (unsigned wrap = 0; wrap < used; wrap++) {
		wire_be16(&w, wrap);
		wire_be16(&w, 0); /* partition */
		wire_zero(&w, 2);
		put_object(&w, last_object(tape, usage, wrap));
	}
	task_reply(task, reply, size, cdb_field(task, "allocation_length"));
}

void ssc_read_end_of_wrap(struct task *task)
{
	bool all = cdb_field(task, "ra"), valid = cdb_field(task, "wnv");
	unsigned wrap = (unsigned)cdb_field(task, "wrap_number");
	const struct cart_usage usage = log_usage_of(tape_of(task->lu));
	if (cdb_field(task, "qualifier") != QUALIFIER)
		task_fail_cdb(task, QUALIFIER_BYTE, 7);
	else if (all && valid)
		task_fail_cdb(task, FLAGS_BYTE, 0);
	else if (wrap && !valid)
		task_fail_cdb(task, WRAP_BYTE, 7);
	else if (all)
		reply_all(task, &usage);
	else
		reply_one(task, &usage, wrap);
}
