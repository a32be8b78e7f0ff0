/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copied state directory that runs twice would show one serial at two
 * places.  On one machine it can be seen: a library in use holds an abstract
 * socket named after its id, which the kernel takes back when its owner ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/fiber.h"
#include "vtl/library/installation.h"

enum { GUARD_TRIES = 30, GUARD_PAUSE_MS = 100 };

static socklen_t guard_name(const struct home *home, struct sockaddr_un *addr)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* sun_path[0] stays NUL: the abstract name space */
	int n = snprintf(addr->sun_path + 1, sizeof addr->sun_path - 1, "evertape/library/%s",
		home->pub.id);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* Who listens there; 0 when it cannot be known. */
static pid_t guard_owner(const struct sockaddr_un *addr, socklen_t len)
{
	struct ucred cred = { 0 };
	socklen_t size = sizeof cred;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	if (connect(fd, (const struct sockaddr *)addr, len) ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size))
		cred.pid = 0;
	close(fd);
	return cred.pid;
}

static int guard_bind(const struct sockaddr_un *addr, socklen_t len, int *ret_fd)
{
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)addr, len) || listen(fd, 1))
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

/* The kernel may take the socket of a process that was killed a moment after it is gone: a name held by
 * nobody alive is waited for. */
int guard_take(struct home *home, char why[static WHY_LEN])
{
	struct sockaddr_un addr;
	socklen_t len = guard_name(home, &addr);
	pid_t owner = 0;
	int err;
	for (int tries = 0; tries < GUARD_TRIES; tries++) {
		err = guard_bind(&addr, len, &home->guard);
		if (err != -EADDRINUSE)
			break;
		owner = guard_owner(&addr, len);
		if (owner > 0 && (kill(owner, 0) == 0 || errno != ESRCH))
			break;
		fiber_sleep(GUARD_PAUSE_MS);
	}
	if (!err)
		return 0;
	home->guard = -1;
	if (err != -EADDRINUSE)
		return refuse(why, err, "library %s: %s", home->pub.name, strerror(-err));
	return refuse(why, -EBUSY, "library %s is served already, by process %d, from a copy of this "
		"state directory", home->pub.name, (int)owner);
}

void guard_give(struct home *home)
{
	if (home->guard >= 0)
		close(home->guard);
	home->guard = -1;
}
