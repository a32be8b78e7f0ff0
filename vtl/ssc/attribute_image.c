/* SPDX-License-Identifier: Apache-2.0 */
/* All attributes of a partition, one behind the other (SPC-5 7.4.1). */
#include <errno.h>
#include <stdlib.h>

#include "vtl/ssc/attribute.h"
#include "vtl/ssc/tape.h"

/* What hosts store is bounded by the memory; the rest is shorter than this. */
enum { IMAGE_MAX = CART_MEMORY_MAX + 4096, READ_ONLY = 0x80 };

static void put_own(const struct attribute_ask *ask, const struct attribute *row, struct wire *w)
{
	bool settable = row->settable && row->settable(ask->tape);
	wire_be16(w, row->id);
	wire_u8(w, (settable ? 0 : READ_ONLY) | row->format);
	wire_be16(w, row->len);
	row->value(ask, w);
}

/* What hosts have stored under the ids of the row. */
static void put_stored(const struct attribute_ask *ask, const struct attribute *row, struct wire *w)
{
	uint32_t partition = row->scope == OF_MEDIUM ? 0 : ask->partition;
	uint32_t last = row->last ? row->last : row->id;
	struct cart_attribute a;
	for (uint32_t id = row->id; id <= last; id = a.id + 1u) {
		if (!cart_attribute_from(ask->tape->cart, partition, (uint16_t)id, &a) || a.id > last)
			return;
		wire_be16(w, a.id);
		wire_u8(w, a.format);
		wire_be16(w, a.len);
		wire_mem(w, a.value, a.len);
	}
}

int attribute_image_make(const struct attribute_ask *ask, struct attribute_image *ret_image)
{
	uint8_t *bytes = malloc(IMAGE_MAX);
	if (!bytes)
		return -ENOMEM;
	struct wire w = wire_over(bytes, IMAGE_MAX);
	for (const struct attribute *row = tape_attributes; row->name; row++) {
		if (ask->tape->profile->generation < row->since)
			continue;
		if (attribute_is_hosts(row))
			put_stored(ask, row, &w);
		else
			put_own(ask, row, &w);
	}
	*ret_image = (struct attribute_image){ bytes, wire_len(&w) };
	return 0;
}

bool attribute_next(const struct attribute_image *image, size_t *at, struct cart_attribute *ret_attribute)
{
	const uint8_t *p = image->bytes + *at;
	if (*at == image->len)
		return false;
	*ret_attribute = (struct cart_attribute){ .format = p[2],
		.id = get_be16(p),
		.len = get_be16(p + 3),
		.value = p + ATTRIBUTE_HEAD };
	*at += (size_t)ATTRIBUTE_HEAD + ret_attribute->len;
	return true;
}

void attribute_cache_clear(struct tape *tape)
{
	struct attribute_cache *cache = &tape->attributes;
	for (unsigned i = 0; i < cache->partitions; i++)
		free(cache->images[i].bytes);
	*cache = (struct attribute_cache){ 0 };
}

void attribute_cache_fill(struct tape *tape)
{
	struct attribute_cache *cache = &tape->attributes;
	unsigned n = cart_partitions(tape->cart);
	attribute_cache_clear(tape);
	if (cart_memory_error(tape->cart))
		return;
	for (unsigned i = 0; i < n; i++) {
		const struct attribute_ask ask = { .tape = tape, .partition = i };
		if (attribute_image_make(&ask, &cache->images[i])) {
			attribute_cache_clear(tape);
			return;
		}
		cache->partitions = i + 1;
	}
}
