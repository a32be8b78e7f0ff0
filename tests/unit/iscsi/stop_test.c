/* SPDX-License-Identifier: Apache-2.0 */
/* The stop at bad moments: a stuck unit, a waiting login, no memory for a fiber. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "stop_scene.h"

#include "tests/lib/scarce.h"
#include "vtl/base/timer.h"
#include "vtl/iscsi/status.h"

static void the_stop_outlives_a_stuck_unit_and_a_login_behind_it(void **state)
{
	struct scene memory, *s = scene_up(&memory);
	atomic_store(&stuck, true);
	int first = log_in(s, 1);
	say_stick(first);
	wait_until(&sticking);
	int second = dial(s); /* would take its place */
	say_login(second, 1);
	wait_until(&asked_to_end);
	do_step(s, stop);
	assert_in_range(s->took_ms, 0, 30000); /* it waits 5 s, and then no longer */
	int status = login_status(second);
	assert_true(status == LOGIN_UNAVAILABLE || status == -1);
	struct step end;
	step_begin(&end, s, down);
	usleep(100000);                               /* long enough to see it end, if it did not wait */
	assert_int_equal(sem_trywait(&end.done), -1); /* it waits for the unit, and frees nothing */
	atomic_store(&stuck, false);
	step_end(&end);
	assert_true(hangs_up(first));
	close(second);
	workers_down(s);
}

static atomic_bool now_is_the_time;

static void stop_in_time(struct scene *s)
{
	while (!atomic_load(&now_is_the_time))
		fiber_sleep(2);
	stop(s);
}

static void connections_without_memory_end_at_once(void **state)
{
	struct scene memory, *s = scene_up(&memory);
	struct step end;
	int fds[CROWD];
	step_begin(&end, s, stop_in_time); /* it has its stack */
	scarce_for_all(true);
	for (int i = 0; i < CROWD; i++)
		fds[i] = dial(s);
	wait_until_taken(s);
	atomic_store(&now_is_the_time, true);
	step_end(&end);
	assert_in_range(s->took_ms, 0, 4000);
	scarce_for_all(false);
	for (int i = 0; i < CROWD; i++)
		assert_true(hangs_up(fds[i]));
	scene_down(s);
}

/* They have logged in but for the last step, for which the worker of their unit has no stack; a few get
 * one of those at rest there, and wait for others. */
static void logins_on_their_way_end_with_the_server(void **state)
{
	struct scene memory, *s = scene_up(&memory);
	struct step end;
	int fds[CROWD];
	scarce(s->workers[1]);
	for (int i = 0; i < CROWD; i++) {
		fds[i] = dial(s);
		say_login(fds[i], (uint8_t)i);
	}
	wait_until_taken(s);
	step_begin(&end, s, stop);
	usleep(200000); /* it is to wait for the logins; when it has not begun yet, that is fine too */
	scarce(NULL);
	step_end(&end);
	assert_in_range(s->took_ms, 0, 4000);
	for (int i = 0; i < CROWD; i++)
		assert_true(hangs_up(fds[i]));
	scene_down(s);
}

/* The same, but there is memory again and the server stays. */
static void logins_on_their_way_go_on_when_there_is_memory(void **state)
{
	struct scene memory, *s = scene_up(&memory);
	int fds[CROWD];
	scarce(s->workers[1]);
	for (int i = 0; i < CROWD; i++) {
		fds[i] = dial(s);
		say_login(fds[i], (uint8_t)i);
	}
	wait_until_taken(s);
	close(fds[CROWD - 1]);
	scarce(NULL);
	for (int i = 0; i < CROWD - 1; i++)
		assert_int_equal(login_status(fds[i]), LOGIN_OK);
	do_step(s, stop);
	assert_in_range(s->took_ms, 0, 4000);
	for (int i = 0; i < CROWD - 1; i++)
		assert_true(hangs_up(fds[i]));
	scene_down(s);
}

static void connections_come_again_when_there_is_memory(void **state)
{
	struct scene memory, *s = scene_up(&memory);
	int fds[CROWD];
	scarce_for_all(true);
	for (int i = 0; i < CROWD; i++)
		fds[i] = dial(s);
	wait_until_taken(s);
	scarce_for_all(false);
	int fd = log_in(s, 1);
	close(fd);
	do_step(s, stop);
	for (int i = 0; i < CROWD; i++)
		assert_true(hangs_up(fds[i]));
	scene_down(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stop_outlives_a_stuck_unit_and_a_login_behind_it),
		cmocka_unit_test(connections_without_memory_end_at_once),
		cmocka_unit_test(logins_on_their_way_end_with_the_server),
		cmocka_unit_test(logins_on_their_way_go_on_when_there_is_memory),
		cmocka_unit_test(connections_come_again_when_there_is_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
