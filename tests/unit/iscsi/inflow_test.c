/* SPDX-License-Identifier: Apache-2.0 */
/* A command's data-out: where each byte goes, and when the LU gets its answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "vtl/iscsi/inflow.h"

enum { HOLD = 64, WHOLE = 4096 };

/* An inflow, what the initiator sends, and what the LU got. */
struct scene {
	struct inflow in;
	uint8_t hold[HOLD], source[WHOLE], got[WHOLE];
};

static int begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);
	if (!s)
		return -1;
	for (unsigned i = 0; i < WHOLE; i++)
		s->source[i] = (uint8_t)(i * 7 + i / 251);
	s->in.hold = s->hold;
	s->in.hold_size = HOLD;
	*state = s;
	return 0;
}

static int end(void **state)
{
	free(*state);
	return 0;
}

/* Reads bytes [at, end) of a segment into their places, at most `most` per receive. */
static void read_up_to(struct scene *s, uint32_t at, uint32_t end, uint32_t most)
{
	while (at < end) {
		uint32_t n = end - at < most ? end - at : most;
		uint8_t *to = inflow_place(&s->in, at, &n);
		if (!to)
			return;
		inflow_receiving(&s->in, at);
		memcpy(to, s->source + at, n);
		assert_false(inflow_received(&s->in));
		at += n;
	}
}

/* A whole segment. True: the LU's buffer is full. */
static bool segment(struct scene *s, uint32_t len, uint32_t most)
{
	inflow_segment(&s->in, len);
	read_up_to(s, s->in.arrived, s->in.arrived + len, most);
	inflow_commit(&s->in, len);
	bool full = inflow_feed(&s->in);
	inflow_check(&s->in);
	return full;
}

static bool ask(struct scene *s, uint32_t len)
{
	inflow_ask(&s->in, s->got + s->in.taken, len);
	bool full = inflow_feed(&s->in);
	inflow_check(&s->in);
	return full;
}

static void held_first(void **state)
{
	struct scene *s = *state;
	assert_false(segment(s, 40, 40));
	assert_true(ask(s, 30));
	assert_false(segment(s, 50, 50)); /* wraps in the hold buffer */
	assert_true(ask(s, 60));
	assert_int_equal(s->in.taken, 90);
	assert_memory_equal(s->got, s->source, 90);
}

static void direct(void **state)
{
	struct scene *s = *state;
	assert_false(ask(s, 1000));
	inflow_segment(&s->in, 1040);
	assert_int_equal(s->in.state, INFLOW_DIRECT);
	uint32_t n = 1040;
	assert_ptr_equal(inflow_place(&s->in, 0, &n), s->got);
	assert_int_equal(n, 1000);
	n = 40;
	assert_ptr_equal(inflow_place(&s->in, 1000, &n), s->hold + 1000 % HOLD);
	read_up_to(s, 0, 1040, 300);
	inflow_commit(&s->in, 1040);
	assert_true(inflow_feed(&s->in));
	assert_true(ask(s, 40));
	assert_memory_equal(s->got, s->source, 1040);
}

static void cancelled_while_receiving(void **state)
{
	struct scene *s = *state;
	assert_false(ask(s, 100));
	inflow_segment(&s->in, 100);
	inflow_receiving(&s->in, 0);
	assert_int_equal(s->in.state, INFLOW_RECEIVING);
	assert_int_equal(inflow_cancel(&s->in), INFLOW_INTERRUPT);
	assert_int_equal(inflow_cancel(&s->in), INFLOW_NOT_WAITING);
	inflow_check(&s->in);
	assert_true(inflow_received(&s->in));
	assert_false(inflow_received(&s->in));
	assert_int_equal(s->in.state, INFLOW_DROPPING);
	inflow_check(&s->in);
}

static void cancelled_otherwise(void **state)
{
	struct scene *s = *state;
	uint32_t n = 100;
	assert_int_equal(inflow_cancel(&s->in), INFLOW_NOT_WAITING);
	assert_int_equal(s->in.state, INFLOW_HOLDING);
	assert_false(ask(s, 100));
	inflow_segment(&s->in, 120); /* between two receives */
	assert_int_equal(inflow_cancel(&s->in), INFLOW_ANSWER);
	inflow_check(&s->in);
	assert_null(inflow_place(&s->in, 0, &n));
	inflow_receiving(&s->in, 0);
	assert_false(inflow_received(&s->in));
	inflow_commit(&s->in, 120);
	assert_false(inflow_feed(&s->in));
	assert_int_equal(s->in.arrived, 120);
	inflow_check(&s->in);
}

static void dropped(void **state)
{
	struct scene *s = *state;
	assert_false(ask(s, 100));
	assert_true(inflow_drop(&s->in));
	assert_false(inflow_drop(&s->in));
	assert_int_equal(inflow_wanted(&s->in), 0);
	inflow_check(&s->in);
}

static void empty_ask(void **state)
{
	struct scene *s = *state;
	assert_true(ask(s, 0));
	assert_int_equal(s->in.state, INFLOW_HOLDING);
}

/* The initiator sends what there is room for, the LU asks when it likes: it gets every byte once, in order. */
static void any_order(void **state)
{
	struct scene *s = *state;
	for (unsigned seed = 1; seed <= 300; seed++) {
		srand(seed);
		s->in = (struct inflow){ .hold = s->hold, .hold_size = HOLD };
		memset(s->got, 0, sizeof s->got);
		bool waits = false;
		while (s->in.taken < WHOLE) {
			uint32_t room = HOLD - (s->in.arrived - s->in.taken), left = WHOLE - s->in.arrived;
			if (room < inflow_wanted(&s->in))
				room = inflow_wanted(&s->in);
			if (room > left)
				room = left;
			if (!waits && (rand() % 2 || !room)) {
				uint32_t most = WHOLE - s->in.taken;
				waits = !ask(s,
					most > 1 ? 1 + (uint32_t)rand() % (most < 300 ? most : 300) : 1);
			} else if (room &&
				segment(s, 1 + (uint32_t)rand() % room, 1 + (uint32_t)rand() % 90)) {
				waits = false;
			}
		}
		if (memcmp(s->got, s->source, WHOLE))
			fail_msg("seed %u", seed);
	}
}

/* clang-format off */
#define TEST(sentence, function) \
	(struct CMUnitTest){ .name = sentence, .test_func = function, .setup_func = begin, .teardown_func = end }
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("data_before_the_lu_asks_goes_through_the_hold_buffer", held_first),
		TEST("data_for_a_waiting_lu_is_not_copied_and_the_rest_is_held", direct),
		TEST("a_cancel_during_a_receive_is_answered_after_it", cancelled_while_receiving),
		TEST("a_cancel_otherwise_is_answered_at_once_and_data_is_discarded", cancelled_otherwise),
		TEST("a_fault_answers_a_waiting_lu_once", dropped),
		TEST("an_lu_that_asks_for_nothing_is_answered_at_once", empty_ask),
		TEST("the_lu_gets_every_byte_once_and_in_order", any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
