/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors over bytes, for both byte orders: make many calls, then check once.
 * A writer that has no room left still counts the bytes of the full answer,
 * so that ALLOCATION LENGTH and length fields follow from it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "vtl/base/bytes.h"

/* Writes into [p, end).  want: bytes put so far, also those that did not fit; over: some did not fit, and
 * nothing is written any more. */
struct wire {
	uint8_t *start, *p, *end;
	size_t want;
	bool over;
};

static inline struct wire wire_over(void *buf, size_t size)
{
	return (struct wire){ .start = buf, .p = buf, .end = (uint8_t *)buf + size };
}

/* Room for n bytes, or NULL (and over set) when they do not fit. */
static inline uint8_t *wire_room(struct wire *w, size_t n)
{
	w->want += n;
	if (w->over || (size_t)(w->end - w->p) < n) {
		w->over = true;
		return NULL;
	}
	w->p += n;
	return w->p - n;
}

/* Bytes written so far (never more than the buffer holds). */
static inline size_t wire_len(const struct wire *w)
{
	return (size_t)(w->p - w->start);
}

static inline void wire_u8(struct wire *w, uint32_t v)
{
	uint8_t *p = wire_room(w, 1);
	if (p)
		*p = (uint8_t)v;
}

static inline void wire_be16(struct wire *w, uint32_t v)
{
	uint8_t *p = wire_room(w, 2);
	if (p)
		put_be16(p, v);
}

static inline void wire_be24(struct wire *w, uint32_t v)
{
	uint8_t *p = wire_room(w, 3);
	if (p)
		put_be24(p, v);
}

static inline void wire_be32(struct wire *w, uint32_t v)
{
	uint8_t *p = wire_room(w, 4);
	if (p)
		put_be32(p, v);
}

static inline void wire_be64(struct wire *w, uint64_t v)
{
	uint8_t *p = wire_room(w, 8);
	if (p)
		put_be64(p, v);
}

static inline void wire_le16(struct wire *w, uint32_t v)
{
	uint8_t *p = wire_room(w, 2);
	if (p)
		put_le16(p, v);
}

static inline void wire_le32(struct wire *w, uint32_t v)
{
	uint8_t *p = wire_room(w, 4);
	if (p)
		put_le32(p, v);
}

static inline void wire_le64(struct wire *w, uint64_t v)
{
	uint8_t *p = wire_room(w, 8);
	if (p)
		put_le64(p, v);
}

static inline void wire_mem(struct wire *w, const void *src, size_t n)
{
	uint8_t *p = wire_room(w, n);
	if (p && n)
		memcpy(p, src, n);
}

static inline void wire_zero(struct wire *w, size_t n)
{
	uint8_t *p = wire_room(w, n);
	if (p)
		memset(p, 0, n);
}

/* A string, cut or padded with spaces to n bytes (SPC's left-aligned ASCII). */
static inline void wire_ascii(struct wire *w, const char *s, size_t n)
{
	uint8_t *p = wire_room(w, n);
	if (!p)
		return;
	size_t len = strnlen(s, n);
	memcpy(p, s, len);
	memset(p + len, ' ', n - len);
}

/* Reads from [p, end).  Past the end every get returns 0 and bad is set. */
struct wire_reader {
	const uint8_t *p, *end;
	bool bad;
};

static inline struct wire_reader wire_reader_over(const void *buf, size_t size)
{
	return (struct wire_reader){ .p = buf, .end = (const uint8_t *)buf + size };
}

static inline size_t wire_left(const struct wire_reader *r)
{
	return (size_t)(r->end - r->p);
}

/* True when every get was answered and no byte is left. */
static inline bool wire_whole(const struct wire_reader *r)
{
	return !r->bad && r->p == r->end;
}

/* The next n bytes, or NULL (and bad set) when there are fewer. */
static inline const uint8_t *wire_take(struct wire_reader *r, size_t n)
{
	if (r->bad || wire_left(r) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return r->p - n;
}

static inline uint32_t wire_get_u8(struct wire_reader *r)
{
	const uint8_t *p = wire_take(r, 1);
	return p ? *p : 0;
}

static inline uint32_t wire_get_be16(struct wire_reader *r)
{
	const uint8_t *p = wire_take(r, 2);
	return p ? get_be16(p) : 0;
}

static inline uint32_t wire_get_be32(struct wire_reader *r)
{
	const uint8_t *p = wire_take(r, 4);
	return p ? get_be32(p) : 0;
}

static inline uint64_t wire_get_be64(struct wire_reader *r)
{
	const uint8_t *p = wire_take(r, 8);
	return p ? get_be64(p) : 0;
}

static inline uint32_t wire_get_le16(struct wire_reader *r)
{
	const uint8_t *p = wire_take(r, 2);
	return p ? get_le16(p) : 0;
}

static inline uint32_t wire_get_le32(struct wire_reader *r)
{
	const uint8_t *p = wire_take(r, 4);
	return p ? get_le32(p) : 0;
}

static inline uint64_t wire_get_le64(struct wire_reader *r)
{
	const uint8_t *p = wire_take(r, 8);
	return p ? get_le64(p) : 0;
}
