/* SPDX-License-Identifier: Apache-2.0 */
/* A changer on the bench: set up, commands, tear down. */
#include "bench.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/worker.h"

enum { IN_MAX = 16 << 20 };

void bench_fail(struct bench *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	b->failures++;
}

/* "5/24/00 cdb 6.4" and its like. */
static void say(struct bench *b)
{
	const struct task *task = &b->fake.task;
	uint32_t sense = fake_sense(&b->fake);
	int pointer = fake_pointer(&b->fake);
	size_t n;

	if (task->status == STATUS_GOOD) {
		strcpy(b->said, "good");
		return;
	}
	if (task->status != STATUS_CHECK_CONDITION || !task->sense_len) {
		snprintf(b->said, sizeof b->said, "status %02x", task->status);
		return;
	}
	snprintf(b->said, sizeof b->said, "%x/%02X/%02X", sense >> 16, sense >> 8 & 0xff, sense & 0xff);
	n = strlen(b->said);
	if (pointer >= 0)
		snprintf(b->said + n, sizeof b->said - n, " %s %d", task->sense[15] & 0x40 ? "cdb" : "list",
			pointer >> 8);
	n = strlen(b->said);
	if (pointer >= 0 && (pointer & 0xff) != 0xff)
		snprintf(b->said + n, sizeof b->said - n, ".%d", pointer & 0xff);
}

void bench_command(struct bench *b, unsigned who, const char *cdb, uint32_t in_len, const void *out,
	uint32_t out_len)
{
	b->fake.in = b->in;
	b->fake.in_len = in_len;
	if (out_len)
		fake_out(&b->fake, &b->nexus[who], 0, out, out_len, "%s", cdb);
	else
		fake_cmd(&b->fake, &b->nexus[who], 0, "%s", cdb);
	b->in_size = b->fake.task.in_done;
	b->want = b->fake.task.want;
	CHECK(b, b->in_size <= in_len);
	say(b);
}

void bench_bytes(struct bench *b, unsigned who, const uint8_t *cdb, unsigned len, uint32_t in_len,
	const void *out, uint32_t out_len)
{
	char text[3 * 16 + 1] = "";
	for (unsigned i = 0; i < len; i++)
		sprintf(text + 3 * i, "%02x ", cdb[i]);
	bench_command(b, who, text, in_len, out, out_len);
}

void bench_expect(struct bench *b, const char *what, const char *cdb, const char *said)
{
	bench_command(b, 0, cdb, 65536, NULL, 0);
	if (strcmp(b->said, said) != 0)
		bench_fail(b, "%s: %s answers %s, not %s", what, cdb, b->said, said);
}

void bench_settle(struct bench *b)
{
	for (unsigned who = 0; who < BENCH_NEXUSES; who++)
		for (unsigned i = 0; i < 8; i++)
			bench_command(b, who, "00 00 00 00 00 00", 0, NULL, 0);
	if (strcmp(b->said, "good") != 0)
		bench_fail(b, "the changer does not become ready: %s", b->said);
}

/* --- drives that do as they are told
 * ------------------------------------------------------------------ */

static int drive_thread(void *server, const struct cart_label *label, const char *root, bool stays,
	const struct actor *by)
{
	return ((struct bench *)server)->thread_err;
}

static int drive_unthread(void *server, const struct actor *by)
{
	return ((struct bench *)server)->unthread_err;
}

static void drive_status(void *server, struct drive_status *ret_status)
{
	*ret_status = (struct drive_status){ .loaded = true };
}

static const struct drive_server drive_ops = { drive_thread, drive_unthread, drive_status };

/* --- life
 * ------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* Names that stay the same from run to run, for gold files. */
static void names_fix(struct bench *b)
{
	struct drive *drive;

	strcpy(b->library->changer.serial, "VT00000000");
	b->library->changer.naa = 0x3000000000000000u;
	TAILQ_FOREACH(drive, &b->library->drives, link) {
		snprintf(drive->identity.serial, sizeof drive->identity.serial, "VT%08u", drive->number);
		drive->identity.naa = 0x3000000000000000u + drive->number;
		drive->ops = &drive_ops;
		drive->server = b;
		drive->worker = worker_self();
	}
}

void bench_cartridge(struct bench *b, const char *barcode, const char *generation)
{
	const struct cartridge_plan plan = { .barcode = barcode,
		.generation = generation,
		.capacity = 64 << 20 };
	struct cartridge *cartridge;
	char why[WHY_LEN];
	if (cartridge_create(b->inst, b->library, &plan, &cartridge, why))
		bench_fail(b, "cartridge %s: %s", barcode, why);
}

struct start {
	const struct library_plan *plan;
	unsigned cartridges;
	void (*body)(struct bench *b);
	unsigned failures;
};

static void bench_body(struct bench *b, const struct start *start)
{
	char why[WHY_LEN], barcode[16];
	struct library_plan plan = *start->plan;

	plan.name = plan.name ? plan.name : "bench";
	if (library_create(b->inst, &plan, &b->library, why)) {
		bench_fail(b, "library_create: %s", why);
		return;
	}
	names_fix(b);
	for (unsigned i = 0; i < start->cartridges; i++) {
		snprintf(barcode, sizeof barcode, "B%05uL8", i + 1);
		bench_cartridge(b, barcode, NULL);
	}
	target_init(&b->target, "iqn.2026-01.test:bench", 1, 1);
	int err = changer_new(b->library, NULL, &b->changer);
	if (err) {
		bench_fail(b, "changer_new: %s", strerror(-err));
		return;
	}
	target_add(&b->target, changer_lu(b->changer), 0);
	fake_attach(&b->nexus[0], &b->target, "host-0");
	fake_attach(&b->nexus[1], &b->target, "host-1");
	start->body(b);
	for (unsigned who = 0; who < BENCH_NEXUSES; who++)
		fake_detach(&b->nexus[who]);
	target_remove(&b->target, 0);
	changer_close(b->changer);
	changer_free(b->changer);
}

static void bench_fiber(void *arg)
{
	struct start *start = arg;
	struct bench *b = calloc(1, sizeof *b);
	char why[WHY_LEN];

	b->in = malloc(IN_MAX);
	/* In memory where there is such a file system: nothing here is about the disk, and every move syncs. */
	strcpy(b->dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/smc-test.XXXXXX" : "/tmp/smc-test.XXXXXX");
	if (!mkdtemp(b->dir) || installation_open(b->dir, NULL, &b->inst, why)) {
		bench_fail(b, "installation_open: %s", why);
	} else {
		bench_body(b, start);
		installation_close(b->inst);
	}
	nftw(b->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	start->failures = b->failures;
	free(b->in);
	free(b);
}

unsigned bench_run(const struct library_plan *plan, unsigned cartridges, void (*body)(struct bench *b))
{
	struct start start = { plan, cartridges, body, 0 };
	int err = worker_run_once(bench_fiber, &start);
	if (err) {
		fprintf(stderr, "worker_run_once: %s\n", strerror(-err));
		return 1;
	}
	return start.failures;
}
