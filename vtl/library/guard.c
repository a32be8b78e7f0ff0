/* SPDX-License-Identifier: Apache-2.0 */
/* A copied state directory that is served twice would present one serial twice. On one machine that is
 * detected: a served library holds an abstract socket named after its id; the kernel removes it when its
 * owner ends. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/library/installation.h"

static socklen_t guard_name(const struct library_private *lib, struct sockaddr_un *addr)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* sun_path[0] is NUL: abstract namespace */
	int n = snprintf(addr->sun_path + 1, sizeof addr->sun_path - 1, "evertape/library/%s", lib->pub.id);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* The process that listens there; 0: unknown. */
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

int guard_acquire(struct library_private *lib, char why[static WHY_LEN])
{
	struct sockaddr_un addr;
	socklen_t len = guard_name(lib, &addr);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(why, -errno, "library %s cannot be locked: %s", lib->pub.name,
			error_text(-errno));
	if (!bind(fd, (struct sockaddr *)&addr, len) && !listen(fd, 1)) {
		lib->guard = fd;
		return 0;
	}
	int err = -errno;
	close(fd);
	if (err != -EADDRINUSE)
		return refuse(why, err, "library %s cannot be locked: %s", lib->pub.name, error_text(err));
	return refuse(why, -EBUSY,
		"library %s is already served by process %d, from a copy of this state "
		"directory; stop one of them",
		lib->pub.name, (int)guard_owner(&addr, len));
}

void guard_give(struct library_private *lib)
{
	if (lib->guard >= 0)
		close(lib->guard);
	lib->guard = -1;
}

int guards_acquire(struct installation *inst, char why[static WHY_LEN])
{
	struct library *library;
	TAILQ_FOREACH(library, &inst->libraries, link) {
		int err = guard_acquire(lib_of(library), why);
		if (err)
			return err;
	}
	return 0;
}
