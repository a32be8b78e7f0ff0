/* SPDX-License-Identifier: Apache-2.0 */
/* The 16-byte commands that name their place; VERIFY to end of data and over filemarks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */
static const struct script_row sequence[] = {
	{ "the first of a sequence", "8A 08 00 00  00 00 00 00 00 00 00 00  00 10 00 00", .write = 4096, .seed = 1, .moved = 4096, AT(1) },
	{ "the next", "8A 00 00 00  00 00 00 00 00 00 00 01  00 10 00 00", .write = 4096, .seed = 2, AT(2) },
	{ "the last", "8A 04 00 00  00 00 00 00 00 00 00 02  00 10 00 00", .write = 4096, .seed = 3, AT(3) },
	{ "a filemark", "80 04 00 00  00 00 00 00 00 00 00 03  00 00 01 00", AT(4) },
	{ "one that is not next", "8A 00 00 00  00 00 00 00 00 00 00 02  00 10 00 00", .write = 4096, .sense = SENSE18_CDB("CF", "04"), AT(4) },
	{ "a filemark neither", "80 00 00 00  00 00 00 00 00 00 00 02  00 00 01 00", .sense = SENSE18_CDB("CF", "04"), AT(4) },
	{ "ERASE neither", "93 00 00 00  00 00 00 00 00 00 00 02  00 00 00 00", .sense = SENSE18_CDB("CF", "04"), AT(4) },
	{ "nothing is lost", "88 00 00 00  00 00 00 00 00 00 00 02  00 10 00 00", .read = 4096, .read_seed = 3, .moved = 4096, AT(3) },
	{ "read the first", "88 00 00 00  00 00 00 00 00 00 00 00  00 10 00 00", .read = 4096, .read_seed = 1, AT(1) },
	{ "the second, without a move", "88 00 00 00  00 00 00 00 00 00 00 01  00 10 00 00", .read = 4096, .read_seed = 2, AT(2) },
	{ "SILI", "88 02 00 00  00 00 00 00 00 00 00 00  00 20 00 00", .read = 4096, .read_seed = 1, AT(1) },
	{ "short", "88 00 00 00  00 00 00 00 00 00 00 00  00 20 00 00", .read = 4096, .read_seed = 1, .sense = SENSE18_INFO("20", "00 00 10 00", "00 00"), AT(1) },
	{ "a filemark", "88 00 00 00  00 00 00 00 00 00 00 03  00 10 00 00", .sense = SENSE18_INFO("80", "00 00 10 00", "00 01"), AT(4) },
	{ "end of data", "88 00 00 00  00 00 00 00 00 00 00 04  00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(4) },
	{ "beyond it", "88 00 00 00  00 00 00 00 00 00 00 09  00 10 00 00", .sense = SENSE18("08", "00 05"), AT(4) },
	{ "no bytes, no move", "88 00 00 00  00 00 00 00 00 00 00 00  00 00 00 00", AT(4) },
	{ "there is no partition 1", "88 00 00 01  00 00 00 00 00 00 00 00  00 10 00 00", .sense = SENSE18_CDB("CF", "03"), AT(4) },
	{ "for WRITE", "8A 08 00 01  00 00 00 00 00 00 00 00  00 10 00 00", .write = 4096, .sense = SENSE18_CDB("CF", "03") },
	{ "for filemarks", "80 08 00 01  00 00 00 00 00 00 00 00  00 00 01 00", .sense = SENSE18_CDB("CF", "03") },
	{ "for ERASE", "93 08 00 02  00 00 00 00 00 00 00 00  00 00 00 00", .sense = SENSE18_CDB("CF", "03") },
	{ "for VERIFY", "8F 00 00 FF  00 00 00 00 00 00 00 00  00 10 00 00", .sense = SENSE18_CDB("CF", "03") },
	{ "reserved bits of READ", "88 04 00 00  00 00 00 00 00 00 00 00  00 10 00 00", .sense = SENSE18_CDB("CA", "01") },
	{ "in byte 2", "88 00 01 00  00 00 00 00 00 00 00 00  00 10 00 00", .sense = SENSE18_CDB("C8", "02") },
	{ "of WRITE", "8A 0A 00 00  00 00 00 00 00 00 00 00  00 10 00 00", .write = 4096, .sense = SENSE18_CDB("C9", "01") },
	{ "bits 7 to 5 too", "8A 28 00 00  00 00 00 00 00 00 00 00  00 10 00 00", .write = 4096, .sense = SENSE18_CDB("CD", "01") },
	{ "FIXED without a block length", "88 01 00 00  00 00 00 00 00 00 00 00  00 00 01 00", .sense = SENSE18_CDB("C8", "01") },
	{ "more than 8 MiB", "8A 08 00 00  00 00 00 00 00 00 00 00  80 00 01 00", .write = 1, .sense = SENSE18_CDB("CF", "0C") },
	{ "the initiator offers less", "8A 08 00 00  00 00 00 00 00 00 00 00  00 10 00 00", .write = 100, .sense = SENSE18("05", "4B 00"), AT(4) },

	{ "the first of another sequence goes back", "8A 0C 00 00  00 00 00 00 00 00 00 01  00 08 00 00", .write = 2048, .seed = 4, AT(2) },
	{ "what was behind is gone", "88 00 00 00  00 00 00 00 00 00 00 02  00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(2) },
	{ "beyond end of data nothing is written", "8A 08 00 00  00 00 00 00 00 00 00 05  00 10 00 00", .write = 4096, .sense = SENSE18("08", "00 05"), AT(2) },
	{ "two filemarks at the beginning of a sequence", "80 08 00 00  00 00 00 00 00 00 00 02  00 00 02 00", AT(4) },
	{ "no filemarks at another place move", "80 08 00 00  00 00 00 00 00 00 00 01  00 00 00 00", AT(1) },
	{ "ERASE from object 1 on", "93 08 00 00  00 00 00 00 00 00 00 01  00 00 00 00", AT(1) },
	{ "one object is left", "11 03 00 00 00 00", AT(1) },
	{ "it is the first", "88 00 00 00  00 00 00 00 00 00 00 00  00 10 00 00", .read = 4096, .read_seed = 1 },

	{ "a block length of 512", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 02 00" },
	{ "four blocks", "8A 09 00 00  00 00 00 00 00 00 00 01  00 00 04 00", .write = 2048, .seed = 5, .moved = 2048, AT(5) },
	{ "two of them", "88 01 00 00  00 00 00 00 00 00 00 01  00 00 02 00", .moved = 1024, AT(3) },
	{ "SILI with FIXED", "88 03 00 00  00 00 00 00 00 00 00 01  00 00 02 00", .sense = SENSE18_CDB("C9", "01") },
	{ "verify the other two", "8F 01 00 00  00 00 00 00 00 00 00 03  00 00 02 00", AT(5) },
	{ "READ REVERSE, which LTO drives lack", "0F 00 00 00 00 00", .sense = SENSE18("05", "20 00") },
	{ 0 } };

static const struct script_row verify[] = {
	{ "a record", "0A 00 00 28 00 00", .write = 10240, .seed = 1 },
	{ "another", "0A 00 00 10 00 00", .write = 4096, .seed = 2 },
	{ "a filemark", "10 00 00 00 01 00" },
	{ "a record", "0A 00 00 28 00 00", .write = 10240, .seed = 3 },
	{ "two filemarks", "10 00 00 00 02 00", AT(6) },
	{ "rewind", "01 00 00 00 00 00", AT(0) },
	{ "over one filemark", "13 08 00 00 01 00", AT(3) },
	{ "over two", "13 08 00 00 02 00", AT(6) },
	{ "end of data comes first", "13 08 00 00 01 00", .sense = SENSE18_INFO("08", "00 00 00 01", "00 05"), AT(6) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "more filemarks than there are", "13 08 00 00 05 00", .sense = SENSE18_INFO("08", "00 00 00 02", "00 05"), AT(6) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "over none", "13 08 00 00 00 00", AT(0) },
	{ "to end of data", "13 20 00 00 00 00", AT(6) },
	{ "which is there", "13 20 00 00 00 00", AT(6) },
	{ "from object 3 on", "8F 20 00 00  00 00 00 00 00 00 00 03  00 00 00 00", AT(6) },
	{ "one filemark from object 1 on", "8F 08 00 00  00 00 00 00 00 00 00 01  00 00 01 00", AT(3) },
	{ "VTE and VBF", "13 28 00 00 01 00", .sense = SENSE18_CDB("CB", "01") },
	{ "VTE with FIXED", "13 21 00 00 00 00", .sense = SENSE18_CDB("C8", "01") },
	{ "VBF with FIXED", "13 09 00 00 01 00", .sense = SENSE18_CDB("C8", "01") },
	{ "VLBPM", "13 30 00 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "BYTCMP", "8F 02 00 00  00 00 00 00 00 00 00 00  00 00 01 00", .sense = SENSE18_CDB("C9", "01") },
	{ "rewind", "01 00 00 00 00 00" },
	{ "to end of data, with IMMED", "13 24 00 00 00 00" },
	{ "the next command waits for it", "34 00 00 00 00 00 00 00 00 00", AT(6) },
	{ 0 } };
/* clang-format on */

static void body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, b->arg);
}

static void run_script(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, *state), 0);
}

#define SCRIPT(name)                                                   \
	{                                                              \
#name, run_script, NULL, NULL, (void *)(uintptr_t)name \
	}
int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPT(sequence),
		SCRIPT(verify),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
