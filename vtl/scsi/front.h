/* SPDX-License-Identifier: Apache-2.0 */
/* Front ends: they bring commands of initiators to targets (iSCSI, and others). Code that makes targets or
 * lists sessions uses all front ends at once and knows none by name. All functions run on worker 0, in a
 * fiber. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/scsi/target.h"

enum { FRONTS_MAX = 4 };

/* A session of an initiator, as shown to operators. Members that a front end does not have are empty, false
 * or 0. */
struct front_session {
	const char *front; /* name of the front end */
	uint32_t session;  /* front_session_number(); for iSCSI the TSIH */
	char initiator[TARGET_NAME_MAX + 1], target[TARGET_NAME_MAX + 1];
	uint8_t isid[6];
	char address[PEER_ADDRESS_MAX + 1]; /* address and port of the peer */
	bool discovery;                     /* discovery session: no target */
	bool header_digest, data_digest, chap;
	bool logged_out;                   /* logged out; waits for the peer to close */
	uint64_t hidden[TARGET_LUNS / 64]; /* bit set: this LUN appears absent to the initiator */
	uint64_t since_ms, commands, bytes_in, bytes_out;
};

/* While a hold exists, no initiator can start to use a target of that name, existing or not: it is told to
 * retry. Sessions continue. Several holds may have the same name. The caller owns the memory. */
struct front_hold {
	TAILQ_ENTRY(front_hold) link;
	char target[TARGET_NAME_MAX + 1];
};

struct front;
struct front_ops {
	const char *name; /* "iscsi" */
	/* Shows the target to initiators. remove_target() ends its sessions first. -EEXIST, -ENOMEM. */
	int (*add_target)(struct front *front, struct target *target);
	void (*remove_target)(struct front *front, struct target *target);
	void (*sessions)(struct front *front, void (*visit)(const struct front_session *, void *), void *arg);
	/* Ends the sessions with this number of the front end (0: any) and initiator name (NULL: any).
	 * Returns how many. */
	unsigned (*drop)(struct front *front, uint16_t number, const char *initiator);
	/* Accepts no new session, ends all sessions and waits for that, at most 5 s. */
	void (*stop)(struct front *front);
	/* Waits for what is left and frees the front end. Call after its targets are removed. */
	void (*free)(struct front *front);
};

/* Member of the front end's own structure. */
struct front {
	const struct front_ops *ops;
	struct fronts *fronts; /* NULL before fronts_join() */
	unsigned slot;
};

struct fronts {
	struct front *all[FRONTS_MAX];
	unsigned n;
	TAILQ_HEAD(, front_hold) holds;
};

/* No front ends, no holds. */
void fronts_init(struct fronts *fronts);
/* Adds a front end; fronts_free() frees it. -ENOSPC: too many. */
int fronts_join(struct fronts *fronts, struct front *front);

/* Shows the target through all front ends, or through none. -errno. */
int fronts_add_target(struct fronts *fronts, struct target *target);
/* Ends its sessions. A target that is not shown is ignored. */
void fronts_remove_target(struct fronts *fronts, struct target *target);

/* From fronts_hold() to fronts_release(), logins to the target of that name are told to retry. */
void fronts_hold(struct fronts *fronts, struct front_hold *hold, const char *target);
void fronts_release(struct fronts *fronts, struct front_hold *hold);
/* For front ends: whether a hold exists for that target. */
bool front_held(const struct front *front, const char *target);

/* A number that is unique among all front ends, from one that is unique in its own. */
uint32_t front_session_number(const struct front *front, uint16_t number);
/* Visits all sessions; each is valid during its visit. */
void fronts_sessions(struct fronts *fronts, void (*visit)(const struct front_session *, void *), void *arg);
/* Ends the sessions with that number (0: any) and initiator name (NULL: any). Returns how many. */
unsigned fronts_drop(struct fronts *fronts, uint32_t session, const char *initiator);

/* Stops the front ends one after another. */
void fronts_stop(struct fronts *fronts);
/* Frees the front ends. Call after their targets are removed. */
void fronts_free(struct fronts *fronts);
