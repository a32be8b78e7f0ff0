/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers, the command window and held commands; digests by RFC 7143's examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vtl/base/crc32c.h"
#include "vtl/iscsi/pdu.h"
#include "vtl/iscsi/serial.h"
#include "vtl/iscsi/session.h"

static void serial_numbers_wrap(void **state)
{
	assert_true(serial_before(1, 2));
	assert_false(serial_before(2, 2));
	assert_true(serial_before(0xffffffff, 0));
	assert_false(serial_before(0, 0xffffffff));
	assert_true(serial_within(0, 0xfffffff0, 0x10));
	assert_true(serial_within(0xfffffff0, 0xfffffff0, 0x10));
	assert_true(serial_within(0x10, 0xfffffff0, 0x10));
	assert_false(serial_within(0x11, 0xfffffff0, 0x10));
	assert_false(serial_within(0xffffffef, 0xfffffff0, 0x10));
	assert_false(serial_within(5, 5, 4)); /* a closed window holds nothing */
}

/* The examples of RFC 7143 appendix A (bytes as they go over the wire). */
static void digests_are_the_rfcs(void **state)
{
	static const uint8_t read10[48] = { 0x01,
		0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02 };
	uint8_t data[32], digest[4];
	memset(data, 0, sizeof data);
	put_le32(digest, crc32c(0, data, 32));
	assert_memory_equal(digest, "\xaa\x36\x91\x8a", 4);
	memset(data, 0xff, sizeof data);
	put_le32(digest, crc32c(0, data, 32));
	assert_memory_equal(digest, "\x43\xab\xa8\x62", 4);
	for (uint8_t i = 0; i < 32; i++)
		data[i] = i;
	put_le32(digest, crc32c(crc32c(0, data, 5), data + 5, 27));
	assert_memory_equal(digest, "\x4e\x79\xdd\x46", 4);
	put_le32(digest, crc32c(0, read10, 48));
	assert_memory_equal(digest, "\x56\x3a\x96\xd9", 4);
	assert_int_equal(pdu_pad(0), 0);
	assert_int_equal(pdu_pad(1), 3);
	assert_int_equal(pdu_pad(4), 0);
}

/* A session that sees so many units. */
static struct session *open_units(struct session *s, unsigned units, uint32_t cmd_sn, uint32_t first_burst)
{
	static struct target target;
	static struct lu lu;
	for (unsigned lun = 0; lun < TARGET_LUNS; lun++)
		target.lus[lun] = lun < units ? &lu : NULL;
	*s = (struct session){ .params = params_default, .nexus.target = &target };
	s->params.first_burst = first_burst;
	s->exp_cmd_sn = s->max_cmd_sn = cmd_sn;
	assert_int_equal(session_open(s), 0);
	return s;
}

static struct session *open_at(struct session *s, uint32_t cmd_sn, uint32_t first_burst)
{
	return open_units(s, 9, cmd_sn, first_burst);
}

static void memory_follows_the_units_it_sees(void **state)
{
	static const struct {
		unsigned units;
		uint32_t mib;
	} rows[] = { { 0, 4 }, { 1, 4 }, { 2, 4 }, { 3, 6 }, { 7, 14 }, { 8, 16 }, { 200, 16 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct session memory, *s = open_units(&memory, rows[i].units, 1, HOLD_LARGE);
		assert_int_equal(s->hold_buffers * HOLD_LARGE, rows[i].mib << 20);
		session_close(s);
	}
}

static void the_window_has_room_for_what_it_promises(void **state)
{
	struct session memory, *s = open_at(&memory, 0xfffffffe, 65536);
	struct command *cmds[COMMAND_WINDOW];

	assert_int_equal(session_max_cmd_sn(s) - s->exp_cmd_sn + 1, COMMAND_WINDOW);
	for (int i = 0; i < COMMAND_WINDOW; i++) {
		assert_int_equal(session_order(s, s->exp_cmd_sn), ORDER_NOW);
		cmds[i] = session_command_get(s, false);
		assert_non_null(cmds[i]);
		assert_non_null(session_hold_get(s, cmds[i]));
		session_admit(s, cmds[i]);
		session_max_cmd_sn(s);
	}
	assert_int_equal(session_max_cmd_sn(s), s->exp_cmd_sn - 1);
	assert_int_equal(session_order(s, s->exp_cmd_sn), ORDER_IGNORE);
	session_command_put(s, cmds[7]);
	assert_int_equal(session_max_cmd_sn(s), s->exp_cmd_sn);
	for (int i = 0; i < COMMAND_WINDOW; i++)
		if (i != 7)
			session_command_put(s, cmds[i]);
	assert_int_equal(session_max_cmd_sn(s) - s->exp_cmd_sn + 1, COMMAND_WINDOW);
	session_close(s);
}

static void buffers_narrow_the_window(void **state)
{
	struct session memory, *s = open_at(&memory, 1, 262144);
	assert_int_equal(session_max_cmd_sn(s) - s->exp_cmd_sn + 1, HOLD_MOST / HOLD_LARGE);
	struct command *cmd = session_command_get(s, false);
	session_hold_get(s, cmd);
	session_admit(s, cmd);
	uint32_t narrow = session_max_cmd_sn(s);
	session_hold_put(s, cmd); /* its data has gone on: room for one more, though it still runs */
	assert_int_equal(session_max_cmd_sn(s), narrow + 1);
	session_command_put(s, cmd);
	session_close(s);
}

static void held_commands_come_in_order(void **state)
{
	struct session memory, *s = open_at(&memory, 0xfffffffd, 65536);
	static const uint32_t numbers[] = { 0, 0xffffffff, 2, 0xfffffffe, 1 };

	session_max_cmd_sn(s);
	for (int i = 0; i < 5; i++) {
		struct command *cmd = session_command_get(s, false);
		cmd->cmd_sn = numbers[i];
		assert_int_equal(session_order(s, numbers[i]), ORDER_LATER);
		session_defer(s, cmd);
		assert_int_equal(session_order(s, numbers[i]), ORDER_IGNORE); /* a duplicate */
		assert_null(session_next_held(s));
	}
	session_advance(s);
	for (uint32_t want = 0xfffffffe; want != 3; want++) {
		struct command *cmd = session_next_held(s);
		assert_non_null(cmd);
		assert_int_equal(cmd->cmd_sn, want);
		session_admit(s, cmd);
		session_command_put(s, cmd);
	}
	assert_null(session_next_held(s));
	session_close(s);
}

static void tags_find_their_command(void **state)
{
	struct session memory, *s = open_at(&memory, 1, 65536);
	struct command *a = session_command_get(s, true), *b = session_command_get(s, true);
	a->itt = 5;
	b->itt = 5 + ITT_BUCKETS;
	session_list(s, a);
	session_list(s, b);
	assert_ptr_equal(session_find(s, 5), a);
	assert_ptr_equal(session_find(s, 5 + ITT_BUCKETS), b);
	session_command_put(s, a);
	assert_null(session_find(s, 5));
	for (int i = 1; i < COMMANDS_IMMEDIATE; i++)
		assert_non_null(session_command_get(s, true));
	assert_null(session_command_get(s, true));
	s->next_ttt = NO_TAG - 1;
	assert_int_not_equal(session_ttt(s), NO_TAG);
	session_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serial_numbers_wrap),
		cmocka_unit_test(digests_are_the_rfcs),
		cmocka_unit_test(memory_follows_the_units_it_sees),
		cmocka_unit_test(the_window_has_room_for_what_it_promises),
		cmocka_unit_test(buffers_narrow_the_window),
		cmocka_unit_test(held_commands_come_in_order),
		cmocka_unit_test(tags_find_their_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
