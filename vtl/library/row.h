/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the catalog as bytes: a version, fields in little-endian order, and
 * a checksum over the key and both.  Sticky cursors: call many, check once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

enum { ROW_MAX = 2048, ROW_SUM = 4 };

struct row {
	uint8_t buf[ROW_MAX];
	size_t len;
	bool over;
};

/* So that a row under a wrong key is no row. */
static inline uint32_t row_sum(const void *key, size_t key_len, const void *row, size_t len)
{
	return crc32c(crc32c(0, key, key_len), row, len);
}

static inline uint8_t *row_room(struct row *r, size_t n)
{
	if (r->over || ROW_MAX - ROW_SUM - r->len < n) {
		r->over = true;
		return NULL;
	}
	r->len += n;
	return r->buf + r->len - n;
}

static inline void row_u8(struct row *r, uint8_t v)
{
	uint8_t *p = row_room(r, 1);
	if (p)
		*p = v;
}

static inline void row_u16(struct row *r, uint16_t v)
{
	uint8_t *p = row_room(r, 2);
	if (p)
		put_le16(p, v);
}

static inline void row_u32(struct row *r, uint32_t v)
{
	uint8_t *p = row_room(r, 4);
	if (p)
		put_le32(p, v);
}

static inline void row_u64(struct row *r, uint64_t v)
{
	uint8_t *p = row_room(r, 8);
	if (p)
		put_le64(p, v);
}

/* Length (16 bits) and bytes of a string. */
static inline void row_text(struct row *r, const char *s)
{
	size_t n = strlen(s);
	row_u16(r, (uint16_t)n);
	uint8_t *p = row_room(r, n);
	if (p)
		memcpy(p, s, n);
}

static inline void row_begin(struct row *r, uint8_t version)
{
	r->len = 0;
	r->over = false;
	row_u8(r, version);
}

/* Closes the row with its checksum; false when a field did not fit. */
static inline bool row_end(struct row *r, const char *key)
{
	if (r->over)
		return false;
	put_le32(r->buf + r->len, row_sum(key, strlen(key), r->buf, r->len));
	r->len += ROW_SUM;
	return true;
}

struct row_reader {
	const uint8_t *p, *end;
	bool bad;
};

/* Checks sum and version; a reader of a wrong row is bad from the start. */
static inline struct row_reader row_open(const void *key, size_t key_len, const void *value, size_t len,
	uint8_t version)
{
	const uint8_t *p = value;
	struct row_reader r = { .bad = true };
	if (len < 1 + ROW_SUM || *p != version ||
		get_le32(p + len - ROW_SUM) != row_sum(key, key_len, p, len - ROW_SUM))
		return r;
	return (struct row_reader){ .p = p + 1, .end = p + len - ROW_SUM };
}

static inline const uint8_t *row_take(struct row_reader *r, size_t n)
{
	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return r->p - n;
}

static inline uint8_t row_get_u8(struct row_reader *r)
{
	const uint8_t *p = row_take(r, 1);
	return p ? *p : 0;
}

static inline uint16_t row_get_u16(struct row_reader *r)
{
	const uint8_t *p = row_take(r, 2);
	return p ? get_le16(p) : 0;
}

static inline uint32_t row_get_u32(struct row_reader *r)
{
	const uint8_t *p = row_take(r, 4);
	return p ? get_le32(p) : 0;
}

static inline uint64_t row_get_u64(struct row_reader *r)
{
	const uint8_t *p = row_take(r, 8);
	return p ? get_le64(p) : 0;
}

/* A string of fewer than size bytes, without NULs inside; else the reader turns bad. */
static inline void row_get_text(struct row_reader *r, char *out, size_t size)
{
	size_t n = row_get_u16(r);
	const uint8_t *p = n < size ? row_take(r, n) : NULL;
	*out = 0;
	if (!p || memchr(p, 0, n)) {
		r->bad = true;
		return;
	}
	memcpy(out, p, n);
	out[n] = 0;
}

/* True when every field was there and nothing is left. */
static inline bool row_whole(const struct row_reader *r)
{
	return !r->bad && r->p == r->end;
}
