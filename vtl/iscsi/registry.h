/* SPDX-License-Identifier: Apache-2.0 */
/* What worker 0 owns: portals, targets, connections, and which connection carries which session. */
#pragma once

#include <sys/queue.h>

#include "vtl/base/io.h"
#include "vtl/iscsi/conn.h"

struct portal {
	TAILQ_ENTRY(portal) link;
	struct iscsi *iscsi;
	int fd;
	struct sockaddr_storage address;
	struct io io;        /* the accept in progress */
	struct fiber *fiber; /* the accepting fiber; NULL: not accepting */
	struct sockaddr_storage peer;
	socklen_t peer_len;
};

struct hosted {
	TAILQ_ENTRY(hosted) link;
	struct target *target;
};

struct iscsi {
	struct front front;
	struct iscsi_config config;
	struct worker **workers;
	TAILQ_HEAD(, portal) portals;
	TAILQ_HEAD(, hosted) targets;
	TAILQ_HEAD(, conn) conns;
	TAILQ_HEAD(, conn) discoveries; /* connections with discovery sessions, longest idle first */
	unsigned n_conns;
	struct places places;
	uint16_t last_tsih;
	bool stopping;
	struct waitq changed; /* woken when a connection has left */
};

/* A login's claim to a session. All functions on claims are called in a connection's fiber. */
struct claim {
	struct conn *conn;
	const char *initiator;
	const char *target_name; /* NULL: discovery */
	const uint8_t *isid;
	uint16_t tsih, cid;
	bool chap;
	bool header_digest, data_digest; /* negotiated */
	uint16_t status;                 /* login status; 0: no error */
	uint16_t tpgt;
};
/* Checks that the target exists, and the session of a TSIH that is not 0. Sets status and tpgt. */
void registry_check(struct claim *claim);
/* Makes the connection carry its session. Ends the connection of the session that it reinstates, and waits
 * for that end. Sets status and the members of the connection that worker 0 owns. */
void registry_claim(struct claim *claim);
/* The connection ends: afterwards nothing on worker 0 refers to it. */
void registry_leave(struct conn *c);
/* As registry_leave(), from worker 0 itself, in a fiber or not. */
void registry_forget(struct conn *c);
/* Ends all sessions of a target, or only one connection's, with an Async Message. */
void registry_drop_target(struct iscsi *iscsi, const struct target *target, const struct conn *only);

/* What SendTargets lists, as a snapshot. */
enum { SHOWN_PORTALS = 16, ADDRESS_LEN = 64 };
struct shown {
	unsigned targets, portals;
	char portal[SHOWN_PORTALS][ADDRESS_LEN];
	struct shown_target {
		char name[TARGET_NAME_MAX + 1];
		uint16_t tpgt;
	} target[];
};
/* The caller frees it. NULL: out of memory. */
struct shown *registry_shown(struct conn *c);

/* --- discovery.c ----------------------------------------------------------------------------- */

/* The connection carries a discovery session from now on. When there are too many, the one that was idle
 * longest is ended. */
void discovery_enter(struct conn *c);
/* A PDU arrived. */
void discovery_heard(struct conn *c);
/* For any connection; no effect when it carries no discovery session. */
void discovery_leave(struct conn *c);

/* --- portal.c -------------------------------------------------------------------------------- */

/* Binds and listens. -errno. */
int portal_open(struct iscsi *iscsi, const struct sockaddr *address, socklen_t len, bool absent,
	struct portal **ret_portal);
/* Starts to accept. -errno. */
int portal_serve(struct portal *portal);
/* Stops accepting and frees. Call from a fiber. */
void portal_close(struct portal *portal);

/* --- address.c ------------------------------------------------------------------------------- */

/* Writes address and port as people write them: IPv6 in brackets, link-local with its interface. */
void address_write(const struct sockaddr_storage *a, uint16_t port, char out[static ADDRESS_LEN]);
uint16_t address_port(const struct sockaddr_storage *a);
bool address_is_loopback(const struct sockaddr_storage *a);
/* A link-local address, which is valid only together with an interface. */
bool address_is_link_local(const struct sockaddr_storage *a);
/* Index of the interface of a link-local address; 0: none. */
uint32_t address_scope(const struct sockaddr_storage *a);
bool address_is_any(const struct sockaddr_storage *a);
