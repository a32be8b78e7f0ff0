/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes between a pipe and the daemon while the daemon works on them. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/pump.h"

struct pump {
	int from, to;
	int err; /* of the writing side, 0 when all went through */
	char buf[256 << 10];
};

static int put_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static void *pump_run(void *arg)
{
	struct pump *p = arg;
	ssize_t n;
	while ((n = read(p->from, p->buf, sizeof p->buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		p->err = n < 0 ? errno : put_all(p->to, p->buf, (size_t)n);
		if (p->err)
			break;
	}
	shutdown(p->to, SHUT_WR);   /* sockets: that was all; pipes do not care */
	shutdown(p->from, SHUT_RD); /* nobody takes any more: let the daemon's write fail */
	return NULL;
}

static int pump_both(const struct cli *cli, const struct verb *verb, json_t *params, int fd,
                     enum pump_direction direction)
{
	static struct pump pump; /* too large for a stack, and there is one stdin */
	int pair[2];
	pthread_t thread;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return verb_fail(cli, FAIL_FAILED, "%s", strerror(errno));
	pump.from = direction == PUMP_IN ? fd : pair[0];
	pump.to = direction == PUMP_IN ? pair[0] : fd;
	if (pthread_create(&thread, NULL, pump_run, &pump))
		return verb_fail(cli, FAIL_FAILED, "no thread to be had");
	json_t *result = ask(cli, verb->method, params, pair[1]);
	int code = !result ? EXIT_REFUSED
	           : direction == PUMP_IN ? print_answer(cli, verb, result) : EXIT_DONE;
	json_decref(result);
	close(pair[1]);
	if (direction == PUMP_IN) {
		pthread_detach(thread); /* it may wait for a stdin that nobody closes */
		return code;
	}
	pthread_join(thread, NULL);
	close(pair[0]);
	if (code == EXIT_DONE && pump.err)
		code = verb_fail(cli, FAIL_FAILED, "stdout: %s", strerror(pump.err));
	return code;
}

int pump_ask(struct cli *cli, const struct verb *verb, json_t *params, int fd,
             enum pump_direction direction)
{
	struct cli plain = *cli;
	if (direction == PUMP_OUT && isatty(fd))
		return verb_fail(cli, FAIL_FAILED, "a cartridge is nothing for a terminal to show");
	plain.json = cli->json && direction == PUMP_IN; /* else stdout holds the data */
	return pump_both(&plain, verb, params, fd, direction);
}
