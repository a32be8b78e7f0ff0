/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/bytes.h"

enum { IMAGE_MAX = 32768, DATA_MAX = 65536, FENCE = 64, MARK = 0xa5, SA_BITS = 5, OLD_LUN_BIT = 5 };

/* One walk over the rows of a unit. */
struct walk {
	const struct rows_door *door;
	const struct scsi_op *op;
	uint8_t cdb[16];
	uint8_t *list, *data, *whole;
	uint32_t list_len;
	const struct rows_sample *sample; /* may be NULL */
};

static void wrong(const struct walk *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wrong(const struct walk *w, const char *format, ...)
{
	char what[120], text[240];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	snprintf(text, sizeof text, "%s: %s", w->op->name, what);
	w->door->wrong(w->door->arg, text);
}

static size_t hex(const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;
	int used;
	unsigned byte;
	while (n < size && sscanf(text, " %2x%n", &byte, &used) == 1) {
		out[n++] = (uint8_t)byte;
		text += used;
	}
	return n;
}

static uint8_t *image_of(const struct walk *w, size_t *ret_len)
{
	uint8_t *image = calloc(1, IMAGE_MAX);
	*ret_len = w->door->image(w->door->arg, image, IMAGE_MAX);
	return image;
}

static void check_image(const struct walk *w, const uint8_t *before, size_t len, const char *what)
{
	size_t n;
	uint8_t *now = image_of(w, &n);
	if (n != len || memcmp(before, now, n) != 0)
		wrong(w, "%s has changed the unit", what);
	free(now);
}

/* --- reserved bits ---------------------------------------------------------------------------------- */

static bool reserved(const struct scsi_op *op, const uint8_t map[static 16], unsigned byte, unsigned bit)
{
	if (map[byte] >> bit & 1)
		return false;
	if (byte == 1 && op->sa != SA_NONE && bit < SA_BITS)
		return false;
	/* Where the LUN stood in old 6- and 10-byte CDBs. */
	return byte != 1 || op->len > 10 || bit < OLD_LUN_BIT;
}

static void try_bit(const struct walk *w, unsigned byte, unsigned bit)
{
	enum { SKSV = 0x80, IN_CDB = 0x40, BIT_VALID = 0x08 };
	const uint8_t sense[SENSE_LEN] = { 0x70, 0,
		5, [7] = 10, [12] = 0x24, [15] = (uint8_t)(SKSV | IN_CDB | BIT_VALID | bit), 0,
		(uint8_t)byte };
	struct rows_answer a;
	uint8_t cdb[16] = { w->op->code, w->op->sa != SA_NONE ? (uint8_t)w->op->sa : 0 };
	cdb[byte] |= (uint8_t)(1u << bit);
	w->door->run(w->door->arg, cdb, w->op->len, NULL, 0, w->data, 512, &a);
	if (a.status != STATUS_CHECK_CONDITION || memcmp(a.sense, sense, sizeof sense) != 0)
		wrong(w, "byte %u bit %u: status %02x, sense %x/%02x/%02x, pointer %02x %u", byte, bit,
			a.status, a.sense[2], a.sense[12], a.sense[13], a.sense[15], get_be16(a.sense + 16));
	if (a.in_done)
		wrong(w, "byte %u bit %u: %u bytes of data", byte, bit, a.in_done);
}

static void try_bits(const struct scsi_op *op, void *arg)
{
	struct walk *w = arg;
	uint8_t map[16];
	size_t len;
	w->op = op;
	op_usage(op, map);
	uint8_t *before = image_of(w, &len);
	for (unsigned byte = 1; byte < op->len; byte++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (reserved(op, map, byte, bit))
				try_bit(w, byte, bit);
	check_image(w, before, len, "a reserved bit");
	free(before);
}

/* --- lengths ---------------------------------------------------------------------------------------- */

static const struct rows_sample *sample_of(const struct walk *w)
{
	for (const struct rows_sample *s = w->door->samples; s->cdb; s++)
		if (s->code == w->op->code && s->sa == w->op->sa)
			return s;
	return NULL;
}

static void make_command(struct walk *w)
{
	w->sample = sample_of(w);
	memset(w->cdb, 0, sizeof w->cdb);
	memset(w->list, 0, DATA_MAX);
	w->cdb[0] = w->op->code;
	if (w->op->sa != SA_NONE)
		w->cdb[1] = (uint8_t)w->op->sa;
	for (const struct field *f = w->op->fields; f->name; f++)
		if (!strcmp(f->name, "allocation_length"))
			field_put(f, w->cdb, f->width > 16 ? DATA_MAX - 1 : (1u << f->width) - 1);
	if (w->sample)
		hex(w->sample->cdb, w->cdb, sizeof w->cdb);
	w->list_len = w->sample && w->sample->list ? (uint32_t)hex(w->sample->list, w->list, DATA_MAX) : 0;
}

static void prepare(const struct walk *w)
{
	struct rows_answer a;
	uint8_t cdb[16] = { 0 };
	w->door->prepare(w->door->arg);
	if (!w->sample || !w->sample->after)
		return;
	uint8_t list[64];
	unsigned len = (unsigned)hex(w->sample->after, cdb, sizeof cdb);
	size_t list_len = hex(w->sample->after_list, list, sizeof list);
	w->door->run(w->door->arg, cdb, len, list, (uint32_t)list_len, w->data, 0, &a);
	if (a.status)
		wrong(w, "%s: status %02x, sense %x/%02x/%02x", w->sample->after, a.status, a.sense[2],
			a.sense[12], a.sense[13]);
}

static void run(const struct walk *w, uint32_t out_len, uint32_t in_len, struct rows_answer *ret)
{
	prepare(w);
	memset(w->data, MARK, DATA_MAX + FENCE);
	w->door->run(w->door->arg, w->cdb, w->op->len, w->list, out_len, w->data, in_len, ret);
	for (uint32_t i = ret->in_done; i < DATA_MAX + FENCE; i++)
		if (w->data[i] != MARK) {
			wrong(w, "byte %u was written, of %u", i, ret->in_done);
			return;
		}
}

static bool good(const struct walk *w, const struct rows_answer *a, const char *what)
{
	if (a->status == STATUS_GOOD || (w->sample && w->sample->refused))
		return true;
	wrong(w, "%s: status %02x, sense %x/%02x/%02x; it may need a sample", what, a->status, a->sense[2],
		a->sense[12], a->sense[13]);
	return false;
}

/* Data-in: as much as fits, and the rest is a residual. */
static void try_in(struct walk *w)
{
	struct rows_answer a;
	run(w, 0, DATA_MAX, &a);
	if (!good(w, &a, "all data"))
		return;
	uint32_t n = a.in_done;
	if (!n || a.want != n)
		wrong(w, "%u bytes of %llu", n, (unsigned long long)a.want);
	memcpy(w->whole, w->data, n);
	const uint32_t lengths[] = { 0, 1, n / 2, n - 1, n, n + 1, n + 64 };
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		uint32_t most = lengths[i] < n ? lengths[i] : n;
		run(w, 0, lengths[i], &a);
		if (!good(w, &a, "expected length"))
			continue;
		if (a.in_done != most || a.want != n)
			wrong(w, "room for %u of %u: %u bytes, residual from %llu", lengths[i], n, a.in_done,
				(unsigned long long)a.want);
		if (!(w->sample && w->sample->varies) && memcmp(w->whole, w->data, most) != 0)
			wrong(w, "other bytes with room for %u", lengths[i]);
	}
}

static void try_short_list(const struct walk *w, uint32_t out_len)
{
	enum { ILLEGAL_REQUEST = 5, LIST_LENGTH = 0x1a, DATA_PHASE = 0x4b };
	struct rows_answer a;
	size_t len;
	prepare(w);
	uint8_t *before = image_of(w, &len);
	w->door->run(w->door->arg, w->cdb, w->op->len, w->list, out_len, w->data, 0, &a);
	bool told = (a.sense[2] == ILLEGAL_REQUEST && a.sense[12] == LIST_LENGTH) ||
		a.sense[12] == DATA_PHASE;
	if (a.status != STATUS_CHECK_CONDITION || !told)
		wrong(w, "%u of %u bytes: status %02x, sense %x/%02x/%02x", out_len, w->list_len, a.status,
			a.sense[2], a.sense[12], a.sense[13]);
	if (a.out_done > out_len || a.want != w->list_len)
		wrong(w, "%u of %u bytes: %u taken, residual from %llu", out_len, w->list_len, a.out_done,
			(unsigned long long)a.want);
	check_image(w, before, len, "a list that is too short");
	free(before);
}

/* A list that the unit never accepts: nothing is taken of it. */
static void try_refused(const struct walk *w)
{
	struct rows_answer a;
	size_t len;
	prepare(w);
	uint8_t *before = image_of(w, &len);
	w->door->run(w->door->arg, w->cdb, w->op->len, w->list, w->list_len, w->data, 0, &a);
	if (a.status != STATUS_CHECK_CONDITION || a.out_done)
		wrong(w, "status %02x, %u bytes taken", a.status, a.out_done);
	check_image(w, before, len, "a refused list");
	free(before);
}

/* Data-out: all of it or nothing. */
static void try_out(struct walk *w)
{
	struct rows_answer a;
	if (!w->sample || !w->list_len) {
		wrong(w, "needs a sample with a list");
		return;
	}
	if (w->sample->refused) {
		try_refused(w);
		return;
	}
	try_short_list(w, 0);
	try_short_list(w, 1);
	try_short_list(w, w->list_len - 1);
	for (uint32_t more = 0; more <= 64; more += 32) {
		run(w, w->list_len + more, 0, &a);
		if (good(w, &a, "a list") && (a.out_done != w->list_len || a.want != w->list_len))
			wrong(w, "%u of %u bytes taken, residual from %llu", a.out_done, w->list_len + more,
				(unsigned long long)a.want);
	}
}

/* No data, whatever the initiator expects. */
static void try_none(struct walk *w)
{
	static const uint32_t expected[][2] = { { 0, 0 }, { 0, 64 }, { 64, 0 } }; /* out, in */
	struct rows_answer a;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		run(w, expected[i][0], expected[i][1], &a);
		if (good(w, &a, "no data") && (a.in_done || a.out_done || a.want))
			wrong(w, "%u bytes in, %u out, of %llu", a.in_done, a.out_done,
				(unsigned long long)a.want);
	}
}

static void try_lengths(const struct scsi_op *op, void *arg)
{
	struct walk *w = arg;
	w->op = op;
	make_command(w);
	if (op->dir == DIR_IN)
		try_in(w);
	else if (op->dir == DIR_OUT)
		try_out(w);
	else
		try_none(w);
}

/* --- both ------------------------------------------------------------------------------------------- */

static void walk(const struct rows_door *door, void (*visit)(const struct scsi_op *op, void *arg))
{
	struct walk w = { .door = door };
	w.list = calloc(1, DATA_MAX + FENCE);
	w.data = calloc(1, DATA_MAX + FENCE);
	w.whole = calloc(1, DATA_MAX + FENCE);
	op_each(door->lu, visit, &w);
	free(w.list);
	free(w.data);
	free(w.whole);
}

void rows_reserved_bits(const struct rows_door *door)
{
	walk(door, try_bits);
}

void rows_lengths(const struct rows_door *door)
{
	walk(door, try_lengths);
}
