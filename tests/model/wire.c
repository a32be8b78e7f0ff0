/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over iSCSI: evertaped with one drive, and two sessions of libiscsi. */
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/daemon.h"
#include "tests/lib/seed.h"
#include "tests/model/walk.h"
#include "vtl/base/container.h"

enum { LUN = 1, TIMEOUT_S = 60 };

/* What hosts know the drive by: INQUIRY data, and the pages of names. */
enum { IDENTITY_PAGES = 5, IDENTITY_LEN = 252 };
struct identity {
	uint8_t bytes[IDENTITY_PAGES][IDENTITY_LEN];
};

struct wire {
	struct door door;
	struct daemon daemon;
	char target[TARGET_NAME_LEN];
	struct iscsi_context *host[MODEL_HOSTS];
	uint32_t tag[MODEL_HOSTS], number[MODEL_HOSTS]; /* ITT and CmdSN of the last command */
	struct identity identity;
	unsigned cartridges;
	char barcode[33];
};

static struct wire *wire_of(struct door *door)
{
	return container_of(door, struct wire, door);
}

static bool complain(const char *what, const char *why)
{
	printf("# %s: %s\n", what, why);
	return false;
}

static bool tell_daemon(struct wire *w, const char *const *words)
{
	char why[WHY_LEN] = "";
	return daemon_tell(&w->daemon, words, why) || complain("the command line", why);
}

/* --- sessions ------------------------------------------------------------------------------------------ */

static bool find_target(struct wire *w)
{
	struct portal p;
	struct target_list list;
	char why[WHY_LEN] = "no target";
	const struct session_options options = { .timeout_s = TIMEOUT_S };
	if (!portal_parse(w->daemon.listen, &p, why) || portal_discover(&p, &options, &list, why))
		return complain("discovery", why);
	if (list.count)
		snprintf(w->target, sizeof w->target, "%s", list.targets[0].name);
	target_list_fini(&list);
	return *w->target || complain("discovery", why);
}

static bool login(struct wire *w, unsigned who)
{
	char name[40];
	snprintf(name, sizeof name, "iqn.2026-01.test:host%u", who);
	struct iscsi_context *iscsi = w->host[who] = iscsi_create_context(name);
	if (!iscsi)
		return complain(name, "no memory");
	iscsi_set_isid_random(iscsi, who, 0); /* the same initiator port after each start */
	iscsi_set_targetname(iscsi, w->target);
	iscsi_set_session_type(iscsi, ISCSI_SESSION_NORMAL);
	iscsi_set_noautoreconnect(iscsi, 1);
	iscsi_set_timeout(iscsi, TIMEOUT_S);
	if (iscsi_connect_sync(iscsi, w->daemon.listen) || iscsi_login_sync(iscsi))
		return complain(name, iscsi_get_error(iscsi));
	return true;
}

static bool read_identity(struct iscsi_context *iscsi, struct identity *ret)
{
	static const int pages[IDENTITY_PAGES] = { -1, 0x00, 0x80, 0x83, 0xb0 };
	memset(ret, 0, sizeof *ret);
	for (unsigned i = 0; i < IDENTITY_PAGES; i++) {
		bool vpd = pages[i] >= 0;
		struct scsi_task *task = iscsi_inquiry_sync(iscsi, LUN, vpd, vpd ? pages[i] : 0,
			IDENTITY_LEN);
		bool ok = task && task->status == SCSI_STATUS_GOOD && task->datain.size <= IDENTITY_LEN;
		if (ok)
			memcpy(ret->bytes[i], task->datain.data, (size_t)task->datain.size);
		if (task)
			scsi_free_scsi_task(task);
		if (!ok)
			return complain("INQUIRY", iscsi_get_error(iscsi));
	}
	return true;
}

/* After each start the drive is who it was. */
static bool login_all(struct wire *w)
{
	static const struct identity unknown;
	struct identity now;
	for (unsigned who = 0; who < MODEL_HOSTS; who++)
		if (!login(w, who))
			return false;
	if (!read_identity(w->host[0], &now))
		return false;
	if (!memcmp(&w->identity, &unknown, sizeof unknown))
		w->identity = now;
	return !memcmp(&w->identity, &now, sizeof now) || complain("INQUIRY", "the drive is another one");
}

static void leave_all(struct wire *w)
{
	for (unsigned who = 0; who < MODEL_HOSTS; who++) {
		if (w->host[who])
			iscsi_destroy_context(w->host[who]);
		w->host[who] = NULL;
	}
}

static void logout_all(struct wire *w)
{
	for (unsigned who = 0; who < MODEL_HOSTS; who++)
		if (w->host[who] && iscsi_is_logged_in(w->host[who]))
			iscsi_logout_sync(w->host[who]);
	leave_all(w);
}

/* --- the door ------------------------------------------------------------------------------------------ */

static void reply_of(const struct scsi_task *task, uint32_t offered, struct reply *ret)
{
	ret->status = (uint8_t)task->status;
	ret->want = offered;
	if (task->residual_status == SCSI_RESIDUAL_UNDERFLOW)
		ret->want -= task->residual;
	else if (task->residual_status == SCSI_RESIDUAL_OVERFLOW)
		ret->want += task->residual;
	/* The sense segment is a two-byte length and the sense (RFC 7143 11.4.7). */
	if (task->status == SCSI_STATUS_CHECK_CONDITION && task->datain.size >= 2 + MODEL_SENSE)
		memcpy(ret->sense, task->datain.data + 2, MODEL_SENSE);
}

static bool wire_command(struct door *door, unsigned who, const struct exchange *x, struct reply *ret)
{
	struct wire *w = wire_of(door);
	struct iscsi_context *iscsi = w->host[who];
	int direction = x->out_len ? SCSI_XFER_WRITE : x->in_len ? SCSI_XFER_READ : SCSI_XFER_NONE;
	uint32_t offered = x->out_len + x->in_len;
	uint8_t cdb[sizeof x->cdb];
	memcpy(cdb, x->cdb, sizeof cdb);
	struct scsi_task *task = scsi_create_task(x->cdb_len, cdb, direction, (int)offered);
	if (task && x->out_len)
		scsi_task_add_data_out_buffer(task, (int)x->out_len, (uint8_t *)x->out);
	else if (task && x->in_len)
		scsi_task_add_data_in_buffer(task, (int)x->in_len, x->in);
	if (!task || !iscsi_scsi_command_sync(iscsi, LUN, task, NULL))
		return complain("no answer", iscsi_get_error(iscsi));
	bool ok = task->status >= 0 && task->status <= 0xff;
	if (ok)
		reply_of(task, offered, ret);
	else
		complain("no status", iscsi_get_error(iscsi));
	w->tag[who] = task->itt;
	w->number[who] = task->cmdsn;
	scsi_free_scsi_task(task);
	return ok;
}

/* The cartridge that was there before is deleted for good, because the walk is long. */
static bool wire_insert(struct door *door, uint64_t bytes, bool worm, bool compresses)
{
	static const char *const ways[] = { "auto", "lz4", "zstd" };
	struct wire *w = wire_of(door);
	const char *const unload[] = { "drive", "unload", "1", "--force", NULL };
	const char *const delete[] = { "cartridge", "delete", w->barcode, "--force", NULL };
	const char *const purge[] = { "cartridge", "purge", w->barcode, NULL };
	if (*w->barcode && (!tell_daemon(w, unload) || !tell_daemon(w, delete) || !tell_daemon(w, purge)))
		return false;
	char size[24];
	snprintf(size, sizeof size, "%llu", (unsigned long long)bytes);
	snprintf(w->barcode, sizeof w->barcode, "M%05u%s", ++w->cartridges, worm ? "LY" : "L8");
	const char *const create[] = { "cartridge", "create", w->barcode, "--capacity", size,
		worm ? "--worm" : NULL, NULL };
	const char *const load[] = { "drive", "load", "1", w->barcode, NULL };
	const char *const compress[] = { "library", "compression",
		compresses ? ways[w->cartridges % 3] : "off", NULL };
	return tell_daemon(w, create) && tell_daemon(w, compress) && tell_daemon(w, load);
}

static bool wire_protect(struct door *door, bool protected)
{
	struct wire *w = wire_of(door);
	const char *const unload[] = { "drive", "unload", "1", "--force", NULL };
	const char *const tab[] = { "cartridge", protected ? "protect" : "unprotect", w->barcode, NULL };
	const char *const load[] = { "drive", "load", "1", w->barcode, NULL };
	return tell_daemon(w, unload) && tell_daemon(w, tab) && tell_daemon(w, load);
}

static bool wire_restart(struct door *door)
{
	struct wire *w = wire_of(door);
	char why[WHY_LEN] = "";
	logout_all(w);
	if (!daemon_stop(&w->daemon, why) || !daemon_start(&w->daemon, why))
		return complain("the daemon", why);
	return login_all(w);
}

static bool wire_crash(struct door *door)
{
	struct wire *w = wire_of(door);
	char why[WHY_LEN] = "";
	daemon_kill(&w->daemon);
	leave_all(w);
	return (daemon_start(&w->daemon, why) || complain("the daemon", why)) && login_all(w);
}

static bool wire_manage(struct door *door, unsigned who, enum management function)
{
	static const enum iscsi_task_mgmt_funcs functions[] = { ISCSI_TM_LUN_RESET, ISCSI_TM_ABORT_TASK,
		ISCSI_TM_ABORT_TASK_SET, ISCSI_TM_CLEAR_TASK_SET };
	struct wire *w = wire_of(door);
	/* "Task does not exist" is what is right for a task that has ended. */
	bool done = !iscsi_task_mgmt_sync(w->host[who], LUN, functions[function], w->tag[who],
		w->number[who]);
	return done == (function != MANAGE_ABORT_TASK) ||
		complain("task management", iscsi_get_error(w->host[who]));
}

/* --- the program --------------------------------------------------------------------------------------- */

static bool set_up(struct wire *w)
{
	static const char *const create[] = { "library", "create", "model", "--drives", "1", "--slots", "4",
		NULL };
	static const char *const allow[] = { "initiator", "default", "allow", NULL };
	char why[WHY_LEN] = "no port";
	if (!daemon_port(&w->daemon) || !daemon_start(&w->daemon, why))
		return complain("the daemon", why);
	return tell_daemon(w, create) && tell_daemon(w, allow) && find_target(w) && login_all(w);
}

static void tear_down(struct wire *w)
{
	logout_all(w);
	daemon_kill(&w->daemon);
}

static bool end(struct wire *w)
{
	char why[WHY_LEN] = "";
	logout_all(w);
	return daemon_stop(&w->daemon, why) || complain("the daemon", why);
}

/* arg: the daemon.  A new library each time. */
static bool walks_over_the_wire(void *arg, struct plan *plan)
{
	struct wire w = { .door = { .command = wire_command,
				  .insert = wire_insert,
				  .protect = wire_protect,
				  .restart = wire_restart,
				  .crash = wire_crash,
				  .manage = wire_manage,
				  .port = { "iqn.2026-01.test:host0,i,0x800000000000",
					  "iqn.2026-01.test:host1,i,0x800000010000" },
				  .can_compress = true },
		.daemon = *(const struct daemon *)arg };
	char clean[512];
	snprintf(clean, sizeof clean, "rm -rf '%s'", w.daemon.state);
	bool ok = !system(clean) && set_up(&w) && walk(&w.door, plan) && end(&w);
	tear_down(&w);
	return ok;
}

int main(int argc, char **argv)
{
	struct plan plan;
	if (argc != 5) {
		fprintf(stderr, "usage: wire EVERTAPED EVERTAPE STATE COMMANDS\n");
		return 2;
	}
	struct daemon daemon = { .evertaped = argv[1], .evertape = argv[2], .state = argv[3] };
	plan_init(&plan, seed_new(), strtoul(argv[4], NULL, 10));
	bool ok = explore(&plan, walks_over_the_wire, &daemon);
	plan_fini(&plan);
	return ok ? 0 : 1;
}
