/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Front ends: what brings commands of initiators to targets (iSCSI, and others beside it).  Who makes targets and who
 * lists sessions speaks to all front ends at once, and knows none by name.  Everything here runs on worker 0, in a
 * fiber.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/scsi/target.h"

enum { FRONTS_MAX = 4 };

/* One session of an initiator, for people.  What a front end does not have is empty, false or 0. */
struct front_session {
	const char *front; /* the front end's name */
	uint32_t session;  /* front_session_number(); of iSCSI the TSIH */
	char initiator[TARGET_NAME_MAX + 1], target[TARGET_NAME_MAX + 1];
	uint8_t isid[6];
	char address[PEER_ADDRESS_MAX + 1]; /* the peer's, with port */
	bool discovery;                     /* it has no target */
	bool header_digest, data_digest, chap;
	bool logged_out;                   /* it waits only for the peer to hang up */
	uint64_t hidden[TARGET_LUNS / 64]; /* bit set: this LUN looks absent to it */
	uint64_t since_ms, commands, bytes_in, bytes_out;
};

/* While it stands, no initiator begins to use a target of that name, there or not: it is told to try again.  Sessions
 * go on.  Several may hold the same name.  The caller's memory. */
struct front_hold {
	TAILQ_ENTRY(front_hold) link;
	char target[TARGET_NAME_MAX + 1];
};

struct front;
struct front_ops {
	const char *name; /* "iscsi" */
	/* Shows the target to initiators; removing it ends its sessions first.  -EEXIST, -ENOMEM. */
	int (*add_target)(struct front *front, struct target *target);
	void (*remove_target)(struct front *front, struct target *target);
	void (*sessions)(struct front *front, void (*visit)(const struct front_session *, void *), void *arg);
	/* Ends the sessions with this number of its own (0: any) and initiator name (NULL: any).  How many. */
	unsigned (*drop)(struct front *front, uint16_t number, const char *initiator);
	/* Takes no new session, ends those there are and waits for them, at most 5 s. */
	void (*stop)(struct front *front);
	/* After its targets are removed: waits for what is left, and frees the front end. */
	void (*free)(struct front *front);
};

/* Embedded in the front end's own structure. */
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

void fronts_init(struct fronts *fronts);
/* The front end is one of them from now on, and is freed by fronts_free().  -ENOSPC: there are too many. */
int fronts_join(struct fronts *fronts, struct front *front);

/* Shows the target through all of them, or through none.  -errno. */
int fronts_add_target(struct fronts *fronts, struct target *target);
void fronts_remove_target(struct fronts *fronts, struct target *target);

void fronts_hold(struct fronts *fronts, struct front_hold *hold, const char *target);
void fronts_release(struct fronts *fronts, struct front_hold *hold);
/* For front ends: whether somebody holds that target. */
bool front_held(const struct front *front, const char *target);

/* A number that is unique among all front ends, of one that is unique in its own. */
uint32_t front_session_number(const struct front *front, uint16_t number);
void fronts_sessions(struct fronts *fronts, void (*visit)(const struct front_session *, void *), void *arg);
/* Ends the sessions with that number (0: any) and initiator name (NULL: any).  How many. */
unsigned fronts_drop(struct fronts *fronts, uint32_t session, const char *initiator);

/* One after the other. */
void fronts_stop(struct fronts *fronts);
void fronts_free(struct fronts *fronts);
