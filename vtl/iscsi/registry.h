/* SPDX-License-Identifier: Apache-2.0 */
/* What worker 0 knows: portals, targets, connections and which of them carry which session. */
#pragma once

#include <sys/queue.h>

#include "vtl/base/io.h"
#include "vtl/iscsi/conn.h"

struct portal {
	TAILQ_ENTRY(portal) link;
	struct iscsi *iscsi;
	int fd;
	struct sockaddr_storage address;
	struct io io;        /* the accept under way */
	struct fiber *fiber; /* which accepts; NULL: none does */
	struct sockaddr_storage peer;
	socklen_t peer_len;
};

struct hosted {
	TAILQ_ENTRY(hosted) link;
	struct target *target;
};

struct iscsi {
	struct iscsi_config config;
	struct worker **workers;
	TAILQ_HEAD(, portal) portals;
	TAILQ_HEAD(, hosted) targets;
	TAILQ_HEAD(, iscsi_hold) holds;
	TAILQ_HEAD(, conn) conns;
	TAILQ_HEAD(, conn) discoveries; /* that carry discovery sessions, longest idle first */
	unsigned n_conns;
	struct places places;
	uint16_t last_tsih;
	bool stopping;
	struct waitq changed; /* woken when a connection has gone */
};

/* A login's place among the sessions.  All these are called from a connection's fiber. */
struct claim {
	struct conn *conn;
	const char *initiator;
	const char *target_name; /* NULL: discovery */
	const uint8_t *isid;
	uint16_t tsih, cid;
	bool chap;
	bool header_digest, data_digest; /* agreed on */
	uint16_t status;                 /* login status: 0, or what was wrong */
	uint16_t tpgt;
};
/* Is the target there, and the session of a TSIH that is not 0? Sets status and tpgt. */
void registry_check(struct claim *claim);
/* Makes the connection the one of its session: ends the one it takes the place of and waits for its
 * end.  Sets status, and the connection's part that is worker 0's. */
void registry_claim(struct claim *claim);
/* The connection is not one any more; nothing of worker 0 refers to it after this. */
void registry_leave(struct conn *c);
/* The same from worker 0 itself, fiber or not. */
void registry_forget(struct conn *c);
/* Ends all sessions of a target, or only one of them, telling them so. */
void registry_drop_target(struct iscsi *iscsi, const struct target *target, const struct conn *only);

/* What SendTargets shows, taken at one moment. */
enum { SHOWN_PORTALS = 16, ADDRESS_LEN = 64 };
struct shown {
	unsigned targets, portals;
	char portal[SHOWN_PORTALS][ADDRESS_LEN];
	struct shown_target {
		char name[TARGET_NAME_MAX + 1];
		uint16_t tpgt;
	} target[];
};
/* To be freed; NULL when there is no memory. */
struct shown *registry_shown(struct conn *c);

/* --- discovery.c ----------------------------------------------------------------------------- */

/* The connection carries a discovery session now; when there are too many, the one that has been idle
 * longest ends. */
void discovery_enter(struct conn *c);
/* A PDU came. */
void discovery_heard(struct conn *c);
/* Any connection; one without a discovery session has nothing to leave. */
void discovery_leave(struct conn *c);

/* --- portal.c -------------------------------------------------------------------------------- */

/* Bound and listening. */
int portal_open(struct iscsi *iscsi, const struct sockaddr *address, socklen_t len, bool absent,
	struct portal **ret_portal);
/* Accepts from now on. */
int portal_serve(struct portal *portal);
/* From a fiber: stops accepting. */
void portal_close(struct portal *portal);

/* --- address.c ------------------------------------------------------------------------------- */

/* Address and port as people write them: IPv6 in brackets, link-local with its interface. */
void address_write(const struct sockaddr_storage *a, uint16_t port, char out[static ADDRESS_LEN]);
uint16_t address_port(const struct sockaddr_storage *a);
bool address_is_loopback(const struct sockaddr_storage *a);
/* One that only means something together with an interface of this machine. */
bool address_is_link_local(const struct sockaddr_storage *a);
/* The index of that interface; 0: none. */
uint32_t address_scope(const struct sockaddr_storage *a);
bool address_is_any(const struct sockaddr_storage *a);
