/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery sessions: their number and their idle time are limited. They stay on worker 0. */
#include "vtl/iscsi/registry.h"

/* An initiator asks once and logs out, so few are needed. */
enum { DISCOVERY_MOST = 64, DISCOVERY_PER_HOST = 16 };

static void give_way(struct conn *c)
{
	const struct actor peer = conn_actor(c);
	log_few(LOG_INFO, &peer, "discovery session closed to admit a newer one");
	discovery_leave(c);
	conn_request_end(c, END_CLOSING);
}

void discovery_enter(struct conn *c)
{
	struct iscsi *iscsi = c->iscsi;
	struct conn *other, *oldest = NULL;
	unsigned all = 0, same = 0;

	TAILQ_FOREACH(other, &iscsi->discoveries, discovery) {
		bool is = places_same_host(&other->place, &c->place);
		if (is && !oldest)
			oldest = other;
		same += is;
		all++;
	}
	if (same >= DISCOVERY_PER_HOST)
		give_way(oldest);
	else if (all >= DISCOVERY_MOST)
		give_way(TAILQ_FIRST(&iscsi->discoveries));
	c->place.heard_ms = now_ms();
	c->discovers = true;
	TAILQ_INSERT_TAIL(&iscsi->discoveries, c, discovery);
}

void discovery_heard(struct conn *c)
{
	c->place.heard_ms = now_ms();
	if (!c->discovers)
		return;
	TAILQ_REMOVE(&c->iscsi->discoveries, c, discovery);
	TAILQ_INSERT_TAIL(&c->iscsi->discoveries, c, discovery);
}

void discovery_leave(struct conn *c)
{
	if (c->discovers)
		TAILQ_REMOVE(&c->iscsi->discoveries, c, discovery);
	c->discovers = false;
}
