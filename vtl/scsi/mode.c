/* SPDX-License-Identifier: Apache-2.0 */
/* The values of mode pages: current, saved, per nexus; and their storage. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/scsi/core.h"

/* Format of saved values: a version byte, then {page, subpage, len, len bytes} for each savable page. */
enum { BLOB_VERSION = 1, BLOB_MAX = 16384, PS = 0x80, SPF = 0x40 };
#define BLOB_KEY "mode"

const struct mode_page *mode_find(const struct lu *lu, unsigned page, unsigned subpage, size_t *ret_off)
{
	size_t off = 0;

	for (const struct mode_page *pg = lu->mode_pages; pg->len; off += pg->len, pg++)
		if (pg->page == page && pg->subpage == subpage) {
			*ret_off = off;
			return pg;
		}
	return NULL;
}

uint8_t *mode_current(const struct lu *lu, const struct lu_nexus *n, const struct mode_page *pg, size_t off)
{
	return (pg->per_nexus && n ? n->mode : lu->mode) + off;
}

static void put_header(const struct mode_page *pg, uint8_t *p)
{
	p[0] = (uint8_t)(pg->page | (pg->savable ? PS : 0) | (pg->subpage ? SPF : 0));
	if (pg->subpage) {
		p[1] = pg->subpage;
		put_be16(p + 2, pg->len - 4u);
	} else {
		p[1] = (uint8_t)(pg->len - 2);
	}
}

static void load_defaults(const struct lu *lu, uint8_t *values)
{
	size_t off = 0;

	for (const struct mode_page *pg = lu->mode_pages; pg->len; off += pg->len, pg++) {
		memcpy(values + off, pg->defaults, pg->len);
		put_header(pg, values + off);
	}
}

void mode_merge(const struct mode_page *pg, uint8_t *value, const uint8_t *from)
{
	for (unsigned i = pg->subpage ? 4 : 2; i < pg->len; i++) {
		uint8_t mask = pg->mask ? pg->mask[i] : 0;
		value[i] = (uint8_t)((value[i] & ~mask) | (from[i] & mask));
	}
}

/* Bits that are not changeable come from the defaults. */
static void take_saved(struct lu *lu, struct wire_reader *r)
{
	while (wire_left(r) && !r->bad) {
		unsigned page = wire_get_u8(r), subpage = wire_get_u8(r);
		size_t n = wire_get_u8(r), off;
		const uint8_t *saved = wire_take(r, n);
		const struct mode_page *pg = mode_find(lu, page, subpage, &off);
		if (saved && pg && pg->savable && pg->len == n)
			mode_merge(pg, lu->mode_saved + off, saved);
	}
}

static int load_saved(struct lu *lu)
{
	if (!lu->store.load)
		return 0;
	autofree uint8_t *blob = malloc(BLOB_MAX);
	if (!blob)
		return -ENOMEM;
	int64_t len = lu->store.load(lu->store.arg, BLOB_KEY, blob, BLOB_MAX);
	struct wire_reader r = wire_reader_over(blob, len > 0 && len <= BLOB_MAX ? (size_t)len : 0);
	if (wire_get_u8(&r) == BLOB_VERSION)
		take_saved(lu, &r);
	return 0;
}

int mode_save(struct lu *lu)
{
	size_t off = 0;

	if (!lu->store.save)
		return -ENOSYS;
	uint8_t *blob = malloc(BLOB_MAX);
	if (!blob)
		return -ENOMEM;
	struct wire w = wire_over(blob, BLOB_MAX);
	wire_u8(&w, BLOB_VERSION);
	for (const struct mode_page *pg = lu->mode_pages; pg->len; off += pg->len, pg++)
		if (pg->savable) {
			wire_u8(&w, pg->page);
			wire_u8(&w, pg->subpage);
			wire_u8(&w, pg->len);
			wire_mem(&w, lu->mode_saved + off, pg->len);
		}
	int err = w.over ? -EFBIG : lu->store.save(lu->store.arg, BLOB_KEY, blob, wire_len(&w));
	free(blob);
	return err;
}

int mode_open(struct lu *lu)
{
	lu->mode_size = 0;
	for (const struct mode_page *pg = lu->mode_pages; pg->len; pg++) {
		if (pg->len > MODE_PAGE_MAX || pg->len < (pg->subpage ? 4 : 2))
			return -EINVAL;
		lu->mode_size += pg->len;
	}
	/* One byte more, so that an LU without pages does not allocate 0 bytes. */
	lu->mode = calloc(1, lu->mode_size + 1);
	lu->mode_saved = calloc(1, lu->mode_size + 1);
	if (!lu->mode || !lu->mode_saved)
		return -ENOMEM;
	load_defaults(lu, lu->mode_saved);
	int err = load_saved(lu);
	if (!err)
		memcpy(lu->mode, lu->mode_saved, lu->mode_size);
	return err;
}

void mode_close(struct lu *lu)
{
	free(lu->mode);
	free(lu->mode_saved);
	lu->mode = lu->mode_saved = NULL;
}

int mode_attach(struct lu *lu, struct lu_nexus *n)
{
	n->mode = malloc(lu->mode_size + 1);
	if (!n->mode)
		return -ENOMEM;
	memcpy(n->mode, lu->mode_saved, lu->mode_size);
	return 0;
}

void mode_reset(struct lu *lu)
{
	struct lu_nexus *n;

	memcpy(lu->mode, lu->mode_saved, lu->mode_size);
	TAILQ_FOREACH(n, &lu->nexuses, link)
		memcpy(n->mode, lu->mode_saved, lu->mode_size);
}

const uint8_t *lu_mode(const struct lu *lu, uint8_t page, uint8_t subpage)
{
	size_t off;

	return mode_find(lu, page, subpage, &off) ? lu->mode + off : NULL;
}

const uint8_t *lu_nexus_mode(const struct lu *lu, const struct lu_nexus *nexus, uint8_t page, uint8_t subpage)
{
	size_t off;

	return mode_find(lu, page, subpage, &off) ? nexus->mode + off : NULL;
}
