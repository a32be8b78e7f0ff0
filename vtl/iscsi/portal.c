/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket, and the limits that apply before a connection may send anything. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/container.h"
#include "vtl/iscsi/registry.h"

enum { ACCEPT_PAUSE_MS = 100, BACKLOG = 1024 };
/* While connections arrive faster than evicted ones end, FLOOD_BURST of them are accepted between two pauses.
 * The kernel's queue is then served in a quarter of a second, and this worker has time for other work. */
enum { FLOOD_BURST = 8, FLOOD_PAUSE_MS = 2 };

/* A silent peer is noticed after KEEP_IDLE + KEEP_INTERVAL * KEEP_COUNT seconds. That is longer than the
 * minute for which Windows holds requests over a broken link. */
enum { KEEP_IDLE = 30, KEEP_INTERVAL = 10, KEEP_COUNT = 6, UNACKED_MS = 90000 };

static void option_named(int fd, int level, int name, int value, const char *text)
{
	if (setsockopt(fd, level, name, &value, sizeof value))
		log_debug("socket option %s: %s", text, strerror(errno));
}
#define option(fd, level, name, value) option_named(fd, level, name, value, #name)

static void turn_away(const struct portal *portal, int fd, const char *why)
{
	char address[ADDRESS_LEN];

	address_write(&portal->peer, address_port(&portal->peer), address);
	log_few(LOG_WARN, &(struct actor){ .address = address }, "connection refused: %s", why);
	close(fd);
}

static void options_set(int fd)
{
	option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE);
	option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL);
	option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS);
}

/* Gives the connection a place; otherwise returns why there is none. */
static const char *place_find(struct iscsi *iscsi, struct conn *c, const struct sockaddr_storage *peer)
{
	struct place *victim;
	const char *why = places_enter(&iscsi->places, &c->place, peer, now_ms(), &victim);

	if (!why && victim)
		conn_hurry(container_of(victim, struct conn, place));
	return why;
}

static void admit(struct portal *portal, int fd)
{
	struct iscsi *iscsi = portal->iscsi;
	struct conn *c = calloc(1, sizeof *c);
	const char *why = c ? place_find(iscsi, c, &portal->peer) : "out of memory";

	if (why) {
		free(c);
		turn_away(portal, fd, why);
		return;
	}
	socklen_t len = sizeof c->local;
	c->iscsi = iscsi;
	c->fd = fd;
	c->peer = portal->peer;
	if (getsockname(fd, (struct sockaddr *)&c->local, &len))
		c->local = portal->address;
	address_write(&c->peer, address_port(&c->peer), c->address);
	c->loopback = address_is_loopback(&c->peer);
	options_set(fd);
	c->worker = iscsi->workers[0];
	TAILQ_INSERT_TAIL(&iscsi->conns, c, link);
	iscsi->n_conns++;
	conn_start(c);
}

static void accepted(struct io *io)
{
	struct portal *portal = io->arg;
	io->done = NULL;
	fiber_wake(portal->fiber);
}

/* Whether the error concerns only one connection, which accept(2) has removed from the queue. Every other
 * error may repeat at once, so the caller pauses. */
static bool peer_gave_up(int err)
{
	return err == -ECONNABORTED || err == -EPROTO;
}

static void pace(const struct portal *portal, unsigned *accepted_since)
{
	if (portal->iscsi->places.evicted < LOGINS_EVICTED) {
		*accepted_since = 0;
	} else if (++*accepted_since == FLOOD_BURST) {
		*accepted_since = 0;
		fiber_sleep(FLOOD_PAUSE_MS);
	}
}

static void accept_loop(void *arg)
{
	struct portal *portal = arg;
	unsigned accepted_since = 0;

	portal->fiber = fiber_self();
	while (!portal->iscsi->stopping) {
		portal->peer_len = sizeof portal->peer;
		portal->io = (struct io){ .done = accepted, .arg = portal };
		io_start_accept(&portal->io, portal->fd, &portal->peer, &portal->peer_len);
		while (portal->io.done)
			fiber_suspend();
		int fd = (int)portal->io.res;
		if (fd >= 0 && !portal->iscsi->stopping)
			admit(portal, fd);
		else if (fd >= 0)
			close(fd);
		else if (fd < 0 && !peer_gave_up(fd))
			/* too many open files, or out of memory: retry later */
			fiber_sleep(ACCEPT_PAUSE_MS);
		pace(portal, &accepted_since);
	}
	portal->fiber = NULL;
	waitq_wake(&portal->iscsi->changed);
}

static int bound_socket(const struct sockaddr *address, socklen_t len, bool absent, int *ret_fd)
{
	autoclose int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (address->sa_family == AF_INET6)
		option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (absent)
		option(fd, IPPROTO_IP, IP_FREEBIND, 1); /* works for IPv4 and IPv6 */
	if (bind(fd, address, len) || listen(fd, BACKLOG))
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

int portal_open(struct iscsi *iscsi, const struct sockaddr *address, socklen_t len, bool absent,
	struct portal **ret_portal)
{
	autofree struct portal *portal = calloc(1, sizeof *portal);
	socklen_t name_len = sizeof portal->address;

	if (!portal)
		return -ENOMEM;
	int err = bound_socket(address, len, absent, &portal->fd);
	if (err)
		return err;
	portal->iscsi = iscsi;
	if (getsockname(portal->fd, (struct sockaddr *)&portal->address, &name_len)) {
		err = -errno;
		close(portal->fd);
		return err;
	}
	*ret_portal = take_ptr(portal);
	return 0;
}

int portal_serve(struct portal *portal)
{
	return portal->fiber ? 0 : fiber_start("portal", accept_loop, portal);
}

void portal_close(struct portal *portal)
{
	if (portal->fiber)
		io_cancel(&portal->io);
	while (portal->fiber)
		waitq_wait(&portal->iscsi->changed);
	close(portal->fd);
	free(portal);
}
