/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: LOG SENSE and LOG SELECT of pages that count records and bytes (SPC-5 6.8, 6.9, 7.3). */
#include <string.h>

#include "tests/model/parts.h"

enum { THRESHOLDS, CUMULATIVE, DEFAULT_THRESHOLDS, DEFAULT_VALUES };
enum { PCR = 2, COUNTER = 0x40, FACT = 0x43, KIB = 1024 };

/* What a parameter counts.  Medium: the same where nothing is compressed.  OTHER: the drive's. */
enum what {
	NOTHING,
	WRITTEN,
	READ,
	WRITTEN_KIB,
	READ_KIB,
	RECORDS_WRITTEN,
	RECORDS_READ,
	WRITTEN_MEDIUM,
	READ_MEDIUM,
	WRITTEN_MEDIUM_KIB,
	READ_MEDIUM_KIB,
	OTHER
};

struct param {
	uint16_t code;
	uint8_t len, control;
	enum what what;
};

/* clang-format off */
static const struct page {
	uint8_t code;
	bool resets;
	enum model_log log; /* since which reset */
	struct param params[20];
} pages[] = {
	{ 0x02, true, MODEL_LOG_WRITES, {
		{ 0, 4, COUNTER, NOTHING }, { 1, 4, COUNTER, NOTHING }, { 2, 4, COUNTER, NOTHING }, { 3, 4, COUNTER, NOTHING },
		{ 4, 4, COUNTER, NOTHING }, { 5, 6, COUNTER, WRITTEN }, { 6, 4, COUNTER, NOTHING },
		{ 0x8000, 8, COUNTER, NOTHING }, { 0x8001, 4, COUNTER, NOTHING } } },
	{ 0x03, true, MODEL_LOG_READS, {
		{ 0, 4, COUNTER, NOTHING }, { 1, 4, COUNTER, NOTHING }, { 2, 4, COUNTER, NOTHING }, { 3, 4, COUNTER, NOTHING },
		{ 4, 4, COUNTER, NOTHING }, { 5, 6, COUNTER, READ }, { 6, 4, COUNTER, NOTHING }, { 0x8000, 8, COUNTER, NOTHING } } },
	{ 0x0c, false, MODEL_LOG_MOUNT, {
		{ 0, 8, COUNTER, WRITTEN }, { 1, 8, COUNTER, WRITTEN_MEDIUM }, { 2, 8, COUNTER, READ_MEDIUM }, { 3, 8, COUNTER, READ },
		{ 4, 4, COUNTER, OTHER }, { 5, 4, COUNTER, OTHER }, { 6, 4, COUNTER, OTHER }, { 7, 4, COUNTER, OTHER },
		{ 8, 4, COUNTER, OTHER }, { 0x0100, 8, COUNTER, OTHER }, { 0x8000, 4, COUNTER, OTHER },
		{ 0x8001, 4, COUNTER, OTHER }, { 0x8002, 4, COUNTER, OTHER } } },
	{ 0x38, true, MODEL_LOG_TRANSFER, {
		{ 0, 8, COUNTER, RECORDS_WRITTEN }, { 1, 8, COUNTER, WRITTEN_KIB }, { 2, 8, COUNTER, RECORDS_READ }, { 3, 8, COUNTER, READ_KIB },
		{ 4, 4, COUNTER, NOTHING }, { 5, 6, COUNTER, WRITTEN_KIB }, { 6, 4, COUNTER, NOTHING }, { 7, 6, COUNTER, READ_KIB },
		{ 8, 4, COUNTER, NOTHING }, { 9, 6, COUNTER, WRITTEN_MEDIUM_KIB }, { 10, 4, COUNTER, NOTHING },
		{ 11, 6, COUNTER, READ_MEDIUM_KIB }, { 12, 8, FACT, OTHER }, { 13, 1, FACT, OTHER }, { 14, 8, FACT, OTHER },
		{ 15, 1, FACT, OTHER }, { 16, 8, FACT, OTHER }, { 17, 8, FACT, OTHER } } },
};
/* clang-format on */

static const struct page *page_of(unsigned code)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (pages[i].code == code)
			return &pages[i];
	return NULL;
}

void log_load(struct model *m)
{
	m->mount = (struct model_counters){ 0 };
	memset(m->forgotten, 0, sizeof m->forgotten);
}

/* --- LOG SENSE ----------------------------------------------------------------------------------------- */

static uint64_t value_of(const struct model *m, enum model_log log, enum what what)
{
	const struct model_counters *now = &m->mount, *since = &m->forgotten[log];
	switch (what) {
	case WRITTEN:
	case WRITTEN_MEDIUM: return now->written - since->written;
	case READ:
	case READ_MEDIUM: return now->read - since->read;
	case WRITTEN_KIB:
	case WRITTEN_MEDIUM_KIB: return (now->written - since->written) / KIB;
	case READ_KIB:
	case READ_MEDIUM_KIB: return (now->read - since->read) / KIB;
	case RECORDS_WRITTEN: return now->records_written - since->records_written;
	case RECORDS_READ: return now->records_read - since->records_read;
	default: return 0;
	}
}

static bool depends(const struct model *m, const struct param *p)
{
	return p->what == OTHER || (p->what >= WRITTEN_MEDIUM && m->can_compress);
}

/* The parameter; how many bytes it takes. */
static unsigned put_param(struct call *c, const struct page *page, const struct param *p, uint8_t *in,
	unsigned at)
{
	unsigned control = c->cdb[2] >> 6;
	bool thresholds = control == THRESHOLDS || control == DEFAULT_THRESHOLDS;
	uint64_t value = control == CUMULATIVE ? value_of(c->m, page->log, p->what)
		: thresholds                   ? UINT64_MAX
					       : 0;
	put_be16(in + at, p->code);
	in[at + 2] = p->control;
	in[at + 3] = p->len;
	for (unsigned i = 0; i < p->len; i++) {
		in[at + 4 + i] = (uint8_t)(value >> 8 * (p->len - 1 - i));
		c->a->unknown[at + 4 + i] = p->what == OTHER || (control == CUMULATIVE && depends(c->m, p));
	}
	return 4u + p->len;
}

void run_log_sense(struct call *c)
{
	const struct page *page = page_of(c->cdb[2] & 0x3f);
	unsigned from = get_be16(c->cdb + 5), at = 4;
	uint8_t in[MODEL_SHORT] = { page->code };
	if (c->cdb[3]) {
		fail_cdb(c, 3, 7);
		return;
	}
	for (const struct param *p = page->params; p->len; p++)
		if (p->code >= from)
			at += put_param(c, page, p, in, at);
	put_be16(in + 2, at - 4);
	if (at == 4)
		fail_cdb(c, 5, 7);
	else
		answer(c, in, at, get_be16(c->cdb + 7));
}

/* --- LOG SELECT ---------------------------------------------------------------------------------------- */

static void forget(struct model *m, const struct page *page)
{
	m->forgotten[page->log] = m->mount;
}

/* Page 00h: all of them. */
static void reset(struct call *c, unsigned code)
{
	const struct page *one = page_of(code);
	bool any = !code || one->resets;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (pages[i].resets && (!code || one == &pages[i]))
			forget(c->m, &pages[i]);
	if (any)
		attend(c->m, !c->in->who, ATTENTION_LOG);
}

void run_log_select(struct call *c)
{
	unsigned code = c->cdb[2] & 0x3f, len = get_be16(c->cdb + 7);
	if (c->cdb[1] & PCR && len)
		fail_cdb(c, 1, 1);
	else if (len && (code || c->cdb[3]))
		fail_cdb(c, code ? 2 : 3, code ? 5 : 7);
	else if ((c->cdb[1] & PCR || c->cdb[2] >> 6 == DEFAULT_VALUES) && code && c->cdb[3])
		fail_cdb(c, 3, 7);
	else if (c->cdb[1] & PCR || c->cdb[2] >> 6 == DEFAULT_VALUES)
		reset(c, code);
}
