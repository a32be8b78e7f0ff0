/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a verify, as JSON and as a line. */
#include <inttypes.h>
#include <stdio.h>

#include "admin/rpc/offline.h"

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

/* A note for the user; "" for none. */
static void note_text(const struct cart_report *r, char *note, size_t size)
{
	note[0] = '\0';
	if (r->skipped)
		snprintf(note, size, "%" PRIu64 " object%s skipped that %s neither data nor filemark%s",
			r->skipped, r->skipped == 1 ? "" : "s", r->skipped == 1 ? "is" : "are",
			r->skipped == 1 ? "" : "s");
}

json_t *report_view(const char *name, const struct cart_report *r)
{
	char note[128];
	bool good = !r->bad && !r->why[0];
	note_text(r, note, sizeof note);
	json_t *o = json_pack("{s:s,s:b,s:s,s:b,s:I,s:I,s:I,s:I,s:o}", "name", name, "good", good, "result",
		!good                     ? "damaged"
			: r->no_checksums ? "structure good; this format has no checksums"
					  : "good",
		"checksums", !r->no_checksums, "records", (json_int_t)r->records, "filemarks",
		(json_int_t)r->filemarks, "bytes", (json_int_t)r->bytes, "bad", (json_int_t)r->bad,
		"first_bad", r->bad ? json_integer((json_int_t)r->first_bad) : json_null());
	if (!o)
		return NULL;
	json_object_set_new(o, "skipped", json_integer((json_int_t)r->skipped));
	json_object_set_new(o, "why", text_or_null(r->why));
	json_object_set_new(o, "sha256", text_or_null(r->file_digest));
	json_object_set_new(o, "data_sha256", text_or_null(r->data_digest));
	if (r->file_bytes)
		json_object_set_new(o, "file_bytes", json_integer((json_int_t)r->file_bytes));
	if (note[0])
		json_object_set_new(o, "note", json_string(note));
	return o;
}

void report_rate(json_t *view, const struct cart_report *r, int64_t ms)
{
	uint64_t bytes = r->file_bytes ? r->file_bytes : r->bytes;
	if (!view)
		return;
	json_object_set_new(view, "milliseconds", json_integer((json_int_t)ms));
	json_object_set_new(view, "bytes_per_second",
		json_integer((json_int_t)(bytes * 1000 / (uint64_t)(ms > 0 ? ms : 1))));
}

json_t *transfer_view(const char *barcode, enum cart_container container, const struct cart_report *report,
	int64_t ms)
{
	/* Members that do not clash with those of cartridge_view(). */
	static const char *const members[] = { "records", "filemarks", "bytes", "file_bytes", "skipped",
		"sha256", "milliseconds", "bytes_per_second", "note" };
	json_t *o = json_pack("{s:s,s:s}", "barcode", barcode, "format",
		container == CART_SIMH ? "tap" : "native");
	json_t *more = o ? report_view(barcode, report) : NULL;
	report_rate(more, report, ms);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		json_t *value = json_object_get(more, members[i]);
		if (value)
			json_object_set(o, members[i], value);
	}
	json_decref(more);
	return o;
}

void report_text(const char *name, const struct cart_report *r, char *line, size_t size)
{
	if (r->bad)
		snprintf(line, size,
			"%s is damaged: %" PRIu64 " object%s cannot be read; the first is %" PRIu64 "%s%s",
			name, r->bad, r->bad == 1 ? "" : "s", r->first_bad, r->why[0] ? ": " : "", r->why);
	else
		snprintf(line, size, "%s is damaged%s%s", name, r->why[0] ? ": " : "", r->why);
}
