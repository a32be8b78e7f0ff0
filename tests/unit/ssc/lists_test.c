/* SPDX-License-Identifier: Apache-2.0 */
/* Every parameter list that a drive takes: cut at every length, short on the wire at every length, and with each bit
 * flipped.  It is taken or refused; a list that is refused changes nothing that a host can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "vtl/ssc/tape.h"

enum { LIST_MAX = 512, STATE_MAX = 16384, ANSWER_MAX = 4096, KEY_ILLEGAL_REQUEST = 5, KEY_RECOVERED = 1 };

/* A command with a list.  The bytes of its length field in the CDB are what the test fills in. */
struct list {
	const char *name, *cdb, *bytes;
	unsigned length_at, length_bytes;
};

/* clang-format off */
#define KEY "A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF"
static const struct list lists[] = {
	{ "block length", "15 10 00 00 00 00", "00 00 10 08 00 00 00 00 00 00 02 00", 4, 1 },
	{ "block length, MODE SELECT(10)", "55 10 00 00 00 00 00 00 00 00",
	  "00 00 00 10 00 00 00 08 00 00 00 00 00 00 02 00", 7, 2 },
	{ "key", "B5 20 00 10 00 00 00 00 00 00 00 00",
	  "00 10 00 40 40 00 02 03 01 00 00 00 00 00 00 00 00 00 00 20 " KEY
	  " 00 00 00 05 61 62 63 64 65 01 00 00 03 78 79 7A", 6, 4 },
	{ "attributes", "8D 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
	  "00 00 00 13 08 00 01 00 08 48 45 4C 4C 4F 20 20 20 08 05 00 00 01 00", 10, 4 },
	{ "timestamp", "A4 0F 00 00 00 00 00 00 00 00 00 00", "00 00 00 00 01 23 45 67 89 AB 00 00", 6, 4 },
	{ "registration", "5F 06 00 00 00 00 00 00 00 00",
	  "00 00 00 00 00 00 00 00 11 22 33 44 55 66 77 88 00 00 00 00 01 00 00 00", 5, 4 },
	{ "dump", "1D 10 00 00 00 00", "80 00 00 04 01 60 00 00", 3, 2 },
	{ "order", "A4 1D 02 00 00 00 00 00 00 00 00 00",
	  "00 00 00 00 00 00 00 20 00 1E 00 00 00 61 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
	  " 01 00 00 00 00 00 00 00 02", 6, 4 },
};

/* What a host can read of what lists change. */
static const char *const state_cdbs[] = {
	"5A 08 3F FF 00 00 00 10 00 00",                   /* all mode pages */
	"5A 00 01 00 00 00 00 10 00 00",                   /* the block descriptor */
	"A2 20 00 20 00 00 00 00 10 00 00 00",             /* data encryption status */
	"8C 01 00 00 00 00 00 00 08 00 00 00 10 00 00 00", /* which attributes there are */
	"8C 00 00 00 00 00 00 00 08 00 00 00 10 00 00 00", /* those that hosts store */
	"5E 03 00 00 00 00 00 10 00 00",                   /* registrations */
	"34 06 00 00 00 00 00 00 00 00",                   /* the position */
};
/* clang-format on */

struct trial {
	struct bench *b;
	const char *name;
	uint8_t cdb[16], bytes[LIST_MAX];
	unsigned cdb_len, len, length_at, length_bytes;
	uint8_t before[STATE_MAX], after[STATE_MAX];
	size_t before_len;
	unsigned taken, refused;
};

static size_t state_read(struct bench *b, uint8_t out[static STATE_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof state_cdbs / sizeof *state_cdbs; i++) {
		uint8_t cdb[16], answer[ANSWER_MAX];
		struct bench_answer a;
		unsigned len = bench_hex(state_cdbs[i], cdb, sizeof cdb);
		bench_command(b, 0, cdb, len, NULL, 0, answer, sizeof answer, &a);
		if (n + a.in_done <= STATE_MAX)
			memcpy(out + n, answer, a.in_done);
		n += a.in_done;
	}
	BENCH_CHECK(b, n > 0 && n <= STATE_MAX);
	return n;
}

/* Sends said bytes of the list in the CDB and gives given bytes of them. */
static void send_list(struct trial *t, const uint8_t *bytes, unsigned said, unsigned given,
	struct bench_answer *ret)
{
	uint8_t cdb[16];
	memcpy(cdb, t->cdb, sizeof cdb);
	for (unsigned i = 0; i < t->length_bytes; i++)
		cdb[t->length_at + i] = (uint8_t)(said >> 8 * (t->length_bytes - 1 - i));
	bench_command(t->b, 0, cdb, t->cdb_len, bytes, given, NULL, 0, ret);
}

static bool is_refusal(const struct bench_answer *a)
{
	return a->status == STATUS_RESERVATION_CONFLICT ||
		(a->status == STATUS_CHECK_CONDITION && a->sense[2] == KEY_ILLEGAL_REQUEST);
}

static void keep_state(struct trial *t)
{
	t->before_len = state_read(t->b, t->before);
}

/* A list that is not as it should be; from here on it is what the messages call it. */
static void attempt(struct trial *t, const uint8_t *bytes, unsigned said, unsigned given, const char *how,
	unsigned n)
{
	struct bench_answer a;
	send_list(t, bytes, said, given, &a);
	if (a.status == STATUS_GOOD || (a.status == STATUS_CHECK_CONDITION && a.sense[2] == KEY_RECOVERED)) {
		t->taken++;
		send_list(t, t->bytes, t->len, t->len, &a);
		if (a.status != STATUS_GOOD)
			bench_fail(t->b, "%s, %s %u was taken, and then the list itself was not", t->name,
				how, n);
		keep_state(t);
		return;
	}
	t->refused++;
	if (!is_refusal(&a))
		bench_fail(t->b, "%s, %s %u: status %02x sense %x/%02x/%02x", t->name, how, n, a.status,
			a.sense[2], a.sense[12], a.sense[13]);
	if (state_read(t->b, t->after) != t->before_len || memcmp(t->before, t->after, t->before_len))
		bench_fail(t->b, "%s, %s %u: refused, and something has changed", t->name, how, n);
}

static void try_list(struct trial *t)
{
	struct bench_answer a;
	uint8_t bytes[LIST_MAX];
	send_list(t, t->bytes, t->len, t->len, &a);
	if (a.status != STATUS_GOOD)
		bench_fail(t->b, "%s: status %02x sense %x/%02x/%02x", t->name, a.status, a.sense[2],
			a.sense[12], a.sense[13]);
	keep_state(t);
	for (unsigned n = 0; n < t->len; n++) {
		attempt(t, t->bytes, n, n, "cut at byte", n);
		attempt(t, t->bytes, t->len, n, "short on the wire at byte", n);
	}
	for (unsigned bit = 0; bit < t->len * 8; bit++) {
		memcpy(bytes, t->bytes, t->len);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		attempt(t, bytes, t->len, t->len, "flipped bit", bit);
	}
	print_message("%s: %u refused, %u taken\n", t->name, t->refused, t->taken);
	BENCH_CHECK(t->b, t->refused > 0);
}

static void try_row(struct bench *b, const struct list *row)
{
	struct trial *t = calloc(1, sizeof *t);
	t->b = b;
	t->name = row->name;
	t->cdb_len = bench_hex(row->cdb, t->cdb, sizeof t->cdb);
	t->len = bench_hex(row->bytes, t->bytes, sizeof t->bytes);
	t->length_at = row->length_at;
	t->length_bytes = row->length_bytes;
	try_list(t);
	free(t);
}

/* What MODE SENSE(10) returns of a page is a list for MODE SELECT(10). */
static void try_page(struct bench *b, const struct mode_page *page)
{
	enum { HEADER = 8, PS = 0x80, PF = 0x10, DBD = 0x08 };
	struct trial *t = calloc(1, sizeof *t);
	struct bench_answer a;
	char name[32];
	snprintf(name, sizeof name, "mode page %02X/%02X", page->page, page->subpage);
	t->b = b;
	t->name = name;
	uint8_t sense[10] = { OPCODE_MODE_SENSE_10, DBD, page->page, page->subpage, [7] = LIST_MAX >> 8 };
	bench_command(b, 0, sense, sizeof sense, NULL, 0, t->bytes, sizeof t->bytes, &a);
	BENCH_CHECK(b, a.status == STATUS_GOOD && a.in_done > HEADER);
	t->len = a.in_done;
	t->bytes[0] = t->bytes[1] = 0; /* reserved in a list: the length, */
	t->bytes[HEADER] &= (uint8_t)~PS;
	t->bytes[2] = 0;     /* the medium type, */
	t->bytes[3] &= 0x7f; /* and WP */
	t->cdb_len = bench_hex("55 10 00 00 00 00 00 00 00 00", t->cdb, sizeof t->cdb);
	t->length_at = 7;
	t->length_bytes = 2;
	try_list(t);
	free(t);
}

static void body(struct bench *b)
{
	bench_load(b, "E00001L9", "lto9");
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		try_row(b, &lists[i]);
	for (const struct mode_page *page = b->tape->lu.mode_pages; page->len; page++)
		if (page->mask)
			try_page(b, page);
}

static void refused_lists_change_nothing(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD9", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_lists_change_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
