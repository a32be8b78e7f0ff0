/* SPDX-License-Identifier: Apache-2.0 */
/* One control client: reads requests, sends answers, receives descriptors. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/rpc/method.h"
#include "admin/rpc/rpc_internal.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/container.h"
#include "vtl/base/io.h"

static struct client *client_of(struct timer *timer)
{
	return container_of(timer, struct client, patience);
}

/* shutdown() wakes the client's fiber, whatever it waits for. */
static void out_of_patience(struct timer *timer)
{
	shutdown(client_of(timer)->fd, SHUT_RDWR);
}

/* Keeps at most one descriptor for the next request; a later one replaces it. */
static void keep_descriptors(struct client *client, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (client->passed >= 0)
				close(client->passed);
			client->passed = fd;
		}
	}
}

/* Returns how long the client may still take.  The limit holds for a line as a whole, not for each byte. */
static unsigned patience_ms(const struct client *client)
{
	int64_t most = client->len || !client->asked ? CLIENT_PATIENCE_MS : CLIENT_IDLE_MS;
	int64_t left = client->idle_since_ms + most - now_ms();
	return left > 0 ? (unsigned)left : 0;
}

/* Waits until the client's socket is readable or writable. */
static bool wait_for(struct client *client, short event)
{
	if (!client->idle_since_ms)
		client->idle_since_ms = now_ms();
	if (!client->patience.armed)
		timer_arm(&client->patience, client->sends ? CLIENT_PATIENCE_MS : patience_ms(client),
			out_of_patience);
	int events = io_poll(client->fd, event);
	return events >= 0 && !(event == POLLOUT && (events & (POLLERR | POLLHUP)));
}

static void waited(struct client *client)
{
	timer_stop(&client->patience);
	client->idle_since_ms = 0;
}

/* Receives more bytes of the line.  False: the client has disconnected. */
static bool receive(struct client *client)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
	for (;;) {
		struct iovec room = { client->line + client->len, REQUEST_MAX + 1 - client->len };
		struct msghdr msg = { .msg_iov = &room,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof control };
		ssize_t n = recvmsg(client->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n > 0) {
			keep_descriptors(client, &msg);
			if (!client->len)
				waited(client); /* a new line begins */
			client->len += (size_t)n;
			return true;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return false;
		if (!wait_for(client, POLLIN))
			return false;
	}
}

static void send_all(struct client *client, const char *text, size_t len, bool wait)
{
	/* Terminates: each round sends bytes or waits, and a client that reads nothing for
	 * CLIENT_PATIENCE_MS is cut off. */
	while (len && !client->gone) {
		ssize_t n = send(client->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			waited(client);
			text += n;
			len -= (size_t)n;
			wait = true; /* a started line must be completed */
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			client->gone = true;
		} else if (!wait) {
			return;
		} else {
			client->sends = true;
			client->gone = !wait_for(client, POLLOUT);
		}
	}
	client->sends = false;
	waited(client);
}

void client_send(struct client *client, const json_t *value, bool wait)
{
	autofree char *text = json_dumps(value, JSON_COMPACT);
	if (!text) {
		client->gone = true;
		return;
	}
	size_t len = strlen(text);
	text[len] = '\n'; /* replaces the NUL: one send for the whole line */
	send_all(client, text, len + 1, wait);
}

/* Takes the first line out of the buffer and answers it.  False: no whole line yet. */
static bool answer_line(struct client *client)
{
	char *end = memchr(client->line, '\n', client->len);
	if (!end)
		return false;
	size_t len = (size_t)(end - client->line);
	*end = '\0';
	waited(client);
	client->asked = true;
	dispatch(client, client->line, len);
	explicit_bzero(client->line, len); /* it may hold a secret */
	if (client->passed >= 0) {
		close(client->passed);
		client->passed = -1;
	}
	client->len -= len + 1;
	memmove(client->line, end + 1, client->len);
	explicit_bzero(client->line + client->len, len + 1); /* wipe the old place of the moved bytes */
	return true;
}

static void refuse_length(struct client *client)
{
	json_t *error = json_pack("{s:{s:s,s:s}}", reply_keys.error, error_keys.code, CODE_BAD_REQUEST,
		error_keys.message, "a request must be one line of at most 64 KiB");
	if (error)
		client_send(client, error, true);
	json_decref(error);
}

static void client_fiber(void *arg)
{
	struct client *client = arg;
	struct rpc *rpc = client->rpc;
	while (!client->gone && !client->disconnecting && !rpc->stopping) {
		if (answer_line(client))
			continue;
		if (client->len > REQUEST_MAX) {
			refuse_length(client);
			break;
		}
		if (!receive(client))
			break;
	}
	waited(client);
	if (client->passed >= 0)
		close(client->passed);
	close(client->fd);
	LIST_REMOVE(client, link);
	rpc->n_clients--;
	explicit_bzero(client->line, sizeof client->line);
	free(client);
	waitq_wake(&rpc->ended);
}

int client_start(struct rpc *rpc, int fd, uid_t uid, pid_t pid, bool owner)
{
	struct client *client = calloc(1, sizeof *client);
	if (!client)
		return -ENOMEM;
	client->rpc = rpc;
	client->fd = fd;
	client->passed = -1;
	client->uid = uid;
	client->pid = pid;
	client->owner = owner;
	LIST_INSERT_HEAD(&rpc->clients, client, link);
	rpc->n_clients++;
	int err = fiber_start("control client", client_fiber, client);
	if (err) {
		LIST_REMOVE(client, link);
		rpc->n_clients--;
		free(client);
	}
	return err;
}
