/* SPDX-License-Identifier: Apache-2.0 */
/* A session: its commands, their order and the command window (RFC 7143 4.2.2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/base/pool.h"
#include "vtl/iscsi/command.h"
#include "vtl/iscsi/keys.h"

enum {
	COMMAND_WINDOW = 128,    /* non-immediate commands at the same time */
	COMMANDS_IMMEDIATE = 16, /* immediate commands at the same time */
	HOLD_SMALL = 131072,     /* size of a hold buffer, for data that arrives before the LU asks for it: */
	HOLD_LARGE = 262144,     /* the smallest that holds FirstBurstLength, */
	HOLD_TAIL = 4096,        /* and the end of a block that is a little longer */
	HOLD_PER_LU = 2 << 20,   /* memory for hold buffers per LU that the session sees, */
	HOLD_LEAST = 4 << 20,    /* within these limits; not counting those of immediate commands */
	HOLD_MOST = 16 << 20,
	ITT_BUCKETS = 256,
};

TAILQ_HEAD(commands, command);

struct session {
	struct params params;
	struct nexus nexus;
	bool attached;
	struct command *all;        /* array of COMMAND_WINDOW + COMMANDS_IMMEDIATE commands */
	struct commands free, held; /* held: arrived before its turn; in order of CmdSN */
	struct commands by_itt[ITT_BUCKETS];
	struct pool *holds;
	uint32_t hold_size, hold_buffers;
	unsigned running;        /* non-immediate commands in progress */
	unsigned immediate;      /* immediate commands in progress */
	unsigned holding;        /* hold buffers in use by non-immediate commands */
	uint8_t *request_buffer; /* a buffer for the data of other requests */
	bool aside_out;
	unsigned tmfs;      /* running task management fibers */
	struct waitq ended; /* woken when a command or a task management fiber ends */
	uint32_t exp_cmd_sn, max_cmd_sn;
	uint32_t next_ttt;
	unsigned asking;        /* number of commands whose LU waits for data */
	bool slow[TARGET_LUNS]; /* LUs that did not supply a buffer in time when last waited for */
};

/* Allocates the memory of a session with these parameters. -ENOMEM. */
int session_open(struct session *s);
void session_close(struct session *s);

/* Position of a PDU's CmdSN: next, later, or to be ignored (outside the window, or a duplicate). */
enum order { ORDER_NOW, ORDER_LATER, ORDER_IGNORE };
enum order session_order(const struct session *s, uint32_t cmd_sn);
/* Advances ExpCmdSN. */
void session_advance(struct session *s);
/* Removes and returns the held command whose CmdSN is due, or NULL. */
struct command *session_next_held(struct session *s);
/* Holds a command until its CmdSN is due. */
void session_defer(struct session *s, struct command *cmd);
/* MaxCmdSN for the next PDU: as large as the resources allow, and never smaller than before. */
uint32_t session_max_cmd_sn(struct session *s);

/* A zeroed command object, or NULL when too many are in use. session_command_put() returns it with its hold
 * buffer. */
struct command *session_command_get(struct session *s, bool immediate);
void session_command_put(struct session *s, struct command *cmd);
/* Makes the command findable by its ITT. */
void session_list(struct session *s, struct command *cmd);
struct command *session_find(struct session *s, uint32_t itt);
/* Starts a command whose CmdSN is due: advances ExpCmdSN and counts the command. */
void session_admit(struct session *s, struct command *cmd);
/* Counts a command against the window. */
void session_count(struct session *s, struct command *cmd);
/* A hold buffer for the command's data. NULL only for immediate commands. */
uint8_t *session_hold_get(struct session *s, struct command *cmd);
void session_hold_put(struct session *s, struct command *cmd);
/* A new Target Transfer Tag, never NO_TAG. */
uint32_t session_ttt(struct session *s);
