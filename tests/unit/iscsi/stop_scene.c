/* SPDX-License-Identifier: Apache-2.0 */
/* A server with one LU that can ignore aborts, and an initiator with a blocking socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stop_scene.h"

#include "vtl/base/timer.h"
#include "vtl/base/worker.h"
#include "vtl/iscsi/pdu.h"
#include "vtl/iscsi/status.h"

/* --- a unit that is deaf to aborts -------------------------------------------------------------------- */

atomic_bool stuck, sticking, asked_to_end;

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

void step_begin(struct step *step, struct scene *s, void (*run)(struct scene *s))
{
	*step = (struct step){ .msg.run = step_arrived, .run = run, .scene = s };
	sem_init(&step->done, 0, 0);
	worker_post(s->workers[0], &step->msg);
}

void step_end(struct step *step)
{
	while (sem_wait(&step->done))
		;
}

void do_step(struct scene *s, void (*run)(struct scene *s))
{
	struct step step;
	step_begin(&step, s, run);
	step_end(&step);
}

static void allow(void *arg, const char *initiator, const char *target, const struct sockaddr_storage *peer,
	struct iscsi_access *ret)
{
	*ret = (struct iscsi_access){ .allowed = true };
}

static void up(struct scene *s)
{
	target_init(&s->target, TARGET, 1, 1);
	s->target.lus_worker = s->workers[1];
	s->lu = (struct lu){ .type = &type,
		.ops = tables,
		.mode_pages = no_modes,
		.log_pages = no_logs,
		.id = { .vendor = "IBM",
			.product = "P",
			.revision = "1",
			.serial = "S",
			.naa = 1,
			.inquiry = inquiry,
			.inquiry_len = sizeof inquiry },
		.worker = s->workers[1] };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	s->iscsi = iscsi_new(&(struct iscsi_config){ .access = allow,
		.workers = s->workers,
		.n_workers = WORKERS,
		.login_timeout_s = 15,
		.max_connections = 64,
		.max_per_address = 64 });
	fronts_init(&s->fronts);
	if (fronts_join(&s->fronts, front_null_init(&s->other, NULL)) ||
		fronts_join(&s->fronts, iscsi_front(s->iscsi)))
		abort();
	if (lu_open(&s->lu) || target_add(&s->target, &s->lu, 0) ||
		fronts_add_target(&s->fronts, &s->target) ||
		iscsi_listen(s->iscsi, (const struct sockaddr *)&v4, sizeof v4, false, &s->port) ||
		iscsi_serve(s->iscsi))
		abort();
}

void stop(struct scene *s)
{
	int64_t began = now_ms();
	fronts_stop(&s->fronts);
	s->took_ms = now_ms() - began;
}

void down(struct scene *s)
{
	fronts_remove_target(&s->fronts, &s->target);
	fronts_free(&s->fronts);
	target_remove(&s->target, 0);
	lu_close(&s->lu);
}

struct scene *scene_up(struct scene *s)
{
	*s = (struct scene){ 0 };
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(worker_new("w", &s->workers[i]), 0);
		assert_int_equal(worker_start(s->workers[i]), 0);
	}
	do_step(s, up);
	return s;
}

void workers_down(struct scene *s)
{
	for (int i = WORKERS; i-- > 0;) {
		worker_stop(s->workers[i]);
		worker_join(s->workers[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		worker_free(s->workers[i]);
}

void scene_down(struct scene *s)
{
	do_step(s, down);
	workers_down(s);
}

/* --- an initiator with a blocking socket -------------------------------------------------------------------- */

int dial(const struct scene *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(s->port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval patience = { .tv_sec = 20 };
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

void say_login(int fd, uint8_t isid)
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
int login_status(int fd)
{
	uint8_t bhs[48];
	if (!hear(fd, bhs))
		return -1;
	assert_int_equal(bhs[0], PDU_LOGIN_RESPONSE);
	return get_be16(bhs + 36);
}

int log_in(const struct scene *s, uint8_t isid)
{
	int fd = dial(s);
	say_login(fd, isid);
	assert_int_equal(login_status(fd), LOGIN_OK);
	return fd;
}

void say_stick(int fd)
{
	uint8_t pdu[48] = { [0] = 0x01, [1] = 0x80, [19] = 7, [27] = 1, [32] = 0xc0 };
	assert_int_equal(send(fd, pdu, sizeof pdu, MSG_NOSIGNAL), sizeof pdu);
}

/* These have no limit of their own: the runner has one. */
void wait_until(atomic_bool *it)
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
void wait_until_taken(struct scene *s)
{
	while (untaken(s))
		usleep(1000);
	struct step step = { .msg.run = passed }; /* without a fiber, for which there may be no memory */
	sem_init(&step.done, 0, 0);
	worker_post(s->workers[0], &step.msg);
	step_end(&step);
}

bool hangs_up(int fd)
{
	uint8_t bhs[48];
	while (hear(fd, bhs))
		;
	return close(fd) == 0;
}
