/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: MODE SELECT(6) and MODE SENSE(6) of the header, the block descriptor, pages 10h and 11h. */
#include <string.h>

#include "tests/model/parts.h"

enum { PAGE_0F = 0x0f, DCE = 0x80, PAGE_0A_F0 = 0x4a };
enum { HEADER = 4, BLOCK = 8, PAGE_10 = 16, DENSITY_LTO8 = 0x5e, DENSITY_SAME = 0x7f };

/* Bits of page 11h that MODE SELECT may change. */
static const uint8_t changeable[LAYOUT_PAGE] = { [3] = 0xff,
	[4] = 0xf8,
	[6] = 0x0f,
	[8] = 0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff,
	0xff };

static bool page_ok(struct call *c, const uint8_t *page, unsigned at)
{
	if (page[0] == PAGE_0F || page[0] == PAGE_0A_F0)
		return true;
	uint8_t now[LAYOUT_PAGE];
	layout_page(c->m, now);
	for (unsigned i = 2; i < LAYOUT_PAGE; i++) {
		unsigned bad = (page[i] ^ now[i]) & ~changeable[i] & 0xff;
		if (bad)
			return fail_list(c, at + i, 31 - __builtin_clz(bad));
	}
	return true;
}

static bool header_ok(struct call *c, const uint8_t *list, const uint8_t *block)
{
	unsigned density = c->m->loaded ? DENSITY_LTO8 : 0;
	if ((list[2] >> 4 & 7) > 1)
		return fail_list(c, 2, -1);
	if (block && block[0] && block[0] != DENSITY_SAME && block[0] != density)
		return fail_list(c, HEADER, -1);
	bool protects = model_protects(c->host, true) || model_protects(c->host, false);
	if (block && get_be24(block + 5) > MODEL_RECORD_MAX + (protects ? MODEL_VALUE : 0))
		return fail_list(c, HEADER + 5, -1);
	return true;
}

/* A list of a header, perhaps a block descriptor, perhaps page 0Ah/F0h, 0Fh, of which DCE may change, or 11h. */
void run_mode_select(struct call *c)
{
	struct model *m = c->m;
	const uint8_t *list = c->in->out, *block = list[3] ? list + HEADER : NULL;
	unsigned len = c->cdb[4], at = HEADER + list[3], bad = 0;
	uint8_t before[LAYOUT_PAGE], after[LAYOUT_PAGE], buffered = list[2] >> 4 & 7;
	bool compressed = m->compresses, rounded = false;
	if (!len)
		return;
	c->a->want = len;
	layout_page(m, before);
	if (!header_ok(c, list, block) || (len > at && !page_ok(c, list + at, at)))
		return;
	if (len > at && list[at] == PAGE_0A_F0 && !protection_page(c, list + at, at))
		return;
	if (len > at && list[at] == PAGE_0F)
		m->compresses = list[at + 2] & DCE;
	else if (len > at && list[at] != PAGE_0A_F0)
		bad = layout_plan(m, list + at, &rounded);
	if (bad) {
		fail_list(c, at + bad, -1);
		return;
	}
	layout_page(m, after);
	if (buffered != m->buffered || compressed != m->compresses || memcmp(before, after, LAYOUT_PAGE))
		attend(m, !c->in->who, ATTENTION_MODE);
	if (block)
		c->host->block_length = get_be24(block + 5);
	m->buffered = buffered;
	if (rounded)
		fail(c, 1, 0x37, 0x00);
}

void run_mode_sense(struct call *c)
{
	const struct model *m = c->m;
	bool layout = (c->cdb[2] & 0x3f) == 0x11;
	uint8_t in[HEADER + BLOCK + LAYOUT_PAGE] = { 0 }, *page = in + HEADER + BLOCK;
	in[0] = sizeof in - 1;
	in[2] = (uint8_t)(m->buffered << 4 | (m->loaded && m->protected ? 0x80 : 0));
	in[3] = BLOCK;
	in[HEADER] = m->loaded ? DENSITY_LTO8 : 0;
	put_be24(in + HEADER + 5, c->host->block_length);
	c->a->unknown[1] = true; /* the medium type is the maker's */
	if (layout) {
		layout_page(m, page);
	} else {
		for (unsigned i = 0; i < PAGE_10; i++)
			c->a->unknown[HEADER + BLOCK + i] = i != 3;
		page[3] = (uint8_t)m->partition;
	}
	answer(c, in, sizeof in, c->cdb[4]);
}
