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

static int answer_code(struct cli *cli, const struct verb *verb, const json_t *answer,
                       enum pump_direction direction)
{
	const json_t *error = json_object_get(answer, "error");
	struct cli plain = *cli;
	if (direction == PUMP_IN)
		return error ? print_refusal(cli, error)
		             : print_answer(cli, verb, json_object_get(answer, "result"));
	plain.json = false;
	return error ? print_refusal(&plain, error) : EXIT_DONE;
}

int pump_ask(struct cli *cli, const struct verb *verb, json_t *params, int fd,
             enum pump_direction direction)
{
	static struct pump pump; /* too large for a stack, and there is one stdin */
	char why[LINE_LEN];
	int pair[2];
	pthread_t thread;
	if (direction == PUMP_OUT && isatty(fd))
		return complain(EXIT_REFUSED, "a cartridge is nothing for a terminal to show");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return complain(EXIT_REFUSED, "%s", strerror(errno));
	pump.from = direction == PUMP_IN ? fd : pair[0];
	pump.to = direction == PUMP_IN ? pair[0] : fd;
	if (pthread_create(&thread, NULL, pump_run, &pump))
		return complain(EXIT_REFUSED, "no thread to be had");
	json_t *answer = client_ask(cli, verb->method, params, pair[1], why);
	int code = answer ? answer_code(cli, verb, answer, direction)
	                  : complain(EXIT_REFUSED, "%s", why);
	json_decref(answer);
	close(pair[1]);
	if (direction == PUMP_IN)
		pthread_detach(thread); /* it may wait for a stdin that nobody closes */
	else
		pthread_join(thread, NULL);
	if (code == EXIT_DONE && direction == PUMP_OUT && pump.err)
		code = complain(EXIT_REFUSED, "stdout: %s", strerror(pump.err));
	close(direction == PUMP_IN ? -1 : pair[0]);
	return code;
}
