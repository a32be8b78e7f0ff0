/* SPDX-License-Identifier: Apache-2.0 */
/* Task Management Function Request and Response (RFC 7143 11.5, 11.6). */
#include <string.h>

#include "vtl/iscsi/registry.h"
#include "vtl/iscsi/serial.h"

enum {
	FN_ABORT_TASK = 1,
	FN_TARGET_COLD_RESET = 7,
	FN_TASK_REASSIGN = 8,
};

enum { TMFS_MOST = 32 }; /* at the same time; each has a fiber that waits */

enum response { RSP_COMPLETE = 0, RSP_NO_TASK = 1, RSP_NO_LUN = 2, RSP_NO_REASSIGN = 4, RSP_UNSUPPORTED = 5 };

/* What each function code means for the target device. */
static const struct function {
	uint8_t code;
	enum tmf tmf;
	bool all_luns;
	const char *name;
} functions[] = {
	{ 1, TMF_ABORT_TASK, false, "ABORT TASK" },
	{ 2, TMF_ABORT_TASK_SET, false, "ABORT TASK SET" },
	{ 3, TMF_CLEAR_ACA, false, "CLEAR ACA" },
	{ 4, TMF_CLEAR_TASK_SET, false, "CLEAR TASK SET" },
	{ 5, TMF_LU_RESET, false, "LOGICAL UNIT RESET" },
	{ 6, TMF_TARGET_RESET, true, "TARGET WARM RESET" },
	{ 7, TMF_TARGET_RESET, true, "TARGET COLD RESET" },
};

static const struct function *function_find(uint8_t code)
{
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (functions[i].code == code)
			return &functions[i];
	return NULL;
}

static enum response response_of(enum tmf_response r)
{
	switch (r) {
	case TMF_COMPLETE:
	case TMF_SUCCEEDED: return RSP_COMPLETE;
	case TMF_NO_TASK: return RSP_NO_TASK;
	case TMF_NO_LUN: return RSP_NO_LUN;
	case TMF_UNSUPPORTED: return RSP_UNSUPPORTED;
	}
	return RSP_UNSUPPORTED;
}

/* A held command that is aborted will not run: its CmdSN counts as received (11.6.1). */
static void make_placeholder(struct conn *c, struct command *cmd)
{
	TAILQ_REMOVE(&c->s.by_itt[cmd->itt % ITT_BUCKETS], cmd, by_itt);
	cmd->listed = false;
	cmd->placeholder = true;
}

static void replace_held(struct conn *c, const struct function *f, int lun)
{
	struct command *cmd;

	TAILQ_FOREACH(cmd, &c->s.held, link)
		if (cmd->listed && (f->all_luns || cmd->task.lun == lun))
			make_placeholder(c, cmd);
}

/* Fills the CmdSN of a command that has not arrived and never will. */
static bool reserve_missing(struct conn *c, uint32_t ref_cmd_sn, uint32_t cmd_sn)
{
	struct session *s = &c->s;

	if (session_order(s, ref_cmd_sn) == ORDER_IGNORE || !serial_before(ref_cmd_sn, cmd_sn))
		return false;
	struct command *cmd = session_command_get(s, false);
	if (!cmd)
		return false;
	cmd->conn = c;
	cmd->cmd_sn = ref_cmd_sn;
	cmd->placeholder = true;
	session_defer(s, cmd);
	return true;
}

static bool is_held(struct session *s, const struct command *cmd)
{
	const struct command *held;

	TAILQ_FOREACH(held, &s->held, link)
		if (held == cmd)
			return true;
	return false;
}

static enum response abort_task(struct conn *c, const uint8_t *bhs, int lun)
{
	struct command *cmd = session_find(&c->s, get_be32(bhs + BHS_REF_TAG));

	if (!cmd)
		return reserve_missing(c, get_be32(bhs + BHS_REF_CMD_SN), pdu_cmd_sn(bhs)) ? RSP_COMPLETE
											   : RSP_NO_TASK;
	if (cmd->task.lun != lun)
		return RSP_NO_TASK;
	if (is_held(&c->s, cmd)) {
		make_placeholder(c, cmd);
		return RSP_COMPLETE;
	}
	if (cmd->finished && command_owed(cmd) && !cmd->receiving) {
		command_forget(cmd); /* finished; only its data-out is missing, which need not arrive now */
		return RSP_COMPLETE;
	}
	return response_of(target_tmf(&c->s.nexus, TMF_ABORT_TASK, (uint16_t)lun, cmd->itt));
}

static enum response perform(struct conn *c, const uint8_t *bhs)
{
	uint8_t code = bhs[BHS_FLAGS] & 0x7f;
	const struct function *f = function_find(code);
	int lun = lun_decode(bhs + BHS_LUN);

	if (code == FN_TASK_REASSIGN)
		return RSP_NO_REASSIGN;
	if (!f)
		return RSP_UNSUPPORTED;
	if (f->all_luns)
		lun = 0;
	if (lun < 0 || lun > UINT16_MAX)
		return RSP_NO_LUN;
	const struct actor peer = conn_actor(c);
	log_few(LOG_INFO, &peer, "%s, LUN %d", f->name, lun);
	if (code == FN_ABORT_TASK)
		return abort_task(c, bhs, lun);
	replace_held(c, f, lun);
	return response_of(target_tmf(&c->s.nexus, f->tmf, (uint16_t)lun, 0));
}

/* Runs in a fiber of its own, because target_tmf() waits for the aborted tasks. */
static void tmf_fiber(void *arg)
{
	struct command *cmd = arg;
	struct conn *c = cmd->conn;
	struct session *s = &c->s;

	s->tmfs++;
	enum response r = perform(c, cmd->bhs);
	if (!c->closing) {
		struct short_pdu *out = short_pdu_get(c);
		out->bhs[BHS_OPCODE] = PDU_TMF_RESPONSE;
		out->bhs[BHS_FLAGS] = PDU_FINAL;
		out->bhs[BHS_RESPONSE] = (uint8_t)r;
		put_be32(out->bhs + BHS_ITT, pdu_itt(cmd->bhs));
		short_pdu_send(c, out);
	}
	bool cold = (cmd->bhs[BHS_FLAGS] & 0x7f) == FN_TARGET_COLD_RESET && r == RSP_COMPLETE;
	session_command_put(s, cmd);
	/* TARGET COLD RESET ends all sessions of the target (11.5.1), unless the initiator does not see the
	 * whole target */
	if (cold) {
		tx_drain(c, 1000);
		registry_drop_target(c->iscsi, s->nexus.target, nexus_sees_all(&s->nexus) ? NULL : c);
	}
	s->tmfs--;
	waitq_wake(&s->ended);
}

bool tmf_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len)
{
	struct session *s = &c->s;
	bool immediate = pdu_immediate(bhs);
	struct command *cmd = s->tmfs < TMFS_MOST ? session_command_get(s, immediate) : NULL;
	(void)data;
	(void)len;

	if (!cmd) {
		reject(c, bhs, immediate ? REJECT_IMMEDIATE : REJECT_RESOURCES);
		return false;
	}
	cmd->conn = c;
	memcpy(cmd->bhs, bhs, BHS_LEN);
	if (!cmd->immediate)
		session_count(s, cmd);
	if (fiber_start("tmf", tmf_fiber, cmd)) {
		session_command_put(s, cmd);
		reject(c, bhs, REJECT_RESOURCES);
	}
	return false;
}
