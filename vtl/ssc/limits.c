/* SPDX-License-Identifier: Apache-2.0 */
/* READ BLOCK LIMITS (SSC-5 7.7): any length from 1 byte to 8 MiB. */
#include "vtl/ssc/tape.h"

enum { LIMITS_LEN = 6, MLOI_LEN = 20 };

/* The last object that fits. */
#define MAXIMUM_OBJECT (MEDIA_OBJECTS_MAX - 1)

static void block_limits(struct task *task)
{
	uint8_t reply[LIMITS_LEN] = { 0 };
	put_be24(reply + 1, MEDIA_RECORD_MAX);
	put_be16(reply + 4, 1);
	task_reply(task, reply, sizeof reply, sizeof reply);
}

static void maximum_object(struct task *task)
{
	uint8_t reply[MLOI_LEN] = { 0 };
	put_be64(reply + 12, MAXIMUM_OBJECT);
	task_reply(task, reply, sizeof reply, sizeof reply);
}

void ssc_read_block_limits(struct task *task)
{
	if (cdb_field(task, "mloi"))
		maximum_object(task);
	else
		block_limits(task);
}
