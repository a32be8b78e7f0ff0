/* SPDX-License-Identifier: Apache-2.0 */
/* READ, WRITE, VERIFY: variable and fixed, with every sense they can meet on a good tape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

/* clang-format off */
static const struct script_row variable[] = {
	{ "a record of 10 KiB", "0A 00 00 28 00 00", .write = 10240, .seed = 1, .moved = 10240, AT(1) },
	{ "another", "0A 00 00 28 00 00", .write = 10240, .seed = 2, AT(2) },
	{ "a third", "0A 00 00 28 00 00", .write = 10240, .seed = 3, AT(3) },
	{ "a filemark", "10 00 00 00 01 00", AT(4) },
	{ "one byte", "0A 00 00 00 01 00", .write = 1, .seed = 4, AT(5) },
	{ "zero bytes write nothing", "0A 00 00 00 00 00", AT(5) },
	{ "rewind", "01 00 00 00 00 00", AT(0) },
	{ "zero bytes read nothing", "08 00 00 00 00 00", AT(0) },
	{ "exactly its length", "08 00 00 28 00 00", .read = 10240, .read_seed = 1, .moved = 10240, AT(1) },
	{ "shorter than asked: ILI, request minus actual", "08 00 01 00 00 00",
	  .sense = SENSE18_INFO("20", "00 00 D8 00", "00 00"),
	  .read = 10240, .read_seed = 2, .moved = 10240, AT(2) },
	{ "longer than asked: ILI, negative", "08 00 00 10 00 00",
	  .sense = SENSE18_INFO("20", "FF FF E8 00", "00 00"),
	  .read = 4096, .read_seed = 3, .moved = 4096, AT(3) },
	{ "a filemark: behind it, all of the request left", "08 00 00 28 00 00",
	  .sense = SENSE18_INFO("80", "00 00 28 00", "00 01"), .moved = 0, AT(4) },
	{ "one byte back", "08 00 00 00 01 00", .read = 1, .read_seed = 4, AT(5) },
	{ "end of data", "08 00 00 28 00 00", .sense = SENSE18_INFO("08", "00 00 28 00", "00 05"), AT(5) },
	{ "end of data again", "08 00 00 28 00 00", .sense = SENSE18_INFO("08", "00 00 28 00", "00 05"), AT(5) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "SILI forgives a short record", "08 02 01 00 00 00", .read = 10240, .read_seed = 1, .moved = 10240, AT(1) },
	{ "SILI forgives a long one without a block length", "08 02 00 10 00 00", .read = 4096, .read_seed = 2, AT(2) },
	{ "SILI does not hide a filemark", "11 00 00 00 01 00", AT(3) },
	{ "with SILI a filemark is told", "08 02 00 10 00 00", .sense = SENSE18_INFO("80", "00 00 10 00", "00 01"), AT(4) },
	{ "more than 8 MiB is no record", "0A 00 80 00 01 00", .write = 1, .sense = SENSE18_CDB("CF", "02"), AT(4) },
	{ "8 MiB", "0A 00 80 00 00 00", .write = 8 << 20, .seed = 7, AT(5) },
	{ "it replaced what was behind", "11 00 00 00 01 00", .sense = SENSE18_INFO("08", "00 00 00 01", "00 05"), AT(5) },
	{ "back over it", "11 00 FF FF FF 00", AT(4) },
	{ "8 MiB back", "08 00 80 00 00 00", .read = 8 << 20, .read_seed = 7, .moved = 8 << 20, AT(5) },
	{ 0 } };

static const struct script_row fixed[] = {
	{ "FIXED without a block length", "0A 01 00 00 04 00", .write = 2048, .sense = SENSE18_CDB("C8", "01") },
	{ "a block length of 512, PF=0", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 02 00" },
	{ "it is told", "1A 00 00 00 0C 00", .in = "0B 88 10 08 5E 00 00 00 00 00 02 00" },
	{ "the other initiator's is its own", "1A 00 00 00 0C 00", .who = 1, .in = "0B 88 10 08 5E 00 00 00 00 00 00 00" },
	{ "and FIXED is not for it", "08 01 00 00 04 00", .who = 1, .sense = SENSE18_CDB("C8", "01") },
	{ "four blocks", "0A 01 00 00 04 00", .write = 2048, .seed = 1, .moved = 2048, AT(4) },
	{ "two blocks", "0A 01 00 00 02 00", .write = 1024, .seed = 2, AT(6) },
	{ "a record of 100 bytes", "0A 00 00 00 64 00", .write = 100, .seed = 3, AT(7) },
	{ "a block", "0A 01 00 00 01 00", .write = 512, .seed = 4, AT(8) },
	{ "a filemark", "10 00 00 00 01 00", AT(9) },
	{ "no blocks, no motion", "0A 01 00 00 00 00", AT(9) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "SILI with FIXED", "08 03 00 00 04 00", .sense = SENSE18_CDB("C9", "01"), AT(0) },
	{ "four blocks back", "08 01 00 00 04 00", .read = 2048, .read_seed = 1, .moved = 2048, AT(4) },
	{ "a record of another length ends it behind that, not counted", "08 01 00 00 08 00",
	  .sense = SENSE18_INFO("20", "00 00 00 06", "00 00"), .read = 1024, .read_seed = 2, .moved = 1124, AT(7) },
	{ "a filemark ends it: blocks left", "08 01 00 00 04 00",
	  .sense = SENSE18_INFO("80", "00 00 00 03", "00 01"), .read = 512, .read_seed = 4, .moved = 512, AT(9) },
	{ "end of data: blocks left", "08 01 00 00 05 00", .sense = SENSE18_INFO("08", "00 00 00 05", "00 05"), AT(9) },
	{ "locate to the odd one", "2B 00 00 00 00 00 06 00 00 00", AT(6) },
	{ "SILI with a block length: short is forgiven", "08 02 00 02 00 00", .read = 100, .read_seed = 3, AT(7) },
	{ "SILI with a block length: long is told", "08 02 00 00 10 00",
	  .sense = SENSE18_INFO("20", "FF FF FE 10", "00 00"), .moved = 16, AT(8) },
	{ "too long a block length", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 80 00 01", .sense = SENSE18_LIST("80", "09") },
	{ "the block length stays", "1A 00 00 00 0C 00", .in = "0B 88 10 08 5E 00 00 00 00 00 02 00" },
	{ "16 million blocks stream until data ends", "01 00 00 00 00 00" },
	{ "the huge READ", "08 01 FF FF FF 00", .sense = SENSE18_INFO("20", "00 FF FF F9", "00 00"), .moved = 3172, AT(7) },
	{ 0 } };

static const struct script_row verify[] = {
	{ "three records", "0A 00 00 28 00 00", .write = 10240, .seed = 1 },
	{ "of 10 KiB", "0A 00 00 28 00 00", .write = 10240, .seed = 2 },
	{ "and a filemark", "10 00 00 00 01 00" },
	{ "rewind", "01 00 00 00 00 00" },
	{ "verify one", "13 00 00 28 00 00", AT(1) },
	{ "short", "13 00 01 00 00 00", .sense = SENSE18_INFO("20", "00 00 D8 00", "00 00"), AT(2) },
	{ "filemark", "13 00 00 28 00 00", .sense = SENSE18_INFO("80", "00 00 28 00", "00 01"), AT(3) },
	{ "end of data", "13 00 00 28 00 00", .sense = SENSE18_INFO("08", "00 00 28 00", "00 05"), AT(3) },
	{ "bytes cannot be compared", "13 02 00 28 00 00", .sense = SENSE18_CDB("C9", "01") },
	{ "rewind", "01 00 00 00 00 00" },
	{ "IMMED answers first", "13 04 01 00 00 00" },
	{ "and tells later what it met", "08 00 00 28 00 00",
	  .sense = "F1 00 20 00 00 D8 00 0A 00 00 00 00 00 00 00 00 00 00" },
	{ "reading goes on", "08 00 00 28 00 00", .read = 10240, .read_seed = 2, AT(2) },
	{ 0 } };

static const struct script_row limits[] = {
	{ "READ BLOCK LIMITS", "05 00 00 00 00 00", .in = "00 80 00 00 00 01", .moved = 6 },
	{ "with MLOI", "05 01 00 00 00 00", .in = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 FF FF FF EF", .moved = 20 },
	{ "a reserved bit", "05 02 00 00 00 00", .sense = SENSE18_CDB("C9", "01") },
	{ "NACA", "05 00 00 00 00 04", .sense = SENSE18_CDB("CA", "05") },
	{ 0 } };

static const struct script_row offers_less[] = {
	{ "the initiator offers less than the CDB says: nothing is written", "0A 00 00 28 00 00",
	  .write = 100, .sense = SENSE18("05", "4B 00"), .moved = 10240, AT(0) },
	{ "a block length", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 02 00" },
	{ "the same with FIXED", "0A 01 00 00 04 00", .write = 1024, .sense = SENSE18("05", "4B 00"), .moved = 2048, AT(0) },
	{ "nothing is there", "08 00 00 28 00 00", .sense = SENSE18_INFO("08", "00 00 28 00", "00 05"), AT(0) },
	{ 0 } };

static const struct script_row unbuffered[] = {
	{ "buffered mode 0", "15 00 00 00 04 00", .out = "00 00 00 00" },
	{ "it is told", "1A 08 00 00 04 00", .in = "03 88 00 00" },
	{ "to the other initiator as a unit attention", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 01") },
	{ "a record", "0A 00 00 28 00 00", .write = 10240, .seed = 1, AT(1) },
	{ "nothing waits in the buffer", "34 08 00 00 00 00 00 00 20 00",
	  .in = "00 00 00 1C 00 00 00 00  00 00 00 00 00 00 00 01  00 00 00 00 00 00 00 01  00 00 00 00 00 00 00 00" },
	{ "buffered mode 2 is none", "15 00 00 00 04 00", .out = "00 00 20 00", .sense = SENSE18_LIST("80", "02") },
	{ "back to 1", "15 00 00 00 04 00", .out = "00 00 10 00" },
	{ "a record waits", "0A 00 00 28 00 00", .write = 10240, .seed = 2, AT(2) },
	{ "in the buffer", "34 08 00 00 00 00 00 00 20 00",
	  .in = "00 00 00 1C 00 00 00 01  00 00 00 00 00 00 00 02  00 00 00 00 00 00 00 01  00 00 00 00 00 00 28 00" },
	{ "the short form says so", "34 00 00 00 00 00 00 00 00 00",
	  .in = "00 00 00 00  00 00 00 02  00 00 00 01  00 00 00 01  00 00 28 00" },
	{ "the flush", "10 00 00 00 00 00", AT(2) },
	{ "empties it", "34 08 00 00 00 00 00 00 20 00",
	  .in = "00 00 00 1C 00 00 00 00  00 00 00 00 00 00 00 02  00 00 00 00 00 00 00 02  00 00 00 00 00 00 00 00" },
	{ 0 } };

/* clang-format on */

static void body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, b->arg);
}
/* clang-format on */

static void later_body(struct bench *b)
{
	b->pace = PACE_LATER;
	body(b);
}

static void run_script(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, *state), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD8", later_body, *state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "variable records", run_script, NULL, NULL, (void *)variable },
		{ "fixed blocks", run_script, NULL, NULL, (void *)fixed },
		{ "VERIFY", run_script, NULL, NULL, (void *)verify },
		{ "READ BLOCK LIMITS", run_script, NULL, NULL, (void *)limits },
		{ "less offered than asked", run_script, NULL, NULL, (void *)offers_less },
		{ "buffered and unbuffered", run_script, NULL, NULL, (void *)unbuffered },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
