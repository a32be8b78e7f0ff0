/* SPDX-License-Identifier: Apache-2.0 */
/* GENERATE and RECEIVE RECOMMENDED ACCESS ORDER (SSC-5 7.3, 7.9): a host names segments of user data, and the drive
 * answers the order in which it reaches them soonest: that of their partitions, then of their first objects. */
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/ssc/tape.h"

enum { PROCESS_KEEP = 1, PROCESS_SORT = 2, PROCESS_BYTE = 2, TYPE_BYTE = 3, RECEIVE_TYPE_BYTE = 10, MSB = 2 };
enum { HEADER = 8, SEGMENT = 32, SEGMENTS_MAX = 2730, SEGMENT_REST = 0x1e };
/* In a segment: its length, reserved bytes, 10 bytes of name, partition, first and last object. */
enum { PARTITION_AT = 15, FIRST_AT = 16, LAST_AT = 24 };

struct access_order {
	unsigned mount; /* tape->mounts of the cartridge that it is about */
	uint8_t process;
	uint32_t segments;
	uint8_t bytes[]; /* as they were sent */
};

static int by_place(const void *a, const void *b)
{
	const uint8_t *one = a, *other = b;
	if (one[PARTITION_AT] != other[PARTITION_AT])
		return one[PARTITION_AT] < other[PARTITION_AT] ? -1 : 1;
	uint64_t x = get_be64((const uint8_t *)a + FIRST_AT), y = get_be64((const uint8_t *)b + FIRST_AT);
	return x < y ? -1 : x > y;
}

/* The byte of a segment that is wrong, or -1. */
static int wrong_byte(const uint8_t *segment, unsigned partitions)
{
	if (get_be16(segment) != SEGMENT_REST)
		return 0;
	for (int i = 2; i < 5; i++)
		if (segment[i])
			return i;
	if (segment[PARTITION_AT] >= partitions)
		return PARTITION_AT;
	return get_be64(segment + FIRST_AT) > get_be64(segment + LAST_AT) ? LAST_AT : -1;
}

static bool check_list(struct task *task, const uint8_t *list, size_t len)
{
	for (unsigned i = 0; i < 4; i++)
		if (list[i]) {
			task_fail_list(task, i, 7);
			return false;
		}
	if (get_be32(list + 4) != len - HEADER) {
		task_fail_list(task, 4, 7);
		return false;
	}
	const struct tape *tape = tape_of(task->lu);
	/* The changer may have taken the cartridge while the list was received. */
	unsigned partitions = tape->cart ? cart_partitions(tape->cart) : 1;
	for (size_t at = HEADER; at < len; at += SEGMENT) {
		int wrong = wrong_byte(list + at, partitions);
		if (wrong < 0)
			continue;
		task_fail_list(task, (unsigned)at + (unsigned)wrong, 7);
		return false;
	}
	return true;
}

static void keep(struct task *task, const uint8_t *list, size_t len)
{
	struct tape *tape = tape_of(task->lu);
	struct access_order *order = malloc(sizeof *order + len);
	if (!order) {
		task->status = STATUS_BUSY;
		return;
	}
	*order = (struct access_order){ .mount = tape->mounts,
		.process = (uint8_t)cdb_field(task, "process"),
		.segments = (uint32_t)((len - HEADER) / SEGMENT) };
	memcpy(order->bytes, list + HEADER, len - HEADER);
	if (order->process == PROCESS_SORT)
		qsort(order->bytes, order->segments, SEGMENT, by_place);
	free(tape->order);
	tape->order = order;
}

void ssc_generate_access_order(struct task *task)
{
	unsigned process = (unsigned)cdb_field(task, "process");
	size_t len = cdb_field(task, "parameter_list_length");
	if (process != PROCESS_KEEP && process != PROCESS_SORT) {
		task_fail_cdb(task, PROCESS_BYTE, MSB);
		return;
	}
	if (cdb_field(task, "uds_type")) {
		task_fail_cdb(task, TYPE_BYTE, MSB);
		return;
	}
	if (!len)
		return;
	if (len < HEADER || (len - HEADER) % SEGMENT || (len - HEADER) / SEGMENT > SEGMENTS_MAX) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return;
	}
	autofree uint8_t *list = malloc(len);
	if (!list)
		task->status = STATUS_BUSY;
	else if (task_parameter_list(task, list, len) && check_list(task, list, len))
		keep(task, list, len);
}

static void reply_limits(struct task *task)
{
	uint8_t reply[4];
	put_be16(reply, SEGMENTS_MAX);
	put_be16(reply + 2, SEGMENT);
	task_reply(task, reply, sizeof reply, cdb_field(task, "allocation_length"));
}

static void reply_order(struct task *task, const struct access_order *order)
{
	size_t size = HEADER + (size_t)order->segments * SEGMENT;
	uint64_t offset = cdb_field(task, "list_offset");
	if (offset > size) {
		task_fail_cdb(task, 2, 7);
		return;
	}
	autofree uint8_t *reply = calloc(1, size);
	if (!reply) {
		task->status = STATUS_BUSY;
		return;
	}
	reply[0] = order->process;
	put_be32(reply + 4, (uint32_t)size - HEADER);
	memcpy(reply + HEADER, order->bytes, size - HEADER);
	task_reply(task, reply + offset, size - offset, cdb_field(task, "allocation_length"));
}

void ssc_receive_access_order(struct task *task)
{
	const struct tape *tape = tape_of(task->lu);
	if (cdb_field(task, "uds_type"))
		task_fail_cdb(task, RECEIVE_TYPE_BYTE, MSB);
	else if (cdb_field(task, "uds_limits"))
		reply_limits(task);
	else if (!tape->order || tape->order->mount != tape->mounts)
		task_fail(task, SENSE_COMMAND_SEQUENCE);
	else
		reply_order(task, tape->order);
}
