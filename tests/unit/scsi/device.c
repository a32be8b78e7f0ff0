/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up device type. */
#include "tests/unit/scsi/device.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct device *device_of(struct lu *lu)
{
	return lu->device;
}

/* --- commands: vendor-specific codes, so that no standard one is in the way ----------------------- */

static void run_plain(struct task *task)
{
	device_of(task->lu)->runs++;
}

/* As if a disk did not answer: no abort can end it.  Then it does everything a handler may do. */
static void run_deaf(struct task *task)
{
	struct device *d = device_of(task->lu);
	uint8_t byte = 1;

	while (d->closed)
		fiber_sleep(2);
	d->late_data = task_send(task, &byte, 1);
	task_fail(task, SENSE_READ_ERROR);
	lu_raise(task->lu, SENSE_UA_LOG_CHANGED, task->nexus);
	task->lu_nexus->flags++;
	task_complete_now(task);
	d->runs++;
}

static void run_wait(struct task *task)
{
	struct device *d = device_of(task->lu);

	if (d->deaf) {
		run_deaf(task);
		return;
	}
	while (d->closed && !task->aborted)
		fiber_sleep(2);
	d->runs++;
}

static void run_take(struct task *task)
{
	size_t len = cdb_field(task, "transfer_length");
	uint8_t *buf = malloc(len + 1);

	if (task_receive(task, buf, len) == -ENODATA)
		task_fail(task, SENSE_DATA_PHASE_LENGTH);
	device_of(task->lu)->runs++;
	free(buf);
}

static void run_give(struct task *task)
{
	size_t len = cdb_field(task, "transfer_length");
	uint8_t *buf = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)i;
	if (!task_send(task, buf, len / 2))
		task_send_last(task, buf + len / 2, len - len / 2);
	device_of(task->lu)->runs++;
	free(buf);
}

/* Answers at once and goes on, as IMMED=1 does. */
static void run_immediate(struct task *task)
{
	struct device *d = device_of(task->lu);

	task_complete_now(task);
	while (d->closed)
		fiber_sleep(2);
	d->runs++;
}

enum { MEDIUM = GATE_UA | GATE_DEFERRED | GATE_RESERVED | GATE_READY };

/* clang-format off */
const struct scsi_op device_ops[] = {
	{ .code = 0xc0, .sa = SA_NONE, .len = 6, .name = "READS", .gates = MEDIUM | GATE_READ_ONLY,
	  .run = run_plain, .fields = FIELDS({ "count", 4, 7, 8 }) },
	{ .code = 0xc1, .sa = SA_NONE, .len = 6, .name = "WAITS", .gates = MEDIUM,
	  .run = run_wait, .fields = NO_FIELDS },
	{ .code = 0xc2, .sa = SA_NONE, .len = 6, .name = "TAKES", .dir = DIR_OUT,
	  .gates = MEDIUM | GATE_WRITE, .run = run_take,
	  .fields = FIELDS({ "transfer_length", 2, 7, 24 }, { "flag", 1, 0, 1 }) },
	{ .code = 0xc3, .sa = SA_NONE, .len = 6, .name = "GIVES", .dir = DIR_IN,
	  .gates = MEDIUM | GATE_READ_ONLY, .run = run_give,
	  .fields = FIELDS({ "transfer_length", 2, 7, 24 }) },
	{ .code = 0xc4, .sa = 0x01, .len = 10, .name = "IMMEDIATE", .gates = MEDIUM,
	  .run = run_immediate, .fields = NO_FIELDS, .timeout = 60 },
	{ .code = 0xc4, .sa = 0x03, .len = 10, .name = "PLAIN", .gates = GATE_UA,
	  .run = run_plain, .fields = FIELDS({ "odd", 5, 2, 5 }) },
	{ .name = NULL },
};
/* clang-format on */

/* --- pages ------------------------------------------------------------------------------------------ */

static const uint8_t page_02[16] = { 0, 0, 0x80, 0x80 };
static const uint8_t mask_02[16] = { 0, 0, 0xff };
static const uint8_t page_0a[12] = { 0, 0, 0, 0x10, 0, 0, 0, 0, 0xff, 0xff };
static const uint8_t mask_0a[12] = { 0, 0, 0xf0, 0x01, 0, 0, 0, 0, 0xff, 0xff };
static const uint8_t page_10_1[32] = { 0, 0, 0, 0, 0x07 };
static const uint8_t mask_10_1[32] = { 0, 0, 0, 0, 0x0f };
static const uint8_t page_24[8] = { 0, 0, 0, 0, 0, 1 };

static int commit_0a(struct lu *lu, struct lu_nexus *n, const uint8_t *page)
{
	device_of(lu)->commits++;
	return device_of(lu)->refuse_commit;
}

static void fill_10_1(struct lu *lu, struct lu_nexus *n, uint8_t *page)
{
	page[31] = (uint8_t)device_of(lu)->runs;
}

/* clang-format off */
static const struct mode_page mode_pages[] = {
	{ .page = 0x02, .len = 16, .per_nexus = true, .savable = true, .defaults = page_02,
	  .mask = mask_02 },
	{ .page = 0x0a, .len = 12, .savable = true, .defaults = page_0a, .mask = mask_0a,
	  .commit = commit_0a },
	{ .page = 0x10, .subpage = 1, .len = 32, .defaults = page_10_1, .mask = mask_10_1,
	  .fill = fill_10_1 },
	{ .page = 0x24, .len = 8, .hidden = true, .defaults = page_24 },
	{ 0 },
};
/* clang-format on */

static uint64_t counter(struct lu *lu, uint16_t code)
{
	return device_of(lu)->counter + code;
}

static void text(struct lu *lu, uint16_t code, struct wire *w)
{
	wire_ascii(w, "TEXT", 6);
}

static void reset_counter(struct lu *lu)
{
	device_of(lu)->counter = 0;
}

static void param_sent(struct lu *lu, struct lu_nexus *n, uint16_t code, const uint8_t *value)
{
	device_of(lu)->sent++;
}

static const struct log_param params_02[] = {
	{ 0x0000, 4, 0x40, counter, NULL, "first", "" },
	{ 0x0005, 6, 0x40, counter, NULL, "second", "" },
	{ 0x8000, 8, 0x40, counter, NULL, "third", "" },
	{ .name = NULL },
};
static const struct log_param params_11[] = {
	{ 0x0001, 0, 0x43, NULL, text, "text", "" },
	{ .name = NULL },
};

static const struct log_page log_pages[] = {
	{ 0x00, 0x00, "Supported Log Pages", NULL, NULL, NULL },
	{ 0x02, 0x00, "Write Errors", params_02, reset_counter, param_sent },
	{ 0x11, 0x00, "Text", params_11, NULL, NULL },
	{ 0x11, 0x02, "Text again", params_11, NULL, NULL },
	{ .name = NULL },
};

static const struct vpd_page vpd_pages[] = {
	{ 0x80, "Unit Serial Number", vpd_serial },
	{ 0x83, "Device Identification", vpd_identification },
	{ 0x86, "Extended INQUIRY Data", vpd_extended },
	{ .name = NULL },
};

/* --- the type ---------------------------------------------------------------------------------------- */

static bool ready(struct task *task)
{
	if (!device_of(task->lu)->not_ready)
		return true;
	task_fail(task, SENSE_NO_MEDIUM);
	return false;
}

static bool writable(struct task *task)
{
	if (!device_of(task->lu)->read_only)
		return true;
	task_fail(task, SENSE_WRITE_PROTECTED);
	return false;
}

static void mode_header(struct lu *lu, struct lu_nexus *n, uint8_t *medium_type, uint8_t *specific)
{
	*medium_type = 0x78;
	*specific = device_of(lu)->specific;
}

static void mode_block(struct lu *lu, struct lu_nexus *n, uint8_t block[static 8])
{
	memset(block, 0, 8);
	block[0] = 0x5c;
	put_be24(block + 5, n->block_length);
}

static int mode_select(struct lu *lu, struct lu_nexus *n, uint8_t specific, const uint8_t *block, bool apply)
{
	if (block && block[0] != 0x5c && block[0])
		return 4;
	if (!apply)
		return -1;
	device_of(lu)->specific = specific;
	if (block)
		n->block_length = get_be24(block + 5);
	return -1;
}

static void nexus_gone(struct lu *lu, struct lu_nexus *n)
{
	device_of(lu)->gone++;
}

static void reset(struct lu *lu)
{
	device_of(lu)->resets++;
}

static void current_sense(struct lu *lu, struct sense_data *ret_sense)
{
	ret_sense->id = device_of(lu)->current;
}

/* clang-format off */
static const struct lu_type type = {
	.device_type = 0x01, .ready = ready, .writable = writable,
	.mode_header = mode_header, .mode_block = mode_block, .mode_select = mode_select,
	.nexus_gone = nexus_gone, .reset = reset, .current_sense = current_sense,
};
/* clang-format on */

/* --- the shelf ---------------------------------------------------------------------------------------- */

static int shelf_save(void *arg, const char *key, const void *blob, size_t len)
{
	struct shelf *s = arg;

	fiber_sleep(1); /* a real one waits too */
	s->saves++;
	if (s->fail)
		return s->fail;
	for (unsigned i = 0; i < 4; i++) {
		if (s->slots[i].there && strcmp(s->slots[i].key, key))
			continue;
		assert(len <= sizeof s->slots[i].blob);
		snprintf(s->slots[i].key, sizeof s->slots[i].key, "%s", key);
		memcpy(s->slots[i].blob, blob, len);
		s->slots[i].len = len;
		s->slots[i].there = true;
		return 0;
	}
	return -ENOSPC;
}

static int64_t shelf_load(void *arg, const char *key, void *blob, size_t size)
{
	struct shelf *s = arg;

	for (unsigned i = 0; i < 4; i++)
		if (s->slots[i].there && strcmp(s->slots[i].key, key) == 0) {
			assert(s->slots[i].len <= size);
			memcpy(blob, s->slots[i].blob, s->slots[i].len);
			return (int64_t)s->slots[i].len;
		}
	return -ENOENT;
}

void device_new(struct device *d, struct target *target, uint16_t lun, struct worker *worker,
	struct shelf *shelf)
{
	static const struct scsi_op *const ops[] = { device_ops, NULL };
	static const struct lu_identity id = {
		.vendor = "ACME",
		.product = "Thing",
		.revision = "0001",
		.serial = "VT00000001",
		.naa = 0x3123456789abcdefull,
		.version = 0x06,
	};

	*d = (struct device){ .target = target, .lun = lun, .shelf = shelf, .specific = 0x10 };
	d->lu = (struct lu){ .type = &type,
		.ops = ops,
		.mode_pages = mode_pages,
		.log_pages = log_pages,
		.vpd_pages = vpd_pages,
		.id = id,
		.worker = worker,
		.device = d };
	if (shelf)
		d->lu.store = (struct lu_store){ shelf_save, shelf_load, shelf };
	int err = lu_open(&d->lu);
	if (!err)
		err = target_add(target, &d->lu, lun);
	if (err) {
		fprintf(stderr, "device: %s\n", strerror(-err));
		abort();
	}
}

void device_free(struct device *d)
{
	device_let_go(d);
	target_remove(d->target, d->lun);
	lu_close(&d->lu);
}

void device_let_go(struct device *d)
{
	d->closed = false;
}
