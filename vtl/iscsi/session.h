/* SPDX-License-Identifier: Apache-2.0 */
/* A session: its commands, their order and the window they come through (RFC 7143 4.2.2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/base/pool.h"
#include "vtl/iscsi/command.h"
#include "vtl/iscsi/keys.h"

enum {
	COMMAND_WINDOW = 128,    /* non-immediate commands at once */
	COMMANDS_IMMEDIATE = 16, /* and immediate ones */
	HOLD_SMALL = 131072,     /* a buffer for data that came before the LU asked for it: */
	HOLD_LARGE = 262144,     /* whichever holds FirstBurstLength */
	HOLD_PER_LU = 2 << 20,   /* so much of them for each unit the session sees, */
	HOLD_LEAST = 4 << 20,    /* within these bounds; immediate commands have theirs besides */
	HOLD_MOST = 16 << 20,
	ITT_BUCKETS = 256,
};

TAILQ_HEAD(commands, command);

struct session {
	struct params params;
	struct nexus nexus;
	bool attached;
	struct command *all;        /* COMMAND_WINDOW + COMMANDS_IMMEDIATE of them */
	struct commands free, held; /* held: came before their turn, by CmdSN */
	struct commands by_itt[ITT_BUCKETS];
	struct pool *holds;
	uint32_t hold_size, hold_buffers;
	unsigned running;   /* non-immediate commands under way */
	unsigned immediate; /* immediate ones */
	unsigned holding;   /* hold buffers of non-immediate commands under way */
	uint8_t *aside;     /* a buffer for the data of other requests */
	bool aside_out;
	unsigned tmfs;      /* task management fibers */
	struct waitq ended; /* woken when a command or such a fiber has ended */
	uint32_t exp_cmd_sn, max_cmd_sn;
	uint32_t next_ttt;
	unsigned asking;        /* commands whose LU waits for data */
	bool slow[TARGET_LUNS]; /* units that let data wait when they were last asked for it */
};

/* Memory for a session with these params. -ENOMEM. */
int session_open(struct session *s);
void session_close(struct session *s);

/* Where a non-immediate PDU stands. */
enum order { ORDER_NOW, ORDER_LATER, ORDER_IGNORE };
enum order session_order(const struct session *s, uint32_t cmd_sn);
/* A non-immediate PDU is taken in its turn: the next CmdSN is expected. */
void session_advance(struct session *s);
/* The held command whose turn it is, taken off the list, or NULL. */
struct command *session_next_held(struct session *s);
/* Keeps a command until its turn. */
void session_hold(struct session *s, struct command *cmd);
/* MaxCmdSN to say now: as many as there is room for, and never less than was said. */
uint32_t session_max_cmd_sn(struct session *s);

/* A command object, zeroed, or NULL when too many are out; and back, with its hold buffer. */
struct command *session_command_get(struct session *s, bool immediate);
void session_command_put(struct session *s, struct command *cmd);
/* Makes it the one with its ITT. */
void session_list(struct session *s, struct command *cmd);
struct command *session_find(struct session *s, uint32_t itt);
/* A command is taken in its turn: ExpCmdSN goes on, and the command counts against the window. */
void session_take(struct session *s, struct command *cmd);
/* The latter alone. */
void session_count(struct session *s, struct command *cmd);
/* A buffer for its data; NULL only for an immediate command. */
uint8_t *session_hold_get(struct session *s, struct command *cmd);
void session_hold_put(struct session *s, struct command *cmd);
/* A tag for an R2T, never NO_TAG. */
uint32_t session_ttt(struct session *s);
