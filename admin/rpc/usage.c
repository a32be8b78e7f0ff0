/* SPDX-License-Identifier: Apache-2.0 */
/* Usage and health of cartridges: read from the drive for a loaded one, from the folder for the others. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/health_view.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "media/engine/engine.h"
#include "vtl/base/job.h"
#include "vtl/base/timer.h"

struct row {
	char barcode[BARCODE_LEN + 1];
	char entry[MEDIA_ENTRY_MAX + 1]; /* its entry in the wastebasket; "": none */
	bool known;
	bool looked; /* not in a drive, and its folder was read: */
	int err;
	struct cart_usage usage;
};

/* Reading the folders takes as long as the disk needs, but a call waits only this long.  While
 * LOOKS_HANGING_MAX reads hang, no further one is started. */
enum { LOOK_WAIT_MS = 8000, LOOK_LATE_MS = 5000, LOOKS_HANGING_MAX = 4 };

/* Input and output of the helper thread: copies, no pointers into the library.  On the heap, because it
 * may outlive the call. */
struct usage_job {
	const char *root;
	const struct installation *inst;
	int64_t until_ms;
	struct row *rows;
	size_t n;
	bool gone; /* the folder of all cartridges is missing, so a missing cartridge means nothing */
};

/* What the rows read; usage NULL: unknown. */
struct content_seen {
	const struct cart_usage *usage;
	const struct disk *disk;
};

/* Returns NULL if nobody asked for the disk. */
static json_t *writable(const struct content_seen *o)
{
	if (!o->disk)
		return NULL;
	return o->usage ? json_integer((json_int_t)disk_writable(o->disk, o->usage->remaining)) : json_null();
}

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/content.def"
#include "admin/view/end.h"
/* clang-format on */

void usage_into(json_t *view, const struct cart_usage *usage, const struct disk *disk)
{
	content_put(view, &(struct content_seen){ usage, disk });
}

const struct disk *call_disk(const struct call *call)
{
	return call_flag(call, "disk") ? installation_disk(call->inst) : NULL;
}

static void shelf_look(void *arg)
{
	struct usage_job *job = arg;
	struct engine *engine = engine_sync_new();
	for (size_t i = 0; engine && i < job->n && now_ms() < job->until_ms; i++) {
		struct row *row = &job->rows[i];
		if (row->known)
			continue;
		char root[4096];
		bool placed = *row->entry && cart_bin_root(job->root, row->entry, root, sizeof root) == 0;
		row->err = cart_glance(shelf_at(engine, placed ? root : job->root), row->barcode,
			&row->usage);
		row->known = !row->err;
		row->looked = !placed;
	}
	engine_free(engine);
	job->gone = installation_cartridges_there(job->inst) != 0;
}

static void drive_ask(struct installation *inst, const json_t *view, struct row *row)
{
	struct drive_status status;
	unsigned number;
	const char *element = json_string_value(json_object_get(view, cartridge_keys.element));
	if (!element || sscanf(element, "drive:%u", &number) != 1 ||
		!panel_read(inst, json_string_value(json_object_get(view, cartridge_keys.library)), number,
			&status) ||
		!status.loaded || strcmp(status.barcode, row->barcode) != 0)
		return;
	row->known = true;
	row->usage = status.usage;
}

/* Stores what was read in the cartridge's health.  Meanwhile the cartridge may have been deleted or
 * loaded, and another one may have its barcode; uuid and element are compared. */
static void row_keep(struct installation *inst, json_t *view, const struct row *row, bool gone)
{
	char why[WHY_LEN];
	struct library *l = library_find(inst,
		json_string_value(json_object_get(view, cartridge_keys.library)), why);
	struct cartridge *c = l ? cartridge_find(l, row->barcode) : NULL;
	const char *uuid = json_string_value(json_object_get(view, cartridge_keys.uuid));
	if (!c || !uuid || strcmp(uuid, c->label.uuid) != 0)
		return;
	bool in_drive = c->at && c->at->kind == ELEMENT_DRIVE;
	if (row->looked && !gone && !in_drive)
		cartridge_glanced(c, row->err, &row->usage);
	json_object_set_new(view, cartridge_keys.health,
		cartridge_health_view(c, row->known ? &row->usage : NULL));
}

static void job_drop(void *arg)
{
	struct usage_job *job = arg;
	free(job->rows);
	free(job);
}

static struct usage_job *job_new(struct installation *inst, const json_t *cartridges)
{
	size_t i, n = json_array_size(cartridges);
	json_t *view;
	struct usage_job *job = calloc(1, sizeof *job);
	struct row *rows = job ? calloc(n + 1, sizeof *rows) : NULL;
	if (!rows) {
		free(job);
		return NULL;
	}
	*job = (struct usage_job){ .root = installation_cartridges(inst),
		.inst = inst,
		.rows = rows,
		.n = n };
	json_array_foreach((json_t *)cartridges, i, view) {
		snprintf(rows[i].barcode, sizeof rows[i].barcode, "%s",
			json_string_value(json_object_get(view, cartridge_keys.barcode)));
		const char *entry = json_string_value(json_object_get(view, deleted_keys.id));
		snprintf(rows[i].entry, sizeof rows[i].entry, "%s", entry ? entry : "");
		drive_ask(inst, view, &rows[i]);
	}
	return job;
}

/* How long to wait for reads that should end at until_ms; the last one may end later. */
static unsigned wait_ms(int64_t until_ms)
{
	int64_t now = now_ms();
	if (until_ms - now >= LOOK_WAIT_MS - LOOK_LATE_MS)
		return LOOK_WAIT_MS;
	return until_ms < now ? LOOK_LATE_MS : (unsigned)(until_ms - now) + LOOK_LATE_MS;
}

/* Returns 0, or -ETIMEDOUT: the folders do not respond. */
static int look_into(struct installation *inst, json_t *cartridges, int64_t until_ms, const struct disk *disk)
{
	size_t i;
	json_t *view;
	struct usage_job *job = job_new(inst, cartridges);
	if (!job)
		return 0;
	job->until_ms = until_ms;
	int err = jobs_left() >= LOOKS_HANGING_MAX
		? -EBUSY
		: job_call_ms(shelf_look, job, wait_ms(until_ms), job_drop);
	bool ours = err != -ETIMEDOUT; /* otherwise the helper thread still uses the job */
	json_array_foreach(cartridges, i, view) {
		bool known = ours && job->rows[i].known;
		usage_into(view, known ? &job->rows[i].usage : NULL, disk);
		if (ours)
			row_keep(inst, view, &job->rows[i], err || job->gone);
	}
	if (ours)
		job_drop(job);
	return err == -EBUSY ? -ETIMEDOUT : err;
}

void usages_into(struct installation *inst, json_t *cartridges, const struct disk *disk)
{
	look_into(inst, cartridges, INT64_MAX, disk);
}

/* Returns what look_into() needs of each cartridge of the library. */
static json_t *cartridges_of(const struct library *library)
{
	char where[16];
	const struct cartridge *c;
	json_t *list = json_array();
	TAILQ_FOREACH(c, &library->cartridges, link) {
		where_text(c, where);
		json_array_append_new(list,
			json_pack("{s:s,s:s,s:s,s:s}", cartridge_keys.barcode, c->label.barcode,
				cartridge_keys.library, library->name, cartridge_keys.uuid, c->label.uuid,
				cartridge_keys.element, where));
	}
	return list;
}

/* Returns the sum; null if one is unknown. */
static json_t *used_sum(const json_t *cartridges)
{
	size_t i;
	json_t *view;
	json_int_t sum = 0;
	json_array_foreach((json_t *)cartridges, i, view) {
		const json_t *bytes = json_object_get(json_object_get(view, content_keys.usage),
			usage_keys.file_bytes);
		if (!bytes)
			return json_null();
		sum += json_integer_value(bytes);
	}
	return json_integer(sum);
}

int cartridges_look(struct installation *inst, unsigned ms, json_t **ret_used)
{
	json_t *all = json_array();
	for (struct library *l = library_first(inst); l; l = library_next(l)) {
		json_t *some = cartridges_of(l);
		json_array_extend(all, some);
		json_decref(some);
	}
	int err = look_into(inst, all, now_ms() + ms, NULL);
	*ret_used = err ? json_null() : used_sum(all);
	json_decref(all);
	return err;
}

void libraries_used_into(struct installation *inst, json_t *libraries, unsigned ms)
{
	size_t i;
	json_t *library;
	char why[WHY_LEN];
	int64_t until_ms = now_ms() + ms;
	bool answers = ms != 0;
	json_array_foreach(libraries, i, library) {
		const char *name = json_string_value(json_object_get(library, library_keys.name));
		const struct library *l = name ? library_find(inst, name, why)
					       : NULL; /* it may have been deleted meanwhile */
		json_t *cartridges = l && answers ? cartridges_of(l) : NULL;
		answers = answers && (!cartridges || look_into(inst, cartridges, until_ms, NULL) == 0);
		json_object_set_new(library, library_listed_keys.used_bytes,
			cartridges && answers ? used_sum(cartridges) : json_null());
		json_decref(cartridges);
	}
}
