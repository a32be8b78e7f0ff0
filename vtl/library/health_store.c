/* SPDX-License-Identifier: Apache-2.0 */
/* Health rows of the catalog: read at the start, written in the background. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vtl/base/error_text.h"
#include "vtl/base/grow.h"
#include "vtl/base/log.h"
#include "vtl/base/worker.h"
#include "vtl/library/health_store.h"
#include "vtl/library/catalog_rows.h"
#include "vtl/catalog/row.h"

enum { WRITE_PAUSE_MS = 200, ROWS_AT_ONCE = 256 };

struct ward *ward_get(struct installation *inst, const char *id)
{
	struct ward *ward;
	HASH_FIND_STR(inst->wards, id, ward);
	if (ward)
		return ward;
	ward = calloc(1, sizeof *ward);
	if (!ward)
		return NULL;
	memcpy(ward->id, id, strnlen(id, sizeof ward->id - 1));
	HASH_ADD_STR(inst->wards, id, ward);
	return ward;
}

/* --- rows -------------------------------------------------------------------------------------------- */

static void put_fault(struct wire *w, const struct health_fault *fault)
{
	wire_le64(w, fault->count);
	wire_le64(w, fault->since);
	wire_le64(w, fault->last);
	wire_le64(w, fault->object);
	wire_le32(w, (uint32_t)-fault->err);
	row_text(w, fault->with);
}

static void record_health(const struct ward *ward, struct catalog_txn *txn)
{
	const struct health *h = &ward->health;
	struct row r;
	struct wire *w = row_begin(&r, RECORD_VERSION);
	wire_u8(w, N_HEALTH_KINDS);
	for (int kind = 0; kind < N_HEALTH_KINDS; kind++)
		put_fault(w, &h->faults[kind]);
	wire_le64(w, h->verified);
	wire_u8(w, h->verified_good);
	wire_le64(w, h->bad);
	wire_le64(w, h->first_bad);
	wire_le64(w, h->cleaned);
	wire_u8(w, N_DRIVE_ALERTS);
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++) {
		wire_u8(w, alert_rows[i].number);
		wire_le64(w, h->alerts[i]);
	}
	catalog_put_row(txn, TABLE_HEALTH, ward->id, &r);
}

static void get_fault(struct wire_reader *r, struct health_fault *fault)
{
	fault->count = wire_get_le64(r);
	fault->since = wire_get_le64(r);
	fault->last = wire_get_le64(r);
	fault->object = wire_get_le64(r);
	uint32_t err = wire_get_le32(r);
	r->bad |= err > 4095;
	fault->err = r->bad ? 0 : -(int)err;
	row_get_text(r, fault->with, sizeof fault->with);
}

static void get_alert(struct wire_reader *r, struct health *h)
{
	uint8_t number = wire_get_u8(r);
	uint64_t since = wire_get_le64(r);
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++)
		if (alert_rows[i].number == number)
			h->alerts[i] = since;
}

static bool get_health(struct wire_reader *r, struct health *h)
{
	/* Another version may know fewer kinds, or more. */
	unsigned kinds = wire_get_u8(r);
	for (unsigned kind = 0; kind < kinds && !r->bad; kind++) {
		struct health_fault unknown;
		get_fault(r, kind < N_HEALTH_KINDS ? &h->faults[kind] : &unknown);
	}
	h->verified = wire_get_le64(r);
	uint8_t good = wire_get_u8(r);
	h->verified_good = good;
	h->bad = wire_get_le64(r);
	h->first_bad = wire_get_le64(r);
	h->cleaned = wire_get_le64(r);
	for (unsigned n = wire_get_u8(r); n && !r->bad; n--)
		get_alert(r, h);
	return wire_whole(r) && good <= 1;
}

/* A damaged row is ignored; the fault is recorded again when it occurs again. */
static int load_ward(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct installation *inst = arg;
	struct health health = { 0 };
	char id[37] = "";
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	if (key_len >= sizeof id || memchr(key, 0, key_len) || !get_health(&r, &health)) {
		log_warn("catalog: damaged health row ignored");
		return 0;
	}
	memcpy(id, key, key_len);
	struct ward *ward = ward_get(inst, id);
	if (!ward)
		return -ENOMEM;
	ward->health = health;
	return 0;
}

int health_load(struct installation *inst)
{
	return catalog_each(inst->catalog, TABLE_HEALTH, load_ward, inst);
}

/* --- background writes ------------------------------------------------------------------------ */

/* Writes as many rows as fit into one commit. 0: none was left; 1: some were written; -errno. */
static int wards_commit(struct installation *inst)
{
	struct ward *ward, *next, *written[ROWS_AT_ONCE];
	size_t n = 0;
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	HASH_ITER(hh, inst->wards, ward, next) {
		if (!ward->changed)
			continue;
		record_health(ward, &txn);
		ward->changed = false; /* changes during the commit are written by the next one */
		written[n++] = ward;
		if (n == ROWS_AT_ONCE)
			break;
	}
	inst->recording_health = true; /* no record is freed meanwhile */
	int err = n ? catalog_commit(&txn) : 0;
	inst->recording_health = false;
	waitq_wake(&inst->followed);
	for (size_t i = 0; err && i < n; i++)
		written[i]->changed = true;
	return err ? err : n > 0;
}

/* Ends when nothing has changed any more, or when a commit fails. */
static void write_run(void *arg)
{
	struct installation *inst = arg;
	int res = 1;
	while (res > 0) {
		if (!inst->closing)
			waitq_wait_ms(&inst->followed, WRITE_PAUSE_MS);
		res = wards_commit(inst);
	}
	if (res < 0)
		log_warn("%s: the health of cartridges and drives cannot be recorded: %s", inst->dir,
			error_text(res));
	inst->writing_health = false;
	waitq_wake(&inst->followed);
}

void wards_write(struct installation *inst, struct ward *ward)
{
	ward->changed = true;
	if (inst->writing_health || !worker_self())
		return;
	inst->writing_health = true;
	if (fiber_start("health", write_run, inst))
		inst->writing_health = false; /* the next change, or the close, writes it */
}

void health_flush(struct installation *inst)
{
	inst->closing = true;
	waitq_wake(&inst->followed);
	while (inst->writing_health)
		waitq_wait(&inst->followed);
	while (wards_commit(inst) > 0)
		;
}

/* --- removal ---------------------------------------------------------------------------------- */

void health_drop(const char *id, struct catalog_txn *txn)
{
	catalog_drop(txn, TABLE_HEALTH, id);
}

void health_forget(struct installation *inst, const char *id)
{
	struct ward *ward;
	while (inst->recording_health)
		waitq_wait(&inst->followed);
	HASH_FIND_STR(inst->wards, id, ward);
	if (!ward)
		return;
	HASH_DEL(inst->wards, ward);
	free(ward);
}

void wards_free(struct installation *inst)
{
	struct ward *ward, *next;
	HASH_ITER(hh, inst->wards, ward, next) {
		HASH_DEL(inst->wards, ward);
		free(ward);
	}
	free(inst->lost);
	inst->lost = NULL;
	inst->n_lost = inst->lost_room = 0;
}

/* --- cartridges whose folders are missing ----------------------------------------------------- */

enum { LOST_MAX = 1 << 20 };

void lost_add(struct installation *inst, const struct cartridge_private *priv)
{
	if (grow(inst->lost, inst->lost_room, inst->n_lost + 1, LOST_MAX))
		return; /* the log has it */
	struct lost_cartridge *lost = &inst->lost[inst->n_lost++];
	*lost = (struct lost_cartridge){ .since = (uint64_t)time(NULL) };
	memcpy(lost->barcode, priv->pub.label.barcode, sizeof lost->barcode);
	memcpy(lost->library, priv->pub.library->name, sizeof lost->library);
}

const struct lost_cartridge *cartridge_lost_at(struct installation *inst, size_t i)
{
	for (size_t k = 0; k < inst->n_lost; k++)
		if (!cartridge_lookup(inst, inst->lost[k].barcode) && !i--)
			return &inst->lost[k];
	return NULL;
}
