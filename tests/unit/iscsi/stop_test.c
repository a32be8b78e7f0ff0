/* SPDX-License-Identifier: Apache-2.0 */
/* The stop at bad moments (a stuck unit, a waiting login, no memory for a fiber), and logins that are held off. */
#include <arpa/inet.h>
#include <errno.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/scarce.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"
#include "vtl/iscsi/iscsi.h"
#include "vtl/iscsi/pdu.h"
#include "vtl/iscsi/status.h"

#define TARGET "iqn.2026-01.test:t"

enum { WORKERS = 2, CROWD = 24 };

/* --- a unit that is deaf to aborts -------------------------------------------------------------------- */

static atomic_bool stuck, sticking, asked_to_end;

static void sticks(struct task *task)
{
	atomic_store(&sticking, true);
	while (atomic_load(&stuck)) {
		if (task->aborted)
			atomic_store(&asked_to_end, true);
		fiber_sleep(2);
	}
}

static const struct scsi_op stuck_ops[] = {
	{ .code = 0xc0, .sa = SA_NONE, .len = 6, .name = "STICK", .run = sticks, .fields = NO_FIELDS },
	{ .name = NULL },
};
static const struct scsi_op *const tables[] = { stuck_ops, primary_ops, NULL };
static const struct lu_type type = { .device_type = 1 };
static const struct mode_page no_modes[] = { { 0 } };
static const struct log_page no_logs[] = { { 0 } };
static const uint8_t inquiry[36] = { 1, 0x80, 6, 2, 31 };

/* --- the server: each step in a fiber of worker 0, while the test's own thread waits --------------------- */

struct scene {
	struct worker *workers[WORKERS];
	struct target target;
	struct lu lu;
	struct iscsi *iscsi;
	struct iscsi_hold hold;
	uint16_t port;
	int64_t took_ms;         /* the stop */
};

struct step {
	struct msg msg;
	void (*run)(struct scene *s);
	struct scene *scene;
	sem_t done;
};

static void step_fiber(void *arg)
{
	struct step *step = arg;
	step->run(step->scene);
	sem_post(&step->done);
}

static void step_arrived(struct msg *msg)
{
	if (fiber_start("step", step_fiber, msg))
		abort();
}

static void step_begin(struct step *step, struct scene *s, void (*run)(struct scene *s))
{
	*step = (struct step){ .msg.run = step_arrived, .run = run, .scene = s };
	sem_init(&step->done, 0, 0);
	worker_post(s->workers[0], &step->msg);
}

static void step_end(struct step *step)
{
	while (sem_wait(&step->done))
		;
}

static void do_step(struct scene *s, void (*run)(struct scene *s))
{
	struct step step;
	step_begin(&step, s, run);
	step_end(&step);
}

static void allow(void *arg, const char *initiator, const char *target,
	const struct sockaddr_storage *peer, struct iscsi_access *ret)
{
	*ret = (struct iscsi_access){ .allowed = true };
}

static void up(struct scene *s)
{
	target_init(&s->target, TARGET, 1, 1);
	s->target.lus_worker = s->workers[1];
	s->lu = (struct lu){ .type = &type, .ops = tables, .mode_pages = no_modes, .log_pages = no_logs,
		.id = { .vendor = "IBM", .product = "P", .revision = "1", .serial = "S", .naa = 1,
			.inquiry = inquiry, .inquiry_len = sizeof inquiry },
		.worker = s->workers[1], .target = &s->target };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	s->iscsi = iscsi_new(&(struct iscsi_config){ .access = allow, .workers = s->workers,
		.n_workers = WORKERS, .login_timeout_s = 15, .max_connections = 64, .max_per_address = 64 });
	if (lu_open(&s->lu) || target_add(&s->target, &s->lu) ||
	        iscsi_add_target(s->iscsi, &s->target) ||
	        iscsi_listen(s->iscsi, (const struct sockaddr *)&v4, sizeof v4, false, &s->port) ||
	        iscsi_serve(s->iscsi))
		abort();
}

static void stop(struct scene *s)
{
	int64_t began = now_ms();
	iscsi_stop(s->iscsi);
	s->took_ms = now_ms() - began;
}

static void down(struct scene *s)
{
	iscsi_remove_target(s->iscsi, &s->target);
	iscsi_free(s->iscsi);
	target_remove(&s->target, 0);
	lu_close(&s->lu);
}

static struct scene *scene_up(struct scene *s)
{
	*s = (struct scene){ 0 };
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(worker_new("w", &s->workers[i]), 0);
		assert_int_equal(worker_start(s->workers[i]), 0);
	}
	do_step(s, up);
	return s;
}

static void workers_down(struct scene *s)
{
	for (int i = WORKERS; i-- > 0;) {
		worker_stop(s->workers[i]);
		worker_join(s->workers[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		worker_free(s->workers[i]);
}

static void scene_down(struct scene *s)
{
	do_step(s, down);
	workers_down(s);
}

/* --- an initiator with a blocking socket -------------------------------------------------------------------- */

static int dial(const struct scene *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(s->port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval patience = { .tv_sec = 20 };
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

static void say_login(int fd, uint8_t isid)
{
	static const char keys[] = "InitiatorName=iqn.2026-01.test:i\0SessionType=Normal\0"
				   "TargetName=" TARGET;
	uint8_t pdu[48 + ((sizeof keys + 3) & ~3u)];
	memset(pdu, 0, sizeof pdu);
	pdu[0] = PDU_IMMEDIATE | PDU_LOGIN_REQUEST;
	pdu[1] = 0x87; /* from the operational stage to the full feature phase */
	put_be24(pdu + 5, sizeof keys);
	pdu[8] = 0x80;
	pdu[13] = isid;
	put_be32(pdu + 24, 1);
	memcpy(pdu + 48, keys, sizeof keys);
	assert_int_equal(send(fd, pdu, sizeof pdu, MSG_NOSIGNAL), sizeof pdu);
}

/* All of it; a wait with a limit may be interrupted. */
static bool take(int fd, uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* The next PDU's header, its data thrown away; false when the connection has ended. */
static bool hear(int fd, uint8_t bhs[static 48])
{
	uint8_t trash[1024];
	if (!take(fd, bhs, 48))
		return false;
	uint32_t left = (get_be24(bhs + 5) + 3) & ~3u;
	assert_true(left <= sizeof trash);
	return take(fd, trash, left);
}

/* The login's status; -1 when there was no answer. */
static int login_status(int fd)
{
	uint8_t bhs[48];
	if (!hear(fd, bhs))
		return -1;
	assert_int_equal(bhs[0], PDU_LOGIN_RESPONSE);
	return get_be16(bhs + 36);
}

static int log_in(const struct scene *s, uint8_t isid)
{
	int fd = dial(s);
	say_login(fd, isid);
	assert_int_equal(login_status(fd), LOGIN_OK);
	return fd;
}

static void say_stick(int fd)
{
	uint8_t pdu[48] = { [0] = 0x01, [1] = 0x80, [19] = 7, [27] = 1, [32] = 0xc0 };
	assert_int_equal(send(fd, pdu, sizeof pdu, MSG_NOSIGNAL), sizeof pdu);
}

/* These have no limit of their own: the runner has one. */
static void wait_until(atomic_bool *it)
{
	while (!atomic_exchange(it, false))
		usleep(1000);
}

static void passed(struct msg *msg)
{
	sem_post(&((struct step *)msg)->done);
}

/* Connections in the listen queue and bytes that the server has not read, by the kernel's list. */
static unsigned long untaken(const struct scene *s)
{
	FILE *list = fopen("/proc/net/tcp", "r");
	char line[512];
	unsigned long all = 0;

	assert_non_null(list);
	while (fgets(line, sizeof line, list)) {
		unsigned port, waits;
		if (sscanf(line, " %*d: %*8x:%x %*8x:%*x %*x %*x:%x", &port, &waits) == 2 && port == s->port)
			all += waits;
	}
	fclose(list);
	return all;
}

/* Until the server has taken all connections and all that was sent, and has gone on from there. */
static void wait_until_taken(struct scene *s)
{
	while (untaken(s))
		usleep(1000);
	struct step step = { .msg.run = passed }; /* without a fiber, for which there may be no memory */
	sem_init(&step.done, 0, 0);
	worker_post(s->workers[0], &step.msg);
	step_end(&step);
}

static bool hangs_up(int fd)
{
	uint8_t bhs[48];
	while (hear(fd, bhs))
		;
	return close(fd) == 0;
}

/* --- tests ------------------------------------------------------------------------------------------------------ */

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
	usleep(100000); /* long enough to see it end, if it did not wait */
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

/* --- holding off ---------------------------------------------------------------------------------------------- */

static void hold(struct scene *s)
{
	iscsi_hold(s->iscsi, &s->hold, TARGET);
}

static void release(struct scene *s)
{
	iscsi_release(s->iscsi, &s->hold);
}

static void hold_and_take_away(struct scene *s)
{
	hold(s);
	iscsi_remove_target(s->iscsi, &s->target);
}

static void bring_back_and_release(struct scene *s)
{
	assert_int_equal(iscsi_add_target(s->iscsi, &s->target), 0);
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
		cmocka_unit_test(the_stop_outlives_a_stuck_unit_and_a_login_behind_it),
		cmocka_unit_test(connections_without_memory_end_at_once),
		cmocka_unit_test(logins_on_their_way_end_with_the_server),
		cmocka_unit_test(logins_on_their_way_go_on_when_there_is_memory),
		cmocka_unit_test(connections_come_again_when_there_is_memory),
		cmocka_unit_test(a_held_target_says_try_again),
		cmocka_unit_test(a_login_that_waited_is_held_off_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
