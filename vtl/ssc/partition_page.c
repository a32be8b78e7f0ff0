/* SPDX-License-Identifier: Apache-2.0 */
/* Mode page 11h, medium partition (SSC-5 8.5.8). MODE SELECT makes a plan, which FORMAT MEDIUM carries out (POFM 1). A
 * plan is dropped when the cartridge is unloaded or formatted. */
#include <stdio.h>
#include <string.h>

#include "vtl/ssc/partitions.h"

enum { AT_MOST = 2, AT_DEFINED = 3, AT_METHOD = 4, AT_RECOGNITION = 5, AT_UNITS = 6, AT_SIZES = 8 };
enum { FDP = 0x80, SDP = 0x40, IDP = 0x20, METHODS = 0xe0, PSUM_SHIFT = 3, PSUM_BY_UNITS = 3, POFM = 0x04 };
enum { FORMAT_AND_PARTITIONS = 3, GIGABYTES = 9, REST = 0xffff };

static unsigned slots_of(const uint8_t *page)
{
	return (unsigned)(page[1] + 2 - AT_SIZES) / 2;
}

static uint64_t power_of_ten(unsigned n)
{
	uint64_t power = 1;
	while (n-- > 0)
		power *= 10;
	return power;
}

/* Of the cartridge; without one, the drive's own. */
static const struct generation *generation_here(const struct tape *tape)
{
	char name[8];
	snprintf(name, sizeof name, "lto%u", tape->profile->generation);
	return tape->cart ? tape->generation : generation_find(name);
}

/* Of the plan, else of the cartridge; without one, of the drive's own generation. */
static struct cart_layout layout_shown(const struct tape *tape)
{
	struct cart_layout layout;
	if (tape->planned)
		return tape->plan;
	if (tape->cart) {
		cart_layout(tape->cart, &layout);
		return layout;
	}
	return partitions_one(generation_here(tape)->capacity);
}

/* Additional partitions that can be made. A WORM cartridge is never divided. */
static unsigned additional_most(const struct tape *tape, unsigned slots)
{
	unsigned most = partitions_most(generation_here(tape));
	if (tape->cart && tape->label.worm)
		most = 1;
	return (most < slots ? most : slots) - 1;
}

/* Rounded up; REST: more than can be said. */
static uint32_t size_shown(uint64_t bytes, unsigned exponent)
{
	uint64_t each = power_of_ten(exponent), size = bytes / each + (bytes % each > 0);
	return size >= REST ? REST : (uint32_t)size;
}

void partition_page_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	const struct tape *tape = tape_of(lu);
	const struct cart_layout layout = layout_shown(tape);
	unsigned slots = slots_of(page), exponent = tape->planned ? tape->plan_exponent : GIGABYTES;
	page[AT_MOST] = (uint8_t)additional_most(tape, slots);
	page[AT_DEFINED] = (uint8_t)(layout.partitions - 1);
	page[AT_METHOD] = IDP | PSUM_BY_UNITS << PSUM_SHIFT | POFM;
	page[AT_RECOGNITION] = FORMAT_AND_PARTITIONS;
	page[AT_UNITS] = (uint8_t)exponent;
	for (unsigned i = 0; i < slots; i++)
		put_be16(page + AT_SIZES + i * 2,
			i < layout.partitions ? size_shown(layout.capacity[i], exponent) : 0);
}

/* What a list says. */
struct request {
	const struct tape *tape;
	const uint8_t *page;
	unsigned n, exponent;
	unsigned total; /* units that the partitions share */
	unsigned units[MEDIA_PARTITIONS];
	bool rounded; /* a size was not that of whole units */
};

/* Partition 1 is one unit, partition 0 the rest. */
static int fixed(struct request *r)
{
	if (r->n > 2)
		return AT_DEFINED;
	r->units[0] = r->total - (r->n - 1);
	r->units[1] = 1;
	return 0;
}

/* Equal partitions; what is left over belongs to partition 0. */
static int equal(struct request *r)
{
	if (r->n == 3)
		return AT_DEFINED;
	for (unsigned i = 1; i < r->n; i++)
		r->units[i] = r->total / r->n;
	r->units[0] = r->total - r->total / r->n * (r->n - 1);
	return 0;
}

/* Whole units for a size of the list, rounded up; 0: it has too many. What MODE SENSE shows for so many units is exactly
 * these. */
static unsigned units_for(const struct request *r, unsigned size)
{
	uint64_t each = power_of_ten(r->exponent), unit = partitions_unit(r->tape);
	if (size == 0 || size > UINT64_MAX / each)
		return 0;
	uint64_t bytes = size * each, units = bytes / unit;
	if (!units || size_shown(units * unit, r->exponent) < size)
		units++;
	return units > r->total ? 0 : (unsigned)units;
}

/* Sizes by the list: one of them is the rest, the others are rounded up to whole units. */
static int by_size(struct request *r)
{
	unsigned rest = MEDIA_PARTITIONS, used = 0;
	for (unsigned i = 0; i < r->n; i++) {
		int at = (int)(AT_SIZES + i * 2);
		unsigned size = get_be16(r->page + at);
		if (size == REST && rest < MEDIA_PARTITIONS)
			return at;
		if (size == REST) {
			rest = i;
			continue;
		}
		r->units[i] = units_for(r, size);
		r->rounded |= size_shown(r->units[i] * partitions_unit(r->tape), r->exponent) != size;
		used += r->units[i];
		if (r->n > 1 && (r->units[i] == 0 || used > r->total))
			return at;
	}
	if (r->n == 1)
		return 0;
	if (rest == MEDIA_PARTITIONS)
		return used == r->total ? 0 : AT_SIZES;
	if (used >= r->total)
		return (int)(AT_SIZES + (rest ? 0 : 2));
	r->units[rest] = r->total - used;
	return 0;
}

static unsigned exponent_of(const uint8_t *page)
{
	static const uint8_t by_psum[] = { 0, 3, 6 }; /* bytes, kilobytes, megabytes */
	unsigned psum = page[AT_METHOD] >> PSUM_SHIFT & 3;
	return psum == PSUM_BY_UNITS ? page[AT_UNITS] & 15u : by_psum[psum];
}

static int decode(struct request *r)
{
	uint8_t method = r->page[AT_METHOD] & METHODS;
	if (r->n > additional_most(r->tape, slots_of(r->page)) + 1)
		return AT_DEFINED;
	if (r->n > 1 && r->total < r->n)
		return AT_DEFINED; /* too little is available */
	switch (method) {
	case FDP: return fixed(r);
	case SDP: return equal(r);
	case IDP: return by_size(r);
	default: return AT_METHOD;
	}
}

/* Whether the page says what MODE SENSE would return. */
static bool is_filled(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page)
{
	uint8_t now[MODE_PAGE_MAX];
	size_t len = page[1] + 2u;
	memcpy(now, page, len);
	partition_page_fill(lu, nexus, now);
	return memcmp(now + AT_MOST, page + AT_MOST, len - AT_MOST) == 0;
}

int partition_page_commit(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page)
{
	struct tape *tape = tape_of(lu);
	if (is_filled(lu, nexus, page))
		return 0; /* sent back as it was read */
	bool planned = tape->planned;
	tape->planned = false;
	if (is_filled(lu, nexus, page))
		return 0; /* the partitions that there are: no plan any more */
	tape->planned = planned;
	if (!tape->cart)
		return AT_DEFINED;
	struct request r = { .tape = tape, .page = page, .n = page[AT_DEFINED] + 1u };
	if (r.n > MEDIA_PARTITIONS)
		return AT_DEFINED;
	r.exponent = exponent_of(page);
	r.total = partitions_units(tape, r.n);
	int bad = decode(&r);
	if (bad)
		return bad;
	tape->plan = partitions_of(tape, r.n, r.units);
	tape->plan_exponent = r.exponent;
	tape->planned = true;
	return r.rounded && r.n > 1 && tape->profile->manners->rounding_told ? MODE_ROUNDED : 0;
}
