/* SPDX-License-Identifier: Apache-2.0 */
/* SPACE, LOCATE, READ POSITION, REWIND, ERASE and WRITE FILEMARKS: where they leave the tape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

/* Objects: 0 1 2 records, 3 filemark, 4 5 records, 6 7 filemarks, 8 record, end of data at 9. */
#define TAPE \
	{ "record 0", "0A 00 00 10 00 00", .write = 4096, .seed = 10 }, \
	{ "record 1", "0A 00 00 10 00 00", .write = 4096, .seed = 11 }, \
	{ "record 2", "0A 00 00 10 00 00", .write = 4096, .seed = 12 }, \
	{ "filemark 3", "10 00 00 00 01 00" }, \
	{ "record 4", "0A 00 00 10 00 00", .write = 4096, .seed = 14 }, \
	{ "record 5", "0A 00 00 10 00 00", .write = 4096, .seed = 15 }, \
	{ "filemarks 6 and 7", "10 00 00 00 02 00" }, \
	{ "record 8", "0A 00 00 10 00 00", .write = 4096, .seed = 18, AT(9) }

static const struct script_row space[] = {
	TAPE,
	{ "back over one record", "11 00 FF FF FF 00", AT(8) },
	{ "back over two filemarks: before the second one", "11 01 FF FF FE 00", AT(6) },
	{ "back over blocks into a filemark: before it, what is left without a sign", "11 00 FF FF F6 00",
	  .sense = SENSE18_INFO("80", "00 00 00 08", "00 01"), AT(3) },
	{ "back over the beginning stops at zero", "11 00 FF FF F0 00",
	  .sense = SENSE18_INFO("40", "00 00 00 0D", "00 04"), AT(0) },
	{ "back over filemarks at the beginning", "11 01 FF FF FF 00",
	  .sense = SENSE18_INFO("40", "00 00 00 01", "00 04"), AT(0) },
	{ "forward over two", "11 00 00 00 02 00", AT(2) },
	{ "forward into a filemark: behind it", "11 00 00 00 05 00",
	  .sense = SENSE18_INFO("80", "00 00 00 04", "00 01"), AT(4) },
	{ "forward over two filemarks", "11 01 00 00 02 00", AT(8) },
	{ "forward past end of data", "11 00 00 00 14 00",
	  .sense = SENSE18_INFO("08", "00 00 00 13", "00 05"), AT(9) },
	{ "filemarks past end of data", "11 01 00 00 03 00",
	  .sense = SENSE18_INFO("08", "00 00 00 03", "00 05"), AT(9) },
	{ "zero does not move", "11 00 00 00 00 00", AT(9) },
	{ "to end of data from the beginning", "01 00 00 00 00 00", AT(0) },
	{ "is no error", "11 03 00 00 00 00", AT(9) },
	{ "sequential filemarks are not for LTO", "11 02 00 00 01 00", .sense = SENSE18_CDB("CB", "01"), AT(9) },
	{ "nor with SPACE(16)", "91 02 00 00 00 00 00 00 00 00 00 01 00 00 00 00", .sense = SENSE18_CDB("CB", "01"), AT(9) },
	{ "setmarks exist in no LTO format", "11 04 00 00 01 00", .sense = SENSE18_CDB("CB", "01"), AT(9) },
	{ "SPACE(16) back over one filemark", "91 01 00 00 FF FF FF FF FF FF FF FF 00 00 00 00", AT(7) },
	{ "SPACE(16) with more than 32 bits left", "91 00 00 00 7F FF FF FF FF FF FF FF 00 00 00 00",
	  .sense = SENSE18("80", "00 01"), AT(8) },
	{ "SPACE(16) the most negative count", "91 00 00 00 80 00 00 00 00 00 00 00 00 00 00 00",
	  .sense = SENSE18("80", "00 01"), AT(7) },
	{ "SPACE(16) to end of data", "91 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00", AT(9) },
	{ "SPACE(16) has no parameters", "91 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00", .sense = SENSE18_CDB("C8", "0D") },
	{ 0 } };

static const struct script_row locate[] = {
	TAPE,
	{ "to object 4", "2B 00 00 00 00 00 04 00 00 00", AT(4) },
	{ "which is that record", "08 00 00 10 00 00", .read = 4096, .read_seed = 14, AT(5) },
	{ "to a filemark: before it", "2B 00 00 00 00 00 06 00 00 00", AT(6) },
	{ "to end of data exactly", "2B 00 00 00 00 00 09 00 00 00", AT(9) },
	{ "beyond it", "2B 00 00 00 00 00 0A 00 00 00", .sense = SENSE18("08", "00 05"), AT(9) },
	{ "IMMED", "2B 01 00 00 00 00 02 00 00 00", AT(2) },
	{ "IMMED beyond the end tells the next command", "2B 01 00 00 00 00 63 00 00 00" },
	{ "as a deferred error", "08 00 00 10 00 00", .sense = SENSE18_DEFERRED("08", "00 05"), AT(9) },
	{ "the vendor's block address type is the same", "2B 04 00 00 00 00 03 00 00 00", AT(3) },
	{ "the partition is not looked at without CP", "2B 00 00 00 00 00 01 00 05 00", AT(1) },
	{ "partition 0 with CP", "2B 02 00 00 00 00 02 00 00 00", AT(2) },
	{ "partition 1 is not there", "2B 02 00 00 00 00 01 00 01 00", .sense = SENSE18_CDB("CF", "08"), AT(2) },
	{ "LOCATE(16) to an object", "92 00 00 00 00 00 00 00 00 00 00 05 00 00 00 00", AT(5) },
	{ "LOCATE(16) to file 2: behind the second filemark", "92 08 00 00 00 00 00 00 00 00 00 02 00 00 00 00", AT(7) },
	{ "LOCATE(16) to file 0", "92 08 00 00 00 00 00 00 00 00 00 00 00 00 00 00", AT(0) },
	{ "LOCATE(16) to a file that is not there", "92 08 00 00 00 00 00 00 00 00 00 09 00 00 00 00",
	  .sense = SENSE18("08", "00 05"), AT(9) },
	{ "LOCATE(16) to end of data", "92 18 00 00 00 00 00 00 00 00 00 00 00 00 00 00", AT(9) },
	{ "LOCATE(16) to the largest number, as LTFS does", "92 00 00 00 FF FF FF FF FF FF FF FF 00 00 00 00",
	  .sense = SENSE18("08", "00 05"), AT(9) },
	{ "LOCATE(16) to an unknown kind", "92 10 00 00 00 00 00 00 00 00 00 01 00 00 00 00", .sense = SENSE18_CDB("CD", "01"), AT(9) },
	{ "LOCATE(16) partition 3", "92 02 00 03 00 00 00 00 00 00 00 01 00 00 00 00", .sense = SENSE18_CDB("CF", "03"), AT(9) },
	{ "LOCATE(16) block address mode", "92 00 01 00 00 00 00 00 00 00 00 01 00 00 00 00", .sense = SENSE18_CDB("C8", "02"), AT(9) },
	{ 0 } };

static const struct script_row position[] = {
	{ "at the beginning, short", "34 00 00 00 00 00 00 00 00 00",
	  .in = "80 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00", .moved = 20 },
	{ "at the beginning, long", "34 06 00 00 00 00 00 00 00 00",
	  .in = "80 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00", .moved = 32 },
	TAPE,
	{ "flush", "10 00 00 00 00 00", AT(9) },
	{ "short", "34 00 00 00 00 00 00 00 00 00",
	  .in = "00 00 00 00  00 00 00 09  00 00 00 09  00 00 00 00  00 00 00 00", .moved = 20 },
	{ "long: filemarks passed", "34 06 00 00 00 00 00 00 00 00",
	  .in = "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 09  00 00 00 00 00 00 00 03  00 00 00 00 00 00 00 00" },
	{ "extended, cut", "34 08 00 00 00 00 00 00 10 00", .in = "00 00 00 1C 00 00 00 00  00 00 00 00 00 00 00 09", .moved = 16 },
	{ "short has no allocation length", "34 00 00 00 00 00 00 00 14 00", .sense = SENSE18_CDB("CC", "08") },
	{ "long neither", "34 06 00 00 00 00 00 00 20 00", .sense = SENSE18_CDB("CD", "08") },
	{ "the vendor's short form is the same", "34 01 00 00 00 00 00 00 00 00",
	  .in = "00 00 00 00  00 00 00 09  00 00 00 09  00 00 00 00  00 00 00 00", .moved = 20 },
	{ 0 } };

static const struct script_row erase[] = {
	TAPE,
	{ "to object 4", "2B 00 00 00 00 00 04 00 00 00", AT(4) },
	{ "erase", "19 00 00 00 00 00", AT(4) },
	{ "end of data is here", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(4) },
	{ "what was before stays", "2B 00 00 00 00 00 02 00 00 00" },
	{ "record 2", "08 00 00 10 00 00", .read = 4096, .read_seed = 12, AT(3) },
	{ "long and IMMED, at the beginning", "01 00 00 00 00 00" },
	{ "as Windows sends it", "19 03 00 00 00 00", AT(0) },
	{ "blank", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(0) },
	{ 0 } };

static const struct script_row marks[] = {
	{ "two records", "0A 00 00 10 00 00", .write = 4096, .seed = 1 },
	{ "are there", "0A 00 00 10 00 00", .write = 4096, .seed = 2, AT(2) },
	{ "IMMED", "10 01 00 00 03 00", AT(5) },
	{ "setmarks are gone", "10 02 00 00 01 00", .sense = SENSE18_CDB("C9", "01"), AT(5) },
	{ "the first filemark in mid-tape ends the data there", "2B 00 00 00 00 00 01 00 00 00", AT(1) },
	{ "one filemark", "10 00 00 00 01 00", AT(2) },
	{ "end of data behind it", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(2) },
	{ "many filemarks at once", "10 00 00 80 00 00", AT(32770) },
	{ "back over all of them", "11 01 FF 80 00 00", AT(2) },
	{ 0 } };

/* W23: Windows flushes before it asks where it is. */
static const struct script_row flush[] = {
	TAPE,
	{ "in the middle", "2B 00 00 00 00 00 04 00 00 00", AT(4) },
	{ "TEST UNIT READY", "00 00 00 00 00 00" },
	{ "count 0 writes nothing", "10 00 00 00 00 00", AT(4) },
	{ "bytes 4 to 7", "34 00 00 00 00 00 00 00 00 00", .in = "00 00 00 00 00 00 00 04" },
	{ "what follows is still there", "08 00 00 10 00 00", .read = 4096, .read_seed = 14 },
	{ "to the end", "11 03 00 00 00 00", AT(9) },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "SPACE", run_script, NULL, NULL, (void *)space },
		{ "LOCATE", run_script, NULL, NULL, (void *)locate },
		{ "READ POSITION", run_script, NULL, NULL, (void *)position },
		{ "ERASE", run_script, NULL, NULL, (void *)erase },
		{ "WRITE FILEMARKS", run_script, NULL, NULL, (void *)marks },
		{ "flush and ask", run_script, NULL, NULL, (void *)flush },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
