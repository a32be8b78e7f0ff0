/* SPDX-License-Identifier: Apache-2.0 */
/* Reservations, scene by scene, with three nexuses; after each step everybody is asked what they
 * were told. */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/scsi/stage.h"

enum what {
	END,
	REGISTER = 0x10,
	RESERVE,
	RELEASE,
	CLEAR,
	PREEMPT,
	PREEMPT_ABORT,
	IGNORE,
	RESERVE_6,
	RELEASE_6,
	RESERVE_10,
	RELEASE_10,
	READS,
	WRITES,
	TURS,
	KEYS,
	HOLDER,
	RESET,
	LEAVE
};

enum {
	PREEMPTED = 0x062a03,
	RELEASED = 0x062a04,
	UNREGISTERED = 0x062a05,
	LU_RESET = 0x062903,
	LOSS = 0x062907
};

struct step {
	char who;
	enum what what;
	uint64_t key, new_key; /* KEYS: how many; HOLDER: key and (in type) what is reserved */
	unsigned type;
	uint8_t status;
	uint32_t sense;
	uint32_t told[3]; /* a, b, c */
};

static const struct scene {
	const char *sentence;
	struct step steps[20]; /* with room for the END */
} scenes[] = {
	{ "register, change, unregister",
		{ { 'a', REGISTER, 0, 1 }, { 'a', KEYS, 1 }, { 'a', REGISTER, 0, 2, .status = CONFLICT },
			{ 'a', REGISTER, 9, 2, .status = CONFLICT }, { 'a', REGISTER, 1, 2 },
			{ 'b', REGISTER, 2, 3, .status = CONFLICT }, { 'b', REGISTER, 0, 2 },
			{ 'a', KEYS, 2 }, { 'a', REGISTER, 2, 0 }, { 'c', REGISTER, 0, 0 },
			{ 'b', KEYS, 1 } } },
	{ "register whatever the key was",
		{ { 'a', IGNORE, 77, 1 }, { 'a', IGNORE, 78, 2 }, { 'b', IGNORE, 0, 0 }, { 'a', KEYS, 1 },
			{ 'a', IGNORE, 0, 0 }, { 'a', KEYS, 0 } } },
	{ "reserve needs a registration and its key",
		{ { 'a', RESERVE, 0, 0, 1, .status = CONFLICT }, { 'a', REGISTER, 0, 1 },
			{ 'a', RESERVE, 2, 0, 1, .status = CONFLICT },
			{ 'a', RESERVE, 1, 0, 0x11, .status = CHECK, .sense = 0x052400 },
			{ 'a', RESERVE, 1, 0, 2, .status = CHECK, .sense = 0x052400 },
			{ 'a', RESERVE, 1, 0, 9, .status = CHECK, .sense = 0x052400 }, { 'a', HOLDER },
			{ 'a', RESERVE, 1, 0, 1 }, { 'a', HOLDER, 1, .type = 1 }, { 'a', RESERVE, 1, 0, 1 },
			{ 'a', RESERVE, 1, 0, 3, .status = CONFLICT }, { 'b', REGISTER, 0, 2 },
			{ 'b', RESERVE, 2, 0, 1, .status = CONFLICT } } },
	{ "release",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'a', RELEASE, 1, 0, 1 },
			{ 'a', RESERVE, 1, 0, 3 }, { 'c', RELEASE, 1, 0, 3, .status = CONFLICT },
			{ 'a', RELEASE, 7, 0, 3, .status = CONFLICT }, { 'b', RELEASE, 2, 0, 3 },
			{ 'a', HOLDER, 1, .type = 3 },
			{ 'a', RELEASE, 1, 0, 1, .status = CHECK, .sense = 0x052604 },
			{ 'a', RELEASE, 1, 0, 0x13, .status = CHECK, .sense = 0x052604 },
			{ 'a', RELEASE, 1, 0, 3 }, { 'a', HOLDER } } },
	{ "release of a registrants' reservation is told to registrants",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'a', RESERVE, 1, 0, 5 },
			{ 'a', RELEASE, 1, 0, 5, .told = { 0, RELEASED, 0 } }, { 'a', RESERVE, 1, 0, 8 },
			{ 'b', RELEASE, 2, 0, 8, .told = { RELEASED, 0, 0 } }, { 'a', HOLDER } } },
	{ "the holder unregisters",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'a', RESERVE, 1, 0, 1 },
			{ 'a', REGISTER, 1, 0 }, { 'a', HOLDER }, { 'a', REGISTER, 0, 1 },
			{ 'a', RESERVE, 1, 0, 6 }, { 'a', REGISTER, 1, 0, .told = { 0, RELEASED, 0 } },
			{ 'a', HOLDER } } },
	{ "all registrants hold until the last has gone",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'a', RESERVE, 1, 0, 7 },
			{ 'b', RESERVE, 2, 0, 7 }, { 'a', REGISTER, 1, 0 }, { 'a', HOLDER, 0, .type = 7 },
			{ 'a', WRITES, .status = CONFLICT }, { 'b', REGISTER, 2, 0 }, { 'a', HOLDER },
			{ 'a', WRITES } } },
	{ "clear",
		{ { 'c', CLEAR, 0, 0, .status = CONFLICT }, { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 },
			{ 'a', RESERVE, 1, 0, 3 }, { 'b', CLEAR, 1, 0, .status = CONFLICT },
			{ 'b', CLEAR, 2, 0, .told = { PREEMPTED, 0, 0 } }, { 'a', HOLDER },
			{ 'a', KEYS, 0 } } },
	{ "preempt the holder",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'c', REGISTER, 0, 3 },
			{ 'a', RESERVE, 1, 0, 3 }, { 'b', PREEMPT, 1, 1, 3, .status = CONFLICT },
			{ 'b', PREEMPT, 2, 1, 2, .status = CHECK, .sense = 0x052400 },
			{ 'b', PREEMPT, 2, 1, 3, .told = { UNREGISTERED, 0, 0 } },
			{ 'a', HOLDER, 2, .type = 3 }, { 'a', KEYS, 2 },
			{ 'c', PREEMPT, 3, 2, 6, .told = { 0, UNREGISTERED, 0 } },
			{ 'a', HOLDER, 3, .type = 6 } } },
	{ "preempt the holder and change the type",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'c', REGISTER, 0, 3 },
			{ 'a', RESERVE, 1, 0, 3 },
			{ 'b', PREEMPT, 2, 1, 1, .told = { UNREGISTERED, 0, RELEASED } },
			{ 'a', HOLDER, 2, .type = 1 } } },
	{ "preempt a registration",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'c', REGISTER, 0, 2 },
			{ 'a', RESERVE, 1, 0, 3 }, { 'a', PREEMPT, 1, 9, 3, .status = CONFLICT },
			{ 'a', PREEMPT, 1, 0, 3, .status = CHECK, .sense = 0x052600 },
			{ 'a', PREEMPT, 1, 2, 3, .told = { 0, UNREGISTERED, UNREGISTERED } },
			{ 'a', HOLDER, 1, .type = 3 }, { 'a', KEYS, 1 } } },
	{ "preempt without a reservation",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 },
			{ 'a', PREEMPT, 1, 2, 3, .told = { 0, UNREGISTERED, 0 } }, { 'a', HOLDER },
			{ 'a', KEYS, 1 } } },
	{ "preempt oneself keeps the registration",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 1 }, { 'a', RESERVE, 1, 0, 3 },
			{ 'a', PREEMPT, 1, 1, 6, .told = { 0, UNREGISTERED, 0 } },
			{ 'a', HOLDER, 1, .type = 6 }, { 'a', KEYS, 1 } } },
	{ "preempt all registrants",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 2 }, { 'c', REGISTER, 0, 3 },
			{ 'a', RESERVE, 1, 0, 7 }, { 'b', PREEMPT, 2, 3, 7, .told = { 0, 0, UNREGISTERED } },
			{ 'a', HOLDER, 0, .type = 7 },
			{ 'b', PREEMPT, 2, 0, 3, .told = { UNREGISTERED, 0, 0 } },
			{ 'a', HOLDER, 2, .type = 3 }, { 'a', KEYS, 1 } } },
	{ "preempt all registrants by a key, until none is left",
		{ { 'a', REGISTER, 0, 1 }, { 'b', REGISTER, 0, 1 }, { 'a', RESERVE, 1, 0, 8 },
			{ 'b', PREEMPT, 1, 1, 8, .told = { UNREGISTERED, 0, 0 } }, { 'a', KEYS, 0 },
			{ 'a', HOLDER }, { 'a', WRITES } } },
	{ "SPC-2 reservations hold off everybody else",
		{ { 'a', RESERVE_6 }, { 'a', RESERVE_10 }, { 'a', WRITES },
			{ 'b', RESERVE_6, .status = CONFLICT }, { 'b', READS, .status = CONFLICT },
			{ 'b', TURS, .status = CONFLICT }, { 'b', RELEASE_6 },
			{ 'b', READS, .status = CONFLICT }, { 'b', REGISTER, 0, 1, .status = CONFLICT },
			{ 'a', REGISTER, 0, 1, .status = CONFLICT }, { 'a', KEYS, .status = CONFLICT },
			{ 'a', RELEASE_10 }, { 'b', READS }, { 'b', RESERVE_10 } } },
	{ "registrations hold off SPC-2 reservations",
		{ { 'a', REGISTER, 0, 1 }, { 'a', RESERVE_6, .status = CONFLICT },
			{ 'b', RELEASE_10, .status = CONFLICT }, { 'a', REGISTER, 1, 0 },
			{ 'a', RESERVE_6 } } },
	{ "a reset ends SPC-2 reservations and no others",
		{ { 'a', RESERVE_6 }, { 'b', RESET, .told = { LU_RESET, LU_RESET, LU_RESET } },
			{ 'b', WRITES }, { 'a', REGISTER, 0, 1 }, { 'a', RESERVE, 1, 0, 3 },
			{ 'b', RESET, .told = { LU_RESET, LU_RESET, LU_RESET } },
			{ 'b', WRITES, .status = CONFLICT }, { 'a', HOLDER, 1, .type = 3 } } },
	{ "nexus loss ends SPC-2 reservations and no others",
		{ { 'a', RESERVE_10 }, { 'a', LEAVE, .told = { LOSS, 0, 0 } }, { 'b', WRITES },
			{ 'a', REGISTER, 0, 1 }, { 'a', RESERVE, 1, 0, 3 },
			{ 'a', LEAVE, .told = { LOSS, 0, 0 } }, { 'b', WRITES, .status = CONFLICT },
			{ 'a', WRITES }, { 'a', REGISTER, 1, 0 }, { 'b', WRITES } } },
};

static struct nexus *nexus_of(struct stage *s, char name)
{
	return name == 'a' ? &s->a : name == 'b' ? &s->b : &s->c;
}

static void out(struct stage *s, const struct step *st, unsigned sa, uint8_t flags)
{
	uint8_t list[24] = { 0 };

	put_be64(list, st->key);
	put_be64(list + 8, st->new_key);
	list[20] = flags;
	fake_out(&s->f, nexus_of(s, st->who), 0, list, 24, "5f %02x %02x 0000 00000018 00", sa, st->type);
}

static void ask(struct stage *s, const char *sentence, const struct step *st)
{
	fake_cmd(&s->f, nexus_of(s, st->who), 0, "5e %02x 00000000 00 00ff 00", st->what != KEYS);
	unsigned len = get_be32(s->f.data + 4);
	uint64_t key = len && st->what == HOLDER ? get_be64(s->f.data + 8) : 0;
	unsigned type = len && st->what == HOLDER ? s->f.data[21] : 0;

	if (s->f.task.status)
		return;
	if (st->what == KEYS ? len != 8 * st->key : key != st->key || type != st->type)
		fail_msg("%s: %u bytes, key %llu, type %u", sentence, len, (unsigned long long)key, type);
}

static void leave(struct stage *s, char who)
{
	char name[] = { who, 0 };

	fake_detach(nexus_of(s, who));
	fake_attach(nexus_of(s, who), &s->target, name);
}

static void play_step(struct stage *s, const char *sentence, const struct step *st)
{
	static const char *const plain[] = {
		[RESERVE_6] = "16 00 00 00 00 00",
		[RELEASE_6] = "17 00 00 00 00 00",
		[RESERVE_10] = "56 00 000000000000 00 00",
		[RELEASE_10] = "57 00 000000000000 00 00",
		[READS] = "c0 00 00 00 00 00",
		[WRITES] = "c2 00 00 00 00 00",
		[TURS] = TUR,
	};

	memset(&s->f.task, 0, sizeof s->f.task);
	if (st->what >= REGISTER && st->what <= IGNORE)
		out(s, st, st->what - REGISTER, 0);
	else if (st->what == KEYS || st->what == HOLDER)
		ask(s, sentence, st);
	else if (st->what == RESET)
		target_tmf(nexus_of(s, st->who), TMF_LU_RESET, 0, 0);
	else if (st->what == LEAVE)
		leave(s, st->who);
	else
		fake_cmd(&s->f, nexus_of(s, st->who), 0, plain[st->what], 0);
}

static void play_scene(struct stage *s, const struct scene *scene)
{
	char where[128];

	for (const struct step *st = scene->steps; st->what; st++) {
		snprintf(where, sizeof where, "%s, step %d", scene->sentence, (int)(st - scene->steps) + 1);
		play_step(s, where, st);
		expect(where, &s->f, st->status, st->sense);
		for (int i = 0; i < 3; i++) {
			fake_cmd(&s->h, nexus_of(s, (char)('a' + i)), 0, SENSE_CMD);
			uint32_t told = (uint32_t)(s->h.data[2] & 15) << 16 | get_be16(s->h.data + 12);
			if (told != st->told[i])
				fail_msg("%s: %c is told %06x", where, 'a' + i, told);
		}
	}
}

static void all_scenes(struct stage *s)
{
	static struct shelf empty;

	for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
		play_scene(s, &scenes[i]);
		s->shelf = empty;
		stage_restart(s);
	}
}

/* --- who may do what (SPC-5 tables 69 and 70) ----------------------------------------------------- */

static const struct {
	const char *sentence, *cdb;
	const char *types; /* of 1 3 5 6 7 8: o open to all, r to registrants, h to holders */
} commands[] = {
	{ "INQUIRY", "12 00 00 00 24 00", "oooooo" },
	{ "REPORT LUNS", "a0 00 00 00 00 00 00 00 00 ff 00 00", "oooooo" },
	{ "REQUEST SENSE", SENSE_CMD, "oooooo" },
	{ "TEST UNIT READY", TUR, "oooooo" },
	{ "LOG SENSE", "4d 00 40 00 00 00 00 00 ff 00", "oooooo" },
	{ "REPORT SUPPORTED OPERATION CODES", "a3 0c 00 00 0000 000000ff 00 00", "oooooo" },
	{ "PERSISTENT RESERVE IN", "5e 00 00 00 00 00 00 00 ff 00", "oooooo" },
	{ "MODE SENSE(6)", "1a 00 0a 00 ff 00", "ohoror" },
	{ "MODE SENSE(10)", "5a 00 0a 00 00 00 00 00 ff 00", "ohoror" },
	{ "MODE SELECT(6)", "15 10 00 00 00 00", "hhrrrr" },
	{ "MODE SELECT(10)", "55 10 00 00 00 00 00 00 00 00", "hhrrrr" },
	{ "LOG SELECT", "4c 00 00 00 00 00 00 00 00 00", "hhrrrr" },
	{ "a command that reads", "c0 00 00 00 00 00", "ohoror" },
	{ "a command that writes", "c2 00 00 00 00 00", "hhrrrr" },
};

static void conflicts(struct stage *s)
{
	static const unsigned types[] = { 1, 3, 5, 6, 7, 8 };

	for (unsigned t = 0; t < 6; t++) {
		struct step st = { 'a', REGISTER, 0, 1 };
		out(s, &st, 0, 0);
		st = (struct step){ 'b', REGISTER, 0, 2 };
		out(s, &st, 0, 0);
		st = (struct step){ 'a', RESERVE, 1, 0, types[t] };
		out(s, &st, 1, 0);
		expect("reserve", &s->f, GOOD, 0);
		for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
			char open = commands[i].types[t];
			fake_cmd(&s->f, &s->a, 0, commands[i].cdb, 0);
			expect(commands[i].sentence, &s->f, GOOD, 0);
			fake_cmd(&s->f, &s->b, 0, commands[i].cdb, 0);
			expect(commands[i].sentence, &s->f, open == 'h' ? CONFLICT : GOOD, 0);
			fake_cmd(&s->f, &s->c, 0, commands[i].cdb, 0);
			expect(commands[i].sentence, &s->f, open == 'o' ? GOOD : CONFLICT, 0);
		}
		st = (struct step){ 'a', CLEAR, 1 };
		out(s, &st, 3, 0);
		fake_clear(&s->b, 0);
	}
}

/* --- answers, byte by byte ------------------------------------------------------------------------- */

static void answers(struct stage *s)
{
	struct step st = { 'a', REGISTER, 0, 0x0102030405060708 };

	fake_cmd(&s->f, &s->a, 0, "5e 02 00000000 00 00ff 00");
	expect_data("capabilities", &s->f, "0008 01 80 ea 01 0000", 8);
	out(s, &st, 0, 1);
	fake_cmd(&s->f, &s->a, 0, "5e 02 00000000 00 00ff 00");
	expect_data("capabilities, kept through power loss", &s->f, "0008 01 81 ea 01 0000", 8);
	fake_cmd(&s->f, &s->a, 0, "5e 00 00000000 00 00ff 00");
	expect_data("keys", &s->f, "00000001 00000008 0102030405060708", 16);
	fake_cmd(&s->f, &s->a, 0, "5e 00 00000000 00 0008 00");
	expect_data("keys cut short, with full length", &s->f, "00000001 00000008", 8);
	fake_cmd(&s->f, &s->a, 0, "5e 01 00000000 00 00ff 00");
	expect_data("no reservation", &s->f, "00000001 00000000", 8);
	st = (struct step){ 'a', RESERVE, 0x0102030405060708, 0, 6 };
	out(s, &st, 1, 0);
	fake_cmd(&s->f, &s->a, 0, "5e 01 00000000 00 00ff 00");
	expect_data("the reservation", &s->f, "00000001 00000010 0102030405060708 00000000 00 06 0000", 24);
	fake_cmd(&s->f, &s->a, 0, "5e 03 00000000 00 00ff 00");
	expect_data("full status", &s->f,
		"00000001 00000038 0102030405060708 00000000 01 06 00000000 0001 00000020"
		"45 00 001c 69716e2e746573743a612c692c30783430303030313337303030 30 00",
		64);
	fake_cmd(&s->f, &s->a, 0, "5e 04 00000000 00 00ff 00");
	expect("a fifth question", &s->f, CHECK, 0x052400);
}

static const struct {
	const char *sentence;
	unsigned sa, len, offered;
	uint8_t flags;
	uint32_t sense;
	int pointer;
} lists[] = {
	{ "no list", 0, 0, 0, 0, 0x051a00, -1 },
	{ "a list too short", 0, 23, 23, 0, 0x051a00, -1 },
	{ "a list too long", 0, 28, 28, 0, 0x051a00, -1 },
	{ "a list of four gigabytes", 0, 0xffffffff, 24, 0, 0x051a00, -1 },
	{ "a list the initiator has not", 0, 24, 23, 0, 0x051a00, -1 },
	{ "SPEC_I_PT", 0, 24, 24, 0x08, 0x052600, 20 << 8 | 3 },
	{ "SPEC_I_PT with a list of names", 6, 64, 64, 0x08, 0x052600, 20 << 8 | 3 },
	{ "ALL_TG_PT", 6, 24, 24, 0x04, 0x052600, 20 << 8 | 2 },
	{ "REGISTER AND MOVE", 7, 24, 24, 0, 0x052400, 1 << 8 | 4 },
};

static void bad_lists(struct stage *s)
{
	static uint8_t list[64];

	list[15] = 1;
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		list[20] = lists[i].flags;
		fake_out(&s->f, &s->a, 0, list, lists[i].offered, "5f %02x 03 0000 %08x 00", lists[i].sa,
			lists[i].len);
		expect(lists[i].sentence, &s->f, CHECK, lists[i].sense);
		if (fake_pointer(&s->f) != lists[i].pointer)
			fail_msg("%s: pointer %x", lists[i].sentence, (unsigned)fake_pointer(&s->f));
	}
	fake_cmd(&s->f, &s->a, 0, "5e 00 00000000 00 00ff 00");
	expect_data("nobody is registered", &s->f, "00000000 00000000", 8);
}

#define HERE(play)                            \
	static void test_##play(void **state) \
	{                                     \
		stage_run(play);              \
	}
HERE(all_scenes)
HERE(conflicts)
HERE(answers)
HERE(bad_lists)

static void test_apart(void **state)
{
	stage_run_apart(all_scenes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_scenes),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_bad_lists),
	};
	return cmocka_run_group_tests_name("scsi: reservations", tests, NULL, NULL);
}
