/* SPDX-License-Identifier: Apache-2.0 */
/* Random commands about keys, mode parameters and partitions. */
#include <string.h>

#include "tests/model/parts.h"
#include "tests/model/stroll.h"

static void command(struct walk *w, uint8_t code, uint8_t len)
{
	w->x.cdb[0] = code;
	w->x.cdb_len = len;
}

/* --- keys --------------------------------------------------------------------------------------------- */

/* One of the values, the last of which is wrong, or seldom. */
static uint8_t one_of(struct walk *w, const char *values)
{
	size_t n = strlen(values);
	return (uint8_t)(values[seldom(w, 25) ? n - 1 : roll(w, (uint32_t)n - 1)] - '0');
}

/* Data that belong to the key, perhaps. */
static uint32_t put_kads(struct walk *w, uint8_t *p)
{
	static const uint8_t most[MODEL_KADS] = { 32, 12 };
	uint32_t at = 0;
	for (unsigned i = 0; i < MODEL_KADS; i++) {
		if (roll(w, 4))
			continue;
		uint8_t n = (uint8_t)roll(w, most[i] + 1u);
		p[at] = (uint8_t)i;
		p[at + 1] = 0;
		put_be16(p + at + 2, n);
		memset(p + at + 4, (int)roll(w, 256), n);
		at += 4u + n;
	}
	return at;
}

void make_keys(struct walk *w)
{
	enum { LIST = 52, KEY_AT = 20, KEY = 32 };
	uint8_t *p = w->out;
	memset(p, 0, LIST);
	put_be16(p, 0x10);
	p[4] = (uint8_t)(one_of(w, "2222211003") << 5 | (seldom(w, 10) ? 1 : 0));
	p[5] = (uint8_t)(one_of(w, "000000123") << 6 | one_of(w, "022331") << 4 | (seldom(w, 4) ? 4 : 0) |
		(model_reserves_for(&w->m, w->who) || seldom(w, 50) ? 1u << roll(w, 3)
				: seldom(w, 50)                     ? 8
								    : 0));
	p[6] = one_of(w, "00221");
	p[7] = one_of(w, "002223334") == 4 ? 4 : one_of(w, "02233311");
	p[8] = seldom(w, 25) ? 2 : 1;
	put_be16(p + 18, seldom(w, 25) ? 0 : KEY);
	memset(p + KEY_AT, 1 + (int)roll(w, 3), KEY);
	w->x.out_len = KEY_AT + get_be16(p + 18);
	w->x.out_len += put_kads(w, p + w->x.out_len);
	put_be16(p + 2, w->x.out_len - 4);
	command(w, 0xb5, 12);
	w->x.cdb[1] = 0x20;
	w->x.cdb[3] = 0x10;
	put_be32(w->x.cdb + 6, w->x.out_len);
}

void make_key_status(struct walk *w)
{
	command(w, 0xa2, 12);
	w->x.cdb[1] = 0x20;
	w->x.cdb[3] = seldom(w, 2) ? 0x20 : 0x21;
	w->x.in_len = seldom(w, 5) ? roll(w, 40) : MODEL_SHORT;
	put_be32(w->x.cdb + 6, w->x.in_len);
}

/* --- reservations -------------------------------------------------------------------------------------- */

/* Who has reserved the drive soon gives it back. */
void make_reserve(struct walk *w)
{
	command(w, w->m.reserved_by < 0 && seldom(w, 2) ? 0x16 : 0x17, 6);
}

static void make_persistent_in(struct walk *w)
{
	command(w, 0x5e, 10);
	w->x.cdb[1] = (uint8_t)roll(w, 4);
	w->x.in_len = seldom(w, 4) ? roll(w, 60) : MODEL_SHORT;
	put_be16(w->x.cdb + 7, w->x.in_len);
}

/* REGISTER first; who is registered reserves, preempts, or gives it up.  Few keys, so that both hosts may have one. */
void make_persistent(struct walk *w)
{
	enum { LIST = 24 };
	static const uint8_t types[] = { 1, 3, 5, 6, 7, 8 };
	static const uint8_t actions[] = { 0, 0, 1, 1, 1, 2, 2, 3, 4, 4, 5, 6 };
	const struct model *m = &w->m;
	uint64_t mine = m->host[w->who].key, theirs = m->host[!w->who].key;
	unsigned action = mine ? actions[roll(w, sizeof actions)]
		: seldom(w, 8) ? roll(w, 7)
			       : roll(w, 2) * 6;
	bool preempts = action == 4 || action == 5, registers = !action || action == 6;
	unsigned type = seldom(w, 30) ? roll(w, 16) : types[roll(w, sizeof types)];
	if (seldom(w, 3)) {
		make_persistent_in(w);
		return;
	}
	memset(w->out, 0, LIST);
	put_be64(w->out, seldom(w, 20) ? roll(w, 3) : mine);
	if (registers)
		put_be64(w->out + 8, mine && roll(w, 2) ? 0 : 1 + roll(w, 3));
	else if (preempts)
		put_be64(w->out + 8, seldom(w, 3) ? roll(w, 4) : theirs);
	w->out[20] = (uint8_t)(seldom(w, 3) ? 1 : seldom(w, 40) ? 4 : seldom(w, 40) ? 8 : 0);
	command(w, 0x5f, 10);
	w->x.cdb[1] = (uint8_t)action;
	w->x.cdb[2] = (uint8_t)((action == 2 && roll(w, 8) ? m->persistent.type : type) |
		(seldom(w, 60) ? 0x10 : 0));
	w->x.cdb[8] = w->x.out_len = seldom(w, 40) ? roll(w, 40) : LIST;
}

/* --- mode parameters ----------------------------------------------------------------------------------- */

/* Page 11h: sizes in some unit, one of them perhaps the rest. */
static void put_layout(struct walk *w, uint8_t *page)
{
	static const uint8_t methods[] = { 0x80, 0x40, 0x20, 0x20, 0x20, 0x00 };
	unsigned n = 1 + roll(w, MODEL_PARTITIONS + seldom(w, 10)), psum = seldom(w, 2) ? 3 : 1 + roll(w, 2);
	page[3] = (uint8_t)(n - 1);
	page[4] = (uint8_t)(methods[roll(w, sizeof methods)] | psum << 3 | 4);
	page[6] = psum == 3 ? (uint8_t)(seldom(w, 3) ? 9 : 3 + roll(w, 4)) : page[6];
	uint64_t whole = w->m.layout.available, unit = psum == 1 ? 1000 : psum == 2 ? 1000000 : 1;
	for (unsigned i = 0; psum == 3 && i < page[6]; i++)
		unit *= 10;
	unsigned rest = seldom(w, 8) ? MODEL_PARTITIONS : roll(w, n);
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++) {
		uint64_t size = whole / unit * (1 + roll(w, 40)) / 100 + !seldom(w, 8);
		put_be16(page + 8 + 2 * i, i >= n ? 0 : i == rest || size > 0xffff ? 0xffff : (uint32_t)size);
	}
}

/* Page 0Ah/F0h. */
static void put_protection(struct walk *w, uint8_t *page)
{
	page[4] = seldom(w, 30) ? 3 : (uint8_t)roll(w, 3);
	page[5] = seldom(w, 30) ? 8 : page[4] ? 4 : 0;
	page[6] = page[4] || seldom(w, 30) ? (uint8_t)(roll(w, 4) << 6) : 0;
}

static void put_compression(struct walk *w, uint8_t *page)
{
	page[2] ^= seldom(w, 2) ? 0x80 : 0;
}

/* OIR does not stay long. */
static void put_configuration(struct walk *w, uint8_t *page)
{
	enum { OIR = 0x20 };
	page[7] ^= seldom(w, 4);
	page[8] ^= seldom(w, 2);
	page[14] ^= seldom(w, 4);
	page[15] ^= page[15] & OIR || seldom(w, 4) ? OIR : 0;
	page[15] = (uint8_t)((page[15] & 0x3f) | (seldom(w, 10) ? 3 : roll(w, 3)) << 6);
}

static void put_extension(struct walk *w, uint8_t *page)
{
	page[5] = seldom(w, 20) ? 0x20 : seldom(w, 2) ? 0x10 : 0;
	put_be16(page + 6, seldom(w, 3) ? 0 : 1 + roll(w, seldom(w, 10) ? 0xffff : 8));
}

static const struct page {
	uint8_t code, subpage;
	unsigned weight;
	void (*put)(struct walk *w, uint8_t *page); /* changes the page as it was read */
} pages[] = {
	{ 0x0f, 0, 4, put_compression },
	{ 0x10, 0, 3, put_configuration },
	{ 0x10, 1, 8, put_extension },
	{ 0x11, 0, 12, put_layout },
	{ 0x0a, 0xf0, 8, put_protection },
};

enum { CONFIGURATION = 1 }; /* row of page 10h */

static const struct page *roll_page(struct walk *w)
{
	unsigned i = 0, total = 0;
	if (w->m.configuration.only_reserved && roll(w, 2))
		return &pages[CONFIGURATION];
	for (size_t k = 0; k < sizeof pages / sizeof *pages; k++)
		total += pages[k].weight;
	for (unsigned pick = roll(w, total); pick >= pages[i].weight; i++)
		pick -= pages[i].weight;
	return &pages[i];
}

/* Its length; 0: it is not for this cartridge. */
static unsigned put_page(struct walk *w, uint8_t *to)
{
	const struct page *p = roll_page(w);
	if ((p->code == 0x11 && !w->m.loaded) || (p->code == 0x0a && w->plain))
		return 0;
	unsigned len = model_mode_page(&w->m, w->who, p->code, p->subpage, to);
	to[0] &= 0x7f; /* PS is reserved */
	if (roll(w, 8))
		p->put(w, to);
	if (p->code != 0x0f && seldom(w, 30)) /* a drive with one algorithm takes any */
		to[4 + roll(w, len - 4)] ^= (uint8_t)(1u << roll(w, 8));
	/* Where it is not known how far the end is, there is no programmable zone. */
	if (p->code == 0x10 && p->subpage && !model_exact(&w->m))
		put_be16(to + 6, 0);
	return len;
}

void make_mode(struct walk *w)
{
	static const uint32_t lengths[] = { 0, 0, 1, 512, 1024, 4096, 65536, 262144, (8 << 20) + 1 };
	uint8_t *list = w->out;
	bool ten = seldom(w, 4), block = roll(w, 2);
	unsigned len = ten ? 8 : 4;
	memset(list, 0, 64);
	list[ten ? 3 : 2] = (uint8_t)(seldom(w, 40) ? 0x20 : seldom(w, 10) ? 0x00 : 0x10);
	list[ten ? 7 : 3] = block ? 8 : 0;
	if (block) {
		list[len] = seldom(w, 20) ? 0x7f : seldom(w, 20) ? 0x58 : 0;
		put_be24(list + len + 5, lengths[roll(w, seldom(w, 10) ? 9 : 8)]);
		len += 8;
	}
	if (!block || seldom(w, 3))
		len += put_page(w, list + len);
	command(w, ten ? 0x55 : 0x15, ten ? 10 : 6);
	w->x.cdb[1] = 0x10;
	w->x.cdb[ten ? 8 : 4] = (uint8_t)len;
	w->x.out_len = len;
}

void make_mode_sense(struct walk *w)
{
	const struct page *p = roll_page(w);
	bool ten = seldom(w, 4);
	if (p->code == 0x11 && !w->m.loaded)
		p = &pages[0]; /* partitions are those of a cartridge */
	command(w, ten ? 0x5a : 0x1a, ten ? 10 : 6);
	w->x.cdb[1] = seldom(w, 3) ? 8 : 0;
	w->x.cdb[2] = seldom(w, 10) ? 0 : (uint8_t)(p->code | (seldom(w, 3) ? roll(w, 3) << 6 : 0));
	w->x.cdb[3] = w->x.cdb[2] ? p->subpage ^ seldom(w, 20) : 0;
	w->x.cdb[ten ? 8 : 4] = (uint8_t)(seldom(w, 4) ? roll(w, 40) : 255);
	w->x.in_len = w->x.cdb[ten ? 8 : 4];
}

/* Mostly in append-only mode, and mostly for the present position. */
void make_allow(struct walk *w)
{
	const struct model *m = &w->m;
	command(w, 0x82, 16);
	w->x.cdb[2] = (uint8_t)(seldom(w, 10) ? roll(w, 5) : 1 + roll(w, 2));
	w->x.cdb[3] = (uint8_t)(seldom(w, 10) ? roll(w, 3) : m->partition);
	put_be64(w->x.cdb + 4, seldom(w, 10) ? roll(w, 5) : m->at);
}

/* --- counters ------------------------------------------------------------------------------------------ */

void make_log(struct walk *w)
{
	static const uint8_t counted[] = { 0x02, 0x03, 0x0c, 0x38 }, controls[] = { 1, 1, 1, 1, 1, 0, 2, 3 };
	uint8_t page = counted[roll(w, sizeof counted)];
	if (seldom(w, 6)) {
		command(w, 0x4c, 10);
		w->x.cdb[1] = seldom(w, 4) ? 0 : 2;
		w->x.cdb[2] = (uint8_t)(roll(w, 4) << 6 | (seldom(w, 8) ? 0 : page));
		w->x.cdb[3] = seldom(w, 20) && w->x.cdb[2] & 0x3f ? 1 : 0;
		w->x.cdb[8] = w->x.out_len = seldom(w, 20) && w->x.cdb[1] ? 4 : 0;
		return;
	}
	command(w, 0x4d, 10);
	w->x.cdb[2] = (uint8_t)(controls[roll(w, sizeof controls)] << 6 | page);
	w->x.cdb[3] = seldom(w, 30);
	put_be16(w->x.cdb + 5, seldom(w, 5) ? roll(w, 20) : seldom(w, 20) ? 0x8002 + roll(w, 2) : 0);
	w->x.in_len = seldom(w, 5) ? roll(w, 100) : MODEL_SHORT;
	put_be16(w->x.cdb + 7, w->x.in_len);
}

/* --- attributes ---------------------------------------------------------------------------------------- */

/* One more at the end of the list; mostly right. */
static uint32_t put_attribute(struct walk *w, uint8_t *p, unsigned i)
{
	static const struct {
		uint16_t id;
		uint8_t format, len;
	} rows[] = { { 0x0800, 1, 8 }, { 0x0801, 1, 32 }, { 0x0805, 0, 1 }, { 0x0809, 1, 16 },
		{ 0x080a, 0, 1 }, { 0x080c, 0, 40 }, { 0x1400, 2, 30 }, { 0x1401, 0, 40 } };
	i %= sizeof rows / sizeof *rows;
	unsigned len = seldom(w, 4) ? 0 : seldom(w, 30) ? 1 + roll(w, 40) : rows[i].len;
	if (rows[i].len > 20 && rows[i].len != 32 && len)
		len -= roll(w, len > 23 ? len - 22 : 1);
	put_be16(p, seldom(w, 60) ? 0x1000 : rows[i].id);
	p[2] = (uint8_t)(seldom(w, 40) ? roll(w, 256) : rows[i].format);
	put_be16(p + 3, len);
	uint8_t byte = (uint8_t)(rows[i].format == 1 ? 0x40 + roll(w, 40)
			: rows[i].len == 1           ? roll(w, 2)
						     : roll(w, 256));
	memset(p + 5, byte, len);
	if (len && seldom(w, 20))
		p[5 + roll(w, len)] = (uint8_t)roll(w, 256);
	return 5 + len;
}

static void make_write_attribute(struct walk *w)
{
	uint32_t at = 4, first = roll(w, 8), n = roll(w, 4);
	memset(w->out, 0, at);
	for (unsigned i = 0; i < n; i++)
		at += put_attribute(w, w->out + at, first + i);
	command(w, 0x8d, 16);
	w->x.cdb[1] = (uint8_t)roll(w, 2);
	w->x.out_len = seldom(w, 20) ? 0 : at;
	put_be32(w->x.cdb + 10, w->x.out_len);
}

static void make_read_attribute(struct walk *w)
{
	static const uint16_t ids[] = { 0x0800, 0x0801, 0x0805, 0x0809, 0x080a, 0x080c, 0x1000, 0x1001,
		0x1400, 0x1401 };
	command(w, 0x8c, 16);
	put_be16(w->x.cdb + 8, seldom(w, 3) ? 0x1000 : ids[roll(w, 10)]);
	w->x.in_len = seldom(w, 5) ? roll(w, 60) : MODEL_SHORT;
	put_be32(w->x.cdb + 10, w->x.in_len);
	w->x.cdb[14] = (uint8_t)roll(w, 2);
}

void make_attribute(struct walk *w)
{
	roll(w, 2) ? make_write_attribute(w) : make_read_attribute(w);
	w->x.cdb[5] = seldom(w, 40);
	w->x.cdb[7] = (uint8_t)(seldom(w, 20) ? roll(w, 6) : roll(w, w->m.layout.partitions));
}

/* --- partitions ---------------------------------------------------------------------------------------- */

/* Mostly where it is allowed: at the beginning of partition 0. */
void make_format(struct walk *w)
{
	if ((w->m.partition || w->m.at) && roll(w, 4)) {
		command(w, 0x2b, 10);
		w->x.cdb[1] = 2;
		return;
	}
	if (seldom(w, 6)) {
		command(w, 0x0b, 6);
		put_be16(w->x.cdb + 3, seldom(w, 2) ? 0xffff : roll(w, 0x10000));
	} else {
		command(w, 0x04, 6);
		w->x.cdb[2] = (uint8_t)roll(w, seldom(w, 20) ? 16 : 3);
		w->x.cdb[4] = seldom(w, 50);
	}
	w->x.cdb[1] = (uint8_t)(seldom(w, 4) ? 1 : 0);
}
