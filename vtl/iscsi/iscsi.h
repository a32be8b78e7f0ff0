/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/iscsi: an iSCSI target portal group (RFC 7143) at error recovery level 0, with one
 * connection per session. It knows targets and nexuses, but no device types. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "vtl/scsi/front.h"
#include "vtl/scsi/scsi.h"

struct iscsi;

/* The answer to "may this initiator log in?". The caller is asked in a fiber of the connection's worker, for
 * every login and for every target name that SendTargets would list. It may wait. */
struct iscsi_access {
	bool allowed;
	const char *why_not; /* reason of a refusal, for the log; a constant string, or NULL */
	char chap_user[256], chap_secret[256];     /* empty user: CHAP is not required */
	char target_user[256], target_secret[256]; /* mutual CHAP: the target's name and secret */
	uint64_t hidden[TARGET_LUNS / 64];         /* bit set: this LUN appears absent to the initiator */
};
struct iscsi_config {
	/* target NULL: discovery; peer: address of the initiator */
	void (*access)(void *arg, const char *initiator, const char *target,
		const struct sockaddr_storage *peer, struct iscsi_access *ret_access);
	void *arg;
	/* connections start on the first worker and move to the worker of their LUs */
	struct worker *const *workers;
	unsigned n_workers;
	unsigned login_timeout_s;                  /* default 15 */
	unsigned max_connections, max_per_address; /* limits; logins have limits of their own (places.h) */
	unsigned ping_s;                           /* seconds without a request before a NOP-In; 0: never */
	unsigned discovery_s;                      /* seconds a discovery session may be idle; 0: no limit */
};

struct iscsi *iscsi_new(const struct iscsi_config *config);
/* Binds and listens. Call on worker 0, from a fiber. *ret_port: the port that was bound (0 in the address
 * asks for any). Connections wait until iscsi_serve(). absent: accept an address that this machine does not
 * have yet. -errno. */
int iscsi_listen(struct iscsi *iscsi, const struct sockaddr *address, socklen_t len, bool absent,
	uint16_t *ret_port);
/* Starts to accept on every listening socket. Call once. -errno. */
int iscsi_serve(struct iscsi *iscsi);
/* The front end that it is: targets, holds and sessions are handled through it (vtl/scsi/front.h). */
struct front *iscsi_front(struct iscsi *iscsi);

/* Stops listening, sends every session an Async Message, ends all sessions and waits for that, at most 5 s.
 * Call from a fiber. Connections that are left then wait for a logical unit, not for their peer. */
void iscsi_stop(struct iscsi *iscsi);
/* Waits for the last connection and frees. Call after the targets are removed, from a fiber on worker 0. */
void iscsi_free(struct iscsi *iscsi);
