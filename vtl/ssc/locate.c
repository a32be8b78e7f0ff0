/* SPDX-License-Identifier: Apache-2.0 */
/* LOCATE(10) and LOCATE(16) (SSC-5 7.4): by object number, by file, or to end of data. */
#include "vtl/ssc/result_sense.h"

enum destination { TO_OBJECT = 0, TO_FILE = 1, TO_EOD = 3 };

struct locate {
	unsigned destination;
	uint64_t where;
	bool change_partition;
	uint8_t partition, partition_byte;
	bool early;
};

/* The first object of file number n: after the nth filemark. */
static int locate_file(struct cart *cart, uint32_t partition, uint64_t n)
{
	uint64_t done;
	int result = cart_locate(cart, partition, 0);
	if (result < 0 || n == 0)
		return result;
	return cart_space_filemarks(cart, n > INT64_MAX ? INT64_MAX : (int64_t)n, &done);
}

static int locate_go(struct work *w, const struct locate *l)
{
	struct cart_position at;
	cart_position(w->cart, &at);
	uint32_t partition = l->change_partition ? l->partition : at.partition;
	int result = 0;
	switch (l->destination) {
	case TO_OBJECT: return cart_locate(w->cart, partition, l->where);
	case TO_FILE: return locate_file(w->cart, partition, l->where);
	default:
		if (partition != at.partition)
			result = cart_locate(w->cart, partition, 0);
		return result < 0 ? result : cart_space_eod(w->cart);
	}
}

/* With CP=0 the field is ignored. */
static bool partition_exists(struct work *w, const struct locate *l)
{
	if (!l->change_partition || l->partition < cart_partitions(w->cart))
		return true;
	task_fail_cdb(w->task, l->partition_byte, 7);
	return false;
}

static void locate(struct task *task, const struct locate *l)
{
	struct work w;
	if (!work_begin(&w, task, DRIVE_POSITIONING))
		return;
	if (partition_exists(&w, l) && work_integrity(&w) && work_sync(&w)) {
		if (l->early)
			work_early(&w);
		int result = locate_go(&w, l);
		/* Reaching end of data is success when it was the destination. */
		if (result != MEDIA_OK && !(l->destination == TO_EOD && result > 0)) {
			struct sense_data sense = result_sense(w.tape, result, MEDIA_MOVING);
			work_fail(&w, &sense);
		}
	}
	work_end(&w);
}

void ssc_locate10(struct task *task)
{
	struct locate l = {
		.destination = TO_OBJECT,
		.where = get_be32(task->cdb + 3),
		.change_partition = cdb_field(task, "cp"),
		.partition = task->cdb[8],
		.partition_byte = 8,
		.early = cdb_field(task, "immed"),
	};
	locate(task, &l);
}

void ssc_locate16(struct task *task)
{
	struct locate l = {
		.destination = (unsigned)cdb_field(task, "dest_type"),
		.where = get_be64(task->cdb + 4),
		.change_partition = cdb_field(task, "cp"),
		.partition = task->cdb[3],
		.partition_byte = 3,
		.early = cdb_field(task, "immed"),
	};
	if (l.destination != TO_OBJECT && l.destination != TO_FILE && l.destination != TO_EOD) {
		task_fail_cdb(task, 1, 5);
		return;
	}
	locate(task, &l);
}
