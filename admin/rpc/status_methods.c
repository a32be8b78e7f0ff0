/* SPDX-License-Identifier: Apache-2.0 */
/* status, version, log. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "admin/rpc/checks.h"
#include "admin/rpc/session.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"

/* Runs on a helper thread, because a network file system may be slow. */
struct folder_look {
	const struct installation *inst;
	int err;
};

static void folder_look(void *arg)
{
	struct folder_look *look = arg;
	look->err = installation_cartridges_there(look->inst);
}

static uint64_t promised(struct installation *inst)
{
	uint64_t sum = 0;
	for (struct library *l = library_first(inst); l; l = library_next(l))
		sum += library_promised(l);
	return sum;
}

static const char *const levels[] = {
	[DISK_ROOMY] = "roomy",
	[DISK_NEARLY_FULL] = "nearly full",
	[DISK_FULL] = "full",
};

/* A path is bytes; a JSON document needs UTF-8. */
static json_t *path_text(const char *path)
{
	char text[PATH_MAX];
	log_escape(text, sizeof text, "%s", path);
	return json_string(text);
}

/* --- the rows --------------------------------------------------------------------------------------------- */

struct disk_seen {
	struct installation *inst;
	const struct disk *disk;
	bool read_only;
	char why[WHY_LEN];
	uint64_t total, left;
};

struct status_seen {
	const struct rpc_context *context;
	uint64_t up_seconds;
	unsigned libraries, cartridges;
	json_t *health, *drives, *used;
	struct disk_seen disk;
};

static json_t *hosts_view(const struct rpc_context *context, const json_t *drives);

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/status.def"
#include "admin/view/end.h"
/* clang-format on */

static void disk_see(struct installation *inst, struct disk_seen *disk)
{
	disk->inst = inst;
	disk->disk = installation_disk(inst);
	disk->read_only = installation_read_only(inst, disk->why, sizeof disk->why);
	disk->total = atomic_load(&disk->disk->total);
	disk->left = disk_left(disk->disk);
}

static json_t *version(struct call *call)
{
	return program_put(json_object(), call->context);
}

static void count_all(struct installation *inst, unsigned *ret_libraries, unsigned *ret_cartridges)
{
	const struct cartridge *c;
	for (struct library *l = library_first(inst); l; l = library_next(l)) {
		++*ret_libraries;
		TAILQ_FOREACH(c, &l->cartridges, link)
			++*ret_cartridges;
	}
}

/* Returns the drives that a session used last since their cartridges were loaded. */
static json_t *drives_of(const json_t *drives, const json_t *session)
{
	size_t i;
	json_t *drive, *list = json_array();
	json_array_foreach((json_t *)drives, i, drive) {
		const json_t *host = json_object_get(drive, drive_keys.last_used_by);
		if (json_equal(json_object_get(host, host_keys.session),
			    json_object_get(session, session_keys.tsih)) &&
			json_equal(json_object_get(host, host_keys.initiator),
				json_object_get(session, session_keys.initiator)))
			json_array_append(list, json_object_get(drive, drive_keys.element));
	}
	return list;
}

static void host_into(const struct front_session *session, void *list)
{
	if (!session->discovery)
		json_array_append_new(list, session_view(session));
}

/* Returns the normal sessions, each with the drives it uses. */
static json_t *hosts_view(const struct rpc_context *context, const json_t *drives)
{
	size_t i;
	json_t *host, *hosts = json_array();
	fronts_sessions(context->fronts, host_into, hosts);
	json_array_foreach(hosts, i, host)
		json_object_set_new(host, status_host_keys.drives, drives_of(drives, host));
	return hosts;
}

static json_t *status(struct call *call)
{
	const struct rpc_context *context = call->context;
	struct folder_look folder = { .inst = call->inst };
	job_call(folder_look, &folder);
	bool look = !call_flag(call, "quick") && !folder.err;
	json_t *used = NULL;
	bool no_answer = look && cartridges_look(call->inst, CARTRIDGES_LOOK_MS, &used) == -ETIMEDOUT;
	installation_look(call->inst);
	int64_t up = context->started_ms ? now_ms() - context->started_ms : 0;
	struct status_seen seen = { .context = context,
		.up_seconds = (uint64_t)up / 1000,
		.drives = drives_view(call->inst),
		.used = used };
	count_all(call->inst, &seen.libraries, &seen.cartridges);
	disk_see(call->inst, &seen.disk);
	const struct facts facts = { .disk = seen.disk.disk,
		.folder = folder.err,
		.no_answer = no_answer,
		.drives = seen.drives };
	seen.health = health_now(call->inst, &facts);
	return status_put(json_object(), &seen);
}

/* The level of each room, after they are set as the caller wants them. */
static json_t *log_levels(struct call *call)
{
	char why[WHY_LEN];
	const char *wanted = call_text(call, "levels");
	json_t *list = json_array();
	if (wanted)
		log_levels_set(wanted, true, why, sizeof why);
	for (unsigned i = 0; i < ROOMS_COUNT; i++)
		json_array_append_new(list, room_put(json_object(), &i));
	return json_pack("{s:o}", rooms_keys.rooms, list);
}

const struct handler status_handlers[] = {
	{ "status", status },
	{ "version", version },
	{ "log", log_levels },
	{ 0 },
};
