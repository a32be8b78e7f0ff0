/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: mode page 11h, FORMAT MEDIUM and SET CAPACITY. */
#include <string.h>

#include "tests/model/parts.h"

/* An LTO-8 cartridge has 104 units (IBM LTO SCSI Reference); one lies unused between two partitions. */
enum { UNITS = 104, LEAST_CAPACITY = 20, REST = 0xffff, GIGABYTES = 9 };
enum { AT_MOST = 2, AT_DEFINED = 3, AT_METHOD = 4, AT_UNITS = 6, AT_SIZES = 8 };
enum { FDP = 0x80, SDP = 0x40, IDP = 0x20, METHODS = 0xe0 };

struct model_layout layout_one(uint64_t available)
{
	return (struct model_layout){ 1, available, { available } };
}

static uint64_t ten_to(unsigned n)
{
	return n ? 10 * ten_to(n - 1) : 1;
}

static unsigned shown(uint64_t bytes, unsigned exponent)
{
	uint64_t size = (bytes + ten_to(exponent) - 1) / ten_to(exponent);
	return size > REST ? REST : (unsigned)size;
}

void layout_page(const struct model *m, uint8_t page[static LAYOUT_PAGE])
{
	const struct model_layout *l = m->planned ? &m->plan : &m->layout;
	unsigned exponent = m->planned ? m->plan_exponent : GIGABYTES;
	const uint8_t head[] = { 0x11, LAYOUT_PAGE - 2, m->worm ? 0 : MODEL_PARTITIONS - 1,
		(uint8_t)(l->partitions - 1), 0x3c, 0x03, (uint8_t)exponent, 0 };
	memcpy(page, head, sizeof head);
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++)
		put_be16(page + AT_SIZES + 2 * i, shown(i < l->partitions ? l->capacity[i] : 0, exponent));
}

static bool shows(const struct model *m, const uint8_t *page)
{
	uint8_t now[LAYOUT_PAGE];
	layout_page(m, now);
	return !memcmp(now + AT_MOST, page + AT_MOST, LAYOUT_PAGE - AT_MOST);
}

/* --- a plan ------------------------------------------------------------------------------------------- */

struct request {
	const uint8_t *page;
	unsigned n, exponent, total, units[MODEL_PARTITIONS];
	uint64_t unit;
	bool rounded;
};

/* One size may be the rest; the others are rounded up to whole units. */
static unsigned by_size(struct request *r)
{
	unsigned rest = MODEL_PARTITIONS, used = 0;
	for (unsigned i = 0; i < r->n; i++) {
		unsigned at = AT_SIZES + 2 * i, size = get_be16(r->page + at);
		if (size == REST && rest < MODEL_PARTITIONS)
			return at;
		if (size == REST) {
			rest = i;
			continue;
		}
		/* The least number of units that is not smaller, as the page shows it. */
		uint64_t units = size * ten_to(r->exponent) / r->unit;
		units += size && (!units || shown(units * r->unit, r->exponent) < size);
		if (r->n > 1 && (units == 0 || units > r->total - used))
			return at;
		r->units[i] = (unsigned)units;
		r->rounded |= r->n > 1 && shown(units * r->unit, r->exponent) != size;
		used += r->units[i];
	}
	if (r->n > 1 && rest == MODEL_PARTITIONS && used != r->total)
		return AT_SIZES;
	if (r->n > 1 && rest < MODEL_PARTITIONS && used == r->total)
		return rest ? AT_SIZES : AT_SIZES + 2;
	if (rest < MODEL_PARTITIONS)
		r->units[rest] = r->total - used;
	return 0;
}

static unsigned share(struct request *r)
{
	unsigned method = r->page[AT_METHOD] & METHODS;
	unsigned each = method == FDP ? 1 : r->total / r->n;
	if (method == IDP)
		return by_size(r);
	if (method != FDP && method != SDP)
		return AT_METHOD;
	if (method == FDP ? r->n > 2 : r->n == 3)
		return AT_DEFINED;
	for (unsigned i = 1; i < r->n; i++)
		r->units[i] = each;
	r->units[0] = r->total - each * (r->n - 1);
	return 0;
}

static unsigned exponent_of(const uint8_t *page)
{
	unsigned by = page[AT_METHOD] >> 3 & 3;
	return by == 3 ? page[AT_UNITS] & 15u : 3 * by;
}

unsigned layout_plan(struct model *m, const uint8_t *page, bool *ret_rounded)
{
	if (shows(m, page))
		return 0;
	bool planned = m->planned;
	m->planned = false;
	if (shows(m, page))
		return 0; /* nothing is to be changed any more */
	m->planned = planned;
	if (!m->loaded)
		return AT_DEFINED;
	struct request r = { .page = page, .n = page[AT_DEFINED] + 1u, .exponent = exponent_of(page) };
	r.unit = m->whole / UNITS;
	uint64_t units = m->layout.available / r.unit;
	r.total = units > UNITS ? UNITS : (unsigned)units;
	r.total -= r.total < r.n - 1 ? r.total : r.n - 1;
	if (r.n > (m->worm ? 1 : MODEL_PARTITIONS) || (r.n > 1 && r.total < r.n))
		return AT_DEFINED;
	unsigned bad = share(&r);
	if (bad)
		return bad;
	m->plan = layout_one(m->layout.available);
	m->plan.partitions = r.n;
	for (unsigned i = 0; i < r.n && r.n > 1; i++)
		m->plan.capacity[i] = r.units[i] * r.unit;
	m->plan_exponent = r.exponent;
	m->planned = true;
	*ret_rounded = r.rounded;
	return 0;
}

/* --- carrying it out ----------------------------------------------------------------------------------- */

static bool may_format(struct call *c)
{
	use_medium(c);
	if (!may_erase(c, true))
		return false;
	if (c->m->partition || c->m->at)
		return fail(c, 5, 0x3b, 0x0c);
	return !c->m->protected || fail_protected(c);
}

static void format(struct call *c, struct model_layout l)
{
	c->m->layout = l;
	c->m->planned = false;
	parts_blank(c->m, &l);
}

void run_format(struct call *c)
{
	struct model *m = c->m;
	unsigned code = c->cdb[2] & 15;
	if (code > 2)
		fail_cdb(c, 2, 3);
	else if (c->cdb[3] || c->cdb[4])
		fail_cdb(c, 3, 7);
	else if (may_format(c))
		format(c, code == 0 ? layout_one(m->layout.available) : m->planned ? m->plan : m->layout);
}

/* A proportion of the whole cartridge, at least a twentieth. */
void run_capacity(struct call *c)
{
	uint64_t whole = c->m->whole, available = whole * get_be16(c->cdb + 3) / 0xffff;
	if (may_format(c))
		format(c,
			layout_one(available < whole / LEAST_CAPACITY ? whole / LEAST_CAPACITY : available));
}
