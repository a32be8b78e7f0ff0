/* SPDX-License-Identifier: Apache-2.0 */
/* Where the 16-byte commands work (SSC-5 5.2). */
#include "vtl/ssc/place.h"

#include "vtl/ssc/result_sense.h"

enum { CDB_LONG = 16, FLAGS_BYTE = 1, FCS = 0x08, PARTITION_BYTE = 3, OBJECT_BYTE = 4 };

struct place place_decode(const struct task *task)
{
	if (task->op->len != CDB_LONG)
		return (struct place){ 0 };
	return (struct place){
		.given = true,
		.continues = task->op->gates & GATE_WRITE && !(task->cdb[FLAGS_BYTE] & FCS),
		.partition = task->cdb[PARTITION_BYTE],
		.object = get_be64(task->cdb + OBJECT_BYTE),
	};
}

bool place_go(struct work *w, const struct place *place)
{
	struct cart_position at;
	if (!place->given)
		return true;
	if (place->partition >= cart_partitions(w->cart)) {
		task_fail_cdb(w->task, PARTITION_BYTE, 7);
		return false;
	}
	cart_position(w->cart, &at);
	if (at.partition == place->partition && at.object == place->object)
		return true;
	/* A sequence of writes that lost a command must not overwrite what it has written. */
	if (place->continues) {
		task_fail_cdb(w->task, OBJECT_BYTE, 7);
		return false;
	}
	if (!work_sync(w))
		return false;
	int result = cart_locate(w->cart, place->partition, place->object);
	if (result == MEDIA_OK)
		return true;
	struct sense_data sense = result_sense(w->tape, result, MEDIA_MOVING);
	work_fail(w, &sense);
	return false;
}
