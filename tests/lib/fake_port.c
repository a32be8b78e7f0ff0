/* SPDX-License-Identifier: Apache-2.0 */
/* A front end without a wire: what SAM's transport services do, by memcpy. */
#include "tests/lib/fake_port.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/worker.h"

static struct fake *fake_of(struct task *task)
{
	return (struct fake *)((char *)task - offsetof(struct fake, task));
}

static void move(struct task *task)
{
	struct fake *f = fake_of(task);

	if (!f->data_err && task->inward)
		memcpy((f->in ? f->in : f->data) + task->in_done, task->buf, task->len);
	else if (!f->data_err)
		memcpy(task->buf, f->out + task->out_done, task->len);
	task_data_done(task, f->data_err);
}

static void move_or_hold(struct task *task)
{
	struct fake *f = fake_of(task);

	f->moves++;
	f->held = f->hold;
	if (!f->held)
		move(task);
	else
		waitq_wake(&f->wait);
}

static void receive(struct task *task, void *buf, size_t len)
{
	assert(len && len <= task->out_len - task->out_done);
	move_or_hold(task);
}

static void send_in(struct task *task, const void *buf, size_t len)
{
	assert(len && len <= task->in_len - task->in_done);
	move_or_hold(task);
}

static void cancel(struct task *task)
{
	struct fake *f = fake_of(task);

	f->cancels++;
	if (!f->held || f->keeps)
		return;
	f->held = false;
	task_data_done(task, -ECANCELED);
}

static void done(struct task *task)
{
	struct fake *f = fake_of(task);

	assert(!f->done);
	f->done = true;
	f->dones++;
	if (f->on_done)
		f->on_done(f);
	waitq_wake(&f->wait);
}

static const struct task_port port = { receive, send_in, cancel, done };

size_t fake_hex(const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;

	while (*text) {
		char *end;
		if (*text == ' ') {
			text++;
			continue;
		}
		char two[3] = { text[0], text[1], 0 };
		unsigned long v = strtoul(two, &end, 16);
		assert(end == two + 2 && n < size);
		out[n++] = (uint8_t)v;
		text += 2;
	}
	return n;
}

static void start(struct fake *f, struct nexus *nexus, uint16_t lun, const void *out, size_t out_len,
	const char *cdb, va_list args)
{
	static uint64_t tags;
	char text[256];

	f->done = f->held = false;
	f->cancels = f->moves = 0;
	f->out = out;
	waitq_init(&f->wait);
	f->task = (struct task){ .port = &port,
		.home = worker_self(),
		.nexus = nexus,
		.lun = lun,
		.attr = f->attr,
		.tag = f->tag ? f->tag : ++tags + 1000 };
	vsnprintf(text, sizeof text, cdb, args);
	f->task.cdb_len = (uint8_t)fake_hex(text, f->task.cdb, sizeof f->task.cdb);
	f->task.cdb_long = f->cdb_long;
	f->task.out_len = (uint32_t)out_len;
	if (!out_len)
		f->task.in_len = (uint32_t)(f->in ? f->in_len : sizeof f->data);
	lu_submit(&f->task);
}

void fake_start(struct fake *f, struct nexus *nexus, uint16_t lun, const void *out, size_t out_len,
	const char *cdb, ...)
{
	va_list args;

	va_start(args, cdb);
	start(f, nexus, lun, out, out_len, cdb, args);
	va_end(args);
}

uint8_t fake_wait(struct fake *f)
{
	while (!f->done)
		waitq_wait(&f->wait);
	return f->task.status;
}

uint8_t fake_cmd(struct fake *f, struct nexus *nexus, uint16_t lun, const char *cdb, ...)
{
	va_list args;

	va_start(args, cdb);
	start(f, nexus, lun, NULL, 0, cdb, args);
	va_end(args);
	return fake_wait(f);
}

uint8_t fake_out(struct fake *f, struct nexus *nexus, uint16_t lun, const void *out, size_t len,
	const char *cdb, ...)
{
	va_list args;

	va_start(args, cdb);
	start(f, nexus, lun, out, len, cdb, args);
	va_end(args);
	return fake_wait(f);
}

void fake_release(struct fake *f)
{
	assert(f->held);
	f->held = false;
	move(&f->task);
}

void fake_attach(struct nexus *nexus, struct target *target, const char *name)
{
	memset(nexus, 0, sizeof *nexus);
	nexus->target = target;
	snprintf(nexus->initiator, sizeof nexus->initiator, "iqn.test:%s", name);
	snprintf(nexus->initiator_port, sizeof nexus->initiator_port, "iqn.test:%s,i,0x400001370000", name);
	int err = target_attach(nexus);
	assert(!err);
	(void)err;
}

void fake_detach(struct nexus *nexus)
{
	target_detach(nexus);
}

void fake_clear(struct nexus *nexus, uint16_t lun)
{
	struct fake *f = calloc(1, sizeof *f);
	assert(f);
	do {
		fake_cmd(f, nexus, lun, "03 00 00 00 12 00");
	} while ((f->data[2] & 0x0f) == 6);
	free(f);
}

uint32_t fake_sense(const struct fake *f)
{
	const uint8_t *s = f->task.sense;

	return f->task.sense_len ? (uint32_t)(s[2] & 0x0f) << 16 | (uint32_t)s[12] << 8 | s[13] : 0;
}

int fake_pointer(const struct fake *f)
{
	const uint8_t *s = f->task.sense;

	if (!f->task.sense_len || !(s[15] & 0x80))
		return -1;
	return (s[16] << 8 | s[17]) << 8 | (s[15] & 0x08 ? s[15] & 7 : 0xff);
}
