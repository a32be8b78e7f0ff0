/* SPDX-License-Identifier: Apache-2.0 */
/* One question over the control socket, and its answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/rpc/rpc.h"
#include "vtl/base/cleanup.h"

enum { REPLY_MAX = 256 << 20 };

/* A long path does not fit in sun_path; the name of an open directory always does. */
static int socket_connect(const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autoclose int dir = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control.sock", dir);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	return take_fd(fd);
}

static void why_not(const char *state, int err, char why[static LINE_LEN])
{
	const char *format = "%s/control.sock: %s";
	if (access(state, F_OK) < 0 && errno == ENOENT)
		format = "%s: no such state directory; is evertaped running, and --state right?";
	else if (err == -ENOENT || err == -ECONNREFUSED)
		format = "evertaped is not running on %s";
	else if (err == -EACCES || err == -EPERM)
		format = "permission denied on %s/control.sock: be root, the daemon's user, or in its "
		         "group";
	snprintf(why, LINE_LEN, format, state, strerror(-err));
}

/* The descriptor goes with the first byte. */
static void send_line(int s, const char *text, size_t len, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = { 0 };
	while (len) {
		struct iovec data = { (char *)text, len };
		struct msghdr msg = { .msg_iov = &data, .msg_iovlen = 1 };
		if (fd >= 0) {
			msg.msg_control = control;
			msg.msg_controllen = sizeof control;
			struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
			*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
				               .cmsg_len = CMSG_LEN(sizeof fd) };
			memcpy(CMSG_DATA(c), &fd, sizeof fd);
		}
		ssize_t n = sendmsg(s, &msg, MSG_NOSIGNAL);
		if (n < 0)
			return;
		text += n;
		len -= (size_t)n;
		fd = -1;
	}
}

/* --- signals: the first one ends the wait, so that what was begun is taken back; a second kills --- */

static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
enum { N_STOPS = sizeof stops / sizeof *stops };

struct guard {
	sigset_t mask; /* of before, and while waiting */
	struct sigaction before[N_STOPS];
};

static void on_signal(int number)
{
	signal(number, SIG_DFL);
}

/* Held back but for the wait itself, where no signal falls between looking and sleeping. */
static void guard_begin(struct guard *guard)
{
	const struct sigaction action = { .sa_handler = on_signal };
	sigset_t held;
	sigemptyset(&held);
	for (size_t i = 0; i < N_STOPS; i++) {
		sigaddset(&held, stops[i]);
		sigaction(stops[i], NULL, &guard->before[i]);
		if (guard->before[i].sa_handler != SIG_IGN)
			sigaction(stops[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &held, &guard->mask);
}

static void guard_end(const struct guard *guard)
{
	for (size_t i = 0; i < N_STOPS; i++)
		sigaction(stops[i], &guard->before[i], NULL);
	sigprocmask(SIG_SETMASK, &guard->mask, NULL);
}

/* --- lines of the answer ---------------------------------------------------------------------------- */

struct incoming {
	const struct guard *guard;
	char *data;
	size_t len, size, seen; /* seen: bytes searched for a newline already */
};

/* The next line (without its newline, in place), or NULL when the other end is through with us. */
static char *next_line(int s, struct incoming *in)
{
	for (;;) {
		char *end = in->len > in->seen ? memchr(in->data + in->seen, '\n', in->len - in->seen)
		                               : NULL;
		if (end) {
			*end = '\0';
			return in->data;
		}
		in->seen = in->len;
		if (in->len == in->size) {
			size_t size = in->size ? in->size * 2 : 16 << 10;
			char *more = size <= REPLY_MAX ? realloc(in->data, size) : NULL;
			if (!more)
				return NULL;
			in->data = more;
			in->size = size;
		}
		struct pollfd ready = { .fd = s, .events = POLLIN };
		if (ppoll(&ready, 1, NULL, &in->guard->mask) < 0)
			return NULL;
		ssize_t n = recv(s, in->data + in->len, in->size - in->len, 0);
		if (n <= 0)
			return NULL;
		in->len += (size_t)n;
	}
}

static void line_done(struct incoming *in)
{
	size_t used = strlen(in->data) + 1;
	in->len -= used;
	in->seen = 0;
	memmove(in->data, in->data + used, in->len);
}

static bool is_progress(const struct cli *cli, const json_t *line)
{
	const json_t *p = json_object_get(line, "progress");
	if (!p)
		return false;
	progress_draw(cli, (uint64_t)json_integer_value(json_object_get(p, "done")),
	              (uint64_t)json_integer_value(json_object_get(p, "total")));
	return true;
}

static json_t *receive_answer(const struct cli *cli, int s, const struct guard *guard,
                              char why[static LINE_LEN])
{
	struct incoming in = { .guard = guard };
	json_t *answer = NULL;
	char *text;
	snprintf(why, LINE_LEN, "evertaped hung up before it had answered");
	while ((text = next_line(s, &in))) {
		json_t *line = json_loads(text, 0, NULL);
		line_done(&in);
		if (is_progress(cli, line)) {
			json_decref(line);
			continue;
		}
		if (json_object_get(line, "result") || json_is_object(json_object_get(line, "error")))
			answer = line;
		else
			json_decref(line);
		if (!answer)
			snprintf(why, LINE_LEN, "evertaped answered something that is no answer");
		break;
	}
	if (!text && errno == EINTR)
		snprintf(why, LINE_LEN, "interrupted");
	progress_draw(cli, 0, 0);
	free(in.data);
	return answer;
}

/* Who became root, by the word of sudo(8); the daemon puts it into its log as our claim. */
static const char *sudo_user(void)
{
	const char *name = getenv("SUDO_USER");
	return geteuid() == 0 && name && person_claim_ok(name) ? name : NULL;
}

json_t *client_ask(const struct cli *cli, const char *method, json_t *params, int fd,
                   char why[static LINE_LEN])
{
	autoclose int s = socket_connect(cli->state);
	if (s < 0) {
		why_not(cli->state, s, why);
		return NULL;
	}
	json_t *request = json_pack("{s:s,s:O*,s:s*}", "method", method, "params", params, "sudo_user",
	                            sudo_user());
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!text) {
		snprintf(why, LINE_LEN, "out of memory");
		return NULL;
	}
	size_t len = strlen(text);
	text[len] = '\n'; /* in the place of the NUL */
	struct guard guard;
	guard_begin(&guard);
	/* A daemon that turns us away may hang up first: what it said is still to be read. */
	send_line(s, text, len + 1, fd);
	explicit_bzero(text, len + 1);
	free(text);
	errno = 0;
	json_t *answer = receive_answer(cli, s, &guard, why);
	guard_end(&guard);
	return answer;
}
