/* SPDX-License-Identifier: Apache-2.0 */
/* A log line for each command, made from its row: log level trace of the room scsi. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "vtl/base/field.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/scsi/core.h"

enum { TEXT_LEN = 512, FIELD_BITS_MAX = 64 };

struct text {
	char at[TEXT_LEN];
	size_t n;
};

/* Text that does not fit is cut off. */
static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(t->at + t->n, sizeof t->at - t->n, format, args);
	va_end(args);
	if (n > 0)
		t->n = t->n + (size_t)n < sizeof t->at ? t->n + (size_t)n : sizeof t->at - 1;
}

/* Leaves out fields that are zero. */
static void add_fields(struct text *t, const struct task *task)
{
	for (const struct field *f = task->op->fields; f->name; f++) {
		uint64_t value = f->width <= FIELD_BITS_MAX ? field_get(f, task->cdb) : 0;
		if (value)
			add(t, " %s=%" PRIu64, f->name, value);
	}
}

/* Length of the CDB by its opcode's group (SPC-5 4.2.5.1); for other groups, what the transport carried. */
static unsigned cdb_bytes(const struct task *task)
{
	static const uint8_t bytes[8] = { 6, 10, 10, 0, 16, 12, 0, 0 };
	unsigned len = bytes[task->cdb[0] >> 5];
	return len && len < task->cdb_len ? len : task->cdb_len;
}

static void add_command(struct text *t, const struct task *task)
{
	if (task->op) {
		add(t, "%s", task->op->name);
		add_fields(t, task);
		return;
	}
	const struct scsi_refused *refused = task->lu ? refused_find(task->lu, task->cdb) : NULL;
	add(t, "%s", refused ? refused->name : "command");
	for (unsigned i = 0; i < cdb_bytes(task); i++)
		add(t, "%s%02X", i ? "" : " ", task->cdb[i]);
}

static const char *status_name(uint8_t status)
{
	switch (status) {
	case STATUS_GOOD: return "GOOD";
	case STATUS_CHECK_CONDITION: return "CHECK CONDITION";
	case STATUS_BUSY: return "BUSY";
	case STATUS_RESERVATION_CONFLICT: return "RESERVATION CONFLICT";
	case STATUS_TASK_SET_FULL: return "TASK SET FULL";
	}
	return "status ?";
}

/* Fixed format: response code, key with its bits, ASC, ASCQ (SPC-5 4.4.3). */
static void add_sense(struct text *t, const uint8_t *sense)
{
	uint8_t key = sense[2] & 0x0f;
	add(t, " %X/%02X/%02X", key, sense[12], sense[13]);
	const char *words = sense_words(key, sense[12], sense[13]);
	if (*words)
		add(t, " %s", words);
	add(t, "%s%s%s%s", (sense[0] & 0x7f) == 0x71 ? ", deferred" : "", sense[2] & 0x80 ? ", FILEMARK" : "",
		sense[2] & 0x40 ? ", EOM" : "", sense[2] & 0x20 ? ", ILI" : "");
}

static void add_end(struct text *t, const struct task *task)
{
	if (task->aborted) {
		add(t, "aborted");
		return;
	}
	add(t, "%s", status_name(task->status));
	if (task->status == STATUS_CHECK_CONDITION && task->sense_len == SENSE_LEN)
		add_sense(t, task->sense);
}

void trace_command(const struct task *task)
{
	struct text t = { .n = 0 };
	const struct log_fields about = { .by = nexus_actor(task->nexus) };
	add_command(&t, task);
	add(&t, ": ");
	add_end(&t, task);
	if (task->out_done)
		add(&t, ", %" PRIu32 " bytes out", task->out_done);
	if (task->in_done)
		add(&t, ", %" PRIu32 " bytes in", task->in_done);
	log_about(LOG_TRACE, &about, "LUN %u: %s, %" PRId64 " us", task->lun, t.at,
		now_us() - task->began_us);
}
