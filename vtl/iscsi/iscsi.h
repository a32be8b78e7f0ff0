/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of vtl/iscsi: an iSCSI target port group (RFC 7143), error
 * recovery level 0, one connection per session.  Knows targets and nexuses,
 * nothing of tapes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "vtl/scsi/scsi.h"

struct iscsi;

/* Who may log in, as the caller's catalog says.  Asked in a fiber of the connection's worker for
 * every login and every name SendTargets would show; may wait. */
struct iscsi_access {
	bool allowed;
	const char *why_not;                       /* for the log, where it is not; a constant, or NULL */
	char chap_user[256], chap_secret[256];     /* empty user: no CHAP asked */
	char target_user[256], target_secret[256]; /* mutual CHAP: what we answer with */
	uint64_t hidden[TARGET_LUNS / 64];         /* LUNs of the target that look absent to it */
};
struct iscsi_config {
	/* target NULL: discovery.  peer: where the connection comes from. */
	void (*access)(void *arg, const char *initiator, const char *target,
		const struct sockaddr_storage *peer, struct iscsi_access *ret_access);
	void *arg;
	struct worker *const *workers; /* connections begin on the first, then go to their LUs */
	unsigned n_workers;
	unsigned login_timeout_s;                  /* 15 */
	unsigned max_connections, max_per_address; /* those that log in have bounds of their own (places.h) */
	unsigned ping_s;                           /* NOP-In after this much silence; 0: never */
	unsigned discovery_s;                      /* a discovery session may be idle; 0: for ever */
};

struct iscsi *iscsi_new(const struct iscsi_config *config);
/* Binds and listens, on worker 0, from a fiber; the port bound comes back (0 asked for any).  Who connects
 * waits until iscsi_serve().  absent: also an address that this machine does not have (yet).  -errno. */
int iscsi_listen(struct iscsi *iscsi, const struct sockaddr *address, socklen_t len, bool absent,
	uint16_t *ret_port);
/* Accepts on everything listened on, once.  -errno. */
int iscsi_serve(struct iscsi *iscsi);
/* From a fiber on worker 0.  Removing a target ends its sessions first. */
int iscsi_add_target(struct iscsi *iscsi, struct target *target);
void iscsi_remove_target(struct iscsi *iscsi, struct target *target);

/* While it holds, logins to a target of that name, there or not, are answered 0301h (service
 * unavailable), which initiators try again.  Sessions go on.  Several may hold the same name.  The
 * memory is the caller's.  From a fiber on worker 0. */
struct iscsi_hold {
	TAILQ_ENTRY(iscsi_hold) link;
	char target[TARGET_NAME_MAX + 1];
};
void iscsi_hold(struct iscsi *iscsi, struct iscsi_hold *hold, const char *target);
void iscsi_release(struct iscsi *iscsi, struct iscsi_hold *hold);

/* Stops listening, tells every session (Async Message), ends them, waits: at most 5 s.  From a fiber.
 * What is left then waits for a logical unit, never for its peer. */
void iscsi_stop(struct iscsi *iscsi);
/* Waits for the last connection: after the targets are removed, from a fiber on worker 0. */
void iscsi_free(struct iscsi *iscsi);

struct iscsi_session_info {
	uint16_t tsih;
	char initiator[TARGET_NAME_MAX + 1], target[TARGET_NAME_MAX + 1];
	uint8_t isid[6];
	char address[64]; /* the peer's, with port */
	bool discovery;
	bool header_digest, data_digest;
	bool chap;
	bool logged_out;                   /* it waits only for the peer to hang up */
	uint64_t hidden[TARGET_LUNS / 64]; /* bit set: this LUN looks absent to it */
	uint64_t since_ms, commands, bytes_in, bytes_out;
};
/* From a fiber on worker 0. */
void iscsi_sessions(struct iscsi *iscsi, void (*visit)(const struct iscsi_session_info *, void *), void *arg);
/* Closes the sessions of that TSIH (0: all) or initiator name (NULL: any). How many. */
unsigned iscsi_drop(struct iscsi *iscsi, uint16_t tsih, const char *initiator);
