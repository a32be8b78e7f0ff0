/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/iscsi: an iSCSI target portal group (RFC 7143) at error recovery level 0, with one
 * connection per session. It knows targets and nexuses, but no device types. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>

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
/* Call from a fiber on worker 0. Removing a target ends its sessions first. */
int iscsi_add_target(struct iscsi *iscsi, struct target *target);
void iscsi_remove_target(struct iscsi *iscsi, struct target *target);

/* While a hold exists, logins to a target of that name, existing or not, get status 0301h (service
 * unavailable), which initiators retry. Sessions continue. Several holds may have the same name. The caller
 * owns the memory. Call from a fiber on worker 0. */
struct iscsi_hold {
	TAILQ_ENTRY(iscsi_hold) link;
	char target[TARGET_NAME_MAX + 1];
};
void iscsi_hold(struct iscsi *iscsi, struct iscsi_hold *hold, const char *target);
void iscsi_release(struct iscsi *iscsi, struct iscsi_hold *hold);

/* Stops listening, sends every session an Async Message, ends all sessions and waits for that, at most 5 s.
 * Call from a fiber. Connections that are left then wait for a logical unit, not for their peer. */
void iscsi_stop(struct iscsi *iscsi);
/* Waits for the last connection and frees. Call after the targets are removed, from a fiber on worker 0. */
void iscsi_free(struct iscsi *iscsi);

struct iscsi_session_info {
	uint16_t tsih;
	char initiator[TARGET_NAME_MAX + 1], target[TARGET_NAME_MAX + 1];
	uint8_t isid[6];
	char address[64]; /* address and port of the peer */
	bool discovery;
	bool header_digest, data_digest;
	bool chap;
	bool logged_out;                   /* logged out; the connection waits for the peer to close */
	uint64_t hidden[TARGET_LUNS / 64]; /* bit set: this LUN appears absent to the initiator */
	uint64_t since_ms, commands, bytes_in, bytes_out;
};
/* Calls visit for every session. Call from a fiber on worker 0. */
void iscsi_sessions(struct iscsi *iscsi, void (*visit)(const struct iscsi_session_info *, void *), void *arg);
/* Ends the sessions with this TSIH (0: any) or initiator name (NULL: any). Returns how many. */
unsigned iscsi_drop(struct iscsi *iscsi, uint16_t tsih, const char *initiator);
