/* SPDX-License-Identifier: Apache-2.0 */
/* READ BUFFER and WRITE BUFFER, diagnostic pages, the timestamp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/bytes.h"

/* "Evertape drive dump 1\n" */
#define DUMP_BEGINS "45 76 65 72 74 61 70 65 20 64 72 69 76 65 20 64 75 6D 70 20 31 0A"

/* clang-format off */
static const struct script_row buffers[] = {
	{ "the data buffer has 64 KiB", "3C 03 00 00 00 00 00 00 04 00", .in = "00 01 00 00", .moved = 4 },
	{ "cut", "3C 03 00 00 00 00 00 00 02 00", .in = "00 01", .moved = 2 },
	{ "no bytes of it", "3C 03 00 00 00 00 00 00 00 00" },
	{ "a buffer that does not exist has none", "3C 03 07 00 00 00 00 00 04 00", .in = "00 00 00 00" },
	{ "nor data", "3C 02 07 00 00 00 00 00 04 00", .sense = SENSE18_CDB("CF", "02") },
	{ "write all of it", "3B 02 00 00 00 00 01 00 00 00", .write = 65536, .seed = 3 },
	{ "and read it back", "3C 02 00 00 00 00 01 00 00 00", .read = 65536, .read_seed = 3, .moved = 65536 },
	{ "more than there is: as much as there is", "3C 02 00 00 00 00 02 00 00 00", .read = 65536, .read_seed = 3, .moved = 65536 },
	{ "four bytes in it", "3B 02 00 00 01 00 00 00 04 00", .out = "DE AD BE EF" },
	{ "read from there on", "3C 02 00 00 01 00 00 00 04 00", .in = "DE AD BE EF", .moved = 4 },
	{ "the last byte", "3C 02 00 00 FF FF 00 00 04 00", .moved = 1 },
	{ "behind the last one nothing", "3C 02 00 01 00 00 00 00 04 00" },
	{ "an offset behind the end", "3C 02 00 01 00 01 00 00 04 00", .sense = SENSE18_CDB("CF", "03") },
	{ "for writing too", "3B 02 00 01 00 01 00 00 01 00", .out = "00", .sense = SENSE18_CDB("CF", "03") },
	{ "a list beyond the end", "3B 02 00 00 FF FF 00 00 02 00", .out = "00 00", .sense = SENSE18_CDB("CF", "06") },
	{ "another buffer cannot be written", "3B 02 01 00 00 00 00 00 01 00", .out = "00", .sense = SENSE18_CDB("CF", "02") },
	{ "the initiator offers less", "3B 02 00 00 01 00 00 00 04 00", .out = "11 11", .sense = SENSE18("05", "1A 00") },
	{ "nothing was written", "3C 02 00 00 01 00 00 00 04 00", .in = "DE AD BE EF" },
	{ "no bytes to write", "3B 02 00 00 01 00 00 00 00 00" },
	{ "the other sees the same", "3C 02 00 00 01 00 00 00 04 00", .who = 1, .in = "DE AD BE EF" },

	{ "the echo buffer has 4 KiB", "3C 0B 00 00 00 00 00 00 04 00", .in = "00 00 10 00", .moved = 4 },
	{ "no echo before a call", "3C 0A 00 00 00 00 00 00 04 00", .sense = SENSE18("05", "2C 00") },
	{ "a call", "3B 0A 00 00 00 00 00 00 05 00", .out = "01 02 03 04 05" },
	{ "its echo", "3C 0A 00 00 00 00 00 10 00 00", .in = "01 02 03 04 05", .moved = 5 },
	{ "too long a call", "3B 0A 00 00 00 00 00 10 01 00", .write = 4097, .sense = SENSE18_CDB("CF", "06") },
	{ "the longest", "3B 0A 00 00 00 00 00 10 00 00", .write = 4096, .seed = 9 },
	{ "its echo", "3C 0A 00 00 00 00 00 10 00 00", .read = 4096, .read_seed = 9, .moved = 4096 },

	{ "firmware: modes 04h", "3B 04 00 00 00 00 00 00 04 00", .out = "00 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "05h", "3B 05 00 00 00 00 00 00 04 00", .out = "00 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "07h", "3B 07 00 00 00 00 00 00 04 00", .out = "00 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "0Eh", "3B 0E 00 00 00 00 00 00 04 00", .out = "00 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "0Fh are refused", "3B 0F 00 00 00 00 00 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "reading in mode 00h too", "3C 00 00 00 00 00 00 00 04 00", .sense = SENSE18_CDB("CC", "01") },
	{ "NACA", "3C 02 00 00 00 00 00 00 04 04", .sense = SENSE18_CDB("CA", "09") },
	{ 0 } };

static const struct script_row dump[] = {
	{ "the dump", "3C 02 01 00 00 00 00 10 00 00", .in = DUMP_BEGINS " 76 65 6E 64 6F 72 3A 20 49 42 4D 0A" },
	{ "in pieces", "3C 02 01 00 00 0E 00 00 08 00", .in = "20 64 75 6D 70 20 31 0A", .moved = 8 },
	{ "a new one, as LTFS asks for it", "1D 10 00 00 08 00", .out = "80 00 00 04 01 60 00 00" },
	{ "it is there", "3C 02 01 00 00 00 00 10 00 00", .in = DUMP_BEGINS },

	{ "history: the directory", "3C 1C 00 00 00 00 00 08 28 00", .in = "49 42 4D 20 20 20 20 20 01 02", .moved = 40 },
	{ "one entry", "3C 1C 00 00 00 1E 00 08 28 00", .in = "00 08 10 00 00 00 00 00", .moved = 10 },
	{ "it is the dump", "3C 1C 10 00 00 00 00 10 00 00", .in = DUMP_BEGINS },
	{ "a new one", "3C 1C 01 00 00 00 00 00 0A 00", .in = "49 42 4D", .moved = 10 },
	{ "clear", "3C 1C FF 00 00 00 00 00 00 00" },
	{ "it is gone", "3C 1C 10 00 00 00 00 10 00 00", .sense = SENSE18("05", "2C 00") },
	{ "no such history", "3C 1C 20 00 00 00 00 10 00 00", .sense = SENSE18_CDB("CF", "02") },
	{ 0 } };

static const struct script_row diagnostics[] = {
	{ "the list of pages", "1C 01 00 00 FF 00", .in = "00 00 00 02 00 80", .moved = 6 },
	{ "also as the default", "1C 00 00 00 FF 00", .in = "00 00 00 02 00 80" },
	{ "cut", "1C 01 00 00 05 00", .in = "00 00 00 02 00", .moved = 5 },
	{ "a page without results", "1C 01 80 00 FF 00", .sense = SENSE18_CDB("CF", "02") },
	{ "a reserved bit", "1C 03 00 00 FF 00", .sense = SENSE18_CDB("C9", "01") },
	{ "send the list", "1D 10 00 00 04 00", .out = "00 00 00 00" },
	{ "no PF", "1D 00 00 00 08 00", .out = "80 00 00 04 01 60 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "with a self-test", "1D 14 00 00 08 00", .out = "80 00 00 04 01 60 00 00", .sense = SENSE18_CDB("CF", "03") },
	{ "another page", "1D 10 00 00 04 00", .out = "3F 00 00 00", .sense = SENSE18_LIST("8F", "00") },
	{ "a reserved byte", "1D 10 00 00 08 00", .out = "80 01 00 04 01 60 00 00", .sense = SENSE18_LIST("8F", "01") },
	{ "too short a page", "1D 10 00 00 07 00", .out = "80 00 00 03 01 60 00", .sense = SENSE18_LIST("8F", "02") },
	{ "another id", "1D 10 00 00 08 00", .out = "80 00 00 04 01 61 00 00", .sense = SENSE18_LIST("8F", "04") },
	{ "more than a page", "1D 10 00 00 09 00", .out = "80 00 00 04 01 60 00 00 00", .sense = SENSE18("05", "1A 00") },
	{ 0 } };

static const struct script_row timestamps[] = {
	{ "set", "A4 0F 00 00 00 00 00 00 00 0C 00 00", .out = "00 00 00 00 00 00 00 00 10 00 00 00" },
	{ "the other hears of it", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 10") },
	{ "by a command; a few milliseconds have passed", "A3 0F 00 00 00 00 00 00 00 08 00 00", .in = "00 0A 02 00 00 00 00 00", .moved = 8 },
	{ "nothing to set", "A4 0F 00 00 00 00 00 00 00 00 00 00" },
	{ "is no news", "00 00 00 00 00 00", .who = 1, .sense = SENSE18_NO_MEDIUM },
	{ "another length", "A4 0F 00 00 00 00 00 00 00 0D 00 00", .out = "00 00 00 00 00 00 00 00 10 00 00 00 00", .sense = SENSE18("05", "1A 00") },
	{ "a reserved byte", "A4 0F 00 00 00 00 00 00 00 0C 00 00", .out = "00 00 01 00 00 00 00 00 10 00 00 00", .sense = SENSE18_LIST("8F", "02") },
	{ "the last one", "A4 0F 00 00 00 00 00 00 00 0C 00 00", .out = "00 00 00 00 00 00 00 00 10 00 00 01", .sense = SENSE18_LIST("8F", "0B") },
	{ "too large a time", "A4 0F 00 00 00 00 00 00 00 0C 00 00", .out = "00 00 00 00 F1 00 00 00 00 00 00 00", .sense = SENSE18_LIST("8F", "04") },
	{ "the largest", "A4 0F 00 00 00 00 00 00 00 0C 00 00", .out = "00 00 00 00 F0 00 00 00 00 00 00 00" },
	{ "is the time", "A3 0F 00 00 00 00 00 00 00 0C 00 00", .in = "00 0A 02 00 F0 00 00 00", .moved = 12 },
	{ "no bytes of it", "A3 0F 00 00 00 00 00 00 00 00 00 00" },
	{ "a reserved bit of the CDB", "A3 0F 01 00 00 00 00 00 00 0C 00 00", .sense = SENSE18_CDB("C8", "02") },
	{ "of the other", "A4 0F 00 00 00 01 00 00 00 0C 00 00", .sense = SENSE18_CDB("C8", "05") },
	{ "MODE SENSE of page 0Ah/01h: TCMOS, SCSIP", "1A 08 0A 01 FF 00", .in = "23 00 10 00 4A 01 00 1C 06 00", .moved = 36 },
	{ 0 } };
/* clang-format on */

/* Lists shorter than their command says are refused at every length, and change nothing. */
static void cut_lists(struct bench *b, const char *cdb_hex, const char *list_hex)
{
	uint8_t cdb[16], list[256], in[16];
	unsigned cdb_len = bench_hex(cdb_hex, cdb, sizeof cdb), len = bench_hex(list_hex, list, sizeof list);
	for (unsigned n = 0; n < len; n++) {
		struct bench_answer a;
		bench_command(b, 0, cdb, cdb_len, list, n, in, 0, &a);
		if (a.status != 0x02 || a.sense[12] != 0x1a || a.sense[13] != 0x00)
			bench_fail(b, "%s with %u bytes: status %02x, %02x/%02x", cdb_hex, n, a.status,
				a.sense[12], a.sense[13]);
	}
}

/* Until it is set, the time is that of the computer. */
static void check_clock(struct bench *b)
{
	const uint8_t cdb[12] = { 0xa3, 0x0f, [9] = 12 };
	uint8_t in[12];
	struct bench_answer a;
	time_t before = time(NULL);
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, in, sizeof in, &a);
	uint64_t ms = (uint64_t)get_be16(in + 4) << 32 | get_be32(in + 6);
	BENCH_CHECK(b, a.status == 0 && in[1] == 10 && in[2] == 3 && in[3] == 0);
	BENCH_CHECK(b, ms / 1000 >= (uint64_t)before && ms / 1000 <= (uint64_t)time(NULL));
}

/* The length in the descriptor is that of the dump, whose text names the cartridge. */
static void check_dump(struct bench *b)
{
	const uint8_t descriptor[10] = { 0x3c, 0x03, 0x01, [8] = 4 },
		      data[10] = { 0x3c, 0x02, 0x01, [7] = 0x20 };
	uint8_t head[4];
	char *text = calloc(1, 8193);
	struct bench_answer a;
	bench_command(b, 0, descriptor, sizeof descriptor, NULL, 0, head, sizeof head, &a);
	bench_command(b, 0, data, sizeof data, NULL, 0, (uint8_t *)text, 8192, &a);
	BENCH_CHECK(b, a.in_done && a.in_done == get_be24(head + 1));
	BENCH_CHECK(b, strstr(text, "\ncartridge: E00001L8\n"));
	BENCH_CHECK(b, strstr(text, "\nobject: 1\n"));
	BENCH_CHECK(b, text[a.in_done - 1] == '\n');
	free(text);
}

static void service_body(struct bench *b)
{
	bench_settle(b);
	check_clock(b);
	script_run(b, buffers);
	script_run(b, diagnostics);
	script_run(b, timestamps);
	cut_lists(b, "A4 0F 00 00 00 00 00 00 00 0C 00 00", "00 00 00 00 00 00 00 00 10 00 00 00");
	cut_lists(b, "1D 10 00 00 08 00", "80 00 00 04 01 60 00 00");
	cut_lists(b, "3B 0A 00 00 00 00 00 00 05 00", "01 02 03 04 05");
	bench_load(b, "E00001L8", "lto8");
	static const struct script_row record[] = { { "a record", "0A 00 00 10 00 00", .write = 4096 },
		{ "a dump", "1D 10 00 00 08 00", .out = "80 00 00 04 01 60 00 00" }, { 0 } };
	script_run(b, record);
	check_dump(b);
	script_run(b, dump);
}

static void run_service(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", service_body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_service),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
