// SPDX-License-Identifier: Apache-2.0
/*
 * Whether a WORM cartridge was tampered with.  Its memory says that it is one, and how much was on stable storage at the
 * last unmount (FORMAT.md 3.3).  Such a cartridge only grows, and a crash takes nothing back that was on stable
 * storage; so less data, or later data in their place, or a label that says otherwise, were not made by a drive.
 */
#include "media/cart.h"
#include "vtl/base/bytes.h"

enum { ROW_LEN = 12, ROW_FORMAT = 0 };

/* Row 0C05h. */
struct kept {
	bool there;
	uint64_t records;    /* before the end of data */
	uint32_t generation; /* the latest one */
};

static struct kept kept_in(const struct mam *mam)
{
	struct cart_attribute row;
	if (!mam_from(mam, 0, MAM_WORM, &row) || row.id != MAM_WORM || row.len != ROW_LEN)
		return (struct kept){ 0 };
	return (struct kept){ true, get_be64(row.value), get_be32(row.value + 8) };
}

static uint64_t records_in(const struct part *part)
{
	return part->end.object - part->end.filemarks;
}

/* 0: it is lost, or not there. */
static uint32_t generation_of(const struct part *part, uint64_t object)
{
	struct segment s;
	if (!index_find_object(&part->index, object, &s) || s.loss)
		return 0;
	return part->extents[s.extent].generation;
}

/* Among n objects are at most n records, so the first n objects are not behind the last of n records: a drive never
 * writes there again.  Up to WORM_LABEL records are a label, which may be replaced. */
static bool contradicts(const struct cart *cart, const struct kept *kept)
{
	const struct part *part = cart->parts;
	if (!kept->there)
		return false;
	if (!cart->label.worm)
		return true;
	if (kept->records <= WORM_LABEL)
		return false;
	/* A copy has generations of its own. */
	return records_in(part) < kept->records ||
		(!cart->is_copy && generation_of(part, kept->records - 1) > kept->generation);
}

void worm_check(struct cart *cart)
{
	const struct kept kept = kept_in(&cart->mam);
	/* Where not all could be read, nothing is known to be missing. */
	cart->tampered = !cart->failed && contradicts(cart, &kept);
}

int worm_mark(struct cart *cart, struct mam *mam)
{
	const struct part *part = cart->parts;
	const struct kept kept = kept_in(mam);
	uint8_t bytes[ROW_LEN];
	if (!cart->label.worm || cart->failed || cart->tampered ||
		(cart->is_copy && contradicts(cart, &kept)))
		return 0;
	put_be64(bytes, records_in(part));
	put_be32(bytes + 8, part->generation_max);
	return mam_put(mam, &(struct cart_attribute){ 0, ROW_FORMAT, MAM_WORM, ROW_LEN, bytes });
}

bool cart_tampered(const struct cart *cart)
{
	return cart->tampered;
}
