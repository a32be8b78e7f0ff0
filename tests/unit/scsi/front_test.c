/* SPDX-License-Identifier: Apache-2.0 */
/* Several front ends at once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/front_null.h"

static struct target one, two;

struct scene {
	struct fronts fronts;
	struct front_null a, b;
};

static void up(struct scene *s)
{
	fronts_init(&s->fronts);
	assert_int_equal(fronts_join(&s->fronts, front_null_init(&s->a, "iqn.a")), 0);
	assert_int_equal(fronts_join(&s->fronts, front_null_init(&s->b, "iqn.b")), 0);
}

static void a_target_is_shown_by_all_of_them(void **state)
{
	struct scene s;
	up(&s);
	assert_int_equal(fronts_add_target(&s.fronts, &one), 0);
	assert_true(front_null_shows(&s.a, &one) && front_null_shows(&s.b, &one));
	fronts_remove_target(&s.fronts, &one);
	assert_int_equal(s.a.n + s.b.n, 0);
}

static void a_target_that_one_refuses_is_shown_by_none(void **state)
{
	struct scene s;
	up(&s);
	assert_int_equal(fronts_add_target(&s.fronts, &one), 0);
	s.b.refuses = -ENOMEM;
	assert_int_equal(fronts_add_target(&s.fronts, &two), -ENOMEM);
	assert_false(front_null_shows(&s.a, &two));
	assert_true(front_null_shows(&s.a, &one) && front_null_shows(&s.b, &one));
}

static void a_held_target_is_held_for_all_of_them(void **state)
{
	struct front_hold first, second;
	struct scene s;
	up(&s);
	fronts_hold(&s.fronts, &first, "iqn.t");
	fronts_hold(&s.fronts, &second, "iqn.t");
	assert_true(front_held(&s.a.front, "iqn.t") && front_held(&s.b.front, "iqn.t"));
	assert_false(front_held(&s.a.front, "iqn.other"));
	fronts_release(&s.fronts, &first);
	assert_true(front_held(&s.b.front, "iqn.t"));
	fronts_release(&s.fronts, &second);
	assert_false(front_held(&s.b.front, "iqn.t"));
}

struct seen {
	unsigned n;
	uint32_t session[4];
	char initiator[4][TARGET_NAME_MAX + 1];
};

static void see(const struct front_session *session, void *arg)
{
	struct seen *seen = arg;
	assert_string_equal(session->front, "null");
	strcpy(seen->initiator[seen->n], session->initiator);
	seen->session[seen->n++] = session->session;
}

static void sessions_have_numbers_of_their_own(void **state)
{
	struct seen seen = { 0 };
	struct scene s;
	up(&s);
	fronts_sessions(&s.fronts, see, &seen);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.session[0], 1); /* the first front end's are its own */
	assert_int_not_equal(seen.session[1], 1);
	assert_int_equal(fronts_drop(&s.fronts, seen.session[1], NULL), 1);
	assert_null(s.b.session);
	assert_string_equal(s.a.session, "iqn.a");
	assert_int_equal(fronts_drop(&s.fronts, seen.session[1], NULL), 0);
	assert_int_equal(fronts_drop(&s.fronts, 0, "iqn.b"), 0);
	assert_int_equal(fronts_drop(&s.fronts, 0, "iqn.a"), 1);
}

/* 65536 is number 0 of the second front end, which would mean all of its sessions. */
static void a_number_that_no_session_has_ends_none(void **state)
{
	struct scene s;
	up(&s);
	assert_int_equal(fronts_drop(&s.fronts, 0x10000, NULL), 0);
	assert_int_equal(fronts_drop(&s.fronts, 0x20001, NULL), 0);
	assert_string_equal(s.b.session, "iqn.b");
}

static void all_of_them_stop_and_are_freed(void **state)
{
	struct scene s;
	up(&s);
	fronts_stop(&s.fronts);
	assert_true(s.a.stopped && s.b.stopped && !s.a.freed);
	fronts_free(&s.fronts);
	assert_true(s.a.freed && s.b.freed);
	assert_int_equal(fronts_add_target(&s.fronts, &one), 0); /* there is none left to show it */
}

static void one_too_many_is_refused(void **state)
{
	struct front_null more[FRONTS_MAX];
	struct scene s;
	up(&s);
	for (unsigned i = 2; i < FRONTS_MAX; i++)
		assert_int_equal(fronts_join(&s.fronts, front_null_init(&more[i], NULL)), 0);
	assert_int_equal(fronts_join(&s.fronts, front_null_init(&more[0], NULL)), -ENOSPC);
	assert_null(more[0].front.fronts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_shown_by_all_of_them),
		cmocka_unit_test(a_target_that_one_refuses_is_shown_by_none),
		cmocka_unit_test(a_held_target_is_held_for_all_of_them),
		cmocka_unit_test(sessions_have_numbers_of_their_own),
		cmocka_unit_test(a_number_that_no_session_has_ends_none),
		cmocka_unit_test(all_of_them_stop_and_are_freed),
		cmocka_unit_test(one_too_many_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
