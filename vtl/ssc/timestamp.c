/* SPDX-License-Identifier: Apache-2.0 */
/* REPORT TIMESTAMP and SET TIMESTAMP (SPC-5 6.36, 6.45): milliseconds since 1970, from the daemon's clock until an
 * initiator sets another time. A reset does not change it. */
#include <time.h>

#include "vtl/ssc/tape.h"

enum { LEN = 12, TIME_AT = 4, TIME_MAX = 0xf0 };
enum { SET_BY_COMMAND = 2, SET_OTHERWISE = 3 };

static int64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void put_be48(uint8_t *p, uint64_t v)
{
	put_be16(p, (uint32_t)(v >> 32) & 0xffff);
	put_be32(p + 2, (uint32_t)v);
}

uint64_t tape_time(const struct tape *tape, uint8_t *ret_origin)
{
	*ret_origin = tape->time_set ? SET_BY_COMMAND : SET_OTHERWISE;
	return (uint64_t)(tape->time_set ? now_ms() + tape->time_offset_ms : clock_ms());
}

void ssc_report_timestamp(struct task *task)
{
	uint8_t reply[LEN] = { 0 };
	put_be16(reply, LEN - 2);
	put_be48(reply + TIME_AT, tape_time(tape_of(task->lu), reply + 2));
	task_reply(task, reply, sizeof reply, cdb_field(task, "allocation_length"));
}

/* The first byte that is not as it must be, or -1. Real drives refuse times with a first byte above F0h. */
static int wrong_byte(const uint8_t list[static LEN])
{
	for (int i = 0; i < LEN; i++)
		if ((i < TIME_AT || i >= LEN - 2) && list[i])
			return i;
	return list[TIME_AT] > TIME_MAX ? TIME_AT : -1;
}

void ssc_set_timestamp(struct task *task)
{
	struct tape *tape = tape_of(task->lu);
	size_t len = cdb_field(task, "parameter_list_length");
	uint8_t list[LEN];
	if (!len)
		return;
	if (len != LEN) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return;
	}
	if (!task_parameter_list(task, list, LEN))
		return;
	int wrong = wrong_byte(list);
	if (wrong >= 0) {
		task_fail_list(task, (unsigned)wrong, 7);
		return;
	}
	uint64_t time = (uint64_t)get_be16(list + TIME_AT) << 32 | get_be32(list + TIME_AT + 2);
	tape->time_set = true;
	tape->time_offset_ms = (int64_t)time - now_ms();
	lu_raise(task->lu, SENSE_UA_TIMESTAMP_CHANGED, task->nexus);
}
