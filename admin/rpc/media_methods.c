/* SPDX-License-Identifier: Apache-2.0 */
/* cartridge: verify, export, import.  A helper thread reads or writes the whole cartridge. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin/rpc/offline.h"
#include "admin/rpc/rpc_internal.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "media/engine/engine.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/job.h"
#include "vtl/library/deleted.h"
#include "vtl/library/health.h"

/* Input and output of the helper thread.  It holds copies, no pointers into the library. */
struct media_job {
	struct installation *inst;
	const char *root;
	char barcode[BARCODE_LEN + 1];
	int fd;
	enum cart_container container; /* CART_ANY: of an import, what the file looks like */
	bool resume;                   /* of an export */
	struct cart_label label;
	bool has_label, label_asked, whole, kept; /* of an import; kept: there is a cartridge now */
	struct cart_report report;
	int64_t began_ms;
	uint64_t size,
		available; /* of an import: bytes of the file (0: unknown), and free bytes of the disk */
	char why[128];
	int err;
};

static struct media_job *job_new(struct call *call, const char *barcode)
{
	struct media_job *job = calloc(1, sizeof *job);
	if (!job)
		return NULL;
	job->inst = call->inst;
	job->root = installation_cartridges(call->inst);
	job->fd = call->fd;
	job->began_ms = now_ms();
	snprintf(job->barcode, sizeof job->barcode, "%s", barcode ? barcode : "");
	const char *format = call_text(call, "format");
	job->container = format ? cart_format_find(format) : CART_ANY;
	return job;
}

/* Returns whether the descriptor is a plain file or a UNIX stream socket.  A socket can be shut down while
 * the work blocks in it, and its end of file tells a complete stream from a lost sender. */
static bool fd_usable(int fd)
{
	struct stat st;
	int domain = 0, type = 0;
	socklen_t len = sizeof domain;
	if (fstat(fd, &st) < 0)
		return false;
	if (!S_ISSOCK(st.st_mode))
		return S_ISREG(st.st_mode);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX &&
		getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

static bool file_ok(struct call *call, bool to_write)
{
	int flags = fcntl(call->fd, F_GETFL);
	int mode = flags & O_ACCMODE;
	if (flags < 0 || !fd_usable(call->fd))
		call_refuse(call, CODE_REFUSED,
			"the descriptor must be a plain file or a UNIX stream socket");
	else if (mode != O_RDWR && mode != (to_write ? O_WRONLY : O_RDONLY))
		call_refuse(call, CODE_PERMISSION, "the file is not open for %s",
			to_write ? "writing" : "reading");
	else if (flags & O_NONBLOCK)
		call_refuse(call, CODE_BAD_REQUEST, "the file must not be in non-blocking mode");
	return !call->code;
}

/* Refuses a cartridge in a drive, because the drive owns its files. */
static bool not_in_drive(struct call *call, const struct cartridge *c)
{
	if (c->at && c->at->kind == ELEMENT_DRIVE)
		call_refuse(call, CODE_BUSY, "cartridge %s is in drive:%u; unload it first", c->label.barcode,
			c->at->number);
	return !call->code;
}

static json_t *refuse_media(struct call *call, const struct media_job *job, const char *doing)
{
	call_refuse_err(call, job->err, NULL);
	return call_refuse(call, call->code, "cannot %s cartridge%s%s: %s", doing, job->barcode[0] ? " " : "",
		job->barcode, job->why[0] ? job->why : media_error_text(job->err));
}

/* --- verify ------------------------------------------------------------------------------------- */

static void verify_work(void *arg, const struct media_progress *progress)
{
	struct media_job *job = arg;
	struct engine *engine = engine_sync_new();
	job->err = engine ? cart_verify(shelf_at(engine, job->root), job->barcode, progress, &job->report)
			  : -ENOMEM;
	engine_free(engine);
}

/* The cartridge may have been deleted meanwhile. */
static void verify_keep(struct call *call, const char *library_name, const struct media_job *job)
{
	char why[WHY_LEN];
	struct library *library = library_find(call->inst, library_name, why);
	struct cartridge *c = library ? cartridge_find(library, job->barcode) : NULL;
	if (c && strcmp(c->label.uuid, job->label.uuid) == 0)
		cartridge_verified(c, job->err, &job->report);
}

static json_t *verify(struct call *call)
{
	struct library *library;
	struct cartridge *c = call_cartridge(call, &library);
	autofree struct media_job *job = c && not_in_drive(call, c) ? job_new(call, c->label.barcode) : NULL;
	autofree char *name = job ? strdup(library->name) : NULL;
	if (!name)
		return NULL;
	job->label = c->label;
	call_long(call, verify_work, job);
	verify_keep(call, name, job);
	if (job->err && job->err != -EBADMSG)
		return refuse_media(call, job, "verify");
	json_t *report = report_view(job->barcode, &job->report);
	report_rate(report, &job->report, now_ms() - job->began_ms);
	if (!job->err)
		return report;
	report_text(job->barcode, &job->report, call->why, sizeof call->why);
	call->code = CODE_DAMAGED;
	call->details = report;
	return NULL;
}

/* --- export --------------------------------------------------------------------------------------- */

static void export_work(void *arg, const struct media_progress *progress)
{
	struct media_job *job = arg;
	struct engine *engine = engine_sync_new();
	job->err = engine ? (job->resume ? cart_export_on : cart_export)(shelf_at(engine, job->root),
				    job->barcode, job->fd, job->container, progress, &job->report, job->why)
			  : -ENOMEM;
	engine_free(engine);
}

static bool export_format(struct call *call, struct media_job *job)
{
	if (job->container == CART_ANY)
		job->container = CART_NATIVE;
	const struct cart_format_row format = cart_format_row(job->container);
	struct stat st;
	job->resume = call_flag(call, "resume");
	if (job->resume &&
		(fstat(call->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
			(fcntl(call->fd, F_GETFL) & O_ACCMODE) != O_RDWR))
		call_refuse(call, CODE_BAD_PARAMS, "only a plain file that can be read too can be resumed");
	else if (!format.writes)
		call_refuse(call, CODE_BAD_PARAMS, "%s can only be imported; export in another format",
			format.words);
	return !call->code;
}

static json_t *export(struct call *call)
{
	struct library *library;
	struct cartridge *c = file_ok(call, true) ? call_cartridge(call, &library) : NULL;
	autofree struct media_job *job = c && not_in_drive(call, c) ? job_new(call, c->label.barcode) : NULL;
	if (!job || !export_format(call, job))
		return NULL;
	call_long(call, export_work, job);
	if (job->err)
		return refuse_media(call, job, "export");
	return transfer_view(job->barcode, &job->report, now_ms() - job->began_ms);
}

/* --- import ----------------------------------------------------------------------------------------- */

static bool import_room(void *arg, unsigned ms)
{
	struct media_job *job = arg;
	return library_make_room(job->inst, ms);
}

static void import_work(void *arg, const struct media_progress *progress)
{
	struct media_job *job = arg;
	struct engine *engine = engine_sync_new();
	const struct cart_import_how how = { .container = job->container,
		.barcode = job->barcode[0] ? job->barcode : NULL,
		.label = job->has_label ? &job->label : NULL,
		.label_asked = job->label_asked,
		.whole = job->whole };
	char made[MEDIA_BARCODE_MAX + 1] = "";
	if (engine)
		engine_room(engine, import_room, job);
	job->err = installation_cartridges_there(job->inst);
	if (!job->err)
		job->err = engine ? cart_import(shelf_at(engine, job->root), job->fd, &how, progress,
					    &job->report, job->why, made)
				  : -ENOMEM;
	job->kept = made[0];
	if (job->kept)
		memcpy(job->barcode, made, sizeof made);
	engine_free(engine);
}

/* Fills the label for a file that has none, as far as the call says what it needs. */
static bool label_fill(struct call *call, struct media_job *job)
{
	bool worm = false, cleaning = false;
	const char *name = call_text(call, "generation");
	const struct generation *of_barcode = generation_of_barcode(job->barcode, &worm, &cleaning);
	const struct generation *g = name ? generation_find(name) : of_barcode;
	const bool must = job->label_asked || job->container != CART_ANY;
	if (must && !job->barcode[0])
		call_refuse(call, CODE_BAD_PARAMS, "%s has no barcode; give --barcode",
			job->container == CART_ANY ? "a tape image of others"
						   : cart_format_row(job->container).words);
	else if (must && (!g || cleaning))
		call_refuse(call, CODE_BAD_PARAMS, "barcode %s does not name a generation; give --generation",
			job->barcode);
	else if (name && of_barcode && g != of_barcode)
		call_refuse(call, CODE_BAD_PARAMS, "barcode %s means %s, not %s", job->barcode,
			of_barcode->name, g->name);
	if (call->code || !job->barcode[0] || !g || cleaning)
		return !call->code;
	snprintf(job->label.barcode, sizeof job->label.barcode, "%s", job->barcode);
	snprintf(job->label.generation, sizeof job->label.generation, "%s", g->name);
	job->label.capacity = (uint64_t)call_number(call, "capacity");
	if (!job->label.capacity)
		job->label.capacity = g->capacity;
	job->label.worm = worm;
	job->has_label = true;
	return true;
}

/* Checks the call's parameters against the format of the file. */
static bool label_ok(struct call *call, struct media_job *job)
{
	job->whole = call_flag(call, "whole");
	job->label_asked = call_text(call, "generation") || call_number(call, "capacity");
	if (job->container == CART_ANY || !cart_format_row(job->container).has_label)
		return label_fill(call, job);
	if (job->label_asked)
		call_refuse(call, CODE_BAD_PARAMS,
			"generation and capacity are only for tape images of others; a native file has its own");
	return !call->code;
}

static json_t *adopt(struct call *call, const struct media_job *job, const char *library_name)
{
	char why[WHY_LEN] = "";
	struct cartridge *cartridge;
	struct library *library = library_find(call->inst, library_name, why);
	int err = library ? cartridge_adopt(call->inst, library, job->barcode, &cartridge, why) : -ENOENT;
	return err ? call_refuse_err(call, err, why) : cartridge_view(cartridge);
}

static void discard(void *arg)
{
	const struct media_job *job = arg;
	struct engine *engine = engine_sync_new();
	if (engine)
		cart_delete(shelf_at(engine, job->root), job->barcode);
	engine_free(engine);
}

/* Runs on a helper thread: measures the input and the free disk space. */
static void room_look(void *arg)
{
	struct media_job *job = arg;
	struct stat st;
	struct statvfs v;
	off_t at = lseek(job->fd, 0, SEEK_CUR);
	if (fstat(job->fd, &st) == 0 && S_ISREG(st.st_mode) && at >= 0 && st.st_size > at)
		job->size = (uint64_t)(st.st_size - at);
	if (statvfs(job->root, &v) == 0)
		job->available = (uint64_t)v.f_bavail * v.f_frsize;
	else
		job->available = UINT64_MAX;
}

static bool has_free_slot(const struct library *library)
{
	for (unsigned i = 0; i < library->n_slots; i++)
		if (!library->slots[i].cartridge)
			return true;
	return false;
}

static const char *library_of(struct installation *inst, const char *barcode)
{
	for (struct library *l = library_first(inst); l; l = library_next(l))
		if (cartridge_find(l, barcode))
			return l->name;
	return NULL;
}

/* Returns the disk space of all deleted cartridges; an import may use it.  UINT64_MAX: unknown. */
static uint64_t deleted_bytes(struct installation *inst)
{
	uint64_t bytes = 0;
	size_t i;
	json_t *view, *views = json_array();
	for (const struct deleted_cartridge *d = deleted_first(inst); d; d = deleted_next(d))
		json_array_append_new(views,
			json_pack("{s:s,s:s}", deleted_keys.barcode, d->what.barcode, deleted_keys.id,
				d->entry));
	usages_into(inst, views, NULL);
	json_array_foreach(views, i, view) {
		const json_t *size = json_object_get(json_object_get(view, content_keys.usage),
			usage_keys.file_bytes);
		bytes = size && bytes != UINT64_MAX ? bytes + (uint64_t)json_integer_value(size) : UINT64_MAX;
	}
	json_decref(views);
	return bytes;
}

/* Refuses an import that cannot succeed before any data are read. */
static bool import_possible(struct call *call, const struct library *library, struct media_job *job)
{
	const char *other = job->barcode[0] ? library_of(call->inst, job->barcode) : NULL;
	if (other)
		call_refuse(call, CODE_EXISTS, "cartridge %s already exists, in library %s", job->barcode,
			other);
	else if (!has_free_slot(library))
		call_refuse(call, CODE_REFUSED,
			"library %s has no free slot; export or delete a cartridge "
			"first",
			library->name);
	if (call->code)
		return false;
	job_call(room_look, job);
	uint64_t more = job->size > job->available ? deleted_bytes(call->inst) : 0;
	if (job->size > job->available && job->size - job->available > more)
		call_refuse(call, CODE_NO_SPACE,
			"the file has %" PRIu64 " bytes; the disk of the cartridges "
			"has %" PRIu64 " bytes available, deleted cartridges included",
			job->size, job->available + more);
	return !call->code;
}

/* The file is damaged: the answer is an error that says what is there. */
static json_t *imported_in_part(struct call *call, const struct media_job *job, json_t *view)
{
	call_refuse(call, CODE_DAMAGED,
		"cartridge %s has only what comes before the damage, %" PRIu64 " record%s and %" PRIu64
		" filemark%s: %s",
		job->barcode, job->report.records, job->report.records == 1 ? "" : "s", job->report.filemarks,
		job->report.filemarks == 1 ? "" : "s", job->why);
	call->details = view;
	return NULL;
}

static json_t *import(struct call *call)
{
	struct library *library = file_ok(call, false) ? call_library(call) : NULL;
	autofree struct media_job *job = library ? job_new(call, call_text(call, "barcode")) : NULL;
	autofree char *name = library ? strdup(library->name) : NULL;
	if (!job || !name || !label_ok(call, job) || !import_possible(call, library, job))
		return NULL;
	call_long(call, import_work, job);
	if (!job->kept)
		return refuse_media(call, job, "import");
	json_t *o = NULL;
	call_turn_acquire(call);
	if (client_has_left(
		    call->client)) /* the user interrupted the import and must not get the cartridge */
		call_refuse(call, CODE_CANCELLED, "the client disconnected");
	else
		o = adopt(call, job, name);
	call_turn_release(call);
	if (!o) {
		job_call(discard, job); /* the folder belongs to this import only */
		return NULL;
	}
	json_t *more = transfer_view(job->barcode, &job->report, now_ms() - job->began_ms);
	json_object_update(o, more);
	json_decref(more);
	return job->err ? imported_in_part(call, job, o) : o;
}

const struct handler media_handlers[] = {
	{ "cartridge.verify", verify },
	{ "cartridge.export", export },
	{ "cartridge.import", import },
	{ 0 },
};
