/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: creates it, checks peers, accepts clients, removes it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/rpc/rpc_internal.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/io.h"
#include "vtl/base/log.h"

#define SOCKET_NAME "control.sock"

enum { ACCEPT_PAUSE_MS = 100 };

/* A long state directory does not fit in sun_path; the path /proc/self/fd/N of its descriptor always does. */
static void socket_address(int state_fd, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/" SOCKET_NAME, state_fd);
}

/* Removes the socket of a daemon that has died.  The caller holds the lock of the state directory. */
static int remove_stale(int state_fd, char why[static WHY_LEN])
{
	struct stat st;
	if (fstatat(state_fd, SOCKET_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		int err = errno;
		snprintf(why, WHY_LEN, SOCKET_NAME ": cannot examine it: %s", error_text(-err));
		return -err;
	}
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, WHY_LEN, SOCKET_NAME " in the state directory is not a socket");
		return -EEXIST;
	}
	return unlinkat(state_fd, SOCKET_NAME, 0) < 0 ? -errno : 0;
}

/* The mode is set between bind() and listen(), so that nobody else can connect in between. */
static int socket_listen(int state_fd, int fd, char why[static WHY_LEN])
{
	struct sockaddr_un address;
	socket_address(state_fd, &address);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
		fchmodat(state_fd, SOCKET_NAME, 0660, 0) < 0 || listen(fd, 64) < 0) {
		int err = errno;
		snprintf(why, WHY_LEN, "cannot create " SOCKET_NAME ": %s", error_text(-err));
		return -err;
	}
	return 0;
}

/* For a read-only state directory.  peer_allowed() checks who connects. */
static int abstract_listen(int state_fd, int fd, char why[static WHY_LEN])
{
	struct sockaddr_un address;
	struct stat st;
	if (fstat(state_fd, &st) == 0 &&
		bind(fd, (struct sockaddr *)&address, rpc_abstract_address(&st, &address)) == 0 &&
		listen(fd, 64) == 0)
		return 0;
	int err = errno;
	snprintf(why, WHY_LEN, "cannot create the control socket: %s", error_text(-err));
	return -err;
}

/* The socket's current group; an administrator may have changed it. */
static gid_t socket_group(const struct rpc *rpc)
{
	struct stat st;
	if (rpc->abstract)
		return fstat(rpc->state_fd, &st) < 0 ? (gid_t)-1 : st.st_gid;
	return fstatat(rpc->state_fd, SOCKET_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0 ? (gid_t)-1 : st.st_gid;
}

static bool in_group(int fd, gid_t primary, gid_t group)
{
	gid_t groups[1024];
	socklen_t len = sizeof groups;
	if (primary == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof *groups; i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* The mode of the file restricts who may connect; this check also covers a socket reached in another way. */
static bool peer_allowed(const struct rpc *rpc, int fd, struct ucred *ret_peer, bool *ret_owner)
{
	socklen_t len = sizeof *ret_peer;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret_peer, &len) < 0)
		return false;
	*ret_owner = ret_peer->uid == 0 || ret_peer->uid == geteuid();
	return *ret_owner || in_group(fd, ret_peer->gid, socket_group(rpc));
}

static void client_refuse(int fd, const char *line)
{
	ssize_t n = send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)n; /* a new socket has room; the connection is closed in either case */
	close(fd);
}

static void accept_one(struct rpc *rpc)
{
	struct ucred peer;
	bool owner;
	int fd = accept4(rpc->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR && !rpc->stopping)
			fiber_sleep(ACCEPT_PAUSE_MS); /* out of descriptors: retry after a pause */
		return;
	}
	if (!peer_allowed(rpc, fd, &peer, &owner)) {
		client_refuse(fd,
			"{\"error\":{\"code\":\"permission\",\"message\":\"permission denied: "
			"be root, the daemon's user, or in the socket's group\"}}\n");
	} else if (!clients_room(rpc, owner)) {
		client_refuse(fd,
			"{\"error\":{\"code\":\"busy\",\"message\":\"too many control "
			"clients, and all have work in progress; try again later\"}}\n");
	} else if (client_start(rpc, fd, peer.uid, peer.pid, owner) < 0) {
		client_refuse(fd, "{\"error\":{\"code\":\"failed\",\"message\":\"out of memory\"}}\n");
	}
}

static void accept_fiber(void *arg)
{
	struct rpc *rpc = arg;
	while (!rpc->stopping) {
		if (io_poll(rpc->fd, POLLIN) < 0)
			fiber_sleep(ACCEPT_PAUSE_MS);
		if (!rpc->stopping)
			accept_one(rpc);
	}
	rpc->accepting = false;
	waitq_wake(&rpc->ended);
}

static struct rpc *rpc_new(const struct rpc_context *context)
{
	struct rpc *rpc = calloc(1, sizeof *rpc);
	if (!rpc)
		return NULL;
	rpc->context = *context;
	LIST_INIT(&rpc->clients);
	turn_init(&rpc->writers);
	waitq_init(&rpc->ended);
	return rpc;
}

int rpc_start(const struct rpc_context *context, struct rpc **ret_rpc, char why[static WHY_LEN])
{
	autoclose int state_fd = open(context->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (state_fd < 0 || fd < 0) {
		int err = errno;
		snprintf(why, WHY_LEN, "cannot create the control socket in %s: %s", context->state_dir,
			error_text(-err));
		return -err;
	}
	int err = remove_stale(state_fd, why);
	if (!err)
		err = socket_listen(state_fd, fd, why);
	bool abstract = err == -EROFS;
	if (abstract)
		err = abstract_listen(state_fd, fd, why);
	if (err)
		return err;
	autofree struct rpc *rpc = rpc_new(context);
	if (!rpc) {
		snprintf(why, WHY_LEN, "out of memory");
		return -ENOMEM;
	}
	rpc->fd = fd;
	rpc->state_fd = state_fd;
	rpc->abstract = abstract;
	rpc->accepting = true;
	err = fiber_start("control", accept_fiber, rpc);
	if (err) {
		snprintf(why, WHY_LEN, "out of memory");
		return err;
	}
	take_fd(fd);
	take_fd(state_fd);
	*ret_rpc = take_ptr(rpc);
	return 0;
}

static void rpc_close(struct rpc *rpc)
{
	rpc->stopping = true;
	if (!rpc->abstract)
		unlinkat(rpc->state_fd, SOCKET_NAME, 0);
	shutdown(rpc->fd, SHUT_RDWR); /* wakes the accepting fiber */
	struct client *client;
	LIST_FOREACH(client, &rpc->clients, link)
		shutdown(client->fd, SHUT_RDWR);
}

bool rpc_stop(struct rpc *rpc, int64_t until_ms)
{
	if (!rpc)
		return true;
	if (!rpc->stopping)
		rpc_close(rpc);
	for (int64_t left; (rpc->accepting || rpc->n_clients) && (left = until_ms - now_ms()) > 0;)
		waitq_wait_ms(&rpc->ended, (unsigned)left);
	return !rpc->accepting && !rpc->n_clients;
}

void rpc_free(struct rpc *rpc)
{
	if (!rpc)
		return;
	close(rpc->fd);
	close(rpc->state_fd);
	free(rpc);
}
