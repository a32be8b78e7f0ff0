/* SPDX-License-Identifier: Apache-2.0 */
/* The health of a cartridge or a drive as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "admin/rpc/health_view.h"

static json_t *when_or_null(uint64_t seconds)
{
	return seconds ? json_integer((json_int_t)seconds) : json_null();
}

static json_t *object_or_null(uint64_t object)
{
	return object <= INT64_MAX ? json_integer((json_int_t)object) : json_null();
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

/* One row for each kind of fault that has occurred. */
static json_t *faults_view(const struct health *health)
{
	json_t *list = json_array();
	for (int kind = HEALTH_NONE + 1; kind < N_HEALTH_KINDS; kind++) {
		const struct health_fault *f = &health->faults[kind];
		const struct health_row *row = &health_rows[kind];
		if (f->count)
			json_array_append_new(list,
				json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:o,s:o,s:o}", "id", row->id, "text",
					row->text, "severity", severity_name(row->severity), "count",
					(json_int_t)f->count, "since", (json_int_t)f->since, "last",
					(json_int_t)f->last, "object", object_or_null(f->object), "error",
					text_or_null(health_error_text((enum health_kind)kind, f->err)),
					"with", text_or_null(f->with)));
	}
	return list;
}

/* --- cartridges -------------------------------------------------------------------------------------- */

static json_t *verified_view(const struct health *h)
{
	char text[80] = "good";
	if (!h->verified)
		return json_null();
	if (!h->verified_good && h->bad)
		snprintf(text, sizeof text, "%" PRIu64 " object%s cannot be read; the first is %" PRIu64,
			h->bad, h->bad == 1 ? "" : "s", h->first_bad);
	else if (!h->verified_good)
		snprintf(text, sizeof text, "damaged");
	return json_pack("{s:I,s:b,s:s,s:I,s:o}", "time", (json_int_t)h->verified, "good", h->verified_good,
		"text", text, "bad", (json_int_t)h->bad, "first_bad",
		h->bad ? object_or_null(h->first_bad) : json_null());
}

json_t *cartridge_health_view(const struct cartridge *cartridge, const struct cart_usage *usage)
{
	const struct health *h = cartridge_health(cartridge);
	const struct health_row *row = &health_rows[health_worst(h)];
	const struct health_fault *worst = &h->faults[health_worst(h)];
	/* Good needs a successful verify, unless the cartridge is blank. */
	bool holds_data = usage ? usage->objects : cartridge->counters.written;
	bool unknown = row->severity == SEVERITY_NONE && holds_data && !h->verified;
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "state", unknown ? "not-verified" : row->id, "text",
		unknown ? "not verified" : row->text, "severity", severity_name(row->severity), "since",
		when_or_null(worst->since), "faults", faults_view(h), "verified", verified_view(h));
}

/* --- drives ------------------------------------------------------------------------------------------ */

static json_t *alerts_view(const struct health *h)
{
	json_t *list = json_array();
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++)
		if (h->alerts[i])
			json_array_append_new(list,
				json_pack("{s:i,s:s,s:s,s:s,s:I}", "number", alert_rows[i].number, "id",
					alert_rows[i].id, "text", alert_rows[i].text, "severity",
					severity_name(alert_rows[i].severity), "since",
					(json_int_t)h->alerts[i]));
	return list;
}

json_t *drive_health_view(const struct drive *drive)
{
	const struct health *h = drive_health(drive);
	const struct alert_row *worst = NULL;
	uint64_t since = 0;
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++)
		if (h->alerts[i] && alert_rows[i].severity > (worst ? worst->severity : SEVERITY_NONE)) {
			worst = &alert_rows[i];
			since = h->alerts[i];
		}
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o}", "state", worst ? worst->id : "good", "text",
		worst ? worst->text : "good", "severity",
		severity_name(worst ? worst->severity : SEVERITY_NONE), "since", when_or_null(since),
		"alerts", alerts_view(h), "faults", faults_view(h), "cleaned", when_or_null(h->cleaned));
}
