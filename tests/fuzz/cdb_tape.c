/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands to a drive with a cartridge: CDBs and parameter lists of two initiators.  An input is a list of steps: a
 * byte that says who and what, for a command also its CDB, a byte for the length of its data, and those.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tests/unit/ssc/bench.h"

enum { STEPS_MAX = 24, IN_LEN = 65536 };

/* By the opcode's group (SPC-5 4.2.5.1); of the others, all that a transport carries. */
static unsigned cdb_bytes(uint8_t opcode)
{
	static const uint8_t bytes[8] = { 6, 10, 10, 16, 16, 12, 16, 16 };
	return bytes[opcode >> 5];
}

static void check(const struct bench_answer *a, uint32_t in_len, uint32_t out_len)
{
	if (a->aborted)
		return;
	FUZZ_CHECK(a->in_done <= in_len && a->out_done <= out_len);
	FUZZ_CHECK(a->status != STATUS_GOOD || a->sense_len == 0);
	FUZZ_CHECK(a->status != STATUS_CHECK_CONDITION ||
		(a->sense_len == 18 && (a->sense[0] & 0x7e) == 0x70 && a->sense[7] == 10));
}

static void command(struct bench *b, struct fuzz *f, uint8_t how)
{
	static uint8_t in[IN_LEN];
	uint8_t cdb[16] = { fuzz_byte(f) }, out[256] = { 0 };
	struct bench_answer a;
	unsigned len = cdb_bytes(cdb[0]);
	fuzz_bytes(f, cdb + 1, len - 1);
	uint32_t out_len = fuzz_byte(f), in_len = how & 16 ? 7 : IN_LEN;
	fuzz_bytes(f, out, out_len);
	b->pace = how & 32 ? PACE_LATER : PACE_NOW;
	bench_command(b, how & 1, cdb, len, out, out_len, in, in_len, &a);
	check(&a, in_len, out_len);
}

static void other(struct bench *b, uint8_t how)
{
	switch (how >> 4 & 3) {
	case 0: target_tmf(&b->nexus[how & 1], TMF_LU_RESET, 1, 0); break;
	case 1: target_tmf(&b->nexus[how & 1], TMF_ABORT_TASK_SET, 1, 0); break;
	case 2:
		target_detach(&b->nexus[how & 1]);
		target_attach(&b->nexus[how & 1]);
		break;
	case 3:
		if (bench_unthread(b) == 0)
			bench_thread(b, "E00001L8");
	}
}

static void body(struct bench *b)
{
	struct fuzz f = *(const struct fuzz *)b->arg;
	bench_create(b, "E00001L8", "lto8", 1 << 24, false, false);
	FUZZ_CHECK(bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	for (unsigned i = 0; i < STEPS_MAX && f.left; i++) {
		uint8_t how = fuzz_byte(&f);
		if ((how >> 1 & 7) == 7)
			other(b, how);
		else
			command(b, &f, how);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz f = { data, size };
	fuzz_quiet();
	FUZZ_CHECK(bench_run("IBM ULT3580-TD8", body, &f) == 0);
	return 0;
}
