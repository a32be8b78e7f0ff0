/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: READ ATTRIBUTE and WRITE ATTRIBUTE of what hosts store (SPC-5 6.17, 6.48, 7.4). */
#include <stdlib.h>
#include <string.h>

#include "tests/model/parts.h"

enum { HEAD = 5, LIST_HEAD = 4, BINARY = 0, ASCII = 1, TEXT = 2, ANY = 3, READ_ONLY = 0x80, VALUES = 0 };

/* In the order in which they are told; own: the drive's, whose value is not known. */
static const struct kind {
	uint16_t id;
	uint8_t format, least, most;
	bool partition, own;
} kinds[MODEL_ATTRIBUTES] = {
	{ 0x0800, ASCII, 8, 8, false, false },
	{ 0x0801, ASCII, 32, 32, false, false },
	{ 0x0805, BINARY, 1, 1, false, false },
	{ 0x0809, ASCII, 16, 16, true, false },
	{ 0x080a, BINARY, 1, 1, true, false },
	{ 0x080c, BINARY, 23, MODEL_ATTRIBUTE, true, false },
	{ 0x1000, BINARY, 28, 28, false, true },
	{ 0x1001, BINARY, 24, 24, false, true },
	{ 0x1400, ANY, 1, MODEL_ATTRIBUTE, true, false },
	{ 0x1401, ANY, 1, MODEL_ATTRIBUTE, true, false },
};

static const struct kind *kind_of(unsigned id, size_t *ret_index)
{
	for (*ret_index = 0; *ret_index < MODEL_ATTRIBUTES; ++*ret_index)
		if (kinds[*ret_index].id == id)
			return &kinds[*ret_index];
	return NULL;
}

static struct model_attribute *stored(struct model *m, size_t kind, unsigned partition)
{
	return &m->attributes[kinds[kind].partition ? partition : 0][kind];
}

/* --- READ ATTRIBUTE ------------------------------------------------------------------------------------ */

/* Which attribute it is, its format and length, and its bytes if they are known. */
static size_t put(struct call *c, uint8_t *in, size_t at, const struct kind *k,
	const struct model_attribute *a)
{
	unsigned len = k->own ? k->most : a->len;
	if (at + HEAD + len > MODEL_SHORT)
		abort(); /* MODEL_SHORT is too small for all attributes at their longest */
	put_be16(in + at, k->id);
	in[at + 2] = k->own ? READ_ONLY | k->format : a->format;
	put_be16(in + at + 3, len);
	if (!k->own)
		memcpy(in + at + HEAD, a->value, len);
	for (unsigned i = 0; i < len; i++)
		c->a->unknown[at + HEAD + i] = k->own;
	return at + HEAD + len;
}

static bool place_ok(struct call *c)
{
	if (c->cdb[5])
		return fail_cdb(c, 5, 7);
	return c->cdb[7] < c->m->layout.partitions || fail_cdb(c, 7, 7);
}

/* After an unload as before it. */
void run_read_attribute(struct call *c)
{
	uint8_t in[MODEL_SHORT] = { 0 };
	unsigned from = get_be16(c->cdb + 8);
	size_t at = LIST_HEAD, first;
	if (!place_ok(c))
		return;
	const struct kind *k = kind_of(from, &first);
	if (!k || (!k->own && !stored(c->m, first, c->cdb[7])->len)) {
		fail_cdb(c, 8, 7);
		return;
	}
	for (size_t i = first; i < MODEL_ATTRIBUTES; i++) {
		const struct model_attribute *a = stored(c->m, i, c->cdb[7]);
		if (kinds[i].own || a->len)
			at = put(c, in, at, &kinds[i], a);
	}
	put_be32(in, (uint32_t)at - LIST_HEAD);
	answer(c, in, at, get_be32(c->cdb + 10));
}

/* --- WRITE ATTRIBUTE ----------------------------------------------------------------------------------- */

/* Printable, perhaps with zeros behind; the byte that is not, or len. */
static unsigned right_ascii(const uint8_t *p, unsigned len)
{
	unsigned n = 0;
	while (n < len && p[n] >= 0x20 && p[n] <= 0x7e)
		n++;
	for (unsigned i = n; i < len; i++)
		if (p[i])
			return n;
	return len;
}

static unsigned right_bytes(const struct kind *k, const uint8_t *p, unsigned len)
{
	if (k->id == 0x0805 && *p > 0x0a && *p != 0x80 && *p != 0x81)
		return 0;
	if (k->id == 0x080a && *p > 1)
		return 0;
	return k->format == ASCII ? right_ascii(p, len) : len;
}

/* The attribute at a byte of the list, behind one with that id. */
static bool attribute_ok(struct call *c, unsigned at, int before)
{
	const uint8_t *p = c->in->out + at;
	unsigned id = get_be16(p), format = p[2] & 3, len = get_be16(p + 3);
	size_t index;
	const struct kind *k = kind_of(id, &index);
	if (!k || k->own || (int)id <= before)
		return fail_list(c, at, 7);
	if (p[2] & 0xfc)
		return fail_list(c, at + 2, 31 - __builtin_clz(p[2] & 0xfc));
	if (format == ANY || (len && k->format != ANY && format != k->format))
		return fail_list(c, at + 2, 1);
	if (!len)
		return true;
	if (len < k->least || len > k->most)
		return fail_list(c, at + 3, 7);
	unsigned right = right_bytes(k, p + HEAD, len);
	return right == len || fail_list(c, at + HEAD + right, -1);
}

/* All of the list or nothing.  It is a sync point. */
void run_write_attribute(struct call *c)
{
	const uint8_t *p = c->in->out;
	unsigned len = get_be32(c->cdb + 10);
	int before = -1;
	if (!c->m->loaded) {
		fail(c, 3, 0x04, 0x10);
		return;
	}
	if (c->m->protected) {
		fail_protected(c);
		return;
	}
	if (!place_ok(c) || !len)
		return;
	c->a->want = len;
	for (unsigned at = LIST_HEAD; at < len; at += HEAD + get_be16(p + at + 3)) {
		if (!attribute_ok(c, at, before))
			return;
		before = (int)get_be16(p + at);
	}
	for (unsigned at = LIST_HEAD; at < len; at += HEAD + get_be16(p + at + 3)) {
		size_t index;
		kind_of(get_be16(p + at), &index);
		struct model_attribute *a = stored(c->m, index, c->cdb[7]);
		*a = (struct model_attribute){ .len = p[at + 4], .format = p[at + 2] };
		memcpy(a->value, p + at + HEAD, a->len);
	}
	if (len > LIST_HEAD)
		parts_sync(c->m);
}
