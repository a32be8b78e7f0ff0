/* SPDX-License-Identifier: Apache-2.0 */
/* Random CDBs, parameter lists, lengths and aborts, seeded: every task ends once, with a status that
 * SCSI knows, inside its bounds.  SEED and ROUNDS: see tests/lib/seed.h. */
#include <stdlib.h>

#include "tests/lib/seed.h"
#include "tests/unit/scsi/stage.h"

static uint64_t state;

static uint32_t dice(uint32_t sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % sides;
}

enum { LIST_MAX = 2048, HANDS = 12 };

struct hand {
	struct fake f;
	uint8_t list[LIST_MAX];
	uint8_t room[4096];
};

/* A known command's CDB with its named fields filled at random, mostly. */
struct pick {
	unsigned at, want;
	const struct scsi_op *op;
};

static void pick_row(const struct scsi_op *op, void *arg)
{
	struct pick *p = arg;

	if (p->at++ == p->want)
		p->op = op;
}

static size_t make_cdb(struct stage *s, uint8_t cdb[16])
{
	struct pick count = { 0 }, p = { 0 };
	uint8_t map[16];

	op_each(&s->drive.lu, pick_row, &count);
	p.want = dice(count.at);
	op_each(&s->drive.lu, pick_row, &p);
	op_usage(p.op, map);
	for (unsigned i = 0; i < 16; i++) {
		cdb[i] = (uint8_t)dice(256) & map[i] & (dice(3) ? 0xff : 0x03);
		if (p.op->sa != SA_NONE && i == 1)
			cdb[i] = (uint8_t)((cdb[i] & 0xe0) | p.op->sa);
	}
	cdb[0] = p.op->code;
	if (!dice(20))
		cdb[dice(16)] = (uint8_t)dice(256);
	/* C4h/01h and C1h are let through: they end, for nothing is closed. */
	return dice(50) ? p.op->len : dice(17);
}

/* Bytes that look a little like what the command takes, so that the deeper checks are reached. */
static void make_list(struct stage *s, uint8_t *list, size_t len)
{
	static const char *const seeds[] = {
		"0000 10 08 5c 000000 00 000200 0a 0a 50 10 00000000 ffff 0000",
		"0000 00 10 0000 0008 5c 000000 00 000200 82 0e 80 80 00000000 00000000 00000000",
		"0000 10 00 50 01 001c 07",
		"0000000000000001 0000000000000002 00000000 01 00 0000",
		"0000000000000000 0000000000000001 00000000 00 00 0000",
		"02 00 0008 0000 40 04 00000000",
	};
	uint8_t seed[64];
	size_t n = fake_hex(seeds[dice(6)], seed, sizeof seed);

	for (size_t i = 0; i < len; i++)
		list[i] = i < n ? seed[i] : (uint8_t)(dice(4) ? 0 : dice(256));
	for (uint32_t flips = dice(4); flips && len; flips--)
		list[dice((uint32_t)len)] ^= (uint8_t)(1 << dice(8));
}

static void deal(struct stage *s, struct hand *h, struct nexus *n, uint64_t tag)
{
	uint8_t cdb[16];
	char text[64] = "";
	size_t cdb_len = make_cdb(s, cdb);
	size_t len = dice(3) ? 0 : dice(3) ? dice(64) : dice(LIST_MAX);

	/* Half the time the CDB asks for what is there. */
	if (dice(2)) {
		len = dice(40);
		cdb[4] = cdb[8] = (uint8_t)len;
		cdb[5] = cdb[6] = cdb[7] = 0;
	}
	for (size_t i = 0; i < cdb_len; i++)
		snprintf(text + 3 * i, 4, "%02x ", cdb[i]);
	make_list(s, h->list, len);
	memset(h->room, 0xa5, sizeof h->room);
	h->f.in = h->room;
	h->f.in_len = dice(2) ? dice(64) : sizeof h->room - 64;
	h->f.tag = tag;
	h->f.attr = (enum task_attr)(dice(8) ? TASK_SIMPLE : dice(4));
	h->f.hold = !dice(10);
	h->f.dones = 0;
	fake_start(&h->f, n, dice(12) ? 0 : (uint16_t)dice(300), h->list, len, "%s", text);
}

static void check(const struct hand *h)
{
	const struct task *t = &h->f.task;
	static const uint8_t known[] = { STATUS_GOOD, STATUS_CHECK_CONDITION, STATUS_BUSY,
		STATUS_RESERVATION_CONFLICT, STATUS_TASK_SET_FULL };

	assert_int_equal(h->f.dones, 1);
	assert_non_null(memchr(known, t->status, sizeof known));
	assert_true((t->status == CHECK) == (t->sense_len == SENSE_LEN) || t->aborted);
	assert_true(t->in_done <= t->in_len && t->out_done <= t->out_len);
	for (size_t i = h->f.in_len; i < sizeof h->room; i++)
		assert_int_equal(h->room[i], 0xa5);
}

/* Lets go of everything held, again and again: one held task may block the next. */
static void collect(struct hand *hands)
{
	for (unsigned waiting = HANDS; waiting;) {
		waiting = 0;
		for (unsigned i = 0; i < HANDS; i++) {
			struct hand *h = &hands[i];
			if (h->f.held)
				fake_release(&h->f);
			if (!h->f.done && !waiting++)
				waitq_wait_ms(&h->f.wait, 1);
		}
	}
	for (unsigned i = 0; i < HANDS; i++)
		check(&hands[i]);
}

static void play(struct stage *s)
{
	struct hand *hands = calloc(HANDS, sizeof *hands);
	struct nexus *n[] = { &s->a, &s->b, &s->c };

	state = seed_new() * 2654435761u + 1;
	assert_non_null(hands);
	for (unsigned round = rounds_wanted(300); round; round--) {
		for (unsigned i = 0; i < HANDS; i++)
			deal(s, &hands[i], n[dice(3)], i);
		if (!dice(4))
			target_tmf(n[dice(3)], (enum tmf)dice(8), (uint16_t)dice(2), dice(HANDS));
		collect(hands);
		/* Nobody may lock the others out for the rest of the game. */
		if (!dice(8))
			for (unsigned i = 0; i < 3; i++)
				fake_cmd(&s->f, n[i], 0, "17 00 00 00 00 00");
		if (!dice(200))
			stage_restart(s);
	}
	free(hands);
}

static void test_here(void **unused)
{
	stage_run(play);
}

static void test_apart(void **unused)
{
	stage_run_apart(play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_apart),
	};
	return cmocka_run_group_tests_name("scsi: hostile", tests, NULL, NULL);
}
