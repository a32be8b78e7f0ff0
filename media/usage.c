// SPDX-License-Identifier: Apache-2.0
/* How full a cartridge is, and each of its partitions. */
#include "media/cart.h"

/* Records in the stages are those of the partition in use. */
static uint64_t part_objects(const struct cart *cart, const struct part *part)
{
	return part->end.object + (part == cart->part ? cart->stages.objects : 0);
}

bool cart_is_blank(const struct cart *cart)
{
	for (unsigned i = 0; i < cart->layout.of.partitions; i++)
		if (part_objects(cart, &cart->parts[i]))
			return false;
	return true;
}

static struct cart_usage part_usage(const struct cart *cart, const struct part *part)
{
	uint64_t used = part->end.charge + (part == cart->part ? cart->stages.charge : 0), blocks = 0;
	for (size_t i = 0; i < part->index.count; i++)
		blocks += (uint64_t)part->index.runs[i].count * part->index.runs[i].blocks;
	struct cart_usage usage = {
		.capacity = part->capacity,
		.used = used,
		.remaining = part->capacity > used ? part->capacity - used : 0,
		.warned = warning_zone_of(cart, part),
		.objects = part_objects(cart, part),
		.filemarks = part->end.filemarks,
		.encrypted = cart->features.read & FEATURE_ENCRYPTED,
		.file_bytes = (blocks + (uint64_t)part->extent_count * EXTENT_HEAD_BLOCKS) * BLOCK,
	};
	const struct tally t = tally_now(part);
	usage.host_bytes = t.host;
	usage.stored_bytes = t.stored;
	losses_into(part, &usage);
	return usage;
}

static void usage_add(struct cart_usage *sum, const struct cart_usage *one)
{
	sum->capacity += one->capacity;
	sum->used += one->used;
	sum->remaining += one->remaining;
	sum->warned += one->warned;
	sum->objects += one->objects;
	sum->filemarks += one->filemarks;
	sum->file_bytes += one->file_bytes;
	sum->encrypted |= one->encrypted;
	sum->host_bytes += one->host_bytes;
	sum->stored_bytes += one->stored_bytes;
	if (!sum->lost_objects)
		sum->first_lost = one->first_lost;
	sum->lost_objects += one->lost_objects;
	sum->lost_files += one->lost_files;
}

void cart_usage(const struct cart *cart, struct cart_usage *ret_usage)
{
	*ret_usage = (struct cart_usage){ 0 };
	for (unsigned i = 0; i < cart->layout.of.partitions; i++) {
		const struct cart_usage one = part_usage(cart, &cart->parts[i]);
		usage_add(ret_usage, &one);
	}
	ret_usage->tampered = cart->tampered;
}

void cart_partition_usage(const struct cart *cart, uint32_t partition, struct cart_usage *ret_usage)
{
	*ret_usage = partition < cart->layout.of.partitions ? part_usage(cart, &cart->parts[partition])
							    : (struct cart_usage){ 0 };
}
