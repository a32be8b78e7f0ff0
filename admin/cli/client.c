/* SPDX-License-Identifier: Apache-2.0 */
/* One request over the control socket, and its answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/method/method.h"
#include "admin/rpc/rpc.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/grow.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"

enum { REPLY_STEP = 16 << 10, REPLY_MAX = 256 << 20, CONNECT_PAUSE_MS = 20 };

/* --- time limits --------------------------------------------------------------------------------------- */

static bool only_reads(const char *method)
{
	const struct method *row = method_find(method);
	return row && row->role == ROLE_READ;
}

struct time_limit {
	int seconds; /* 0: no limit */
	int64_t until_ms;
};

static struct time_limit time_limit_of(const struct cli *cli, const char *method)
{
	int seconds = cli->timeout_s;
	if (seconds == TIMEOUT_USUAL)
		seconds = only_reads(method) ? TIMEOUT_QUESTION_S : 0;
	return (struct time_limit){ seconds, now_ms() + (int64_t)seconds * 1000 };
}

static bool time_over(const struct time_limit *time_limit)
{
	return time_limit->seconds && now_ms() >= time_limit->until_ms;
}

/* --- the socket ---------------------------------------------------------------------------------------- */

static int address_connect(const struct sockaddr_un *address, socklen_t len,
	const struct time_limit *time_limit)
{
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* EAGAIN: the accept queue is full, because the daemon is stopped or busy. */
	while (connect(fd, (const struct sockaddr *)address, len) < 0) {
		if (errno != EAGAIN)
			return -errno;
		if (time_over(time_limit))
			return -ETIMEDOUT;
		poll(NULL, 0, CONNECT_PAUSE_MS);
	}
	return fcntl(fd, F_SETFL, 0) < 0 ? -errno : take_fd(fd);
}

/* The abstract socket of a read-only state directory.  Any process can take that name, so the peer must be
 * root or the owner of the directory. */
static int abstract_connect(int dir, const struct time_limit *time_limit)
{
	struct sockaddr_un address;
	struct stat st;
	struct ucred peer;
	socklen_t len = sizeof peer;
	if (fstat(dir, &st) < 0)
		return -errno;
	autoclose int fd = address_connect(&address, rpc_abstract_address(&st, &address), time_limit);
	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || (peer.uid && peer.uid != st.st_uid))
		return -EPERM;
	return take_fd(fd);
}

/* A long path does not fit in sun_path; the path /proc/self/fd/N of an open directory always does. */
static int socket_connect(const char *state, const struct time_limit *time_limit)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autoclose int dir = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control.sock", dir);
	int fd = address_connect(&address, sizeof address, time_limit);
	if (fd != -ENOENT && fd != -ECONNREFUSED)
		return fd;
	int abstract = abstract_connect(dir, time_limit);
	return abstract == -ECONNREFUSED ? fd : abstract;
}

static void connect_error_text(const char *state, int err, char why[static LINE_LEN])
{
	const char *format = "%s/control.sock: %s";
	if (access(state, F_OK) < 0 && errno == ENOENT)
		format = "%s: no such state directory; start evertaped, or name its directory with --state";
	else if (err == -ENOENT || err == -ECONNREFUSED)
		format = "evertaped is not running on %s";
	else if (err == -EACCES || err == -EPERM)
		format = "permission denied on %s/control.sock: run as root, as the daemon's user, or in its "
			 "group";
	snprintf(why, LINE_LEN, format, state, error_text(err));
}

/* The descriptor is sent with the first byte. */
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
			*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
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

/* --- signals: the first one ends the wait, so that the act can be undone; a second one kills --- */

static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
enum { N_STOPS = sizeof stops / sizeof *stops };

struct guard {
	sigset_t mask; /* the mask before, which is also the mask while waiting */
	struct sigaction before[N_STOPS];
};

static void on_signal(int number)
{
	signal(number, SIG_DFL);
}

/* The signals are blocked except during ppoll(), so that none is lost between the check and the wait. */
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
	const struct time_limit *time_limit;
	char *data;
	size_t len, size, seen; /* seen: bytes already searched for a newline */
};

/* False: a signal came (EINTR) or the time is over (ETIMEDOUT). */
static bool wait_for(int s, const struct incoming *in)
{
	struct pollfd ready = { .fd = s, .events = POLLIN };
	int64_t left = in->time_limit->until_ms - now_ms();
	if (left < 0)
		left = 0;
	const struct timespec wait = { .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };
	int n = ppoll(&ready, 1, in->time_limit->seconds ? &wait : NULL, &in->guard->mask);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

/* Returns the next line in place without its newline, or NULL when the peer has closed the connection. */
static char *next_line(int s, struct incoming *in)
{
	for (;;) {
		char *end = in->len > in->seen ? memchr(in->data + in->seen, '\n', in->len - in->seen) : NULL;
		if (end) {
			*end = '\0';
			return in->data;
		}
		in->seen = in->len;
		if (in->len == in->size && grow(in->data, in->size, in->size + REPLY_STEP, REPLY_MAX))
			return NULL;
		if (!wait_for(s, in))
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
	const json_t *p = json_object_get(line, reply_keys.progress);
	if (!p)
		return false;
	progress_draw(cli, (uint64_t)json_integer_value(json_object_get(p, progress_keys.done)),
		(uint64_t)json_integer_value(json_object_get(p, progress_keys.total)));
	return true;
}

/* Builds an error document for an answer that did not come. */
static json_t *no_answer(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
static json_t *no_answer(const char *code, const char *format, ...)
{
	char why[LINE_LEN];
	va_list args;
	va_start(args, format);
	log_format(why, sizeof why, format, args);
	va_end(args);
	return json_pack("{s:{s:s,s:s}}", reply_keys.error, error_keys.code, code, error_keys.message, why);
}

static json_t *timeout_answer(const struct time_limit *time_limit, const char *method)
{
	return no_answer(FAIL_TIMEOUT,
		"evertaped did not answer within %d s: it is stopped or busy; see --timeout%s",
		time_limit->seconds, only_reads(method) ? "" : "; the request may still be carried out");
}

static json_t *receive_answer(const struct cli *cli, int s, struct incoming *in, const char *method)
{
	json_t *answer = NULL;
	char *text;
	errno = 0;
	while ((text = next_line(s, in))) {
		json_t *line = json_loads(text, 0, NULL);
		line_done(in);
		if (is_progress(cli, line)) {
			json_decref(line);
			continue;
		}
		if (json_object_get(line, reply_keys.result) ||
			json_is_object(json_object_get(line, reply_keys.error)))
			answer = line;
		else
			json_decref(line);
		if (!answer)
			answer = no_answer(FAIL_UNREACHABLE, "evertaped sent an invalid answer");
		break;
	}
	int err = text ? 0 : errno;
	progress_draw(cli, 0, 0);
	free(in->data);
	if (text)
		return answer;
	if (err == EINTR)
		return no_answer(FAIL_INTERRUPTED, "interrupted");
	return err == ETIMEDOUT
		? timeout_answer(in->time_limit, method)
		: no_answer(FAIL_UNREACHABLE, "evertaped closed the connection before it answered");
}

/* The user who became root according to sudo(8); the daemon logs the name as a claim of the client. */
static const char *sudo_user(void)
{
	const char *name = getenv("SUDO_USER");
	return geteuid() == 0 && name && person_claim_ok(name) ? name : NULL;
}

static char *request_text(const char *method, json_t *params)
{
	json_t *request = json_pack("{s:s,s:O*,s:s*}", "method", method, "params", params, "sudo_user",
		sudo_user());
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	return text;
}

json_t *client_ask(const struct cli *cli, const char *method, json_t *params, int fd)
{
	const struct time_limit time_limit = time_limit_of(cli, method);
	autoclose int s = socket_connect(cli->state, &time_limit);
	if (s == -ETIMEDOUT)
		return timeout_answer(&time_limit, method);
	if (s < 0) {
		char why[LINE_LEN];
		connect_error_text(cli->state, s, why);
		return no_answer(FAIL_UNREACHABLE, "%s", why);
	}
	char *text = request_text(method, params);
	if (!text)
		return NULL;
	size_t len = strlen(text);
	text[len] = '\n'; /* replaces the NUL */
	struct guard guard;
	struct incoming in = { .guard = &guard, .time_limit = &time_limit };
	guard_begin(&guard);
	/* The daemon may refuse the client and close early: go on to read its message even if sending
	 * fails. */
	send_line(s, text, len + 1, fd);
	explicit_bzero(text, len + 1);
	free(text);
	json_t *answer = receive_answer(cli, s, &in, method);
	guard_end(&guard);
	return answer;
}
