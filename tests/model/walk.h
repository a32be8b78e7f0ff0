/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A random walk of commands by two hosts, compared command by command with the reference drive: every status, sense,
 * residual, position and byte.  The drive is behind a door: the unit tests of vtl/ssc have one, the wire is another.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/model/model.h"
#include "tests/model/plan.h"

struct exchange {
	uint8_t cdb[16], cdb_len;
	const uint8_t *out;
	uint8_t *in;
	uint32_t out_len, in_len; /* bytes that the host offers; one of them is 0 */
	uint32_t seed;            /* of the first record that is written */
};

struct reply {
	uint8_t status, sense[MODEL_SENSE];
	uint64_t want; /* bytes that the drive would move: offered, less or more the residual */
};

/* Task management functions.  No command is under way: ABORT TASK names the last one, which has ended. */
enum management { MANAGE_RESET, MANAGE_ABORT_TASK, MANAGE_ABORT_SET, MANAGE_CLEAR_SET, MANAGE_FUNCTIONS };

struct door {
	/* Each returns false, with a line printed, when it could not be done. */
	bool (*command)(struct door *door, unsigned who, const struct exchange *x, struct reply *ret);
	/* Another cartridge, blank, in place of the one in the drive; whether its records are compressed while DCE is set. */
	bool (*insert)(struct door *door, uint64_t bytes, bool worm, bool compresses);
	/* The same cartridge is taken out and put back, its write-protect tab set or not; NULL: cannot be done here. */
	bool (*protect)(struct door *door, bool protected);
	/* Ends the drive and starts it anew, with new sessions; NULL: cannot be done here. */
	bool (*restart)(struct door *door);
	/* The same, but the drive is killed. */
	bool (*crash)(struct door *door);
	bool (*manage)(struct door *door, unsigned who, enum management function);
	const char *port[MODEL_HOSTS]; /* names of the initiator ports */
	bool can_compress;
	bool early_load; /* what TEST UNIT READY says after LOAD with IMMED=1 does not depend on time */
};

/* Walks.  False: the drive and the reference differ, it has been printed how, and plan->count is the number of steps
 * begun. */
bool walk(struct door *door, struct plan *plan);
