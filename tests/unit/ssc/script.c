/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of scripts. */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATA_MAX = 9 << 20 };

unsigned bench_hex(const char *text, uint8_t *out, unsigned max)
{
	unsigned n = 0;
	char *end;
	while (n < max) {
		unsigned long v = strtoul(text, &end, 16);
		if (end == text)
			break;
		out[n++] = (uint8_t)v;
		text = end;
	}
	return n;
}

static void print_bytes(char *text, size_t size, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n && size > 3 * i + 3; i++)
		snprintf(text + 3 * i, 4, "%02X ", bytes[i]);
}

static void check_sense(struct bench *b, const struct script_row *row, const struct bench_answer *a)
{
	uint8_t expected[BENCH_SENSE] = { 0 };
	char text[64] = "GOOD";
	if (row->sense)
		bench_hex(row->sense, expected, sizeof expected);
	if (a->status == (row->sense ? 0x02 : 0x00) &&
		(!row->sense || !memcmp(expected, a->sense, sizeof expected)))
		return;
	if (a->status)
		print_bytes(text, sizeof text, a->sense, sizeof a->sense);
	bench_fail(b, "status %02x, %s, not %s", a->status, text, row->sense ? row->sense : "GOOD");
}

static void check_data(struct bench *b, const struct script_row *row, const struct bench_answer *a,
	const uint8_t *in)
{
	uint8_t expected[512];
	char text[128] = "";
	unsigned n = row->in ? bench_hex(row->in, expected, sizeof expected) : 0;
	if (n && (a->in_done < n || memcmp(in, expected, n))) {
		print_bytes(text, sizeof text, in, a->in_done < n ? a->in_done : n);
		bench_fail(b, "answered %s(%u), not %s", text, a->in_done, row->in);
	}
	if (row->read) {
		uint8_t *pattern = malloc(row->read);
		bench_pattern(pattern, row->read, row->read_seed);
		if (a->in_done < row->read || memcmp(in, pattern, row->read))
			bench_fail(b, "not the bytes of record %u", row->read_seed);
		free(pattern);
	}
	if (row->moved && a->want != (uint64_t)row->moved)
		bench_fail(b, "moved %llu bytes, not %lld", (unsigned long long)a->want,
			(long long)row->moved);
}

void script_run(struct bench *b, const struct script_row *rows)
{
	uint8_t *out = malloc(DATA_MAX), *in = malloc(DATA_MAX);
	for (const struct script_row *row = rows; row->what; row++) {
		uint8_t cdb[16];
		struct bench_answer a;
		unsigned n = bench_hex(row->cdb, cdb, sizeof cdb);
		uint32_t out_len = row->out ? bench_hex(row->out, out, 256) : row->write;
		if (row->write)
			bench_pattern(out, row->write, row->seed);
		b->what = row->what;
		bench_command(b, row->who, cdb, n, out, out_len, in, DATA_MAX, &a);
		check_sense(b, row, &a);
		check_data(b, row, &a, in);
		if (row->at && bench_object(b) != (uint64_t)row->at - 1)
			bench_fail(b, "at object %llu, not %lld", (unsigned long long)bench_object(b),
				(long long)row->at - 1);
	}
	b->what = NULL;
	free(out);
	free(in);
}
