/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: MODE SELECT and MODE SENSE of the header, the block descriptor, and pages that may change. */
#include <string.h>

#include "tests/model/parts.h"

enum { BLOCK = 8, DENSITY_LTO8 = 0x5e, DENSITY_SAME = 0x7f, SUBPAGE = 0x40 };
enum { DCE = 0x80, OIR = 0x20, CHANGEABLE = 1, DEFAULTS = 2 };

/* --- pages --------------------------------------------------------------------------------------------- */

static const struct model_configuration configuration_at_first = { .delay = 300,
	.algorithm = 1,
	.tampered = 2 };

static void fill_compression(const struct model *m, unsigned who, uint8_t *page)
{
	const uint8_t bytes[] = { 0x8f, 0x0e, 0x40, 0x80, 0, 0, 0, 0xff, 0, 0, 0, 0xff };
	memcpy(page, bytes, sizeof bytes);
	page[2] |= m->compresses ? DCE : 0;
}

static unsigned take_compression(struct call *c, const uint8_t *page)
{
	c->m->compresses = page[2] & DCE;
	return 0;
}

static void fill_configuration(const struct model *m, unsigned who, uint8_t *page)
{
	const struct model_configuration *k = &m->configuration;
	const uint8_t bytes[] = { 0x90, 0x0e, 0, (uint8_t)m->partition, 0, 0, (uint8_t)(k->delay >> 8),
		(uint8_t)k->delay, 0x40 | k->warns_readers, 0, 0x10, 0, 0, 0, k->algorithm,
		(uint8_t)(k->tampered << 6 | (k->only_reserved ? OIR : 0) | 0x10) };
	memcpy(page, bytes, sizeof bytes);
}

static unsigned take_configuration(struct call *c, const uint8_t *page)
{
	struct model_configuration *k = &c->m->configuration;
	if (page[15] >> 6 == 3)
		return 15;
	k->tampered = page[15] >> 6;
	k->only_reserved = page[15] & OIR;
	k->delay = (uint16_t)get_be16(page + 6);
	k->warns_readers = page[8] & 1;
	k->algorithm = page[14];
	return 0;
}

static void fill_extension(const struct model *m, unsigned who, uint8_t *page)
{
	const uint8_t bytes[] = { 0x50, 0x01, 0, 0x1c, 0, m->configuration.appends_only ? 0x10 : 0 };
	memcpy(page, bytes, sizeof bytes);
	put_be16(page + 6, m->configuration.zone);
}

/* Append-only mode is not left while there is something that it protects. */
static unsigned take_extension(struct call *c, const uint8_t *page)
{
	struct model *m = c->m;
	unsigned mode = page[5] >> 4;
	if (mode > 1 || (!mode && m->configuration.appends_only && m->loaded && !is_blank(m)))
		return 5;
	m->configuration.appends_only = mode;
	m->configuration.zone = (uint16_t)get_be16(page + 6);
	m->overwrite.what = MODEL_NOTHING;
	zone_settle(m);
	return 0;
}

static void fill_layout(const struct model *m, unsigned who, uint8_t *page)
{
	layout_page(m, page);
}

static unsigned take_layout(struct call *c, const uint8_t *page)
{
	return layout_plan(c->m, page, &c->rounded);
}

static void fill_protection(const struct model *m, unsigned who, uint8_t *page)
{
	protection_page(&m->host[who], page);
}

static const struct page {
	uint8_t code, subpage, len;
	uint8_t mask[MODE_PAGE_MAX]; /* bits that may change */
	bool own;                    /* each host has values of its own */
	void (*fill)(const struct model *m, unsigned who, uint8_t *page);
	unsigned (*take)(struct call *c, const uint8_t *page); /* the byte that is wrong; 0: taken */
} pages[] = {
	{ 0x0a, 0xf0, 32, { [4] = 0xff, 0x3f, 0xc0 }, true, fill_protection, protection_take },
	{ 0x0f, 0, 16, { [2] = DCE, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, false,
		fill_compression, take_compression },
	{ 0x10, 0, 16, { [6] = 0xff, 0xff, 0x01, [14] = 0xff, 0xe0 }, false, fill_configuration,
		take_configuration },
	{ 0x10, 1, 32, { [5] = 0xf0, 0xff, 0xff }, false, fill_extension, take_extension },
	{ 0x11, 0, LAYOUT_PAGE,
		{ [3] = 0xff, 0xf8, [6] = 0x0f, [8] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, false,
		fill_layout, take_layout },
};

static const struct page *page_of(unsigned code, unsigned subpage)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (pages[i].code == code && pages[i].subpage == subpage)
			return &pages[i];
	return NULL;
}

static bool has_code(unsigned code)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (pages[i].code == code)
			return true;
	return false;
}

static void fill(const struct page *p, const struct model *m, unsigned who,
	uint8_t page[static MODE_PAGE_MAX])
{
	memset(page, 0, MODE_PAGE_MAX);
	p->fill(m, who, page);
}

unsigned model_mode_page(const struct model *m, unsigned who, unsigned code, unsigned subpage,
	uint8_t page[static MODE_PAGE_MAX])
{
	const struct page *p = page_of(code, subpage);
	if (p)
		fill(p, m, who, page);
	return p ? p->len : 0;
}

void pages_reset(struct model *m)
{
	m->buffered = 1;
	m->compresses = true;
	m->configuration = configuration_at_first;
	m->overwrite.what = MODEL_NOTHING;
	m->zone_told = 0;
}

/* --- MODE SELECT --------------------------------------------------------------------------------------- */

struct list {
	const uint8_t *bytes, *block, *page; /* NULL: there is none */
	unsigned specific, at; /* bytes of the device specific parameter, and of what follows the header */
};

static struct list list_of(const struct call *c)
{
	bool ten = c->cdb[0] == 0x55;
	unsigned len = ten ? get_be16(c->cdb + 7) : c->cdb[4];
	struct list l = { .bytes = c->in->out, .specific = ten ? 3 : 2, .at = ten ? 8 : 4 };
	unsigned block = l.bytes[ten ? 7 : 3];
	l.block = block ? l.bytes + l.at : NULL;
	l.page = len > l.at + block ? l.bytes + l.at + block : NULL;
	return l;
}

static bool header_ok(struct call *c, const struct list *l)
{
	unsigned density = c->m->loaded ? DENSITY_LTO8 : 0;
	if ((l->bytes[l->specific] >> 4 & 7) > 1)
		return fail_list(c, l->specific, -1);
	if (!l->block)
		return true;
	if (l->block[0] && l->block[0] != DENSITY_SAME && l->block[0] != density)
		return fail_list(c, l->at, -1);
	bool protects = model_protects(c->host, true) || model_protects(c->host, false);
	return get_be24(l->block + 5) <= MODEL_RECORD_MAX + (protects ? MODEL_VALUE : 0) ||
		fail_list(c, l->at + 5, -1);
}

static bool bits_ok(struct call *c, const struct page *p, const uint8_t *now, const uint8_t *page,
	unsigned at)
{
	for (unsigned i = p->subpage ? 4 : 2; i < p->len; i++) {
		unsigned bad = (page[i] ^ now[i]) & ~p->mask[i] & 0xff;
		if (bad)
			return fail_list(c, at + i, 31 - __builtin_clz(bad));
	}
	return true;
}

/* Whether the list was taken; *ret_changed: also what the other host sees. */
static bool take_page(struct call *c, const struct list *l, bool *ret_changed)
{
	uint8_t before[MODE_PAGE_MAX], after[MODE_PAGE_MAX];
	unsigned at = l->at + (l->block ? BLOCK : 0), bad;
	if (!l->page)
		return true;
	const struct page *p = page_of(l->page[0] & 0x3f, l->page[0] & SUBPAGE ? l->page[1] : 0);
	fill(p, c->m, c->in->who, before);
	if (!bits_ok(c, p, before, l->page, at))
		return false;
	bad = p->take(c, l->page);
	if (bad)
		return fail_list(c, at + bad, -1);
	fill(p, c->m, c->in->who, after);
	*ret_changed = !p->own && memcmp(before, after, sizeof after) != 0;
	return true;
}

/* A list of a header, perhaps a block descriptor, perhaps one page. */
void run_mode_select(struct call *c)
{
	struct model *m = c->m;
	unsigned len = c->cdb[0] == 0x55 ? get_be16(c->cdb + 7) : c->cdb[4];
	bool changed = false;
	if (!len)
		return;
	const struct list l = list_of(c);
	uint8_t buffered = l.bytes[l.specific] >> 4 & 7;
	c->a->want = len;
	if (!header_ok(c, &l) || !take_page(c, &l, &changed))
		return;
	if (changed || buffered != m->buffered)
		attend(m, !c->in->who, ATTENTION_MODE);
	if (l.block)
		c->host->block_length = get_be24(l.block + 5);
	m->buffered = buffered;
	if (c->rounded)
		fail(c, 1, 0x37, 0x00);
}

/* --- MODE SENSE ---------------------------------------------------------------------------------------- */

static unsigned put_page(const struct call *c, const struct page *p, uint8_t *to)
{
	unsigned control = c->cdb[2] >> 6, header = p->subpage ? 4 : 2;
	struct model m = *c->m;
	struct model_host *h = &m.host[c->in->who];
	if (control == DEFAULTS) {
		pages_reset(&m);
		h->protection = h->protection_length = h->protection_flags = 0;
	}
	fill(p, &m, c->in->who, to);
	if (control == CHANGEABLE)
		memcpy(to + header, p->mask + header, p->len - header);
	return p->len;
}

/* The header, the block descriptor unless DBD is set, and a page, or with code 0 none. */
void run_mode_sense(struct call *c)
{
	const struct model *m = c->m;
	bool ten = c->cdb[0] == 0x5a, block = !(c->cdb[1] & 8);
	unsigned code = c->cdb[2] & 0x3f, len = ten ? 8 : 4, specific = ten ? 3 : 2;
	const struct page *p = page_of(code, c->cdb[3]);
	uint8_t in[16 + MODE_PAGE_MAX] = { 0 };
	if (code && !p) {
		if (has_code(code))
			fail_cdb(c, 3, 7);
		else
			fail_cdb(c, 2, 5);
		return;
	}
	in[specific] = (uint8_t)(m->buffered << 4 | (m->loaded && m->protected ? 0x80 : 0));
	in[ten ? 7 : 3] = block ? BLOCK : 0;
	if (block) {
		in[len] = m->loaded ? DENSITY_LTO8 : 0;
		put_be24(in + len + 5, c->host->block_length);
		len += BLOCK;
	}
	if (p)
		len += put_page(c, p, in + len);
	c->a->unknown[ten ? 2 : 1] = true; /* the medium type is the maker's */
	if (ten)
		put_be16(in, len - 2);
	else
		in[0] = (uint8_t)(len - 1);
	answer(c, in, len, ten ? get_be16(c->cdb + 7) : c->cdb[4]);
}
