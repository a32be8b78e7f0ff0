/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalog as bytes: a version, fields in little-endian order, and a checksum over the key and
 * both. Fields are written and read with the cursors of vtl/base/wire.h. */
#pragma once

#include <errno.h>

#include "vtl/base/crc32c.h"
#include "vtl/base/why.h"
#include "vtl/base/wire.h"
#include "vtl/catalog/catalog.h"

enum { ROW_MAX = 2048, ROW_SUM = 4 };

/* A row being written. wire points into buf: never copy or move a row. */
struct row {
	struct wire wire;
	uint8_t buf[ROW_MAX];
	size_t len; /* set by row_end() */
};

/* The checksum covers the key, so that a row under a wrong key is damaged. */
static inline uint32_t row_sum(const void *key, size_t key_len, const void *row, size_t len)
{
	return crc32c(crc32c(0, key, key_len), row, len);
}

/* Begins a row. Returns the cursor for its fields. */
static inline struct wire *row_begin(struct row *r, uint8_t version)
{
	r->wire = wire_over(r->buf, ROW_MAX - ROW_SUM);
	wire_u8(&r->wire, version);
	return &r->wire;
}

/* Length (16 bits) and bytes of a string. */
static inline void row_text(struct wire *w, const char *s)
{
	size_t n = strlen(s);
	wire_le16(w, (uint16_t)n);
	wire_mem(w, s, n);
}

/* Ends the row with its checksum and sets its length. False: a field did not fit. */
static inline bool row_end(struct row *r, const char *key)
{
	r->len = wire_len(&r->wire);
	if (r->wire.over)
		return false;
	put_le32(r->buf + r->len, row_sum(key, strlen(key), r->buf, r->len));
	r->len += ROW_SUM;
	return true;
}

/* Checks checksum and version. A reader of a damaged row is bad from the start. */
static inline struct wire_reader row_open(const void *key, size_t key_len, const void *value, size_t len,
	uint8_t version)
{
	const uint8_t *p = value;
	if (len < 1 + ROW_SUM || *p != version ||
		get_le32(p + len - ROW_SUM) != row_sum(key, key_len, p, len - ROW_SUM))
		return (struct wire_reader){ .bad = true };
	return wire_reader_over(p + 1, len - 1 - ROW_SUM);
}

/* Reads a string of fewer than size bytes without NULs; otherwise the reader becomes bad. */
static inline void row_get_text(struct wire_reader *r, char *out, size_t size)
{
	size_t n = wire_get_le16(r);
	const uint8_t *p = n < size ? wire_take(r, n) : NULL;
	*out = 0;
	if (!p || memchr(p, 0, n)) {
		r->bad = true;
		return;
	}
	memcpy(out, p, n);
	out[n] = 0;
}

/* Reads a key: text without NULs, at most size - 1 bytes. */
static inline bool row_key(const void *key, size_t len, char *out, size_t size)
{
	if (!len || len >= size || memchr(key, 0, len))
		return false;
	memcpy(out, key, len);
	out[len] = 0;
	return true;
}

/* Writes why: a row is damaged. Returns -EUCLEAN. */
static inline int row_damaged(char why[static WHY_LEN], enum catalog_table table, const char *key)
{
	return refuse(why, -EUCLEAN, "catalog: row '%s' of table %s is damaged", key,
		catalog_table_names[table]);
}
