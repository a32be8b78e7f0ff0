/* SPDX-License-Identifier: Apache-2.0 */
/* Which connection carries which session; session reinstatement (RFC 7143 6.3.5). */
#include "vtl/iscsi/registry.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/iscsi/status.h"

enum { TAKE_OVER_MS = 10000 };

static struct target *target_find(const struct iscsi *iscsi, const char *name)
{
	const struct hosted *h;

	TAILQ_FOREACH(h, &iscsi->targets, link)
		if (strcmp(h->target->name, name) == 0)
			return h->target;
	return NULL;
}

/* The connection of the session that a login names: by TSIH, or (TSIH 0) by initiator port. */
static struct conn *session_of(const struct iscsi *iscsi, const struct claim *claim,
	const struct target *target)
{
	struct conn *c;

	TAILQ_FOREACH(c, &iscsi->conns, link) {
		if (!c->established || !c->target || c->target != target ||
			memcmp(c->isid, claim->isid, sizeof c->isid) != 0 ||
			strcmp(c->initiator, claim->initiator) != 0)
			continue;
		if (!claim->tsih || c->tsih == claim->tsih)
			return c;
	}
	return NULL;
}

/* Finds an unused TSIH; there are always more numbers than connections. */
static uint16_t tsih_new(struct iscsi *iscsi)
{
	const struct conn *c;

	do {
		if (++iscsi->last_tsih == 0)
			iscsi->last_tsih = 1;
		TAILQ_FOREACH(c, &iscsi->conns, link)
			if (c->established && c->tsih == iscsi->last_tsih)
				break;
	} while (c);
	return iscsi->last_tsih;
}

/* --- checks --------------------------------------------------------------------------------- */

/* Finds the target again; a login that has waited must do so. */
static struct target *look_up(struct claim *claim)
{
	struct iscsi *iscsi = claim->conn->iscsi;
	const char *name = claim->target_name;
	struct target *target = name ? target_find(iscsi, name) : NULL;

	claim->status = 0;
	if (iscsi->stopping || (name && front_held(&iscsi->front, name)))
		claim->status = LOGIN_UNAVAILABLE;
	else if (name && !target)
		claim->status = LOGIN_NOT_FOUND;
	if (target) {
		claim->tpgt = target->tpgt;
		claim->conn->best = target->lus_worker;
	}
	return target;
}

static struct target *check(struct claim *claim)
{
	struct target *target = look_up(claim);

	if (claim->status || !claim->tsih)
		return target;
	const struct conn *old = session_of(claim->conn->iscsi, claim, target);
	if (!old)
		claim->status = LOGIN_NO_SESSION;
	else if (old->cid != claim->cid) /* one connection per session */
		claim->status = LOGIN_TOO_MANY;
	return target;
}

static void check_here(void *arg)
{
	check(arg);
}

void registry_check(struct claim *claim)
{
	worker_call(claim->conn->iscsi->workers[0], check_here, claim);
}

/* --- claims --------------------------------------------------------------------------------- */

static void carry_session(struct claim *claim, struct target *target)
{
	struct conn *c = claim->conn;

	c->tsih = claim->tsih ? claim->tsih : tsih_new(c->iscsi);
	c->established = true;
	c->target = target;
	c->cid = claim->cid;
	memcpy(c->isid, claim->isid, sizeof c->isid);
	memcpy(c->initiator, claim->initiator, strlen(claim->initiator) + 1);
	c->chap = claim->chap;
	c->agreed_header_digest = claim->header_digest;
	c->agreed_data_digest = claim->data_digest;
	c->since_ms = now_ms();
	places_prove(&c->iscsi->places, &c->place);
	if (!target)
		discovery_enter(c);
}

/* Whether the initiator has closed the connection. Such a login must not reinstate the session that the
 * initiator has opened since. */
static bool hung_up(const struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };
	return poll(&p, 1, 0) > 0;
}

static void claim_here(void *arg)
{
	struct claim *claim = arg;
	struct iscsi *iscsi = claim->conn->iscsi;
	int64_t until = now_ms() + TAKE_OVER_MS;
	struct target *target = check(claim);

	while (!claim->status) {
		struct conn *old = session_of(iscsi, claim, target);
		if (!old) {
			carry_session(claim, target);
			return;
		}
		if (hung_up(claim->conn)) {
			claim->status = LOGIN_UNAVAILABLE;
			return;
		}
		conn_request_end(old, END_REINSTATED);
		int64_t left = until - now_ms();
		if (left <= 0 || !waitq_wait_ms(&iscsi->changed, (unsigned)left))
			claim->status = LOGIN_UNAVAILABLE;
		else
			target = look_up(claim);
	}
}

void registry_claim(struct claim *claim)
{
	worker_call(claim->conn->iscsi->workers[0], claim_here, claim);
}

void registry_forget(struct conn *c)
{
	struct iscsi *iscsi = c->iscsi;

	TAILQ_REMOVE(&iscsi->conns, c, link);
	iscsi->n_conns--;
	discovery_leave(c);
	places_leave(&iscsi->places, &c->place);
	waitq_wake(&iscsi->changed);
}

static void leave_here(void *arg)
{
	registry_forget(arg);
}

void registry_leave(struct conn *c)
{
	worker_call(c->iscsi->workers[0], leave_here, c);
}

struct drop {
	struct iscsi *iscsi;
	const struct target *target;
	const struct conn *only;
};

static void drop_here(void *arg)
{
	const struct drop *drop = arg;
	struct conn *c;

	TAILQ_FOREACH(c, &drop->iscsi->conns, link)
		if (c->established && c->target == drop->target && (!drop->only || c == drop->only))
			conn_request_end(c, END_CLOSING);
}

void registry_drop_target(struct iscsi *iscsi, const struct target *target, const struct conn *only)
{
	struct drop drop = { iscsi, target, only };
	worker_call(iscsi->workers[0], drop_here, &drop);
}

/* --- SendTargets ---------------------------------------------------------------------------- */

/* Leaves out the interface of link-local addresses; interface names are only valid on this machine. */
static void show_portal(struct shown *shown, const struct sockaddr_storage *host, uint16_t port)
{
	struct sockaddr_storage plain = *host;
	char text[ADDRESS_LEN];

	if (plain.ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)&plain)->sin6_scope_id = 0;
	address_write(&plain, port, text);
	for (unsigned i = 0; i < shown->portals; i++)
		if (strcmp(shown->portal[i], text) == 0)
			return;
	if (shown->portals < SHOWN_PORTALS)
		memcpy(shown->portal[shown->portals++], text, sizeof text);
}

/* Whether the initiator can reach a portal: loopback only from this machine, link-local only from the same
 * link. */
static bool reachable(const struct sockaddr_storage *portal, const struct conn *c)
{
	if (address_is_loopback(portal))
		return c->loopback;
	return !address_is_link_local(portal) ||
		(address_is_link_local(&c->local) && address_scope(portal) == address_scope(&c->local));
}

/* Lists first the portal that the initiator used, then every other portal it may be able to reach. */
static void show_portals(struct shown *shown, const struct conn *c)
{
	const struct portal *p;

	show_portal(shown, &c->local, address_port(&c->local));
	TAILQ_FOREACH(p, &c->iscsi->portals, link) {
		uint16_t port = address_port(&p->address);
		if (!address_is_any(&p->address)) {
			if (reachable(&p->address, c))
				show_portal(shown, &p->address, port);
		} else if (p->address.ss_family == c->local.ss_family) {
			show_portal(shown, &c->local, port);
		}
	}
}

struct show {
	const struct conn *conn;
	struct shown *shown;
};

static void show_here(void *arg)
{
	struct show *show = arg;
	const struct iscsi *iscsi = show->conn->iscsi;
	const struct hosted *h;
	unsigned n = 0;

	TAILQ_FOREACH(h, &iscsi->targets, link)
		n++;
	struct shown *shown = calloc(1, sizeof *shown + n * sizeof shown->target[0]);
	show->shown = shown;
	if (!shown)
		return;
	TAILQ_FOREACH(h, &iscsi->targets, link) {
		struct shown_target *t = &shown->target[shown->targets++];
		memcpy(t->name, h->target->name, sizeof t->name);
		t->tpgt = h->target->tpgt;
	}
	show_portals(shown, show->conn);
}

struct shown *registry_shown(struct conn *c)
{
	struct show show = { .conn = c };
	worker_call(c->iscsi->workers[0], show_here, &show);
	return show.shown;
}
