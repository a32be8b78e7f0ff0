/* SPDX-License-Identifier: Apache-2.0 */
/* Copies bytes between a pipe and a socket to the daemon while the daemon reads or writes it. */
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
#include "admin/view/keys.h"

enum { DRAIN_MOST = 2 << 20, DRAIN_S = 1 };

struct pump {
	int from, to;
	bool drains;
	atomic_int read_err, write_err; /* 0: no error */
	char buf[256 << 10];
};

/* Has no time limit, because the other end of a pipe may be slow.  Each EINTR is one signal that did not
 * end the program. */
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

/* After a refusal: read up to DRAIN_MOST bytes, so that a small writer ends normally and the user sees
 * only our error.  A larger writer gets EPIPE. */
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
	/* A closed write side tells the daemon that the stream is complete, so it is closed only after end
	 * of file.  After an error both sides are shut down. */
	if (!p->read_err && !p->write_err)
		shutdown(p->to, SHUT_WR);
	else
		shutdown(p->to, SHUT_RDWR);
	if (p->write_err && p->drains)
		drain(p);
	shutdown(p->from, SHUT_RD); /* nobody reads any more: the daemon's write must fail */
	return NULL;
}

/* An error on our side is the cause of the daemon's error, because the daemon saw only the socket. */
static int pump_failed(const struct cli *cli, const struct pump *pump)
{
	if (pump->read_err)
		return verb_fail(cli, FAIL_FAILED, "cannot read the input: %s", error_text(-pump->read_err));
	return verb_fail(cli, FAIL_FAILED, "cannot write the output: %s", error_text(-pump->write_err));
}

/* The thread may block on an input that never ends.  After a refusal it gets DRAIN_S seconds to drain its
 * input. */
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
	static struct pump pump; /* too large for the stack; used once per process */
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
		input_leave(thread, json_object_get(answer, reply_keys.error) && !isatty(fd));
	else
		pthread_join(thread, NULL);
	bool ours = direction == PUMP_IN ? pump.read_err && !json_object_get(answer, reply_keys.result)
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
	plain.json = cli->json && direction == PUMP_IN; /* otherwise stdout holds the data */
	return pump_both(&plain, verb, params, fd, direction);
}
