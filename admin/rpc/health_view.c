/* SPDX-License-Identifier: Apache-2.0 */
/* The health of a cartridge or a drive as JSON. */
#include <inttypes.h>

#include "admin/rpc/health_view.h"

/* --- what the rows read --------------------------------------------------------------------------------- */

struct fault_seen {
	enum health_kind kind;
	const struct health_row *row;
	const struct health_fault *fault;
};

struct alert_seen {
	const struct alert_row *row;
	uint64_t since;
};

struct cartridge_health_seen {
	const struct health *health;
	const struct health_row *row;
	const struct health_fault *worst;
	bool unknown;
};

struct drive_health_seen {
	const struct health *health;
	const struct alert_row *worst; /* NULL: no alert */
	uint64_t since;
};

static json_t *faults_view(const struct health *health);
static json_t *verified_view(const struct health *health);
static json_t *alerts_view(const struct health *health);

static json_t *verified_text(const struct health *h)
{
	if (!h->verified_good && h->bad)
		return json_sprintf("%" PRIu64 " object%s cannot be read; the first is %" PRIu64, h->bad,
			h->bad == 1 ? "" : "s", h->first_bad);
	return json_string(h->verified_good ? "good" : "damaged");
}

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/health.def"
#include "admin/view/end.h"
/* clang-format on */

/* One for each kind of fault that has occurred. */
static json_t *faults_view(const struct health *health)
{
	json_t *list = json_array();
	for (int kind = HEALTH_NONE + 1; kind < N_HEALTH_KINDS; kind++) {
		const struct fault_seen seen = { (enum health_kind)kind, &health_rows[kind],
			&health->faults[kind] };
		if (seen.fault->count)
			json_array_append_new(list, fault_put(json_object(), &seen));
	}
	return list;
}

/* --- cartridges -------------------------------------------------------------------------------------- */

static json_t *verified_view(const struct health *health)
{
	return health->verified ? verified_put(json_object(), health) : NULL;
}

json_t *cartridge_health_view(const struct cartridge *cartridge, const struct cart_usage *usage)
{
	const struct health *h = cartridge_health(cartridge);
	const struct health_row *row = &health_rows[health_worst(h)];
	/* Good needs a successful verify, unless the cartridge is blank. */
	bool holds_data = usage ? usage->objects : cartridge->counters.written;
	const struct cartridge_health_seen seen = { .health = h,
		.row = row,
		.worst = &h->faults[health_worst(h)],
		.unknown = row->severity == SEVERITY_NONE && holds_data && !h->verified };
	return cartridge_health_put(json_object(), &seen);
}

/* --- drives ------------------------------------------------------------------------------------------ */

static json_t *alerts_view(const struct health *health)
{
	json_t *list = json_array();
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++) {
		const struct alert_seen seen = { &alert_rows[i], health->alerts[i] };
		if (seen.since)
			json_array_append_new(list, alert_put(json_object(), &seen));
	}
	return list;
}

json_t *drive_health_view(const struct drive *drive)
{
	struct drive_health_seen seen = { .health = drive_health(drive) };
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++) {
		uint64_t since = seen.health->alerts[i];
		if (since && alert_rows[i].severity > (seen.worst ? seen.worst->severity : SEVERITY_NONE)) {
			seen.worst = &alert_rows[i];
			seen.since = since;
		}
	}
	return drive_health_put(json_object(), &seen);
}
