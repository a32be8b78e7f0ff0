/* SPDX-License-Identifier: Apache-2.0 */
/* The result of checking a cartridge, as JSON and as a line. */
#include <inttypes.h>
#include <stdio.h>

#include "admin/rpc/offline.h"

json_t *report_view(const char *name, const struct cart_report *r)
{
	return json_pack("{s:s,s:b,s:I,s:I,s:I,s:I,s:o,s:o}", "name", name, "good",
	                 !r->bad && !r->why[0], "records", (json_int_t)r->records, "filemarks",
	                 (json_int_t)r->filemarks, "bytes", (json_int_t)r->bytes, "bad",
	                 (json_int_t)r->bad, "first_bad",
	                 r->bad ? json_integer((json_int_t)r->first_bad) : json_null(), "why",
	                 r->why[0] ? json_string(r->why) : json_null());
}

void report_text(const char *name, const struct cart_report *r, char *line, size_t size)
{
	if (r->bad)
		snprintf(line, size,
		         "%s is damaged: %" PRIu64 " object%s cannot be read, the first is %" PRIu64
		         "%s%s", name, r->bad, r->bad == 1 ? "" : "s", r->first_bad, r->why[0] ? ": " : "", r->why);
	else
		snprintf(line, size, "%s is damaged%s%s", name, r->why[0] ? ": " : "", r->why);
}
