/* SPDX-License-Identifier: Apache-2.0 */
/* Logins to a target that is held are refused with "try again". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "stop_scene.h"

#include "vtl/iscsi/status.h"

static void hold(struct scene *s)
{
	fronts_hold(&s->fronts, &s->hold, TARGET);
}

static void release(struct scene *s)
{
	fronts_release(&s->fronts, &s->hold);
}

static void hold_and_take_away(struct scene *s)
{
	hold(s);
	fronts_remove_target(&s->fronts, &s->target);
}

static void bring_back_and_release(struct scene *s)
{
	assert_int_equal(fronts_add_target(&s->fronts, &s->target), 0);
	release(s);
}

static int try_login(const struct scene *s)
{
	int fd = dial(s);
	say_login(fd, 2);
	int status = login_status(fd);
	close(fd);
	return status;
}

static void a_held_target_says_try_again(void **state)
{
	struct scene memory, *s = scene_up(&memory);
	do_step(s, hold);
	assert_int_equal(try_login(s), LOGIN_UNAVAILABLE);
	do_step(s, release);
	assert_int_equal(try_login(s), LOGIN_OK);
	do_step(s, hold_and_take_away);
	assert_int_equal(try_login(s), LOGIN_UNAVAILABLE);
	do_step(s, bring_back_and_release);
	assert_int_equal(try_login(s), LOGIN_OK);
	do_step(s, stop);
	scene_down(s);
}

static void unstick(struct scene *s)
{
	hold(s);
	atomic_store(&stuck, false);
}

static void a_login_that_waited_is_held_off_too(void **state)
{
	struct scene memory, *s = scene_up(&memory);
	atomic_store(&stuck, true);
	int first = log_in(s, 1);
	say_stick(first);
	wait_until(&sticking);
	int second = dial(s);
	say_login(second, 1);
	wait_until(&asked_to_end);
	do_step(s, unstick);
	assert_int_equal(login_status(second), LOGIN_UNAVAILABLE);
	do_step(s, release);
	close(first);
	close(second);
	do_step(s, stop);
	scene_down(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_held_target_says_try_again),
		cmocka_unit_test(a_login_that_waited_is_held_off_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
