// SPDX-License-Identifier: Apache-2.0
/* Row 0C04h of the memory (FORMAT.md 3.1). */
#include "media/cart.h"
#include "vtl/base/bytes.h"

enum { ROW_LEN = 32, ROW_FORMAT = 0 };

struct tally tally_now(const struct part *part)
{
	struct tally t = part->tally;
	uint64_t end = part->end.charge;
	if (end < t.charge) {
		double left = (double)end / (double)t.charge;
		t = (struct tally){ (uint64_t)((double)t.host * left), (uint64_t)((double)t.stored * left),
			end };
	}
	return t;
}

void tally_record(struct part *part, uint64_t host, uint64_t stored)
{
	part->tally.host += host;
	part->tally.stored += stored;
	part->tally.charge = part->end.charge;
}

static void part_load(struct cart *cart, struct part *part)
{
	struct cart_attribute row;
	if (!mam_from(&cart->mam, part->number, MAM_TALLY, &row) || row.id != MAM_TALLY || row.len != ROW_LEN)
		return;
	struct tally t = { get_be64(row.value), get_be64(row.value + 8), get_be64(row.value + 24) };
	bool same = get_be64(row.value + 16) == part->end.object && t.charge == part->end.charge;
	if (same && t.host <= INT64_MAX && t.stored <= INT64_MAX)
		part->tally = t;
}

void tally_load(struct cart *cart)
{
	for (unsigned i = 0; i < cart->layout.of.partitions; i++)
		part_load(cart, &cart->parts[i]);
}

int tally_mark(const struct cart *cart, struct mam *mam)
{
	int err = 0;
	for (uint8_t i = 0; i < MEDIA_PARTITIONS && !err; i++) {
		const struct part *part = &cart->parts[i];
		struct tally t = tally_now(part);
		uint8_t bytes[ROW_LEN];
		put_be64(bytes, t.host);
		put_be64(bytes + 8, t.stored);
		put_be64(bytes + 16, part->end.object);
		put_be64(bytes + 24, part->end.charge);
		uint16_t len = t.stored ? ROW_LEN : 0;
		err = mam_put(mam, &(struct cart_attribute){ i, ROW_FORMAT, MAM_TALLY, len, bytes });
	}
	return err;
}
