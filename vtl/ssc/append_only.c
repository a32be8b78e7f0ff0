/* SPDX-License-Identifier: Apache-2.0 */
/* What may be overwritten: nothing of a WORM cartridge; in append-only mode (WRITE MODE of mode page 10h/01h) what
 * ALLOW OVERWRITE has allowed; else everything. */
#include "vtl/ssc/append_only.h"

#include <errno.h>

#include "vtl/ssc/health.h"

enum { WRITE_MODE_AT = 5, WRITE_MODE_SHIFT = 4, OVERWRITE_ALLOWED = 0, APPEND_ONLY = 1 };

static unsigned write_mode(const struct tape *tape)
{
	const uint8_t *page = lu_mode(&tape->lu, 0x10, 0x01);
	return page ? page[WRITE_MODE_AT] >> WRITE_MODE_SHIFT : OVERWRITE_ALLOWED;
}

static bool protect(struct work *w, enum sense id, enum drive_alert alert)
{
	tape_alert(w->tape, alert);
	work_fail(w, &(struct sense_data){ .id = id });
	return false;
}

static bool allowed_here(const struct work *w)
{
	struct cart_position at;
	cart_position(w->cart, &at);
	return w->overwrite.kind == OVERWRITE_HERE && w->overwrite.partition == at.partition &&
		w->overwrite.object == at.object;
}

bool append_allowed(struct work *w)
{
	if (cart_may_append(w->cart) == -EPERM)
		return protect(w, SENSE_WORM_OVERWRITE, ALERT_WORM_OVERWRITE);
	if (tape_is_worm(w->tape) || write_mode(w->tape) != APPEND_ONLY || allowed_here(w) ||
		cart_appends(w->cart))
		return true;
	return protect(w, SENSE_APPEND_ONLY, ALERT_WRITE_PROTECT);
}

bool erase_allowed(struct work *w, bool all)
{
	struct cart_position at;
	cart_position(w->cart, &at);
	if (tape_is_worm(w->tape))
		return protect(w, SENSE_WORM_OVERWRITE, ALERT_WORM_OVERWRITE);
	if (write_mode(w->tape) != APPEND_ONLY || w->overwrite.kind == OVERWRITE_FORMAT)
		return true;
	if (all ? cart_is_blank(w->cart) : at.eod)
		return true;
	return protect(w, SENSE_APPEND_ONLY, ALERT_WRITE_PROTECT);
}

void overwrite_forbid(struct tape *tape)
{
	tape->overwrite = (struct tape_overwrite){ .kind = OVERWRITE_NOT };
}

/* The mode can be left while there is nothing that it protects. */
int append_only_commit(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page)
{
	struct tape *tape = tape_of(lu);
	unsigned mode = page[WRITE_MODE_AT] >> WRITE_MODE_SHIFT;
	if (mode > APPEND_ONLY)
		return WRITE_MODE_AT;
	if (mode == OVERWRITE_ALLOWED && write_mode(tape) == APPEND_ONLY && tape->cart &&
		!cart_is_blank(tape->cart))
		return WRITE_MODE_AT;
	overwrite_forbid(tape);
	return 0;
}

/* ALLOW OVERWRITE (SSC-5 7.1). */
void ssc_allow_overwrite(struct task *task)
{
	struct tape *tape = tape_of(task->lu);
	unsigned kind = (unsigned)cdb_field(task, "allow_overwrite");
	struct cart_position at;
	struct work w;
	if (kind > OVERWRITE_FORMAT) {
		task_fail_cdb(task, 2, 3);
		return;
	}
	if (!work_begin(&w, task, DRIVE_IDLE))
		return;
	overwrite_forbid(tape);
	cart_position(w.cart, &at);
	const struct tape_overwrite asked = { .kind = (enum overwrite_kind)kind,
		.partition = (uint32_t)cdb_field(task, "partition"),
		.object = cdb_field(task, "logical_object_identifier") };
	if (write_mode(tape) != APPEND_ONLY)
		task_fail(task, SENSE_NOT_APPEND_ONLY);
	else if (kind == OVERWRITE_HERE && (asked.partition != at.partition || asked.object != at.object))
		task_fail(task, SENSE_SEQUENTIAL_POSITIONING);
	else
		tape->overwrite = asked;
	work_end(&w);
}
