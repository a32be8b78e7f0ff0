/* SPDX-License-Identifier: Apache-2.0 */
/* The door's functions: start, targets, sessions, stop. */
#include "vtl/iscsi/iscsi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/container.h"
#include "vtl/iscsi/registry.h"

enum { STOP_MS = 5000 };

struct iscsi *iscsi_new(const struct iscsi_config *config)
{
	struct iscsi *iscsi = calloc(1, sizeof *iscsi);

	if (!iscsi)
		return NULL;
	iscsi->config = *config;
	iscsi->workers = calloc(config->n_workers, sizeof *iscsi->workers);
	if (!iscsi->workers) {
		iscsi_free(iscsi);
		return NULL;
	}
	memcpy(iscsi->workers, config->workers, config->n_workers * sizeof *iscsi->workers);
	iscsi->config.workers = NULL;
	TAILQ_INIT(&iscsi->portals);
	TAILQ_INIT(&iscsi->targets);
	TAILQ_INIT(&iscsi->conns);
	TAILQ_INIT(&iscsi->discoveries);
	waitq_init(&iscsi->changed);
	places_init(&iscsi->places, config->max_connections, config->max_per_address);
	return iscsi;
}

void iscsi_free(struct iscsi *iscsi)
{
	struct hosted *h;

	if (!iscsi)
		return;
	while (!TAILQ_EMPTY(&iscsi->conns))
		waitq_wait(&iscsi->changed);
	while (iscsi->targets.tqh_last && (h = TAILQ_FIRST(&iscsi->targets))) {
		TAILQ_REMOVE(&iscsi->targets, h, link);
		free(h);
	}
	places_fini(&iscsi->places);
	free(iscsi->workers);
	free(iscsi);
}

int iscsi_listen(struct iscsi *iscsi, const struct sockaddr *address, socklen_t len, bool absent,
	uint16_t *ret_port)
{
	struct portal *portal;
	int err = portal_open(iscsi, address, len, absent, &portal);

	if (err)
		return err;
	TAILQ_INSERT_TAIL(&iscsi->portals, portal, link);
	*ret_port = address_port(&portal->address);
	return 0;
}

int iscsi_serve(struct iscsi *iscsi)
{
	struct portal *portal;
	int err = 0;

	TAILQ_FOREACH(portal, &iscsi->portals, link)
		if (!err)
			err = portal_serve(portal);
	return err;
}

static struct iscsi *iscsi_of(struct front *front)
{
	return container_of(front, struct iscsi, front);
}

/* --- targets ---------------------------------------------------------------------------------- */

static int add_target(struct front *front, struct target *target)
{
	struct iscsi *iscsi = iscsi_of(front);
	struct hosted *h;

	TAILQ_FOREACH(h, &iscsi->targets, link)
		if (strcmp(h->target->name, target->name) == 0)
			return -EEXIST;
	h = calloc(1, sizeof *h);
	if (!h)
		return -ENOMEM;
	h->target = target;
	TAILQ_INSERT_TAIL(&iscsi->targets, h, link);
	return 0;
}

static bool in_use(const struct iscsi *iscsi, const struct target *target)
{
	const struct conn *c;

	TAILQ_FOREACH(c, &iscsi->conns, link)
		if (c->established && c->target == target)
			return true;
	return false;
}

static void remove_target(struct front *front, struct target *target)
{
	struct iscsi *iscsi = iscsi_of(front);
	struct hosted *h;

	TAILQ_FOREACH(h, &iscsi->targets, link)
		if (h->target == target)
			break;
	if (!h)
		return;
	TAILQ_REMOVE(&iscsi->targets, h, link);
	free(h);
	registry_drop_target(iscsi, target, NULL);
	while (in_use(iscsi, target))
		waitq_wait(&iscsi->changed);
}

/* --- stop --------------------------------------------------------------------------------------- */

static void stop_here(void *arg)
{
	struct iscsi *iscsi = arg;
	struct portal *portal;
	struct conn *c;
	int64_t until = now_ms() + STOP_MS;

	iscsi->stopping = true;
	waitq_wake(&iscsi->changed); /* wakes logins that wait for the end of an older session */
	while ((portal = TAILQ_FIRST(&iscsi->portals))) {
		TAILQ_REMOVE(&iscsi->portals, portal, link);
		portal_close(portal);
	}
	TAILQ_FOREACH(c, &iscsi->conns, link)
		conn_request_end(c, END_CLOSING);
	while (!TAILQ_EMPTY(&iscsi->conns)) {
		int64_t left = until - now_ms();
		if (left <= 0 || !waitq_wait_ms(&iscsi->changed, (unsigned)left))
			break;
	}
	if (!TAILQ_EMPTY(&iscsi->conns))
		log_warn("stop timed out: %u iSCSI connections did not end", iscsi->n_conns);
}

void iscsi_stop(struct iscsi *iscsi)
{
	worker_call(iscsi->workers[0], stop_here, iscsi);
}

/* --- sessions ----------------------------------------------------------------------------------- */

static uint64_t count(const _Atomic uint64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static void sessions(struct front *front, void (*visit)(const struct front_session *, void *), void *arg)
{
	const struct iscsi *iscsi = iscsi_of(front);
	struct conn *c;

	TAILQ_FOREACH(c, &iscsi->conns, link) {
		if (!c->established)
			continue;
		struct front_session info = {
			.front = front->ops->name,
			.session = front_session_number(front, c->tsih),
			.discovery = !c->target,
			.header_digest = c->agreed_header_digest,
			.data_digest = c->agreed_data_digest,
			.chap = c->chap,
			.logged_out = atomic_load(&c->s.nexus.logged_out),
			.since_ms = (uint64_t)c->since_ms,
			.commands = count(&c->commands),
			.bytes_in = count(&c->bytes_in),
			.bytes_out = count(&c->bytes_out),
		};
		memcpy(info.initiator, c->initiator, sizeof info.initiator);
		if (c->target)
			memcpy(info.target, c->target->name, sizeof info.target);
		memcpy(info.isid, c->isid, sizeof info.isid);
		memcpy(info.hidden, c->s.nexus.hidden, sizeof info.hidden);
		memcpy(info.address, c->address, sizeof info.address);
		visit(&info, arg);
	}
}

static unsigned drop(struct front *front, uint16_t tsih, const char *initiator)
{
	struct iscsi *iscsi = iscsi_of(front);
	struct conn *c;
	unsigned n = 0;

	TAILQ_FOREACH(c, &iscsi->conns, link) {
		if (!c->established || (tsih && c->tsih != tsih) ||
			(initiator && strcasecmp(c->initiator, initiator) != 0))
			continue;
		conn_request_end(c, END_CLOSING);
		n++;
	}
	return n;
}

/* --- the front end ------------------------------------------------------------------------------ */

static void stop(struct front *front)
{
	iscsi_stop(iscsi_of(front));
}

static void free_all(struct front *front)
{
	iscsi_free(iscsi_of(front));
}

struct front *iscsi_front(struct iscsi *iscsi)
{
	static const struct front_ops ops = {
		.name = "iscsi",
		.add_target = add_target,
		.remove_target = remove_target,
		.sessions = sessions,
		.drop = drop,
		.stop = stop,
		.free = free_all,
	};
	iscsi->front.ops = &ops;
	return &iscsi->front;
}
