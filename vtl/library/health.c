/* SPDX-License-Identifier: Apache-2.0 */
/* Health of cartridges and drives in memory; changes are written to the catalog in the background. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "media/container/container.h"
#include "vtl/base/log.h"
#include "vtl/base/worker.h"
#include "vtl/library/health_store.h"

static const struct health nothing;

static uint64_t now_s(void)
{
	time_t now = time(NULL);
	return now > 0 ? (uint64_t)now : 1;
}

static const struct health *health_of(const struct installation *inst, const char *id)
{
	struct ward *ward;
	HASH_FIND_STR(inst->wards, id, ward);
	return ward ? &ward->health : &nothing;
}

const struct health *cartridge_health(const struct cartridge *cartridge)
{
	return health_of(lib_of(cartridge->library)->inst, cartridge->label.uuid);
}

const struct health *drive_health(const struct drive *drive)
{
	return health_of(lib_of(drive->library)->inst, drive->identity.id);
}

/* --- changes ----------------------------------------------------------------------------------------- */

/* A change of one record: its old health, and the ward that is created when the health differs. */
struct change {
	struct installation *inst;
	const char *id;
	struct health health;
};

static struct change change_of(struct installation *inst, const char *id)
{
	return (struct change){ .inst = inst, .id = id, .health = *health_of(inst, id) };
}

static void change_keep(const struct change *c)
{
	if (!memcmp(&c->health, health_of(c->inst, c->id), sizeof c->health))
		return;
	struct ward *ward = ward_get(c->inst, c->id);
	if (!ward)
		return; /* out of memory: the fault will be reported again */
	ward->health = c->health;
	wards_write(c->inst, ward);
}

static void fault_at(struct health_fault *fault, int err, uint64_t object, const char *with)
{
	fault->last = now_s();
	if (!fault->count)
		fault->since = fault->last;
	fault->err = err;
	fault->object = object;
	memset(fault->with, 0, sizeof fault->with);
	memcpy(fault->with, with, strnlen(with, HEALTH_WITH));
}

static void fault_add(struct health *health, enum health_kind kind, uint64_t count, int err, uint64_t object,
	const char *with)
{
	fault_at(&health->faults[kind], err, object, with);
	health->faults[kind].count += count;
}

/* Sets a level; no change when the number is the same. */
static void fault_level(struct health *health, enum health_kind kind, uint64_t count, int err,
	uint64_t object)
{
	struct health_fault *fault = &health->faults[kind];
	if (!count) {
		*fault = (struct health_fault){ 0 };
	} else if (fault->count != count || fault->err != err || fault->object != object) {
		fault_at(fault, err, object, "");
		fault->count = count;
	}
}

/* The cartridge could be opened or inspected; sets what is missing from it. */
static void all_there(struct health *health, uint64_t files, uint64_t objects, uint64_t first, bool tampered)
{
	for (int kind = 0; kind < N_HEALTH_KINDS; kind++)
		if (health_rows[kind].ends_with_open && kind != HEALTH_FILES && kind != HEALTH_TAMPERED)
			fault_level(health, (enum health_kind)kind, 0, 0, 0);
	fault_level(health, HEALTH_TAMPERED, tampered, tampered ? -EREMCHG : 0, NO_OBJECT);
	fault_level(health, HEALTH_FILES, files, files ? -ENOLINK : 0, objects ? first : NO_OBJECT);
	if (objects && !files)
		fault_level(health, HEALTH_DAMAGED, objects, -EBADMSG, first);
}

/* The cartridge could not be opened or inspected. */
static void not_there(struct health *health, int err)
{
	static const struct {
		int err;
		enum health_kind kind;
	} rows[] = {
		{ -ENOLINK, HEALTH_FILES },
		{ -ENOENT, HEALTH_FILES },
		{ -EUCLEAN, HEALTH_OPEN },
		{ -EIO, HEALTH_OPEN },
		{ -EACCES, HEALTH_OPEN },
		{ -EPERM, HEALTH_OPEN },
		{ -EPROTOTYPE, HEALTH_OPEN },
		{ -EPROTONOSUPPORT, HEALTH_OPEN },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].err == err &&
			(rows[i].kind != HEALTH_FILES || !health->faults[HEALTH_FILES].count))
			fault_level(health, rows[i].kind, 1, err, NO_OBJECT);
}

/* --- reports of drives ------------------------------------------------------------------------ */

void health_fault_add(struct health_report *report, enum health_kind kind, int err, uint64_t object)
{
	report->faults[kind].count++;
	report->faults[kind].err = err;
	report->faults[kind].object = object;
}

static void faults_merge(struct health *health, const struct health_report *report, const char *with)
{
	for (int kind = HEALTH_NONE + 1; kind < N_HEALTH_KINDS; kind++)
		if (report->faults[kind].count && !health_rows[kind].unit)
			fault_add(health, (enum health_kind)kind, report->faults[kind].count,
				report->faults[kind].err, report->faults[kind].object, with);
}

static void told_of_cartridge(const struct telling *t)
{
	const struct health_report *r = &t->report;
	struct change c = change_of(t->inst, t->uuid);
	if (r->renewed) {
		memset(c.health.faults, 0, sizeof c.health.faults);
		c.health.verified = c.health.bad = c.health.first_bad = 0;
		c.health.verified_good = false;
	}
	if (r->opened)
		all_there(&c.health, r->lost_files, r->lost_objects, r->first_lost, r->tampered);
	if (r->faults[HEALTH_FILES].count)
		not_there(&c.health, r->faults[HEALTH_FILES].err);
	faults_merge(&c.health, r, t->drive);
	change_keep(&c);
}

static void told_of_drive(const struct telling *t)
{
	const struct health_report *r = &t->report;
	struct change c = change_of(t->inst, t->drive_id);
	faults_merge(&c.health, r, t->barcode);
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++) {
		uint64_t bit = UINT64_C(1) << (alert_rows[i].number - 1);
		if (r->alerts_over & bit)
			c.health.alerts[i] = 0;
		if (r->alerts & bit && !c.health.alerts[i])
			c.health.alerts[i] = now_s();
	}
	if (r->cleaned)
		c.health.cleaned = now_s();
	change_keep(&c);
}

static void told(struct msg *msg)
{
	struct telling *t = (struct telling *)msg;
	if (*t->uuid)
		told_of_cartridge(t);
	told_of_drive(t);
	free(t);
}

void health_report(struct drive *drive, const struct cart_label *label, const struct health_report *report)
{
	struct telling *t = calloc(1, sizeof *t);
	if (!t)
		return; /* the drive's counters and the log still have it */
	_Static_assert(offsetof(struct telling, msg) == 0, "a message is a telling");
	t->msg.run = told;
	t->inst = lib_of(drive->library)->inst;
	t->report = *report;
	memcpy(t->drive_id, drive->identity.id, sizeof t->drive_id);
	snprintf(t->drive, sizeof t->drive, "drive:%u", drive->number);
	if (label) {
		memcpy(t->uuid, label->uuid, sizeof t->uuid);
		memcpy(t->barcode, label->barcode, sizeof t->barcode);
	}
	/* Posted before the drive can be removed: the removal is a call that is handled after this message. */
	if (t->inst->worker && t->inst->worker != worker_self())
		worker_post(t->inst->worker, &t->msg);
	else
		told(&t->msg);
}

/* --- found without a drive -------------------------------------------------------------------- */

/* Logs a fault when it begins. */
static void log_new(const struct cartridge *cartridge, const struct health *was, const struct health *is,
	enum health_kind kind)
{
	const struct health_row *row = &health_rows[kind];
	uint64_t count = is->faults[kind].count;
	const struct log_fields fields = { .cartridge = cartridge->label.barcode,
		.library = cartridge->library->name };
	char remedy[160];
	if (!count || was->faults[kind].count)
		return;
	snprintf(remedy, sizeof remedy, row->remedy, cartridge->label.barcode);
	char number[48] = "";
	if (row->unit)
		snprintf(number, sizeof number, " (%llu %s%s)", (unsigned long long)count, row->unit,
			count == 1 ? "" : "s");
	log_event(EVENT_FAULT, &fields, "library %s: cartridge %s: %s%s; %s", fields.library,
		fields.cartridge, row->what, number, remedy);
}

void cartridge_glanced(struct cartridge *cartridge, int err, const struct cart_usage *usage)
{
	struct installation *inst = lib_of(cartridge->library)->inst;
	struct change c = change_of(inst, cartridge->label.uuid);
	struct health was = c.health;
	if (!err)
		all_there(&c.health, usage->lost_files, usage->lost_objects, usage->first_lost,
			usage->tampered);
	else
		not_there(&c.health, err);
	log_new(cartridge, &was, &c.health, HEALTH_TAMPERED);
	log_new(cartridge, &was, &c.health, HEALTH_FILES);
	log_new(cartridge, &was, &c.health, HEALTH_DAMAGED);
	change_keep(&c);
}

void cartridge_verified(struct cartridge *cartridge, int err, const struct cart_report *report)
{
	struct installation *inst = lib_of(cartridge->library)->inst;
	struct change c = change_of(inst, cartridge->label.uuid);
	struct health was = c.health;
	if (err && err != -EBADMSG) {
		not_there(&c.health, err);
		log_new(cartridge, &was, &c.health, HEALTH_FILES);
		change_keep(&c);
		return;
	}
	c.health.verified = now_s();
	c.health.verified_good = !err;
	c.health.bad = err ? report->bad : 0;
	c.health.first_bad = err ? report->first_bad : 0;
	if (err)
		fault_level(&c.health, HEALTH_DAMAGED, report->bad ? report->bad : 1, err,
			report->bad ? report->first_bad : NO_OBJECT);
	else
		memset(c.health.faults, 0, sizeof c.health.faults);
	fault_level(&c.health, HEALTH_TAMPERED, report->tampered, report->tampered ? -EREMCHG : 0, NO_OBJECT);
	log_new(cartridge, &was, &c.health, HEALTH_TAMPERED);
	log_new(cartridge, &was, &c.health, HEALTH_DAMAGED);
	change_keep(&c);
}
