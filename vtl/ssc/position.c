/* SPDX-License-Identifier: Apache-2.0 */
/* READ POSITION (SSC-5 7.8): short, long and extended form. It does not move and does not sync. */
#include "vtl/ssc/early_warning.h"

enum { SHORT_LEN = 20, LONG_LEN = 32, EXTENDED_LEN = 32, EXTENDED_ADDITIONAL = 0x1c };
enum { BOP = 0x80, EOP = 0x40, PERR = 0x02, BPEW = 0x01 };
enum { OBJECTS_MAX = 0xffffff };

static struct cart_position position_now(struct task *task)
{
	struct cart_position at;
	cart_position(tape_of(task->lu)->cart, &at);
	return at;
}

static uint8_t flags_of(const struct task *task, const struct cart_position *at)
{
	return (uint8_t)((at->bop ? BOP : 0) | (at->early_warning ? EOP : 0) |
		(in_warning_zone(tape_of(task->lu), at) ? BPEW : 0));
}

static uint32_t objects_in_buffer(const struct cart_position *at)
{
	return at->buffered_objects > OBJECTS_MAX ? OBJECTS_MAX : (uint32_t)at->buffered_objects;
}

void ssc_read_position_short(struct task *task)
{
	uint8_t reply[SHORT_LEN] = { 0 };
	struct cart_position at = position_now(task);
	uint64_t last = at.object - at.buffered_objects;
	reply[0] = flags_of(task, &at);
	if (at.object > UINT32_MAX || at.buffered_bytes > UINT32_MAX) {
		reply[0] |= PERR;
	} else {
		reply[1] = (uint8_t)at.partition;
		put_be32(reply + 4, (uint32_t)at.object);
		put_be32(reply + 8, (uint32_t)last);
		put_be24(reply + 13, objects_in_buffer(&at));
		put_be32(reply + 16, (uint32_t)at.buffered_bytes);
	}
	task_reply(task, reply, sizeof reply, sizeof reply);
}

void ssc_read_position_long(struct task *task)
{
	uint8_t reply[LONG_LEN] = { 0 };
	struct cart_position at = position_now(task);
	reply[0] = flags_of(task, &at);
	put_be32(reply + 4, at.partition);
	put_be64(reply + 8, at.object);
	put_be64(reply + 16, at.filemarks);
	task_reply(task, reply, sizeof reply, sizeof reply);
}

void ssc_read_position_extended(struct task *task)
{
	uint8_t reply[EXTENDED_LEN] = { 0 };
	struct cart_position at = position_now(task);
	reply[0] = flags_of(task, &at);
	reply[1] = (uint8_t)at.partition;
	put_be16(reply + 2, EXTENDED_ADDITIONAL);
	put_be24(reply + 5, objects_in_buffer(&at));
	put_be64(reply + 8, at.object);
	put_be64(reply + 16, at.object - at.buffered_objects);
	put_be64(reply + 24, at.buffered_bytes);
	task_reply(task, reply, sizeof reply, cdb_field(task, "allocation_length"));
}
