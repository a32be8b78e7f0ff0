/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one SCSI command over a session, and describes its result. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>

#include "admin/initiator/initiator.h"
#include "admin/initiator/session.h"

/* libiscsi checks its timer once a second; this is added to the limit before the command is cancelled
 * here. */
enum { TIMEOUT_GRACE_S = 5 };

static uint32_t command_len(const struct command *c)
{
	uint32_t len = 0;
	for (unsigned i = 0; i < COMMAND_PARTS; i++)
		len += c->part[i].len;
	return len;
}

/* Status values above 0xff are libiscsi's own: no status was received. */
static int status_error(int status)
{
	switch (status) {
	case SCSI_STATUS_CANCELLED: return -ECONNRESET;
	case SCSI_STATUS_TIMEOUT: return -ETIMEDOUT;
	default: return status >= 0 && status <= 0xff ? 0 : -EIO;
	}
}

static void command_end(struct command *c, int status)
{
	struct scsi_task *task = c->task;
	uint32_t len = command_len(c);

	c->error = status_error(status);
	c->status = c->error ? 0 : (uint8_t)status;
	c->moved = len;
	if (task->residual_status == SCSI_RESIDUAL_UNDERFLOW)
		c->moved = task->residual < len ? len - (uint32_t)task->residual : 0;
	if (c->error)
		c->moved = 0;
	/* The sense segment is a two-byte length and the sense (RFC 7143 11.4.7). */
	if (status == SCSI_STATUS_CHECK_CONDITION && task->datain.data && task->datain.size > 2)
		sense_decode(task->datain.data + 2, (size_t)task->datain.size - 2, &c->sense);
	c->task = NULL;
	c->ended = true;
	scsi_free_scsi_task(task);
}

static void command_called(struct iscsi_context *iscsi, int status, void *data, void *arg)
{
	struct command *c = arg;
	(void)iscsi;
	(void)data;
	command_end(c, status);
	/* After a timeout the target may still write into the buffers, so the session must not be used any
	 * more. */
	if (c->error == -ETIMEDOUT || c->error == -ECONNRESET)
		c->session->lost = true;
	c->session->mute = c->error == -ETIMEDOUT;
	if (c->done)
		c->done(c);
}

int command_submit(struct session *s, int lun, struct command *c)
{
	static const int dirs[] = { SCSI_XFER_NONE, SCSI_XFER_READ, SCSI_XFER_WRITE };
	if (s->lost)
		return -ECONNRESET;
	struct scsi_task *task = scsi_create_task(c->cdb_len, c->cdb, dirs[c->direction],
		(int)command_len(c));
	if (!task)
		return -ENOMEM;
	for (unsigned i = 0; i < COMMAND_PARTS; i++) {
		if (!c->part[i].len)
			continue;
		int err = c->direction == MOVE_IN
			? scsi_task_add_data_in_buffer(task, (int)c->part[i].len, c->part[i].base)
			: scsi_task_add_data_out_buffer(task, (int)c->part[i].len, c->part[i].base);
		if (err) {
			scsi_free_scsi_task(task);
			return -ENOMEM;
		}
	}
	c->session = s;
	c->task = task;
	c->ended = false;
	c->error = 0;
	c->status = 0;
	c->sense = (struct sense_seen){ 0 };
	iscsi_set_timeout(s->iscsi, (int)(c->timeout_s ? c->timeout_s : s->timeout_s));
	if (iscsi_scsi_command_async(s->iscsi, lun, task, command_called, NULL, c) < 0) {
		scsi_free_scsi_task(task);
		c->task = NULL;
		return -ECONNRESET;
	}
	return 0;
}

int command_run(struct session *s, int lun, struct command *c)
{
	unsigned limit = (c->timeout_s ? c->timeout_s : s->timeout_s) + TIMEOUT_GRACE_S;
	c->done = NULL;
	int err = command_submit(s, lun, c);
	if (err) {
		c->error = err;
		return err;
	}
	err = session_wait(s, &c->ended, limit);
	if (err && !c->ended) {
		/* The command still points to this memory: cancel it before returning. */
		iscsi_scsi_cancel_task(s->iscsi, c->task);
		s->lost = true;
		s->mute = err == -ETIMEDOUT;
		c->error = err;
		return err;
	}
	if (c->error)
		return c->error;
	return c->status == STATUS_GOOD ? 0 : -EREMOTEIO;
}

int command_settled(struct session *s, int lun, struct command *c)
{
	enum { ATTENTIONS_MAX = 32, KEY_UNIT_ATTENTION = 6 };
	int err = command_run(s, lun, c);
	for (int i = 0; i < ATTENTIONS_MAX && err == -EREMOTEIO && c->sense.key == KEY_UNIT_ATTENTION; i++)
		err = command_run(s, lun, c);
	return err;
}
