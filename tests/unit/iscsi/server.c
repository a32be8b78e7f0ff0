/* SPDX-License-Identifier: Apache-2.0 */
/* A small iSCSI server for tests: the real port and the real SCSI core over tapes in memory. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vtl/base/io.h"
#include "vtl/base/log.h"
#include "vtl/base/worker.h"
#include "vtl/iscsi/iscsi.h"

enum { TAPES = 2, RECORDS = 4096, RECORD_MAX = 8 << 20, ERASE_MS = 30000 };

struct tape {
	struct lu lu;
	struct record {
		uint8_t *data;
		uint32_t len;
	} records[RECORDS];
	unsigned count, at;
};

static struct tape *tape_of(struct task *task)
{
	return task->lu->device;
}

static void tape_rewind(struct task *task)
{
	tape_of(task)->at = 0;
}

/* Takes half a minute, unless somebody aborts it. */
static void tape_erase(struct task *task)
{
	for (int ms = 0; ms < ERASE_MS && !task->aborted; ms += 10)
		fiber_sleep(10);
}

static void tape_write(struct task *task)
{
	struct tape *t = tape_of(task);
	uint32_t len = get_be24(task->cdb + 2);
	if (len > RECORD_MAX || t->at == RECORDS) {
		task_fail_cdb(task, 2, 7);
		return;
	}
	uint8_t *data = malloc(len ? len : 1);
	int err = task_receive(task, data, len);
	if (err) {
		if (err == -ENODATA)
			task_fail(task, SENSE_DATA_PHASE_LENGTH);
		free(data);
		return;
	}
	while (t->count > t->at)
		free(t->records[--t->count].data);
	t->records[t->count++] = (struct record){ data, len };
	t->at++;
}

static void tape_read(struct task *task)
{
	struct tape *t = tape_of(task);
	uint32_t len = get_be24(task->cdb + 2);
	if (t->at == t->count) {
		task_fail_with(task,
			&(struct sense_data){ .id = SENSE_END_OF_DATA, .valid = true, .information = len });
		return;
	}
	struct record *r = &t->records[t->at++];
	uint32_t n = len < r->len ? len : r->len;
	bool exact = len == r->len || task->cdb[1] & 2;
	if (exact) {
		task_send_last(task, r->data, n);
		return;
	}
	task_send(task, r->data, n);
	task_fail_with(task,
		&(struct sense_data){ .id = SENSE_NONE,
			.ili = true,
			.valid = true,
			.information = (int64_t)len - r->len });
}

/* clang-format off */
static const struct scsi_op tape_ops[] = {
	{ .code = 0x01, .sa = SA_NONE, .len = 6, .name = "REWIND", .gates = GATE_UA,
	  .run = tape_rewind, .fields = NO_FIELDS },
	{ .code = 0x08, .sa = SA_NONE, .len = 6, .name = "READ(6)", .dir = DIR_IN, .gates = GATE_UA,
	  .run = tape_read, .fields = FIELDS({ "sili", 1, 1, 1 }, { "transfer_length", 2, 7, 24 }) },
	{ .code = 0x0a, .sa = SA_NONE, .len = 6, .name = "WRITE(6)", .dir = DIR_OUT, .gates = GATE_UA,
	  .run = tape_write, .fields = FIELDS({ "transfer_length", 2, 7, 24 }) },
	{ .code = 0x19, .sa = SA_NONE, .len = 6, .name = "ERASE(6)", .gates = GATE_UA,
	  .run = tape_erase, .fields = FIELDS({ "long", 1, 0, 1 }) },
	{ .name = NULL },
};
/* clang-format on */

static bool always(struct task *task)
{
	return true;
}

static int64_t nothing_saved(void *arg, const char *key, void *blob, size_t size)
{
	return -ENOENT;
}

static int save_nothing(void *arg, const char *key, const void *blob, size_t len)
{
	return 0;
}

static const struct vpd_page vpd_pages[] = {
	{ 0x80, "serial", vpd_serial },
	{ 0x83, "identification", vpd_identification },
	{ 0 },
};
static const struct lu_type tape_type = { .device_type = 1, .ready = always, .writable = always };
static const struct lu_type changer_type = { .device_type = 8, .ready = always, .writable = always };
static const struct mode_page no_modes[] = { { 0 } };
static const struct log_page no_logs[] = { { 0 } };
static const struct scsi_op *const tape_tables[] = { tape_ops, primary_ops, NULL };
static const struct scsi_op *const changer_tables[] = { primary_ops, NULL };
static const uint8_t inquiry[36] = { 0, 0x80, 6, 2, 31 };

struct server {
	struct worker *workers[2];
	unsigned n_workers;
	struct target target;
	struct lu changer;
	struct tape tapes[TAPES];
	struct iscsi *iscsi;
	struct fronts fronts;
	int signals;
};

static void access_decide(void *arg, const char *initiator, const char *target,
	const struct sockaddr_storage *peer, struct iscsi_access *ret)
{
	*ret = (struct iscsi_access){ .allowed = !strstr(initiator, "denied") };
	if (strstr(initiator, "chap") || strstr(initiator, "mutual")) {
		strcpy(ret->chap_user, "user");
		strcpy(ret->chap_secret, "secret-twelve");
	}
	if (strstr(initiator, "mutual")) {
		strcpy(ret->target_user, "target");
		strcpy(ret->target_secret, strstr(initiator, "same") ? "secret-twelve" : "secret-of-target");
	}
}

static void lu_fill(struct server *s, struct lu *lu, const struct lu_type *type, unsigned lun)
{
	lu->type = type;
	lu->ops = type == &tape_type ? tape_tables : changer_tables;
	lu->mode_pages = no_modes;
	lu->log_pages = no_logs;
	lu->vpd_pages = vpd_pages;
	strcpy(lu->id.vendor, "IBM");
	strcpy(lu->id.product, lun ? "ULT3580-TD8" : "TESTCHANGER");
	strcpy(lu->id.revision, "0001");
	snprintf(lu->id.serial, sizeof lu->id.serial, "TEST00000%u", lun);
	lu->id.naa = 0x3000000000000001 + lun;
	lu->id.version = 6;
	lu->id.inquiry = inquiry;
	lu->id.inquiry_len = sizeof inquiry;
	lu->store = (struct lu_store){ save_nothing, nothing_saved, NULL };
	lu->worker = s->workers[lun % s->n_workers];
}

static void open_here(void *arg)
{
	if (lu_open(arg))
		abort();
}

static void close_here(void *arg)
{
	lu_close(arg);
}

static void show(const struct front_session *info, void *arg)
{
	fprintf(stderr, "session %u %s %s %s\n", info->session, info->initiator, info->target, info->address);
}

static void library_up(struct server *s)
{
	target_init(&s->target, "iqn.2026-01.test:library", 1, 1);
	s->target.lus_worker = s->workers[s->n_workers - 1];
	lu_fill(s, &s->changer, &changer_type, 0);
	for (unsigned i = 0; i < TAPES; i++) {
		lu_fill(s, &s->tapes[i].lu, &tape_type, i + 1);
		s->tapes[i].lu.device = &s->tapes[i];
	}
	worker_call(s->changer.worker, open_here, &s->changer);
	target_add(&s->target, &s->changer, 0);
	for (unsigned i = 0; i < TAPES; i++) {
		worker_call(s->tapes[i].lu.worker, open_here, &s->tapes[i].lu);
		target_add(&s->target, &s->tapes[i].lu, (uint16_t)(i + 1));
	}
}

static void library_down(struct server *s)
{
	for (unsigned i = 0; i <= TAPES; i++) {
		target_remove(&s->target, (uint16_t)i);
		struct lu *lu = i ? &s->tapes[i - 1].lu : &s->changer;
		worker_call(lu->worker, close_here, lu);
	}
}

static void serve(void *arg)
{
	struct server *s = arg;
	library_up(s);
	const char *time = getenv("LOGIN_TIMEOUT"), *pings = getenv("PING");
	s->iscsi = iscsi_new(&(struct iscsi_config){ .access = access_decide,
		.workers = s->workers,
		.n_workers = s->n_workers,
		.login_timeout_s = time ? (unsigned)atoi(time) : 15,
		.max_connections = 256,
		.max_per_address = 100,
		.ping_s = pings ? (unsigned)atoi(pings) : 0 });
	fronts_init(&s->fronts);
	fronts_join(&s->fronts, iscsi_front(s->iscsi));
	fronts_add_target(&s->fronts, &s->target);
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	uint16_t port, port6;
	if (iscsi_listen(s->iscsi, (const struct sockaddr *)&v4, sizeof v4, false, &port))
		abort();
	fprintf(stderr, "listening on 127.0.0.1:%u\n", port);
	if (iscsi_listen(s->iscsi, (const struct sockaddr *)&v6, sizeof v6, false, &port6) == 0)
		fprintf(stderr, "listening on [::1]:%u\n", port6);
	if (iscsi_serve(s->iscsi))
		abort();
	fprintf(stderr, "ready\n");
	struct signalfd_siginfo info;
	while (io_read(s->signals, &info, sizeof info, 0) > 0 && info.ssi_signo != SIGTERM)
		fronts_sessions(&s->fronts, show, NULL);
	fronts_stop(&s->fronts);
	fronts_remove_target(&s->fronts, &s->target);
	library_down(s);
	fronts_free(&s->fronts);
	worker_stop(worker_self());
}

static void begin(struct msg *msg);
static struct server server;
static struct msg first = { .run = begin };

static void begin(struct msg *msg)
{
	if (fiber_start("serve", serve, &server))
		abort();
}

int main(int argc, char **argv)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (getenv("DEBUG"))
		log_set_level(LOG_DEBUG);
	server.signals = signalfd(-1, &set, SFD_CLOEXEC);
	server.n_workers = argc > 1 && atoi(argv[1]) == 1 ? 1 : 2;
	for (unsigned i = 0; i < server.n_workers; i++)
		if (worker_new("w", &server.workers[i]))
			return 1;
	if (server.n_workers > 1)
		worker_start(server.workers[1]);
	worker_post(server.workers[0], &first);
	worker_run(server.workers[0]);
	if (server.n_workers > 1) {
		worker_stop(server.workers[1]);
		worker_join(server.workers[1]);
		worker_free(server.workers[1]);
	}
	worker_free(server.workers[0]);
	for (unsigned i = 0; i < TAPES; i++)
		while (server.tapes[i].count)
			free(server.tapes[i].records[--server.tapes[i].count].data);
	fprintf(stderr, "ended\n");
	return 0;
}
