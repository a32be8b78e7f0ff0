/* SPDX-License-Identifier: Apache-2.0 */
/* READ ELEMENT STATUS (SMC-3 6.11). */
#include "vtl/smc/element_status.h"

#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/wire.h"
#include "vtl/smc/changer.h"
#include "vtl/smc/domains.h"

enum {
	HEADER_LEN = 8,
	PAGE_HEADER_LEN = 8,
	BASE_LEN = 12, /* address, flags, exception, source */
	TAG_LEN = 36,  /* volume identification 32, reserved 2, sequence number 2 */
	TAG_TEXT = 32,
	ID_HEADER_LEN = 4, /* always present, also without an identifier */
	ID_LEN = 34,       /* vendor 8, product 16, serial 10: VPD 83h's T10 designator */
};

/* Flags in byte 2 of a descriptor. */
enum {
	FLAG_FULL = 0x01,
	FLAG_IMPEXP = 0x02, /* an operator put the cartridge there */
	FLAG_EXCEPT = 0x04,
	FLAG_ACCESS = 0x08,
	FLAG_EXENAB = 0x10,
	FLAG_INENAB = 0x20,
};
enum { SVALID = 0x80 };
/* MEDIUM TYPE in byte 9 (SMC-3 table 31). */
enum { MEDIUM_DATA = 1, MEDIUM_CLEANING = 2, MEDIUM_WORM = 4 };

/* The part of the answer for one element type. */
struct page {
	const struct element_group *group;
	bool domains;   /* as vtl/smc/domains.h says */
	unsigned from;  /* index of the first element */
	uint32_t count; /* number of descriptors */
	uint32_t len;   /* bytes per descriptor */
};

static bool wanted(const struct status_query *query, const struct element *element)
{
	return element->address >= query->start && (!query->match || query->match(element, query->arg));
}

static struct page page_plan(const struct status_query *query, const struct element_group *group,
	bool domains, uint32_t room)
{
	struct page page = { .group = group, .domains = domains, .from = group->n };
	page.len = BASE_LEN + (query->voltag ? TAG_LEN : 0);
	if (query->dvcid && group->type == TYPE_DT)
		page.len += ID_HEADER_LEN + ID_LEN;
	else
		page.len += domains ? domains_len(group->type) : ID_HEADER_LEN;
	if (query->type != TYPE_ALL && query->type != group->type)
		return page;
	for (unsigned i = 0; i < group->n && page.count < room; i++) {
		if (!wanted(query, &group->at[i]))
			continue;
		if (!page.count)
			page.from = i;
		page.count++;
	}
	return page;
}

static uint8_t medium_type(const struct page *page, const struct cart_label *label)
{
	if (strcmp(label->generation, "cln") == 0)
		return MEDIUM_CLEANING;
	return label->worm && !page->domains ? MEDIUM_WORM : MEDIUM_DATA; /* the domains tell WORM */
}

/* True for a drive element without a drive. Its address exists, but no cartridge can be moved there. */
static bool absent(const struct element *element)
{
	return element->kind == ELEMENT_DRIVE && !element->drive;
}

static uint8_t element_flags(const struct element *element)
{
	static const uint8_t by_kind[] = {
		[ELEMENT_TRANSPORT] = 0,
		[ELEMENT_SLOT] = FLAG_ACCESS,
		[ELEMENT_MAILSLOT] = FLAG_ACCESS | FLAG_EXENAB | FLAG_INENAB,
		[ELEMENT_DRIVE] = FLAG_ACCESS,
	};
	if (absent(element))
		return FLAG_EXCEPT;
	uint8_t flags = by_kind[element->kind];
	if (element->cartridge)
		flags |= FLAG_FULL;
	if (element->cartridge && element->kind == ELEMENT_MAILSLOT && element->by_operator)
		flags |= FLAG_IMPEXP;
	return flags;
}

/* PRIMARY VOLUME TAG INFORMATION: left-justified text; zeros without a readable tag. */
static void put_tag(struct wire *w, const struct element *element)
{
	if (!element->cartridge) {
		wire_zero(w, TAG_LEN);
		return;
	}
	wire_ascii(w, element->cartridge->label.barcode, TAG_TEXT);
	wire_zero(w, TAG_LEN - TAG_TEXT);
}

/* Code set ASCII, T10 vendor identification: the same bytes as the drive's first designator in VPD 83h, by
 * which hosts match drives and elements. */
static void put_id(struct wire *w, const struct element *element)
{
	if (!element->drive) {
		wire_zero(w, ID_HEADER_LEN + ID_LEN);
		return;
	}
	const struct identity *id = &element->drive->identity;
	wire_mem(w, (const uint8_t[ID_HEADER_LEN]){ 0x02, 0x01, 0, ID_LEN }, ID_HEADER_LEN);
	wire_ascii(w, id->vendor, 8);
	wire_ascii(w, id->product, 16);
	wire_ascii(w, id->serial, SERIAL_LEN);
}

static void put_descriptor(struct wire *w, const struct status_query *query, const struct page *page,
	const struct element *element)
{
	const struct cartridge *cartridge = element->cartridge;
	const struct element *source = cartridge ? element->source : NULL;

	wire_be16(w, element->address);
	wire_u8(w, element_flags(element));
	wire_u8(w, 0);
	wire_be16(w, absent(element) ? 0x3b1a : 0); /* data transfer element removed */
	wire_zero(w, 3);
	wire_u8(w, (source ? SVALID : 0) | (cartridge ? medium_type(page, &cartridge->label) : 0));
	wire_be16(w, source ? source->address : 0);
	if (query->voltag)
		put_tag(w, element);
	if (query->dvcid && page->group->type == TYPE_DT)
		put_id(w, element);
	else if (page->domains)
		domains_put(w, element, page->group->type);
	else
		wire_zero(w, ID_HEADER_LEN);
}

static void put_page(struct wire *w, const struct status_query *query, const struct page *page)
{
	wire_u8(w, page->group->type);
	wire_u8(w, query->voltag ? 0x80 : 0); /* PVOLTAG */
	wire_be16(w, page->len);
	wire_u8(w, 0);
	wire_be24(w, page->count * page->len);
	uint32_t left = page->count;
	for (unsigned i = page->from; left && !w->over; i++) {
		if (!wanted(query, &page->group->at[i]))
			continue;
		put_descriptor(w, query, page, &page->group->at[i]);
		left--;
	}
}

/* A truncated answer may end inside a number, but the writer leaves out a number that does not fit whole. So
 * the buffer has room for one descriptor more than is sent. */
enum { SLACK = BASE_LEN + TAG_LEN + DOMAINS_MAX };
_Static_assert(DOMAINS_MAX >= ID_HEADER_LEN + ID_LEN, "that is the longest descriptor");

void element_status_reply(struct task *task, const struct status_query *query, uint32_t alloc)
{
	struct element_group groups[ELEMENT_GROUPS];
	struct page pages[ELEMENT_GROUPS];
	uint32_t count = 0, bytes = 0, first = 0;

	const struct changer *changer = task->lu->device;
	bool domains = changer->profile->domains;
	element_groups(changer->library, groups);
	for (unsigned i = 0; i < ELEMENT_GROUPS; i++) {
		pages[i] = page_plan(query, &groups[i], domains, query->max - count);
		if (pages[i].count && !count)
			first = groups[i].at[pages[i].from].address;
		count += pages[i].count;
		if (pages[i].count)
			bytes += PAGE_HEADER_LEN + pages[i].count * pages[i].len;
	}

	uint32_t send = HEADER_LEN + bytes < alloc ? HEADER_LEN + bytes : alloc;
	autofree uint8_t *buf = malloc(send + SLACK);
	if (!buf) {
		task_fail(task, SENSE_INSUFFICIENT_RESOURCES);
		return;
	}
	struct wire w = wire_over(buf, send + SLACK);
	wire_be16(&w, first);
	wire_be16(&w, count);
	wire_u8(&w, query->action);
	wire_be24(&w, bytes);
	for (unsigned i = 0; i < ELEMENT_GROUPS; i++)
		if (pages[i].count)
			put_page(&w, query, &pages[i]);
	task_reply(task, buf, send, alloc);
}

void smc_read_element_status(struct task *task)
{
	struct status_query query = {
		.type = (uint8_t)cdb_field(task, "element_type"),
		.start = (uint16_t)cdb_field(task, "starting_element"),
		.max = (uint16_t)cdb_field(task, "number_of_elements"),
		.voltag = cdb_field(task, "voltag"),
		.dvcid = cdb_field(task, "dvcid"),
	};
	/* With CURDATA nothing moves, so no reservation conflicts (SMC-3). */
	if (!cdb_field(task, "curdata") && lu_reservation_conflict(task, GATE_RESERVED | GATE_READ_ONLY))
		return;
	if (query.type > TYPE_DT) {
		task_fail_cdb(task, 1, 3);
		return;
	}
	element_status_reply(task, &query, (uint32_t)cdb_field(task, "allocation_length"));
}
