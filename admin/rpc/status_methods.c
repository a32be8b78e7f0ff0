/* SPDX-License-Identifier: Apache-2.0 */
/* status, version, and the list of methods itself. */
#include <limits.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin/rpc/move.h"
#include "admin/rpc/session.h"
#include "admin/rpc/view.h"
#include "vtl/base/log.h"
#include "vtl/base/worker.h"

struct room {
	const char *path;
	json_int_t total, available; /* bytes; -1 when the file system does not say */
};

/* On a helper thread: a network file system may take its time. */
static void room_read(void *arg)
{
	struct room *room = arg;
	struct statvfs v;
	room->total = room->available = -1;
	if (statvfs(room->path, &v) < 0)
		return;
	room->total = (json_int_t)(v.f_blocks * v.f_frsize);
	room->available = (json_int_t)(v.f_bavail * v.f_frsize);
}

static json_t *version(struct call *call)
{
	return json_pack("{s:s,s:s}", "program", "evertaped", "version", call->context->version);
}

static void count_all(struct installation *inst, int *ret_libraries, int *ret_cartridges)
{
	const struct cartridge *c;
	for (struct library *l = library_first(inst); l; l = library_next(l)) {
		++*ret_libraries;
		TAILQ_FOREACH(c, &l->cartridges, link)
			++*ret_cartridges;
	}
}

static json_t *status(struct call *call)
{
	const struct rpc_context *context = call->context;
	struct room room = { .path = installation_cartridges(call->inst) };
	job_call(room_read, &room);
	json_t *drives = drives_view(call->inst);
	int libraries = 0, cartridges = 0;
	count_all(call->inst, &libraries, &cartridges);
	char state[PATH_MAX], folder[PATH_MAX]; /* a path is bytes, a document is text */
	log_escape(state, sizeof state, "%s", context->state_dir);
	log_escape(folder, sizeof folder, "%s", room.path);
	int64_t up = context->started_ms ? now_ms() - context->started_ms : 0;
	return json_pack("{s:s,s:i,s:I,s:s,s:s,s:o,s:i,s:i,s:i,s:i,s:I,s:I,s:o}", "version",
	                 context->version, "pid", (int)getpid(), "uptime_seconds",
	                 (json_int_t)(up / 1000), "state", state,
	                 "cartridges_folder", folder, "portals",
	                 portals_view(context), "workers", (int)context->workers, "libraries",
	                 libraries, "cartridges", cartridges, "sessions",
	                 (int)sessions_of(context, NULL), "disk_bytes", room.total,
	                 "disk_available_bytes", room.available, "drives", drives);
}

static const char *const types[] = {
	[PARAM_TEXT] = "text", [PARAM_SECRET] = "secret", [PARAM_NUMBER] = "number",
	[PARAM_FLAG] = "flag", [PARAM_TEXTS] = "texts",
};
static const char *const roles[] = {
	[ROLE_READ] = "read", [ROLE_WRITE] = "write", [ROLE_LONG] = "long",
};

static json_t *params_view(const struct method *method)
{
	json_t *list = json_array();
	for (const struct param *p = method->params; p->name; p++) {
		json_t *o = json_pack("{s:s,s:s,s:b}", "name", p->name, "type", types[p->type],
		                      "required", p->required);
		if (p->type == PARAM_NUMBER) {
			json_object_set_new(o, "min", json_integer(p->min));
			json_object_set_new(o, "max", json_integer(p->max));
		}
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *methods(struct call *call)
{
	(void)call;
	const struct method *m;
	json_t *list = json_array();
	for (size_t i = 0; (m = method_at(i)); i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:b,s:s,s:o}", "name", m->name, "role",
		                                      roles[m->role], "wants_file", m->wants_fd, "help",
		                                      m->help, "params", params_view(m)));
	return json_pack("{s:o}", "methods", list);
}

const struct method status_methods[] = {
	{ .name = "status", .role = ROLE_READ, .run = status, .params = NO_PARAMS,
	  .help = "The front panel: what every drive is doing, who is connected, room left" },
	{ .name = "version", .role = ROLE_READ, .run = version, .params = NO_PARAMS,
	  .help = "Which version the daemon is" },
	{ .name = "methods", .role = ROLE_READ, .run = methods, .params = NO_PARAMS,
	  .help = "What can be asked here" },
	{ 0 }
};
