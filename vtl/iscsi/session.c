/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a session: their pool, their order, and the command window. */
#include "vtl/iscsi/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/iscsi/serial.h"

enum { COMMANDS = COMMAND_WINDOW + COMMANDS_IMMEDIATE };

/* Memory for hold buffers, without their tails. Together with a drive's own buffers it is at most 16 MiB per streaming drive. */
static uint32_t hold_memory(const struct session *s)
{
	uint32_t bytes = 0;
	for (unsigned lun = 0; s->nexus.target && lun < TARGET_LUNS; lun++)
		if (target_lu(&s->nexus, (uint16_t)lun))
			bytes += HOLD_PER_LU;
	return bytes < HOLD_LEAST ? HOLD_LEAST : bytes > HOLD_MOST ? HOLD_MOST : bytes;
}

int session_open(struct session *s)
{
	uint32_t burst = s->params.first_burst <= HOLD_SMALL ? HOLD_SMALL : HOLD_LARGE;
	s->hold_size = burst + HOLD_TAIL;
	s->hold_buffers = hold_memory(s) / burst;
	s->all = calloc(COMMANDS, sizeof *s->all);
	s->holds = pool_new(s->hold_size, s->hold_buffers + COMMANDS_IMMEDIATE);
	TAILQ_INIT(&s->free);
	TAILQ_INIT(&s->held);
	for (unsigned i = 0; i < ITT_BUCKETS; i++)
		TAILQ_INIT(&s->by_itt[i]);
	waitq_init(&s->ended);
	if (!s->all || !s->holds)
		return -ENOMEM;
	for (unsigned i = 0; i < COMMANDS; i++)
		TAILQ_INSERT_TAIL(&s->free, &s->all[i], link);
	return 0;
}

void session_close(struct session *s)
{
	/* Commands that wait for their turn or for data end with the session. */
	for (unsigned i = 0; s->all && i < COMMANDS; i++)
		if (s->all[i].in.hold)
			pool_put(s->holds, s->all[i].in.hold);
	pool_free(s->holds);
	free(s->all);
	free(s->request_buffer);
	s->holds = NULL;
	s->all = NULL;
	s->request_buffer = NULL;
}

/* --- order ------------------------------------------------------------------------------------ */

enum order session_order(const struct session *s, uint32_t cmd_sn)
{
	if (!serial_within(cmd_sn, s->exp_cmd_sn, s->max_cmd_sn))
		return ORDER_IGNORE;
	if (cmd_sn == s->exp_cmd_sn)
		return ORDER_NOW;
	struct command *cmd;
	TAILQ_FOREACH(cmd, &s->held, link)
		if (cmd->cmd_sn == cmd_sn)
			return ORDER_IGNORE;
	return ORDER_LATER;
}

void session_advance(struct session *s)
{
	s->exp_cmd_sn++;
}

void session_defer(struct session *s, struct command *cmd)
{
	struct command *other;

	TAILQ_FOREACH(other, &s->held, link) {
		if (serial_before(cmd->cmd_sn, other->cmd_sn)) {
			TAILQ_INSERT_BEFORE(other, cmd, link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&s->held, cmd, link);
}

struct command *session_next_held(struct session *s)
{
	struct command *cmd = TAILQ_FIRST(&s->held);

	if (!cmd || cmd->cmd_sn != s->exp_cmd_sn)
		return NULL;
	TAILQ_REMOVE(&s->held, cmd, link);
	return cmd;
}

/* Every command in the window must find a command object and a hold buffer. So the connection never has to
 * stop reading, and Data-Out after other commands always arrives. */
uint32_t session_max_cmd_sn(struct session *s)
{
	if (!s->all)
		return s->max_cmd_sn;
	unsigned room = COMMAND_WINDOW - s->running;
	if (room > s->hold_buffers - s->holding)
		room = s->hold_buffers - s->holding;
	uint32_t max = s->exp_cmd_sn + room - 1;
	if (serial_before(s->max_cmd_sn, max))
		s->max_cmd_sn = max;
	return s->max_cmd_sn;
}

/* --- command objects ---------------------------------------------------------------------------- */

struct command *session_command_get(struct session *s, bool immediate)
{
	if (immediate && s->immediate == COMMANDS_IMMEDIATE)
		return NULL;
	struct command *cmd = TAILQ_FIRST(&s->free);
	if (!cmd)
		return NULL;
	TAILQ_REMOVE(&s->free, cmd, link);
	memset(cmd, 0, offsetof(struct command, copy));
	cmd->immediate = immediate;
	s->immediate += immediate;
	return cmd;
}

void session_command_put(struct session *s, struct command *cmd)
{
	if (cmd->in.hold)
		pool_put(s->holds, cmd->in.hold);
	if (cmd->in.hold && cmd->counted)
		s->holding--;
	if (cmd->counted)
		s->running--;
	if (cmd->listed)
		TAILQ_REMOVE(&s->by_itt[cmd->itt % ITT_BUCKETS], cmd, by_itt);
	s->immediate -= cmd->immediate;
	cmd->in.hold = NULL;
	TAILQ_INSERT_HEAD(&s->free, cmd, link);
	waitq_wake(&s->ended);
}

void session_list(struct session *s, struct command *cmd)
{
	TAILQ_INSERT_HEAD(&s->by_itt[cmd->itt % ITT_BUCKETS], cmd, by_itt);
	cmd->listed = true;
}

void session_count(struct session *s, struct command *cmd)
{
	cmd->counted = true;
	s->running++;
	s->holding += cmd->in.hold != NULL;
}

void session_admit(struct session *s, struct command *cmd)
{
	if (cmd->immediate)
		return;
	session_advance(s);
	session_count(s, cmd);
}

uint8_t *session_hold_get(struct session *s, struct command *cmd)
{
	if (cmd->in.hold)
		return cmd->in.hold;
	cmd->in.hold = pool_get(s->holds);
	cmd->in.hold_size = s->hold_size;
	if (cmd->in.hold && cmd->counted)
		s->holding++;
	return cmd->in.hold;
}

void session_hold_put(struct session *s, struct command *cmd)
{
	if (!cmd->in.hold)
		return;
	pool_put(s->holds, cmd->in.hold);
	cmd->in.hold = NULL;
	if (cmd->counted)
		s->holding--;
}

struct command *session_find(struct session *s, uint32_t itt)
{
	struct command *cmd;

	TAILQ_FOREACH(cmd, &s->by_itt[itt % ITT_BUCKETS], by_itt)
		if (cmd->itt == itt)
			return cmd;
	return NULL;
}

uint32_t session_ttt(struct session *s)
{
	if (++s->next_ttt == NO_TAG)
		s->next_ttt = 1;
	return s->next_ttt;
}
