/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any CDB, any parameter list, any length, from two initiators at once, with aborts and a robot in
 * between: every answer is one the standard gives, and the drive works afterwards.  SEED:
 * see tests/lib/seed.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "tests/lib/seed.h"
#include "vtl/base/fiber.h"

enum { COMMANDS = 30000, ROUNDS = 400, APART = 10, AT_ONCE = 24, DATA_MAX = 1 << 20, OPS_MAX = 128 };

struct hostile {
	struct bench *b;
	unsigned share; /* does this part of the work */
	uint64_t random;
	const struct scsi_op *ops[OPS_MAX];
	unsigned n_ops;
	uint8_t *out, *in;
};

static uint32_t roll(struct hostile *h, uint32_t sides)
{
	h->random = h->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((h->random >> 33) % sides);
}

static void take_op(const struct scsi_op *op, void *arg)
{
	struct hostile *h = arg;
	if (h->n_ops < OPS_MAX)
		h->ops[h->n_ops++] = op;
}

/* Values that mean something to somebody, or nothing to anybody. */
static uint64_t roll_value(struct hostile *h, unsigned width)
{
	static const uint64_t odd[] = { 0, 1, 2, 4, 8, 12, 20, 24, 0x3f, 0x7f, 0x80, 0xff, 512, 4096, 65535,
		0x800000, 0xffffff, 0xffffffff, UINT64_MAX };
	uint64_t value = roll(h, 2) ? odd[roll(h, sizeof odd / sizeof *odd)]
				    : (uint64_t)roll(h, UINT32_MAX) << 32 | roll(h, UINT32_MAX);
	return width >= 64 ? value : value & ((UINT64_C(1) << width) - 1);
}

/* A CDB with every named field set to something; now and then also a bit that has no name. */
static unsigned roll_cdb(struct hostile *h, uint8_t *cdb)
{
	memset(cdb, 0, 16);
	if (roll(h, 4) == 0) {
		for (int i = 0; i < 16; i++)
			cdb[i] = (uint8_t)roll(h, 256);
		static const uint8_t lengths[] = { 6, 10, 12, 16, 0, 1, 5 };
		return lengths[roll(h, 7)];
	}
	const struct scsi_op *op = h->ops[roll(h, h->n_ops)];
	cdb[0] = op->code;
	if (op->sa >= 0)
		cdb[1] = (uint8_t)op->sa;
	for (const struct field *f = op->fields; f->name; f++)
		if (roll(h, 3))
			field_put(f, cdb, roll_value(h, f->width));
	if (roll(h, 10) == 0)
		cdb[1 + roll(h, op->len - 1u)] ^= (uint8_t)(1 << roll(h, 8));
	return op->len;
}

/* Something like a mode parameter list, or noise. */
static uint32_t roll_out(struct hostile *h, uint8_t *out)
{
	static const uint8_t pages[] = { 0x01, 0x02, 0x0a, 0x0f, 0x10, 0x50, 0x1a, 0x1c, 0x24, 0x25, 0x3f };
	static const uint32_t sizes[] = { 0, 1, 4, 8, 12, 16, 20, 24, 28, 44, 255, 4096, 65536, DATA_MAX };
	for (int i = 0; i < 64; i++)
		out[i] = (uint8_t)(roll(h, 3) ? 0 : roll(h, 256));
	if (roll(h, 2)) {
		out[2] = (uint8_t)(roll(h, 4) ? 0x10 : roll(h, 256));
		out[3] = roll(h, 2) ? 8 : 0;
		unsigned at = 4u + out[3];
		out[at] = pages[roll(h, sizeof pages)];
		out[at + 1] = roll(h, 2) ? 0x0e : 0x0a;
	}
	return sizes[roll(h, sizeof sizes / sizeof *sizes)];
}

static void check_answer(struct hostile *h, const struct bench_answer *a, uint32_t in_len, uint32_t out_len)
{
	struct bench *b = h->b;
	if (a->aborted)
		return;
	BENCH_CHECK(b, a->in_done <= in_len && a->out_done <= out_len);
	switch (a->status) {
	case STATUS_GOOD: BENCH_CHECK(b, a->sense_len == 0); break;
	case STATUS_CHECK_CONDITION:
		BENCH_CHECK(b, a->sense_len == 18 && (a->sense[0] & 0x7e) == 0x70 && a->sense[7] == 10);
		/* Never what Windows takes for a missing medium while it is there and busy. */
		BENCH_CHECK(b, !((a->sense[2] & 15) == 2 && a->sense[12] == 4 && a->sense[13] == 3));
		break;
	case STATUS_RESERVATION_CONFLICT:
	case STATUS_BUSY:
	case STATUS_TASK_SET_FULL: break;
	default: bench_fail(b, "status %02x", a->status);
	}
}

static void one_by_one(struct hostile *h)
{
	for (unsigned i = 0; i < COMMANDS / h->share && !h->b->failures; i++) {
		char name[128];
		uint8_t cdb[16];
		struct bench_answer a;
		unsigned n = roll_cdb(h, cdb);
		uint32_t out_len = roll_out(h, h->out);
		uint32_t in_len = roll(h, 3) ? DATA_MAX : (uint32_t)roll(h, 300);
		int len = snprintf(name, sizeof name, "command %u:", i);
		for (unsigned k = 0; k < n; k++)
			len += snprintf(name + len, sizeof name - (size_t)len, " %02x", cdb[k]);
		h->b->what = name;
		bench_command(h->b, roll(h, 2), cdb, n, h->out, out_len, h->in, in_len, &a);
		check_answer(h, &a, in_len, out_len);
	}
	h->b->what = NULL;
}

static void interfere(struct hostile *h, struct bench_task *tasks)
{
	struct bench *b = h->b;
	struct bench_task *t = &tasks[roll(h, AT_ONCE)];
	switch (roll(h, 12)) {
	case 0:
	case 1:
	case 2:
	case 3: target_tmf(t->task.nexus, TMF_ABORT_TASK, 1, t->task.tag); break;
	case 4: target_tmf(&b->nexus[0], TMF_ABORT_TASK_SET, 1, 0); break;
	case 5: target_tmf(&b->nexus[1], TMF_LU_RESET, 1, 0); break;
	case 6:
		target_detach(&b->nexus[1]);
		target_attach(&b->nexus[1]);
		break;
	case 7:
		if (bench_unthread(b) == 0)
			bench_thread(b, "E00001L8");
		break;
	default: fiber_sleep(0);
	}
}

static void all_at_once(struct hostile *h)
{
	struct bench *b = h->b;
	struct bench_task *tasks = calloc(AT_ONCE, sizeof *tasks);
	uint8_t *in = malloc((size_t)AT_ONCE * 65536);
	for (unsigned round = 0; round < ROUNDS / h->share && !b->failures; round++) {
		b->pace = roll(h, 2) ? PACE_LATER : PACE_NOW;
		for (unsigned i = 0; i < AT_ONCE; i++) {
			uint8_t cdb[16];
			unsigned n = roll_cdb(h, cdb);
			bench_start(b, &tasks[i], roll(h, 2), cdb, n, h->out, roll_out(h, h->out),
				in + (size_t)i * 65536, 65536);
		}
		interfere(h, tasks);
		interfere(h, tasks);
		for (unsigned i = 0; i < AT_ONCE; i++) {
			struct bench_answer a;
			bench_wait(&tasks[i], &a);
			check_answer(h, &a, 65536, DATA_MAX);
		}
		fiber_sleep(0);
	}
	b->pace = PACE_NOW;
	free(tasks);
	free(in);
}

/* The drive is itself again: reservations and PREVENT go with their nexuses, PR by its CLEAR. */
static void works_after_all(struct hostile *h)
{
	struct bench *b = h->b;
	for (unsigned i = 0; i < BENCH_NEXUSES; i++) {
		static const char clear[] = "5F 06 00 00 00 00 00 00 18 00";
		uint8_t cdb[16], list[24] = { [15] = 1 };
		struct bench_answer a;
		target_detach(&b->nexus[i]);
		target_attach(&b->nexus[i]);
		bench_settle(b);
		bench_hex(clear, cdb, sizeof cdb);
		bench_command(b, i, cdb, 10, list, 24, NULL, 0, &a);
		memset(list, 0, sizeof list);
		list[7] = 1;
		cdb[1] = 3;
		bench_command(b, i, cdb, 10, list, 24, NULL, 0, &a);
	}
	bench_unthread(b);
	bench_load(b, "E00002L8", "lto8");
	static const struct script_row works[] = {
		{ "variable, buffered", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 00 00" },
		{ "a record", "0A 00 00 10 00 00", .write = 4096, .seed = 5, AT(1) },
		{ "rewind", "01 00 00 00 00 00", AT(0) },
		{ "back", "08 00 00 10 00 00", .read = 4096, .read_seed = 5, AT(1) },
		{ 0 },
	};
	script_run(b, works);
}

static void body(struct bench *b)
{
	struct hostile h = { .b = b, .share = *(const unsigned *)b->arg };
	h.random = seed_new();
	h.out = calloc(1, DATA_MAX);
	h.in = malloc(DATA_MAX);
	bench_create(b, "E00001L8", "lto8", 1 << 30, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	op_each(tape_lu(b->tape), take_op, &h);
	one_by_one(&h);
	all_at_once(&h);
	works_after_all(&h);
	free(h.out);
	free(h.in);
}

static void survives(void **state)
{
	static const unsigned all = 1, part = APART;
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, &all), 0);
	assert_int_equal(bench_run_apart("IBM ULT3580-TD8", body, &part), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
