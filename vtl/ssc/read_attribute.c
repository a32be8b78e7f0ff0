/* SPDX-License-Identifier: Apache-2.0 */
/* READ ATTRIBUTE (SPC-5 6.17). It does not move and does not sync. */
#include <stdlib.h>

#include "vtl/base/cleanup.h"
#include "vtl/ssc/attribute.h"
#include "vtl/ssc/tape.h"

enum { LIST_HEAD = 4, IDS_MAX = 2048 };

/* How many partitions the cartridge has whose memory is read. 0 with the command failed: there is no memory. While
 * the cartridge is seated nobody else changes it, so what the drive knows of it is right. */
static unsigned partitions_of(struct task *task)
{
	const struct tape *tape = tape_of(task->lu);
	enum sense why = tape_not_ready(tape);
	if (tape->cart && why == SENSE_NONE && cart_memory_error(tape->cart))
		why = SENSE_MEMORY_READ_ERROR;
	if (why == SENSE_NONE)
		return cart_partitions(tape->cart);
	bool cached = tape->state == TAPE_UNLOADED || (tape->state == TAPE_EMPTY && cdb_field(task, "cache"));
	if (cached && tape->attributes.partitions)
		return tape->attributes.partitions;
	task_fail(task, tape->state == TAPE_UNLOADED ? SENSE_MEMORY_NOT_ACCESSIBLE : why);
	return 0;
}

/* Checks logical volume and partition; returns the number of partitions, or 0 with the command failed. */
static unsigned begin(struct task *task, bool any_partition)
{
	unsigned n = partitions_of(task);
	if (!n)
		return 0;
	if (cdb_field(task, "logical_volume_number"))
		task_fail_cdb(task, 5, 7);
	else if (!any_partition && cdb_field(task, "partition_number") >= n)
		task_fail_cdb(task, 7, 7);
	else
		return n;
	return 0;
}

/* The attributes of the partition; *ret_own must be freed. False with the command failed. */
static bool image_of(struct task *task, struct attribute_image *ret_image, uint8_t **ret_own)
{
	const struct tape *tape = tape_of(task->lu);
	uint32_t partition = (uint32_t)cdb_field(task, "partition_number");
	if (!begin(task, false))
		return false;
	if (!tape->cart) {
		*ret_image = tape->attributes.images[partition];
		return true;
	}
	const struct attribute_ask ask = { tape, task->lu_nexus, partition };
	if (attribute_image_make(&ask, ret_image)) {
		task->status = STATUS_BUSY;
		return false;
	}
	*ret_own = ret_image->bytes;
	return true;
}

static void reply(struct task *task, uint8_t *list, size_t len)
{
	put_be32(list, (uint32_t)(len - LIST_HEAD));
	task_reply(task, list, len, cdb_field(task, "allocation_length"));
}

void ssc_attribute_values(struct task *task)
{
	struct attribute_image image;
	struct cart_attribute a;
	autofree uint8_t *own = NULL;
	if (!image_of(task, &image, &own))
		return;
	size_t from = 0, at = 0;
	while (attribute_next(&image, &at, &a) && a.id != cdb_field(task, "first_attribute_identifier"))
		from = at;
	if (from == image.len) {
		task_fail_cdb(task, 8, 7);
		return;
	}
	autofree uint8_t *list = malloc(LIST_HEAD + image.len - from);
	if (!list) {
		task->status = STATUS_BUSY;
		return;
	}
	memcpy(list + LIST_HEAD, image.bytes + from, image.len - from);
	reply(task, list, LIST_HEAD + image.len - from);
	if (a.id == ATTRIBUTE_CHANGES && tape_of(task->lu)->cart)
		cart_changes_told(tape_of(task->lu)->cart);
}

/* The ids of the image; also_others: and those that a host may store, of which there is none now. The vendor specific
 * ones, 1024 of them, are in the list only when they are stored. */
static void list_ids(struct task *task, bool also_others)
{
	struct attribute_image image;
	struct cart_attribute a = { 0 };
	autofree uint8_t *own = NULL;
	uint8_t list[LIST_HEAD + 2 * IDS_MAX];
	struct wire w = wire_over(list, sizeof list);
	if (!image_of(task, &image, &own))
		return;
	size_t at = 0;
	wire_zero(&w, LIST_HEAD);
	bool more = attribute_next(&image, &at, &a);
	for (const struct attribute *row = tape_attributes; row->name; row++) {
		uint16_t last = row->last ? row->last : row->id;
		bool known = tape_of(task->lu)->profile->generation >= row->since;
		if (also_others && known && !row->last && (!more || a.id != row->id))
			wire_be16(&w, row->id);
		for (; more && a.id <= last; more = attribute_next(&image, &at, &a))
			wire_be16(&w, a.id);
	}
	reply(task, list, wire_len(&w));
}

void ssc_attribute_list(struct task *task)
{
	list_ids(task, false);
}

void ssc_supported_attributes(struct task *task)
{
	list_ids(task, true);
}

static void reply_numbers(struct task *task, unsigned n)
{
	const uint8_t answer[] = { 0, 2, 0, (uint8_t)n };
	task_reply(task, answer, sizeof answer, cdb_field(task, "allocation_length"));
}

void ssc_logical_volume_list(struct task *task)
{
	if (partitions_of(task))
		reply_numbers(task, 1);
}

void ssc_partition_list(struct task *task)
{
	unsigned n = begin(task, true);
	if (n)
		reply_numbers(task, n);
}
