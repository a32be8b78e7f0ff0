/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the data of READ ELEMENT STATUS (SMC-3 6.10) of any changer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/changer_report.h"
#include "vtl/base/bytes.h"
#include "vtl/base/grow.h"

enum {
	PAGE_HEADER = 8,
	ELEMENT_LEAST = 12,
	TAG_LEN = 36,
	BARCODE_LEN = 32,
	ELEMENT_USEFUL = 3, /* bytes that hold the address and FULL */
	ELEMENTS_MAX = 65536,
};

struct page {
	uint8_t type;
	bool primary, alternate; /* volume tags */
	size_t step, bytes;      /* bytes of a descriptor, of all descriptors */
};

/* The descriptor after the volume tags: code set, type, reserved, length, identifier. */
static void id_decode(const uint8_t *d, size_t len, struct element_seen *e)
{
	if (len < 4 || !d[3] || (size_t)d[3] + 4 > len || (size_t)d[3] + 4 > sizeof e->id)
		return;
	e->id_len = (size_t)d[3] + 4;
	memcpy(e->id, d, e->id_len);
}

/* len: the bytes received, which may be fewer than a descriptor has. */
static void element_decode(const uint8_t *d, size_t len, const struct page *p, struct element_seen *e)
{
	uint8_t head[ELEMENT_LEAST] = { 0 };
	memcpy(head, d, len < sizeof head ? len : sizeof head);
	*e = (struct element_seen){ .address = get_be16(head),
		.type = p->type,
		.full = head[2] & 0x01,
		.except = head[2] & 0x04,
		.asc = head[4],
		.ascq = head[5],
		.cut = len < p->step };
	e->source_valid = head[9] & 0x80;
	e->source = get_be16(head + 10);
	size_t at = ELEMENT_LEAST;
	/* Tags beyond the descriptor length are not present. */
	if (p->primary && at + TAG_LEN <= p->step) {
		if (e->full && at + BARCODE_LEN <= len)
			text_trim(e->barcode, sizeof e->barcode, d + at, BARCODE_LEN);
		at += TAG_LEN;
	}
	if (p->alternate && at + TAG_LEN <= p->step)
		at += TAG_LEN;
	if (at < len)
		id_decode(d + at, len - at, e);
}

static int element_order(const void *a, const void *b)
{
	return ((const struct element_seen *)a)->address - ((const struct element_seen *)b)->address;
}

/* Decodes the descriptors of a page of which len bytes were received. */
static int page_decode(const uint8_t *d, size_t len, const struct page *p, struct inventory *inv)
{
	size_t announced = p->bytes / p->step;
	size_t there = len / p->step + (len % p->step >= ELEMENT_USEFUL);
	size_t n = announced < there ? announced : there;
	if (n > ELEMENTS_MAX - inv->count)
		n = ELEMENTS_MAX - inv->count;
	if (grow(inv->elements, inv->room, inv->count + n, ELEMENTS_MAX))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t left = len - i * p->step;
		element_decode(d + i * p->step, left < p->step ? left : p->step, p,
			&inv->elements[inv->count++]);
	}
	return n < announced || p->bytes % p->step >= ELEMENT_LEAST ? -EPROTO : 0;
}

uint32_t report_whole(const uint8_t *buf, size_t len, uint32_t max)
{
	if (len < REPORT_HEADER)
		return 0;
	uint32_t whole = get_be24(buf + 5) + REPORT_HEADER;
	return whole < max ? whole : max;
}

int report_decode(const uint8_t *buf, size_t len, uint8_t type, struct inventory *inv)
{
	int err = 0;
	size_t end = report_whole(buf, len, UINT32_MAX), seen = 0;
	if (len < REPORT_HEADER)
		return len ? -EPROTO : 0;
	/* The report length says whether another page follows, the page length how many descriptors it
	 * has.  The received length limits both. */
	for (size_t at = REPORT_HEADER; at < end && !err;) {
		if (at + PAGE_HEADER > len) {
			err = seen < get_be16(buf + 2) ? -EPROTO : 0;
			break;
		}
		const uint8_t *head = buf + at;
		struct page p = { .type = head[0] & 0x0f,
			.primary = head[1] & 0x80,
			.alternate = head[1] & 0x40,
			.step = get_be16(head + 2),
			.bytes = get_be24(head + 5) };
		at += PAGE_HEADER;
		if (p.bytes && (p.step < ELEMENT_LEAST || !p.type || p.type >= ELEMENT_TYPES)) {
			err = -EPROTO;
			break;
		}
		size_t came = len - at < p.bytes ? len - at : p.bytes;
		if (p.bytes && p.type == type) /* some changers report every type, whatever was asked for */
			err = page_decode(buf + at, came, &p, inv);
		seen += p.bytes ? p.bytes / p.step : 0;
		at += p.bytes;
	}
	if (inv->count)
		qsort(inv->elements, inv->count, sizeof *inv->elements, element_order);
	return err;
}
