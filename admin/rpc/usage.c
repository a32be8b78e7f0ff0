/* SPDX-License-Identifier: Apache-2.0 */
/* How full cartridges are: a drive says it of the one in it, the folder of those in the shelf. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/view.h"
#include "media/engine.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/worker.h"

struct row {
	char barcode[BARCODE_LEN + 1];
	char entry[MEDIA_ENTRY_MAX + 1]; /* its place in the wastebasket, "" when it is in none */
	bool known;
	struct cart_usage usage;
};

/* What goes to the helper thread: copies, nothing of the library's. */
struct job {
	const char *root;
	struct row *rows;
	size_t n;
};

json_t *usage_view(const struct cart_usage *u)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "capacity", (json_int_t)u->capacity, "used",
	                 (json_int_t)u->used, "remaining", (json_int_t)u->remaining, "objects",
	                 (json_int_t)u->objects, "filemarks", (json_int_t)u->filemarks, "file_bytes",
	                 (json_int_t)u->file_bytes);
}

static void shelf_look(void *arg)
{
	struct job *job = arg;
	struct engine *engine = engine_sync_new();
	for (size_t i = 0; engine && i < job->n; i++) {
		struct row *row = &job->rows[i];
		char root[4096];
		bool placed = *row->entry && cart_bin_root(job->root, row->entry, root, sizeof root) == 0;
		if (!row->known)
			row->known = cart_glance(engine, placed ? root : job->root, row->barcode, &row->usage) == 0;
	}
	engine_free(engine);
}

static void drive_ask(struct installation *inst, const json_t *view, struct row *row)
{
	struct drive_status status;
	unsigned number;
	const char *element = json_string_value(json_object_get(view, "element"));
	if (!element || sscanf(element, "drive:%u", &number) != 1 ||
	    !panel_read(inst, json_string_value(json_object_get(view, "library")), number, &status) ||
	    !status.loaded || strcmp(status.barcode, row->barcode) != 0)
		return;
	row->known = true;
	row->usage = status.usage;
}

void usages_into(struct installation *inst, json_t *cartridges)
{
	size_t i, n = json_array_size(cartridges);
	json_t *view;
	autofree struct row *rows = calloc(n + 1, sizeof *rows);
	struct job job = { .root = installation_cartridges(inst), .rows = rows, .n = n };
	if (!rows)
		return;
	json_array_foreach(cartridges, i, view) {
		snprintf(rows[i].barcode, sizeof rows[i].barcode, "%s",
		         json_string_value(json_object_get(view, "barcode")));
		const char *entry = json_string_value(json_object_get(view, "id"));
		snprintf(rows[i].entry, sizeof rows[i].entry, "%s", entry ? entry : "");
		drive_ask(inst, view, &rows[i]);
	}
	job_call(shelf_look, &job);
	json_array_foreach(cartridges, i, view)
		json_object_set_new(view, "usage",
		                    rows[i].known ? usage_view(&rows[i].usage) : json_null());
}
