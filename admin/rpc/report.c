/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a verify, as JSON and as a line. */
#include <inttypes.h>
#include <stdio.h>

#include "admin/rpc/offline.h"

/* A note for the user; "" for none. */
static void note_text(const struct cart_report *r, char *note, size_t size)
{
	note[0] = '\0';
	if (r->skipped)
		snprintf(note, size, "%" PRIu64 " object%s skipped that %s neither data nor filemark%s",
			r->skipped, r->skipped == 1 ? "" : "s", r->skipped == 1 ? "is" : "are",
			r->skipped == 1 ? "" : "s");
}

/* --- the rows --------------------------------------------------------------------------------------------- */

struct rate_seen {
	uint64_t bytes;
	int64_t ms;
};

struct report_seen {
	const char *name, *result, *note;
	const struct cart_report *r;
	bool good;
	struct rate_seen rate; /* of a transfer */
};

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/transfer.def"
#include "admin/view/end.h"
/* clang-format on */

static struct rate_seen rate_seen(const struct cart_report *r, int64_t ms)
{
	return (struct rate_seen){ r->file_bytes ? r->file_bytes : r->bytes, ms };
}

json_t *report_view(const char *name, const struct cart_report *r)
{
	char note[128];
	bool good = !r->bad && !r->why[0];
	note_text(r, note, sizeof note);
	const struct report_seen seen = { .name = name,
		.result = !good           ? "damaged"
			: r->no_checksums ? "structure good; this format has no checksums"
					  : "good",
		.note = note,
		.r = r,
		.good = good };
	return report_put(json_object(), &seen);
}

void report_rate(json_t *view, const struct cart_report *r, int64_t ms)
{
	const struct rate_seen seen = rate_seen(r, ms);
	if (view)
		rate_put(view, &seen);
}

json_t *transfer_view(const char *barcode, const struct cart_report *report, int64_t ms)
{
	char note[128];
	note_text(report, note, sizeof note);
	const struct report_seen seen = { .name = barcode,
		.note = note,
		.r = report,
		.rate = rate_seen(report, ms) };
	return transfer_put(json_object(), &seen);
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
