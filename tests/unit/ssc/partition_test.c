/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions as hosts see them: mode page 11h, FORMAT MEDIUM, SET CAPACITY, LOCATE with CP, page 1Dh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

/* MODE SENSE(10) and MODE SELECT(10) of page 11h, without a block descriptor. */
#define SENSE_11   "5A 08 11 00 00 00 00 00 FF 00"
#define SELECT_11  "55 10 00 00 00 00 00 00 18 00"
#define HEADER     "00 16 88 10 00 00 00 00  "
#define LIST       "00 00 00 10 00 00 00 00  "
#define READ_80    "08 00 00 00 50 00"
#define WRITE_80   "0A 00 00 00 50 00"
#define PARTITION(n, object) "92 02 00 0" n " 00 00 00 00 00 00 00 0" object " 00 00 00 00"
#define SHORT_POSITION "34 00 00 00 00 00 00 00 00 00"
#define ROUNDED    SENSE18("01", "37 00")
#define ONE_PARTITION { "one partition", SENSE_11, .in = HEADER "11 0E 03 00 3C 03 09 00 2E E0 00 00 00 00 00 00", .moved = 24 }

/* What mkltfs sends: a small partition 0, the rest in partition 1; then both are written. */
static const struct script_row mkltfs[] = {
	ONE_PARTITION,
	{ "data that the format voids", WRITE_80, .write = 80, .seed = 99 },
	{ "rewind", "01 00 00 00 00 00", AT(0) },
	{ "one gigabyte and the rest", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 01 FF FF 00 00 00 00",
	  .sense = ROUNDED },
	{ "the plan, in whole units", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 00 74 2D FA 00 00 00 00" },
	{ "nothing has happened yet", READ_80, .read = 80, .read_seed = 99, AT(1) },
	{ "not at the beginning", "04 00 01 00 00 00", .sense = SENSE18("05", "3B 0C"), AT(1) },
	{ "rewind again", "01 00 00 00 00 00" },
	{ "FORMAT MEDIUM by the page", "04 00 01 00 00 00", AT(0) },
	{ "two partitions", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 00 74 2D FA 00 00 00 00" },
	{ "blank", READ_80, .sense = SENSE18_INFO("08", "00 00 00 50", "00 05"), AT(0) },
	{ "to partition 1", PARTITION("1", "0"), AT(0) },
	{ "the second initialization", "8C 00 00 00 00 00 00 00 00 07 00 00 00 0B 00 00", .in = "00 00 02 99 00 07 80 00 02 00 02" },
	{ "which is blank too", READ_80, .sense = SENSE18_INFO("08", "00 00 00 50", "00 05") },
	{ "short position", SHORT_POSITION, .in = "80 01 00 00  00 00 00 00", .moved = 20 },
	{ "long position", "34 06 00 00 00 00 00 00 00 00", .in = "80 00 00 00 00 00 00 01  00 00 00 00 00 00 00 00" },
	{ "extended position", "34 08 00 00 00 00 00 00 20 00", .in = "80 01 00 1C" },
	{ "active partition in page 10h", "5A 08 10 00 00 00 00 00 FF 00", .in = HEADER "90 0E 00 01" },
	{ "a record in partition 1", WRITE_80, .write = 80, .seed = 11, AT(1) },
	{ "another one", WRITE_80, .write = 80, .seed = 12, AT(2) },
	{ "to partition 0, with data in the buffer", "2B 02 00 00 00 00 00 00 00 00", AT(0) },
	{ "a record in partition 0", WRITE_80, .write = 80, .seed = 10, AT(1) },
	{ "end of data of partition 1", "92 1A 00 01 00 00 00 00 00 00 00 00 00 00 00 00", AT(2) },
	{ "is that of partition 1", SHORT_POSITION, .in = "00 01 00 00  00 00 00 02" },
	{ "REWIND stays in the partition", "01 00 00 00 00 00", AT(0) },
	{ "record 0 of it", READ_80, .read = 80, .read_seed = 11, AT(1) },
	{ "without CP the partition is not looked at", "92 00 00 03 00 00 00 00 00 00 00 01 00 00 00 00", AT(1) },
	{ "record 1", READ_80, .read = 80, .read_seed = 12, AT(2) },
	{ "beyond the end of partition 0", "2B 02 00 00 00 00 09 00 00 00", .sense = SENSE18("08", "00 05"), AT(1) },
	{ "file 0 of partition 1", "92 0A 00 01 00 00 00 00 00 00 00 00 00 00 00 00", AT(0) },
	{ "record 0", READ_80, .read = 80, .read_seed = 11, AT(1) },
	{ "partition 2 is not there", PARTITION("2", "0"), .sense = SENSE18_CDB("CF", "03"), AT(1) },
	{ "LOCATE(10) partition 2", "2B 02 00 00 00 00 00 00 02 00", .sense = SENSE18_CDB("CF", "08"), AT(1) },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ "LOAD", "1B 00 00 00 01 00" },
	{ "is at the beginning of partition 0", SHORT_POSITION, .in = "80 00 00 00  00 00 00 00" },
	{ "record of partition 0", READ_80, .read = 80, .read_seed = 10, AT(1) },
	{ "to partition 1 again", PARTITION("1", "1"), AT(1) },
	{ "record 1 of it", READ_80, .read = 80, .read_seed = 12, AT(2) },
	{ "LOAD of a loaded cartridge", "1B 00 00 00 01 00", AT(0) },
	{ "goes to partition 0", SHORT_POSITION, .in = "80 00 00 00" },
	{ "the index is written over from its beginning", WRITE_80, .write = 80, .seed = 20, AT(1) },
	{ "nothing of the old one is behind it", READ_80, .sense = SENSE18_INFO("08", "00 00 00 50", "00 05"), AT(1) },
	{ "partition 1 keeps its data", PARTITION("1", "0"), AT(0) },
	{ "all of them", READ_80, .read = 80, .read_seed = 11, AT(1) },
	{ "the same page again, as unmkltfs", SELECT_11, .out = LIST "11 0E 03 00 3C 03 09 00 FF FF 00 00 00 00 00 00" },
	{ "FORMAT in partition 1", "04 00 01 00 00 00", .sense = SENSE18("05", "3B 0C"), AT(1) },
	{ "its beginning is not that of the medium", "01 00 00 00 00 00", AT(0) },
	{ "FORMAT at the beginning of partition 1", "04 00 01 00 00 00", .sense = SENSE18("05", "3B 0C"), AT(0) },
	{ "to partition 0", PARTITION("0", "0"), AT(0) },
	{ "FORMAT with IMMED", "04 01 01 00 00 00", AT(0) },
	ONE_PARTITION,
	{ "blank again", READ_80, .sense = SENSE18_INFO("08", "00 00 00 50", "00 05") },
	{ 0 } };

/* Bytes of the CDB; the page's methods. */
static const struct script_row format[] = {
	{ "format 3", "04 00 03 00 00 00", .sense = SENSE18_CDB("CB", "02") },
	{ "a bit that is reserved", "04 04 00 00 00 00", .sense = SENSE18_CDB("CA", "01") },
	{ "no format information is taken", "04 00 00 00 01 00", .sense = SENSE18_CDB("CF", "03") },
	{ "a long one neither", "04 00 00 FF FF 00", .sense = SENSE18_CDB("CF", "03") },
	{ "VERIFY", "04 02 00 00 00 00", AT(0) },
	{ "equal partitions", SELECT_11, .out = LIST "11 0E 03 03 5C 03 09 00 00 00 00 00 00 00 00 00" },
	{ "four of them", "04 00 02 00 00 00" },
	{ "of 101 units; the first has one more", SENSE_11, .in = HEADER "11 0E 03 03 3C 03 09 00 0B B8 0B 45 0B 45 0B 45" },
	{ "the fourth can be reached", PARTITION("3", "0"), AT(0) },
	{ "back", PARTITION("0", "0"), AT(0) },
	{ "format 0 makes one partition", "04 00 00 00 00 00" },
	ONE_PARTITION,
	{ "fixed partitions", SELECT_11, .out = LIST "11 0E 03 01 9C 03 09 00 00 00 00 00 00 00 00 00" },
	{ "a small one behind a large one", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 2D FA 00 74 00 00 00 00" },
	{ "what was read may be sent back", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 2D FA 00 74 00 00 00 00" },
	{ "and holds", "04 00 01 00 00 00" },
	{ "after the format too", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 2D FA 00 74 00 00 00 00" },
	{ "without a plan the partitions stay", "04 00 01 00 00 00" },
	{ "two", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 2D FA 00 74 00 00 00 00" },
	{ "three in megabytes", SELECT_11, .out = LIST "11 0E 03 02 34 03 00 00 FF FE 00 01 FF FF 00 00", .sense = ROUNDED },
	{ "are units of megabytes; the last is larger than can be said", SENSE_11,
	  .in = HEADER "11 0E 03 02 3C 03 06 00 FF FF FF FF FF FF 00 00" },
	{ "the plan is dropped by format 0", "04 00 00 00 00 00" },
	ONE_PARTITION,
	{ "all sizes as the page has shown them", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 2D FA 00 74 00 00 00 00" },
	{ "are these units again", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 2D FA 00 74 00 00 00 00" },
	{ "more than one unit", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 75 FF FF 00 00 00 00", .sense = ROUNDED },
	{ "is the next unit", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 00 E7 2D 86 00 00 00 00" },
	{ "another host is told of the change", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 01") },
	{ "the plan is dropped", "04 00 00 00 00 00" },
	{ 0 } };

#define REFUSED(what, page, byte) { what, SELECT_11, .out = LIST page, .sense = SENSE18_LIST("80", byte) }
#define REFUSED_BIT(what, page, flags, byte) { what, SELECT_11, .out = LIST page, .sense = SENSE18_LIST(flags, byte) }
static const struct script_row lists[] = {
	REFUSED("five partitions", "11 0E 03 04 3C 03 09 00 00 01 FF FF 00 00 00 00", "0B"),
	REFUSED("no method", "11 0E 03 01 1C 03 09 00 00 01 FF FF 00 00 00 00", "0C"),
	REFUSED("two methods", "11 0E 03 01 7C 03 09 00 00 01 FF FF 00 00 00 00", "0C"),
	REFUSED("three fixed ones", "11 0E 03 02 9C 03 09 00 00 00 00 00 00 00 00 00", "0B"),
	REFUSED("three equal ones", "11 0E 03 02 5C 03 09 00 00 00 00 00 00 00 00 00", "0B"),
	REFUSED("two rests", "11 0E 03 01 3C 03 09 00 FF FF FF FF 00 00 00 00", "12"),
	REFUSED("a size of zero", "11 0E 03 01 3C 03 09 00 00 00 FF FF 00 00 00 00", "10"),
	REFUSED("too large", "11 0E 03 01 3C 03 09 00 FF FE FF FF 00 00 00 00", "10"),
	REFUSED("no place for the rest", "11 0E 03 01 3C 03 09 00 FF FF 2E E0 00 00 00 00", "12"),
	REFUSED("sizes that do not fit together", "11 0E 03 01 3C 03 09 00 00 01 00 01 00 00 00 00", "10"),
	REFUSED("units that no number holds", "11 0E 03 01 3C 03 0F 00 FF FE FF FF 00 00 00 00", "10"),
	REFUSED_BIT("partitions at once, without a format", "11 0E 03 01 38 03 09 00 00 01 FF FF 00 00 00 00", "8A", "0C"),
	REFUSED_BIT("most partitions are what they are", "11 0E 02 01 3C 03 09 00 00 01 FF FF 00 00 00 00", "88", "0A"),
	REFUSED_BIT("a partitioning type", "11 0E 03 01 3C 03 19 00 00 01 FF FF 00 00 00 00", "8C", "0E"),
	{ "a page of one size", "55 10 00 00 00 00 00 00 12 00", .out = LIST "11 08 03 00 3C 03 09 00 FF FF",
	  .sense = SENSE18_LIST("80", "09") },
	ONE_PARTITION,
	{ 0 } };

static const struct script_row capacity[] = {
	{ "a record", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "not at the beginning", "0B 00 00 80 00 00", .sense = SENSE18("05", "3B 0C"), AT(1) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "a reserved byte", "0B 00 01 80 00 00", .sense = SENSE18_CDB("C8", "02") },
	{ "half", "0B 00 00 7F FF 00", AT(0) },
	{ "of the cartridge", SENSE_11, .in = HEADER "11 0E 03 00 3C 03 09 00 17 70" },
	{ "which REPORT DENSITY SUPPORT tells", "44 01 00 00 00 00 00 00 14 00", .in = "00 36 00 00 5E 5E A0 00 00 00 50 BD 00 7F 1A 00 00 5B 8D 24" },
	{ "is blank", READ_80, .sense = SENSE18_INFO("08", "00 00 00 50", "00 05"), AT(0) },
	{ "two partitions of it", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 01 FF FF 00 00 00 00", .sense = ROUNDED },
	{ "stay within it", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 00 74 16 16 00 00 00 00" },
	{ "are made", "04 00 01 00 00 00" },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ "LOAD", "1B 00 00 00 01 00" },
	{ "and kept", SENSE_11, .in = HEADER "11 0E 03 01 3C 03 09 00 00 74 16 16 00 00 00 00" },
	{ "almost nothing is a twentieth", "0B 00 00 00 01 00" },
	{ "of all", SENSE_11, .in = HEADER "11 0E 03 00 3C 03 09 00 02 58" },
	{ "all of it, with IMMED", "0B 01 00 FF FF 00" },
	ONE_PARTITION,
	{ 0 } };

/* 16-byte commands name the partition where they work. */
#define LONG(code, flags, n, object, count) code " " flags " 00 0" n " 00 00 00 00 00 00 00 0" object " 00 0" count " 00 00"
static const struct script_row place[] = {
	{ "two partitions", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 74 FF FF 00 00 00 00" },
	{ "are made", "04 00 01 00 00 00" },
	{ "WRITE(16) begins in partition 1", LONG("8A", "0C", "1", "0", "1"), .write = 256, .seed = 1, AT(1) },
	{ "and goes on", LONG("8A", "00", "1", "1", "1"), .write = 256, .seed = 2, AT(2) },
	{ "a sequence cannot change the partition", LONG("8A", "00", "0", "2", "1"), .write = 256,
	  .sense = SENSE18_CDB("CF", "04"), AT(2) },
	{ "another one begins in partition 0", LONG("8A", "0C", "0", "0", "1"), .write = 256, .seed = 3, AT(1) },
	{ "READ(16) of partition 1", LONG("88", "00", "1", "1", "1"), .read = 256, .read_seed = 2, AT(2) },
	{ "the position is there", SHORT_POSITION, .in = "00 01 00 00  00 00 00 02" },
	{ "READ(16) of partition 0", LONG("88", "00", "0", "0", "1"), .read = 256, .read_seed = 3, AT(1) },
	{ "there is no partition 2", LONG("88", "00", "2", "0", "1"), .sense = SENSE18_CDB("CF", "03"), AT(1) },
	{ "for WRITE(16)", LONG("8A", "08", "2", "0", "1"), .write = 256, .sense = SENSE18_CDB("CF", "03"), AT(1) },
	{ "a filemark in partition 1", "80 08 00 01 00 00 00 00 00 00 00 02 00 00 01 00", AT(3) },
	{ "ERASE(16) of record 1 on", "93 08 00 01 00 00 00 00 00 00 00 01 00 00 00 00", AT(1) },
	{ "ends partition 1 there", LONG("88", "00", "1", "1", "1"), .sense = SENSE18_INFO("08", "00 00 01 00", "00 05"), AT(1) },
	{ "partition 0 is whole", LONG("88", "00", "0", "0", "1"), .read = 256, .read_seed = 3, AT(1) },
	{ 0 } };

/* Page 1Dh; remaining capacity by partition. */
static const struct script_row pages[] = {
	{ "not WORM", "5A 08 1D 00 00 00 00 00 FF 00",
	  .in = "00 26 88 10 00 00 00 00  1D 1E 00 00 01 02 00 00", .moved = 40 },
	{ "two partitions", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 74 FF FF 00 00 00 00" },
	{ "are made", "04 00 01 00 00 00" },
	{ "capacity of both", "4D 00 71 00 00 00 00 00 FF 00",
	  .in = "31 00 00 20  00 01 40 04 00 01 AD D7  00 02 40 04 00 AB 43 CD  00 03 40 04 00 01 AD D7  00 04 40 04 00 AB 43 CD" },
	{ "volume statistics of both", "4D 00 57 00 00 02 02 00 FF 00",
	  .in = "17 00 00 3C  02 02 43 10 07 00 00 00 00 01 C2 B8 07 00 00 01 00 B3 95 8E" },
	{ "no other partition", "4D 00 71 00 00 00 05 00 FF 00", .sense = SENSE18_CDB("CF", "05") },
	{ "three partitions", SELECT_11, .out = LIST "11 0E 03 02 3C 03 09 00 00 E7 00 74 FF FF 00 00" },
	{ "are made", "04 00 01 00 00 00" },
	{ "a record", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "capacity of the third, and of a fourth that is not there", "4D 00 71 00 00 00 05 00 FF 00", .in =
	  "31 00 00 20  00 05 40 04 00 A6 3A 47  00 06 40 04 00 00 00 00  00 07 40 04 00 A6 3A 47  00 08 40 04 00 00 00 00" },
	{ "volume statistics of three", "4D 00 57 00 00 02 02 00 FF 00",
	  .in = "17 00 00 54  02 02 43 18 07 00 00 00 00 03 85 71 07 00 00 01 00 01 C2 B8 07 00 00 02 00 AE 4D 64" },
	{ 0 } };

static const struct script_row worm[] = {
	{ "WORM", "5A 08 1D 00 00 00 00 00 FF 00", .in = "00 26 8C 10 00 00 00 00  1D 1E 01 00 01 02 00 00" },
	{ "no additional partitions", SENSE_11, .in = "00 16 8C 10 00 00 00 00  11 0E 00 00 3C 03 09 00 2E E0" },
	{ "which cannot be asked for", SELECT_11, .out = LIST "11 0E 00 01 3C 03 09 00 00 01 FF FF 00 00 00 00",
	  .sense = SENSE18_LIST("80", "0B") },
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", .sense = SENSE18("07", "30 0C") },
	{ "SET CAPACITY", "0B 00 00 FF FF 00", .sense = SENSE18("07", "30 0C") },
	{ "ERASE", "19 00 00 00 00 00", .sense = SENSE18("07", "30 0C") },
	{ 0 } };

/* An LTO-5 drive and cartridge have two partitions. */
static const struct script_row lto5[] = {
	{ "two sizes", SENSE_11, .in = "00 12 58 10 00 00 00 00  11 0A 01 00 3C 03 09 00 05 DC 00 00", .moved = 20 },
	{ "three partitions", "55 10 00 00 00 00 00 00 14 00", .out = LIST "11 0A 01 02 3C 03 09 00 00 01 FF FF",
	  .sense = SENSE18_LIST("80", "0B") },
	{ "two partitions", "55 10 00 00 00 00 00 00 14 00", .out = LIST "11 0A 01 01 3C 03 09 00 00 01 FF FF", .sense = ROUNDED },
	{ "are made", "04 00 01 00 00 00" },
	{ "38 units at most", SENSE_11, .in = "00 12 58 10 00 00 00 00  11 0A 01 01 3C 03 09 00 00 26 05 91" },
	{ 0 } };

static const struct script_row hp6[] = {
	{ "one gigabyte, silently", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 01 FF FF 00 00 00 00" },
	{ "is a unit", SENSE_11, .in = "00 16 00 10 00 00 00 00  11 0E 03 01 3C 03 09 00 00 25 09 7B" },
	{ 0 } };

static const struct script_row hpe7[] = {
	{ "one gigabyte", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 01 FF FF 00 00 00 00", .sense = ROUNDED },
	{ "is a unit", SENSE_11, .in = "00 16 78 10 00 00 00 00  11 0E 03 01 3C 03 09 00 00 6C 16 9A" },
	{ 0 } };

static const struct script_row protected[] = {
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", .sense = SENSE18("07", "27 00") },
	{ "SET CAPACITY", "0B 00 00 FF FF 00", .sense = SENSE18("07", "27 00") },
	{ 0 } };

static const struct script_row empty[] = {
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", .sense = SENSE18("02", "3A 00") },
	{ "SET CAPACITY", "0B 00 00 FF FF 00", .sense = SENSE18("02", "3A 00") },
	{ "page 11h of the drive", SENSE_11, .in = "00 16 00 10 00 00 00 00  11 0E 03 00 3C 03 09 00 2E E0" },
	{ "page 1Dh", "5A 08 1D 00 00 00 00 00 FF 00", .in = "00 26 00 10 00 00 00 00  1D 1E 00" },
	{ "partitions of nothing", SELECT_11, .out = LIST "11 0E 03 01 3C 03 09 00 00 01 FF FF 00 00 00 00",
	  .sense = SENSE18_LIST("80", "0B") },
	{ 0 } };

static const struct script_row old[] = {
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", .sense = SENSE18("07", "30 06") },
	{ "SET CAPACITY", "0B 00 00 FF FF 00", .sense = SENSE18("07", "30 06") },
	{ 0 } };
/* clang-format on */

struct story {
	const char *personality, *barcode, *generation; /* barcode NULL: no cartridge */
	const struct script_row *rows;
	bool worm, protected;
};

static void body(struct bench *b)
{
	const struct story *story = b->arg;
	if (story->barcode) {
		bench_create(b, story->barcode, story->generation, 0, story->worm, story->protected);
		BENCH_CHECK(b, bench_thread(b, story->barcode) == 0);
	}
	bench_settle(b);
	script_run(b, story->rows);
}

static void run_story(void **state)
{
	const struct story *story = *state;
	assert_int_equal(bench_run(story->personality, body, story), 0);
}

/* A parameter list of every length: cut it is refused, and nothing is planned. */
static void cut_body(struct bench *b)
{
	static const char list[] = LIST "11 0E 03 01 3C 03 09 00 00 01 FF FF 00 00 00 00";
	uint8_t bytes[24], cdb[10] = { 0x55, 0x10 }, in[64];
	const uint8_t sense[10] = { 0x5a, 0x08, 0x11, [8] = sizeof in };
	bench_load(b, "E00001L8", "lto8");
	BENCH_CHECK(b, bench_hex(list, bytes, sizeof bytes) == sizeof bytes);
	for (uint8_t len = 1; len < sizeof bytes; len++) {
		struct bench_answer answer;
		cdb[8] = len;
		bench_command(b, 0, cdb, sizeof cdb, bytes, len, NULL, 0, &answer);
		/* the header alone is a whole list */
		bool bad = (len == 8) != (answer.status == 0) ||
			(len != 8 && (answer.sense[2] != 5 || answer.sense[12] != 0x1a));
		if (bad)
			bench_fail(b, "a list of %u bytes: status %02x, sense %02x/%02x", len, answer.status,
				answer.sense[2], answer.sense[12]);
		bench_command(b, 0, sense, sizeof sense, NULL, 0, in, sizeof in, &answer);
		BENCH_CHECK(b, answer.in_done == 24 && in[11] == 0);
	}
}

static void test_cut(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", cut_body, NULL), 0);
}

#define TD8 "IBM ULT3580-TD8", "E00001L8", "lto8"
#define STORY(what, ...)                                     \
	{                                                    \
		what, run_story, NULL, NULL, &(struct story) \
		{                                            \
			__VA_ARGS__                          \
		}                                            \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY("the commands of mkltfs", TD8, mkltfs),
		STORY("16-byte commands in a partition", TD8, place),
		STORY("FORMAT MEDIUM", TD8, format),
		STORY("lists that are refused", TD8, lists),
		STORY("SET CAPACITY", TD8, capacity),
		STORY("pages 1Dh, 17h and 31h", TD8, pages),
		STORY("a WORM cartridge", "IBM ULT3580-TD8", "E00001LY", "lto8", worm, .worm = true),
		STORY("LTO-5", "IBM ULT3580-TD5", "E00001L5", "lto5", lto5),
		STORY("rounding by HP drives up to LTO-6", "HP Ultrium 6-SCSI", "E00001L6", "lto6", hp6),
		STORY("rounding by HPE drives from LTO-7 on", "HPE Ultrium 7-SCSI", "E00001L7", "lto7", hpe7),
		STORY("a write-protected cartridge", TD8, protected, .protected = true),
		STORY("no cartridge", "IBM ULT3580-TD8", NULL, NULL, empty),
		STORY("an older generation", "IBM ULT3580-TD7", "E00001L5", "lto5", old),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests_name("partitions as hosts see them", tests, NULL, NULL);
}
