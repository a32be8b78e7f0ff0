/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams to the journal, which may be slow, full or gone.  A worker waits at most 50 ms for it. */
#include "vtl/base/log_journal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vtl/base/timer.h"

enum { WAIT_MS = 50, DEAF_MS = 1000 };

static int connect_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(fd, (const struct sockaddr *)&address, sizeof address) ? -errno : 0;
}

int journal_open(struct journal *j, const char *path)
{
	if (strlen(path) >= sizeof j->path)
		return -ENAMETOOLONG;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int err = connect_to(fd, path);
	if (err) {
		close(fd);
		return err;
	}
	memcpy(j->path, path, strlen(path) + 1);
	atomic_store(&j->fd, fd);
	return 0;
}

static int try_send(struct journal *j, const char *datagram, size_t len)
{
	int fd = atomic_load(&j->fd);
	if (send(fd, datagram, len, MSG_NOSIGNAL) >= 0)
		return 0;
	int err = -errno;
	if (err != -ECONNREFUSED && err != -ENOTCONN && err != -ECONNRESET && err != -EPIPE)
		return err;
	err = connect_to(fd, j->path); /* it was restarted and has another socket */
	if (err)
		return err;
	return send(fd, datagram, len, MSG_NOSIGNAL) >= 0 ? 0 : -errno;
}

/* Waits for the journal once; after a wait in vain not again for a while. */
static bool wait_for(struct journal *j)
{
	long long now = now_ms(), deaf = atomic_load(&j->deaf_ms);
	if (deaf && now - deaf < DEAF_MS)
		return false;
	struct pollfd wait = { .fd = atomic_load(&j->fd), .events = POLLOUT };
	if (poll(&wait, 1, WAIT_MS) > 0)
		return true;
	atomic_store(&j->deaf_ms, now_ms());
	return false;
}

int journal_send(struct journal *j, const char *datagram, size_t len, unsigned *ret_lost)
{
	int err = try_send(j, datagram, len);
	if (err == -EAGAIN && wait_for(j))
		err = try_send(j, datagram, len);
	if (err == -EAGAIN || err == -ENOBUFS) {
		atomic_fetch_add(&j->lost, 1);
		return -EAGAIN;
	}
	if (err)
		return err;
	atomic_store(&j->deaf_ms, 0);
	*ret_lost = atomic_exchange(&j->lost, 0);
	return 0;
}
