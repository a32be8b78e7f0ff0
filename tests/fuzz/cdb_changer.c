/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands to a changer with two drives and a few cartridges.  An input is a list of steps: a byte that says who, a CDB,
 * a byte for the length of its data, and those.  Whatever is moved, no cartridge is lost or in two places.
 */
#include <string.h>

#include "fuzz.h"
#include "tests/unit/smc/bench.h"

enum { STEPS_MAX = 24, IN_LEN = 65536, CARTRIDGES = 3 };

static const uint8_t lengths[8] = { 6, 10, 10, 16, 16, 12, 16,
	16 }; /* by the opcode's group (SPC-5 4.2.5.1) */
static struct fuzz input;

static unsigned full(const struct element *elements, unsigned n)
{
	unsigned found = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct element *e = &elements[i];
		found += e->cartridge != NULL;
		FUZZ_CHECK(!e->cartridge || e->cartridge->at == e);
	}
	return found;
}

static void body(struct bench *b)
{
	const struct library *l = b->library;
	bench_settle(b);
	for (unsigned i = 0; i < STEPS_MAX && input.left; i++) {
		uint8_t who = fuzz_byte(&input), cdb[16] = { fuzz_byte(&input) }, out[256] = { 0 };
		unsigned len = lengths[cdb[0] >> 5];
		fuzz_bytes(&input, cdb + 1, len - 1);
		uint32_t out_len = fuzz_byte(&input);
		fuzz_bytes(&input, out, out_len);
		b->thread_err = who & 2 ? -5 : 0;
		bench_bytes(b, who & 1, cdb, len, out_len ? 0 : who & 4 ? 9 : IN_LEN, out, out_len);
	}
	FUZZ_CHECK(full(l->slots, l->n_slots) + full(l->mailslots, l->n_mailslots) +
			full(l->drive_elements, l->n_drive_elements) + full(l->transports, l->n_transports) ==
		CARTRIDGES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct library_plan plan = { .drives = 2, .slots = 5, .mailslots = 2 };
	input = (struct fuzz){ data, size };
	fuzz_quiet();
	FUZZ_CHECK(bench_run(&plan, CARTRIDGES, body) == 0);
	return 0;
}
