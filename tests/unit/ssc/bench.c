/* SPDX-License-Identifier: Apache-2.0 */
/* A drive on the bench: set up, commands, tear down. */
#include "bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/remove_tree.h"
#include "vtl/base/container.h"
#include "vtl/base/fiber.h"
#include "vtl/base/mail.h"
#include "vtl/base/worker.h"

/* --- a front end made of memory ------------------------------------------------------------------- */

static struct bench_task *task_bench(struct task *task)
{
	return container_of(task, struct bench_task, task);
}

static void answer_later(struct msg *msg)
{
	struct bench_task *t = container_of(msg, struct bench_task, later);
	if (!t->asked)
		return;
	t->asked = false;
	task_data_done(&t->task, 0);
}

static void answer(struct bench_task *t, size_t moved)
{
	struct bench *b = t->bench;
	t->asked = true;
	if (b->pace == PACE_STUCK && moved > b->stuck_after)
		return;
	t->later.run = answer_later;
	if (b->pace == PACE_LATER)
		worker_post(worker_self(), &t->later);
	else
		answer_later(&t->later);
}

static void port_receive(struct task *task, void *buf, size_t len)
{
	struct bench_task *t = task_bench(task);
	memcpy(buf, t->out + t->out_at, len);
	t->out_at += len;
	answer(t, t->out_at);
}

static void port_send(struct task *task, const void *buf, size_t len)
{
	struct bench_task *t = task_bench(task);
	memcpy(t->in + t->in_at, buf, len);
	t->in_at += len;
	answer(t, t->in_at);
}

static void port_cancel(struct task *task)
{
	struct bench_task *t = task_bench(task);
	if (!t->asked)
		return;
	t->asked = false;
	task_data_done(task, -ECANCELED);
}

static void port_done(struct task *task)
{
	struct bench_task *t = task_bench(task);
	t->done = true;
	waitq_wake(&t->ended);
}

static const struct task_port port = { port_receive, port_send, port_cancel, port_done };

/* --- the library's ear --------------------------------------------------------------------------------- */

/* On the drive's worker. */
static void hear(struct drive *drive, const struct cart_label *label, const struct health_report *report)
{
	struct bench *b = container_of(drive, struct bench, drive);
	for (int kind = 0; kind < N_HEALTH_KINDS; kind++) {
		if (!report->faults[kind].count)
			continue;
		b->told.faults[kind].count += report->faults[kind].count;
		b->told.faults[kind].object = report->faults[kind].object;
		b->told.faults[kind].err = report->faults[kind].err;
	}
	b->told.alerts |= report->alerts;
	b->told.opened |= report->opened;
	b->told.renewed |= report->renewed;
	b->told.cleaned |= report->cleaned;
	b->told.lost_files += report->lost_files;
	b->told.tampered |= report->tampered;
	b->tellings++;
}

/* --- commands --------------------------------------------------------------------------------------- */

void bench_start(struct bench *b, struct bench_task *t, unsigned who, const uint8_t *cdb, unsigned cdb_len,
	const void *out, uint32_t out_len, void *in, uint32_t in_len)
{
	*t = (struct bench_task){ .bench = b, .out = out, .in = in };
	waitq_init(&t->ended);
	t->task = (struct task){
		.port = &port,
		.home = worker_self(),
		.nexus = &b->nexus[who],
		.lun = 1,
		.cdb_len = (uint8_t)cdb_len,
		.out_len = out_len,
		.in_len = in_len,
		.tag = (uint64_t)(uintptr_t)t,
	};
	memcpy(t->task.cdb, cdb, cdb_len);
	lu_submit(&t->task);
}

void bench_wait(struct bench_task *t, struct bench_answer *ret)
{
	while (!t->done)
		waitq_wait(&t->ended);
	*ret = (struct bench_answer){
		.status = t->task.status,
		.sense_len = t->task.sense_len,
		.in_done = t->task.in_done,
		.out_done = t->task.out_done,
		.want = t->task.want,
		.aborted = t->task.aborted,
	};
	memcpy(ret->sense, t->task.sense, sizeof ret->sense);
}

void bench_command(struct bench *b, unsigned who, const uint8_t *cdb, unsigned cdb_len, const void *out,
	uint32_t out_len, void *in, uint32_t in_len, struct bench_answer *ret)
{
	struct bench_task *t = malloc(sizeof *t);
	bench_start(b, t, who, cdb, cdb_len, out, out_len, in, in_len);
	bench_wait(t, ret);
	/* A late message of the front end may still look at it. */
	if (b->pace == PACE_LATER)
		fiber_sleep(0);
	free(t);
}

uint8_t bench_cdb(struct bench *b, unsigned who, const char *hex, struct bench_answer *ret)
{
	uint8_t cdb[16], in[4096];
	struct bench_answer mine;
	unsigned n = bench_hex(hex, cdb, sizeof cdb);
	bench_command(b, who, cdb, n, NULL, 0, in, sizeof in, ret ? ret : &mine);
	return ret ? ret->status : mine.status;
}

void bench_settle(struct bench *b)
{
	for (unsigned who = 0; who < BENCH_NEXUSES; who++)
		for (int i = 0; i < 8 && bench_cdb(b, who, "00 00 00 00 00 00", NULL); i++)
			;
}

void bench_load(struct bench *b, const char *barcode, const char *generation)
{
	bench_create(b, barcode, generation, 0, false, false);
	BENCH_CHECK(b, bench_thread(b, barcode) == 0);
	bench_settle(b);
}

void bench_pattern(uint8_t *buf, size_t len, uint32_t seed)
{
	uint64_t x = (uint64_t)seed * 0x9e3779b97f4a7c15u + 1;
	for (size_t i = 0; i < len; i++) {
		if (i % 8 == 0) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		buf[i] = (uint8_t)(x >> 8 * (i % 8));
	}
}

void bench_write(struct bench *b, uint32_t len, uint32_t seed)
{
	uint8_t *buf = malloc(len);
	uint8_t cdb[6] = { 0x0a, 0, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len };
	struct bench_answer a;
	bench_pattern(buf, len, seed);
	bench_command(b, 0, cdb, 6, buf, len, NULL, 0, &a);
	if (a.status)
		bench_fail(b, "a record of %u bytes: status %02x, sense %x/%02x/%02x", len, a.status,
			a.sense[2], a.sense[12], a.sense[13]);
	free(buf);
}

uint64_t bench_object(struct bench *b)
{
	uint8_t cdb[10] = { 0x34, 0x06 }, in[32] = { 0 };
	struct bench_answer a;
	bench_command(b, 0, cdb, 10, NULL, 0, in, sizeof in, &a);
	uint64_t object = 0;
	for (int i = 8; i < 16; i++)
		object = object << 8 | in[i];
	return a.status ? UINT64_MAX : object;
}

/* --- cartridges -------------------------------------------------------------------------------------- */

void bench_create(struct bench *b, const char *barcode, const char *generation, uint64_t capacity, bool worm,
	bool write_protected)
{
	struct cart_label label = { .worm = worm, .write_protected = write_protected };
	const struct generation *g = generation_find(generation);
	snprintf(label.uuid, sizeof label.uuid, "00000000-0000-4000-8000-%012x", (unsigned)strlen(barcode));
	snprintf(label.barcode, sizeof label.barcode, "%s", barcode);
	snprintf(label.generation, sizeof label.generation, "%s", generation);
	label.capacity = capacity ? capacity : g ? g->capacity : 1000000000;
	int err = cart_create(shelf_at(b->engine, b->root), &label);
	if (err)
		bench_fail(b, "cart_create: %d", err);
}

/* The library calls the drive on the drive's worker. */
struct robot {
	struct bench *bench;
	const struct cart_label *label;
	bool stays;
	struct drive_status status;
	int err;
};

static void thread_there(void *arg)
{
	struct robot *r = arg;
	struct drive *drive = &r->bench->drive;
	r->err = drive->ops->thread(drive->server, r->label, r->bench->root, r->stays, BY_HOST);
}

static void unthread_there(void *arg)
{
	struct robot *r = arg;
	r->err = r->bench->drive.ops->unthread(r->bench->drive.server, BY_HOST);
}

static void status_there(void *arg)
{
	struct robot *r = arg;
	r->bench->drive.ops->status(r->bench->drive.server, &r->status);
}

int bench_thread(struct bench *b, const char *barcode)
{
	struct cart_label label;
	struct robot r = { .bench = b, .label = &label };
	r.err = cart_label_read(shelf_at(b->engine, b->root), barcode, &label);
	if (!r.err)
		worker_call(b->drive.worker, thread_there, &r);
	return r.err;
}

int bench_unthread(struct bench *b)
{
	struct robot r = { .bench = b };
	worker_call(b->drive.worker, unthread_there, &r);
	return r.err;
}

struct drive_status bench_status(struct bench *b)
{
	struct robot r = { .bench = b };
	worker_call(b->drive.worker, status_there, &r);
	return r.status;
}

void bench_stall(struct bench *b, bool stalled)
{
	b->drives->watch.tell(b->drives->watch.arg, stalled);
}

/* --- set up and tear down ------------------------------------------------------------------------------ */

struct bench_plan {
	const char *personality;
	void (*body)(struct bench *b);
	const void *arg;
	bool apart;
	unsigned failures;
};

void bench_fail(struct bench *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "  wrong%s%s: ", b->what ? " at " : "", b->what ? b->what : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	b->failures++;
}

static void make_drive(struct bench *b, const char *personality)
{
	struct drive *drive = &b->drive;
	drive->report = hear;
	drive->personality = personality_find(personality);
	drive->number = 1;
	drive->lun = 1;
	snprintf(b->library.changer.serial, sizeof b->library.changer.serial, "EV00000000");
	drive->library = &b->library;
	b->element.address = 500;
	drive->element = &b->element;
	struct identity *id = &drive->identity;
	snprintf(id->serial, sizeof id->serial, "EV00000001");
	snprintf(id->vendor, sizeof id->vendor, "%s", drive->personality->vendor);
	snprintf(id->product, sizeof id->product, "%s", drive->personality->product);
	snprintf(id->revision, sizeof id->revision, "%s", drive->personality->revision);
	id->naa = 0x3123456789abcdef;
}

static void attach(struct bench *b)
{
	for (unsigned i = 0; i < BENCH_NEXUSES; i++) {
		struct nexus *nexus = &b->nexus[i];
		nexus->target = &b->target;
		snprintf(nexus->initiator, sizeof nexus->initiator, "iqn.2026-01.test:%c", 'a' + i);
		snprintf(nexus->initiator_port, sizeof nexus->initiator_port,
			"iqn.2026-01.test:%c,i,0x400001370000", 'a' + i);
		int err = target_attach(nexus);
		if (err)
			bench_fail(b, "target_attach: %d", err);
	}
}

/* Nothing is kept: every bench is a fresh start. */
static int store_save(void *arg, const char *key, const void *blob, size_t len)
{
	return 0;
}

static int64_t store_load(void *arg, const char *key, void *blob, size_t size)
{
	return -ENOENT;
}

static int make_tape(struct bench *b, bool apart)
{
	static const struct lu_store store = { store_save, store_load, NULL };
	b->worker = worker_self();
	if (!apart) {
		b->drives = bench_engine(&b->faults); /* with patience, so that bench_stall() is heard */
		return tape_new(&b->drive, b->worker, &store, b->drives, 1, &b->tape);
	}
	int err = worker_new("drive", &b->worker);
	if (!err)
		err = worker_start(b->worker);
	return err ? err : tape_new(&b->drive, b->worker, &store, NULL, 0, &b->tape);
}

static void serve(struct bench *b, void (*body)(struct bench *b))
{
	target_add(&b->target, tape_lu(b->tape), 1);
	attach(b);
	body(b);
	for (unsigned i = 0; i < BENCH_NEXUSES; i++)
		target_detach(&b->nexus[i]);
	target_remove(&b->target, 1);
	tape_close(b->tape);
	tape_free(b->tape);
}

static void in_fiber(void *arg)
{
	struct bench_plan *plan = arg;
	struct bench *b = calloc(1, sizeof *b);
	/* A memory file system is quicker, a real one is what the ring is for. */
	const char *tmp = plan->apart || access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	b->arg = plan->arg;
	snprintf(b->root, sizeof b->root, "%s/evertape-ssc-XXXXXX", tmp);
	if (!mkdtemp(b->root))
		bench_fail(b, "no folder %s", b->root);
	b->engine = engine_sync_new();
	make_drive(b, plan->personality);
	target_init(&b->target, "iqn.2026-01.test:target", 1, 1);
	int err = b->failures ? -ENOENT : make_tape(b, plan->apart);
	if (err)
		bench_fail(b, "no drive: %d", err);
	else
		serve(b, plan->body);
	if (plan->apart && b->worker) {
		worker_stop(b->worker);
		worker_join(b->worker);
		worker_free(b->worker);
	}
	engine_free(b->engine);
	if (remove_tree(b->root))
		b->failures++;
	plan->failures = b->failures;
	free(b);
}

static unsigned run(struct bench_plan plan)
{
	int err = worker_run_once(in_fiber, &plan);
	if (err) {
		fprintf(stderr, "  no worker: %d\n", err);
		return 1;
	}
	return plan.failures;
}

unsigned bench_run(const char *personality, void (*body)(struct bench *b), const void *arg)
{
	return run((struct bench_plan){ personality, body, arg, false, 0 });
}

unsigned bench_run_apart(const char *personality, void (*body)(struct bench *b), const void *arg)
{
	return run((struct bench_plan){ personality, body, arg, true, 0 });
}
