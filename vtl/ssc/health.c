/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of a drive and its cartridge: collected, logged once, and reported to the library at intervals. */
#include "vtl/ssc/health.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vtl/base/container.h"
#include "vtl/base/log.h"

/* Reports to the library are at least this far apart, except for the first fault of a kind. */
enum { TELL_EVERY_MS = 200 };

#define ALERT_BIT(flag) (UINT64_C(1) << ((flag)-1))

static void tell(struct tape *tape)
{
	struct tape_health *h = &tape->health;
	timer_stop(&h->timer);
	if (h->anything && tape->drive->report)
		tape->drive->report(tape->drive, tape->state == TAPE_EMPTY ? NULL : &tape->label, &h->report);
	memset(&h->report, 0, sizeof h->report);
	h->anything = false;
	h->told_ms = now_ms();
}

static void fire(struct timer *timer)
{
	tell(container_of(timer, struct tape, health.timer));
}

static void tell_soon(struct tape *tape)
{
	struct tape_health *h = &tape->health;
	h->anything = true;
	int64_t since = now_ms() - h->told_ms;
	if (since >= TELL_EVERY_MS)
		tell(tape);
	else if (!h->timer.armed)
		timer_arm(&h->timer, (unsigned)(TELL_EVERY_MS - since), fire);
}

/* --- the log -------------------------------------------------------------------------------------------- */

static void log_what(const struct tape *tape, const char *what)
{
	const struct log_fields fields = { .cartridge = tape->label.barcode,
		.library = tape->drive->library->name,
		.drive = tape->drive->number };
	log_event(EVENT_FAULT, &fields, "library %s: drive:%u: cartridge %s: %s", fields.library,
		fields.drive, fields.cartridge, what);
}

static void log_fault(const struct tape *tape, enum health_kind kind, int err, uint64_t object)
{
	const struct health_row *row = &health_rows[kind];
	/* For counted files or objects there is no error to name. */
	const char *why = row->unit ? "" : health_error_text(kind, err);
	char at[48] = "", remedy[160], what[400];
	if (object != NO_OBJECT)
		snprintf(at, sizeof at, row->unit ? " (from object %" PRIu64 " on)" : " (object %" PRIu64 ")",
			object);
	snprintf(remedy, sizeof remedy, row->remedy, tape->label.barcode);
	snprintf(what, sizeof what, "%s%s%s%s; %s", row->what, at, *why ? ": " : "", why, remedy);
	log_what(tape, what);
}

static void log_count(const struct tape *tape, enum health_kind kind)
{
	char what[120];
	snprintf(what, sizeof what, "%s: %" PRIu64 " times since the load", health_rows[kind].what,
		tape->health.mount[kind]);
	log_what(tape, what);
}

/* --- faults ----------------------------------------------------------------------------------- */

void tape_fault(struct tape *tape, enum health_kind kind, int err, uint64_t object)
{
	if (kind == HEALTH_NONE || tape->state == TAPE_EMPTY)
		return;
	health_fault_add(&tape->health.report, kind, err, object);
	tape->health.anything = true;
	if (tape->health.mount[kind]++) {
		tell_soon(tape);
		return;
	}
	log_fault(tape, kind, err, object);
	/* Reported before the host gets its answer, so that a query to the library after the answer shows the
	 * fault. */
	tell(tape);
}

void tape_alert(struct tape *tape, enum drive_alert flag)
{
	lu_alert(&tape->lu, flag);
	tape->health.report.alerts |= ALERT_BIT(flag);
	tape->health.alerts |= ALERT_BIT(flag);
	tell_soon(tape);
}

static void alerts_end(struct tape *tape, uint64_t which)
{
	tape->health.report.alerts &= ~which;
	tape->health.report.alerts_over |= which;
	tape->health.alerts &= ~which;
}

void tape_health_opened(struct tape *tape, const struct actor *by)
{
	struct health_report *r = &tape->health.report;
	struct cart_usage usage;
	cart_usage(tape->cart, &usage);
	memset(tape->health.mount, 0, sizeof tape->health.mount);
	/* Also clears flags from before the daemon started. A load that the daemon does itself at a start
	 * clears none. */
	if ((by->user && *by->user) || (by->initiator && *by->initiator))
		alerts_end(tape, UINT64_MAX);
	r->opened = true;
	r->lost_objects = usage.lost_objects;
	r->first_lost = usage.first_lost;
	r->lost_files = usage.lost_files;
	r->tampered = usage.tampered;
	uint64_t first = usage.lost_objects ? usage.first_lost : NO_OBJECT;
	if (usage.tampered)
		log_fault(tape, HEALTH_TAMPERED, 0, NO_OBJECT);
	if (usage.lost_files)
		log_fault(tape, HEALTH_FILES, -ENOLINK, first);
	else if (usage.lost_objects)
		log_fault(tape, HEALTH_DAMAGED, -EBADMSG, first);
	tape->health.anything = true;
	tell(tape);
}

void tape_health_renewed(struct tape *tape)
{
	struct health_report *r = &tape->health.report;
	memset(r->faults, 0, sizeof r->faults);
	memset(tape->health.mount, 0, sizeof tape->health.mount);
	r->renewed = true;
	r->opened = false;
	tell_soon(tape);
}

void tape_health_cleaned(struct tape *tape)
{
	tape->health.report.cleaned = true;
	tell_soon(tape);
}

void tape_health_closed(struct tape *tape)
{
	for (int kind = 0; kind < N_HEALTH_KINDS; kind++)
		if (tape->health.mount[kind] > 1)
			log_count(tape, (enum health_kind)kind);
	memset(tape->health.mount, 0, sizeof tape->health.mount);
}

void tape_health_leaves(struct tape *tape)
{
	const uint64_t of_cartridge = ALERT_BIT(ALERT_CLEANING_MEDIA) | ALERT_BIT(ALERT_CLEANER_EXPIRED) |
		ALERT_BIT(ALERT_MEMORY_CHIP) | ALERT_BIT(ALERT_WORM_INTEGRITY);
	if (tape->health.alerts & of_cartridge) {
		alerts_end(tape, of_cartridge);
		tape->health.anything = true;
	}
	tell(tape);
}
