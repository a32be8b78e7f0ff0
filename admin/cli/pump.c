/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes between a pipe and the daemon while the daemon works on them. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "vtl/base/error_text.h"
#include "admin/cli/pump.h"

enum { DRAIN_MOST = 2 << 20, DRAIN_S = 1 };

struct pump {
	int from, to;
	bool drains;
	atomic_int read_err, write_err; /* 0 when all went through */
	char buf[256 << 10];
};

/* The other end of a pipe may take its time, so there is no limit here.  EINTR needs none: each is a
 * signal that came and did not end the program. */
static int put_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* After a refusal: a writer with little to say gets rid of it, and only our error is seen; one with much finds
 * that nobody reads. */
static void drain(struct pump *p)
{
	size_t taken = 0;
	ssize_t n;
	while (taken < DRAIN_MOST && (n = read(p->from, p->buf, sizeof p->buf)) > 0)
		taken += (size_t)n;
}

static void *pump_run(void *arg)
{
	struct pump *p = arg;
	ssize_t n;
	while ((n = read(p->from, p->buf, sizeof p->buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			p->read_err = errno;
		else
			p->write_err = put_all(p->to, p->buf, (size_t)n);
		if (p->read_err || p->write_err)
			break;
	}
	/* Of a socket, this says to the daemon that the stream was whole; only an end that was read may. */
	if (!p->read_err && !p->write_err)
		shutdown(p->to, SHUT_WR);
	else
		shutdown(p->to, SHUT_RDWR);
	if (p->write_err && p->drains)
		drain(p);
	shutdown(p->from, SHUT_RD); /* nobody takes any more: let the daemon's write fail */
	return NULL;
}

/* What happened at our end is the reason behind the daemon's answer: it saw only the socket. */
static int pump_failed(const struct cli *cli, const struct pump *pump)
{
	if (pump->read_err)
		return verb_fail(cli, FAIL_FAILED, "cannot read the input: %s", error_text(-pump->read_err));
	return verb_fail(cli, FAIL_FAILED, "cannot write the output: %s", error_text(-pump->write_err));
}

/* The thread may wait for an input that nobody closes; after a refusal it is given a moment to drain it. */
static void input_leave(pthread_t thread, bool refused)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += DRAIN_S;
	if (!refused || pthread_timedjoin_np(thread, NULL, &until))
		pthread_detach(thread);
}

static int pump_both(const struct cli *cli, const struct verb *verb, json_t *params, int fd,
	enum pump_direction direction)
{
	static struct pump pump; /* too large for a stack, and there is one stdin */
	int pair[2], code = EXIT_DONE;
	pthread_t thread;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return verb_fail(cli, FAIL_FAILED, "cannot create a socket: %s", error_text(-errno));
	pump.drains = direction == PUMP_IN;
	pump.from = direction == PUMP_IN ? fd : pair[0];
	pump.to = direction == PUMP_IN ? pair[0] : fd;
	int err = pthread_create(&thread, NULL, pump_run, &pump);
	if (err)
		return verb_fail(cli, FAIL_FAILED, "cannot start a thread: %s", error_text(-err));
	json_t *answer = client_ask(cli, verb->method, params, pair[1]);
	close(pair[1]);
	if (direction == PUMP_IN)
		input_leave(thread, json_object_get(answer, "error") && !isatty(fd));
	else
		pthread_join(thread, NULL);
	bool ours = direction == PUMP_IN ? pump.read_err && !json_object_get(answer, "result")
					 : pump.write_err != 0;
	if (ours) {
		json_decref(answer);
		return pump_failed(cli, &pump);
	}
	json_t *result = answer_result(cli, answer, &code);
	if (result && direction == PUMP_IN)
		code = print_answer(cli, verb, result);
	json_decref(result);
	return code;
}

int pump_ask(struct cli *cli, const struct verb *verb, json_t *params, int fd, enum pump_direction direction)
{
	struct cli plain = *cli;
	if (direction == PUMP_OUT && isatty(fd))
		return verb_fail(cli, FAIL_FAILED,
			"refusing to write binary data to a terminal; name a file");
	plain.json = cli->json && direction == PUMP_IN; /* else stdout holds the data */
	return pump_both(&plain, verb, params, fd, direction);
}
