/* SPDX-License-Identifier: Apache-2.0 */
/* Moves by the changer. A move has one leg, an exchange two. Steps: out of drives, into drives, commit,
 * memory, labels, events. Everything before the commit can be undone; the commit decides. */
#include <errno.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/library/installation.h"
#include "vtl/library/thread.h"

struct leg {
	struct cartridge_private *priv;
	struct element *from, *to; /* NULL: the vault */
	struct element *source;    /* becomes the source of the element `to` */
	bool out, in;              /* steps done */
	bool by_operator;
};

struct journey {
	struct installation *inst;
	struct library_private *lib;
	struct leg legs[2];
	int n;
	const struct actor *by;
};

const char *move_result_text(enum move_result result)
{
	static const char *const texts[] = {
		[MOVE_DONE] = "done",
		[MOVE_SOURCE_EMPTY] = "the source is empty",
		[MOVE_DESTINATION_FULL] = "the destination is full",
		[MOVE_NO_ELEMENT] = "there is no such element, or no drive in it",
		[MOVE_PREVENTED] = "a host prevents removal from this drive",
		[MOVE_LOCKED] = "a host prevents access to the mail slots",
		[MOVE_INCOMPATIBLE] = "the drive does not support cartridges of this generation",
		[MOVE_IN_USE] = "the cartridge is being verified, imported or exported; try again later",
		[MOVE_LOAD_FAILED] = "the drive could not open the cartridge",
		[MOVE_NO_ANSWER] = "the cartridge's files do not respond; check the disk",
		[MOVE_FAILED] = "the move could not be recorded; nothing has changed; see the log",
		[MOVE_DISK_FULL] = "the move could not be recorded: the disk is full; nothing has changed",
	};
	return (unsigned)result < sizeof texts / sizeof *texts ? texts[result] : "?";
}

/* --- check ------------------------------------------------------------------------------------------- */

static bool fits(const struct drive *drive, const struct cartridge_private *priv)
{
	const struct generation *g = generation_find(priv->pub.label.generation);
	return g && format_use(drive->personality->generation, g->format) != FORMAT_REFUSED;
}

static bool usable(const struct element *element)
{
	if (element->kind == ELEMENT_DRIVE)
		return element->drive;
	return element->kind != ELEMENT_TRANSPORT;
}

/* The last storage element: a cartridge in a drive keeps the one it came from. */
static struct element *source_of(const struct element *from)
{
	return from->kind == ELEMENT_DRIVE ? from->source : (struct element *)from;
}

static enum move_result leg_check(const struct leg *leg)
{
	if (leg->to && leg->to->kind == ELEMENT_DRIVE && !fits(leg->to->drive, leg->priv))
		return MOVE_INCOMPATIBLE;
	return MOVE_DONE;
}

/* True when an operator, not a host's command, uses the elements. */
static bool by_operator(const struct journey *j)
{
	return j->by->user;
}

static enum move_result move_check(struct journey *j, struct element *from, struct element *to)
{
	if (j->lib->deleted || !usable(to))
		return MOVE_NO_ELEMENT;
	if (!from->cartridge)
		return usable(from) ? MOVE_SOURCE_EMPTY : MOVE_NO_ELEMENT;
	if (to->cartridge)
		return MOVE_DESTINATION_FULL;
	j->n = 1;
	j->legs[0] = (struct leg){ .priv = priv_of(from->cartridge),
		.from = from,
		.to = to,
		.source = source_of(from),
		.by_operator = by_operator(j) };
	return leg_check(&j->legs[0]);
}

static enum move_result exchange_check(struct journey *j, struct element *source, struct element *first,
	struct element *second)
{
	if (j->lib->deleted || !usable(first) || !usable(second) || !usable(source))
		return MOVE_NO_ELEMENT;
	if (!source->cartridge || !first->cartridge)
		return MOVE_SOURCE_EMPTY;
	if (source == first || (second != source && second->cartridge))
		return MOVE_DESTINATION_FULL;
	j->n = 2;
	j->legs[0] = (struct leg){ .priv = priv_of(source->cartridge),
		.from = source,
		.to = first,
		.source = source_of(source) };
	j->legs[1] = (struct leg){ .priv = priv_of(first->cartridge),
		.from = first,
		.to = second,
		.source = source_of(first) };
	enum move_result result = leg_check(&j->legs[0]);
	return result == MOVE_DONE ? leg_check(&j->legs[1]) : result;
}

/* --- forward and undo ------------------------------------------------------------------------- */

static bool is_drive(const struct element *element)
{
	return element && element->kind == ELEMENT_DRIVE;
}

static enum move_result legs_out(struct journey *j)
{
	for (int i = 0; i < j->n; i++) {
		struct leg *leg = &j->legs[i];
		if (!is_drive(leg->from))
			continue;
		int err = drive_unthread(leg->from->drive, j->by);
		if (err)
			return err == -EBUSY        ? MOVE_PREVENTED
				: err == -ETIMEDOUT ? MOVE_NO_ANSWER
						    : MOVE_FAILED;
		leg->out = true;
		label_refresh(j->inst, leg->priv);
	}
	return MOVE_DONE;
}

static enum move_result legs_in(struct journey *j)
{
	for (int i = 0; i < j->n; i++) {
		struct leg *leg = &j->legs[i];
		if (!is_drive(leg->to))
			continue;
		int err = drive_thread(j->inst, leg->to->drive, leg->priv, false, j->by);
		if (err)
			return err == -EBUSY        ? MOVE_IN_USE
				: err == -ETIMEDOUT ? MOVE_NO_ANSWER
						    : MOVE_LOAD_FAILED;
		leg->in = true;
	}
	return MOVE_DONE;
}

/* Removes cartridges from their new drives and puts them back into the old ones. */
static void legs_undo(struct journey *j)
{
	for (int i = 0; i < j->n; i++) {
		struct leg *leg = &j->legs[i];
		if (!leg->in)
			continue;
		if (drive_unthread(leg->to->drive, j->by))
			log_cartridge(LOG_ERROR, leg->priv->pub.label.barcode,
				": drive:%u still has the cartridge open, but the catalog records another "
				"place",
				leg->to->number);
		label_refresh(j->inst, leg->priv);
	}
	for (int i = 0; i < j->n; i++)
		if (j->legs[i].out)
			drive_thread(j->inst, j->legs[i].from->drive, j->legs[i].priv, true, j->by);
}

static int legs_commit(struct journey *j)
{
	struct catalog_txn txn;
	catalog_begin(j->inst->catalog, &txn);
	for (int i = 0; i < j->n; i++) {
		struct leg *leg = &j->legs[i];
		record_cartridge(leg->priv, leg->to, leg->source, leg->by_operator, &txn);
	}
	return commit_or_keep(j->inst, &txn);
}

static void legs_arrive(struct journey *j)
{
	for (int i = 0; i < j->n; i++)
		element_put(&j->legs[i].priv->pub, NULL, NULL);
	for (int i = 0; i < j->n; i++) {
		struct leg *leg = &j->legs[i];
		element_put(&leg->priv->pub, leg->to, leg->source);
		if (leg->to)
			leg->to->by_operator = leg->by_operator;
		if (leg->from && !leg->from->cartridge)
			leg->from->by_operator = leg->by_operator;
		leg->priv->touched |= j->inst->frozen;
		label_follow(j->inst, leg->priv);
	}
}

static enum move_result journey_make(struct journey *j)
{
	enum move_result result = legs_out(j);
	if (result == MOVE_DONE)
		result = legs_in(j);
	int err = result == MOVE_DONE ? legs_commit(j) : 0;
	if (err)
		result = no_room(err) ? MOVE_DISK_FULL : MOVE_FAILED;
	if (result == MOVE_DONE)
		legs_arrive(j);
	else
		legs_undo(j);
	return result;
}

/* "slot:1", or "the vault". */
static const char *place_text(const struct element *element, char text[static 16])
{
	if (!element)
		return "the vault";
	element_text(element, text);
	return text;
}

static void leg_log(const struct journey *j, const struct leg *leg)
{
	char from[16], to[16];
	const struct element *drive = is_drive(leg->to) ? leg->to : is_drive(leg->from) ? leg->from : NULL;
	const struct log_fields fields = { .cartridge = leg->priv->pub.label.barcode,
		.library = j->lib->pub.name,
		.drive = drive ? drive->number : 0,
		.by = *j->by };
	log_event(EVENT_MOVE, &fields, "library %s: cartridge %s moved from %s to %s", fields.library,
		fields.cartridge, place_text(leg->from, from), place_text(leg->to, to));
}

static void journey_announce(struct journey *j)
{
	struct library *library = &j->lib->pub;
	bool door = false;
	for (int i = 0; i < j->n; i++) {
		leg_log(j, &j->legs[i]);
		bool carried = j->legs[i].from && j->legs[i].to;
		*(carried ? &library->counts.moves : &library->counts.doors) += 1;
		struct element *ends[] = { j->legs[i].from, j->legs[i].to };
		for (int end = 0; end < 2; end++) {
			if (!ends[end] || ends[end]->kind != ELEMENT_MAILSLOT)
				continue;
			door = true;
			listeners_tell(j->inst, mailslot_accessed, library, ends[end]);
		}
	}
	listeners_tell(j->inst, elements_changed, library, j->by->user && !door);
}

/* --- public functions ------------------------------------------------------------------------- */

static struct journey journey_begin(struct library *library, const struct actor *by)
{
	struct library_private *lib = lib_of(library);
	struct journey j = { .inst = lib->inst, .lib = lib, .by = by };
	objects_hold(j.inst);
	turn_take(&lib->turn);
	return j;
}

static enum move_result journey_end(struct journey *j, enum move_result result)
{
	if (result == MOVE_DONE)
		result = journey_make(j);
	turn_give(&j->lib->turn);
	if (result == MOVE_DONE)
		journey_announce(j);
	const struct library *library = &j->lib->pub;
	bool trouble = result == MOVE_LOAD_FAILED || result == MOVE_NO_ANSWER || result == MOVE_FAILED ||
		result == MOVE_DISK_FULL;
	if (trouble && library->ops)
		library->ops->trouble(library->server, result);
	objects_release(j->inst);
	return result;
}

enum move_result library_move(struct library *library, struct element *from, struct element *to,
	const struct actor *by)
{
	struct journey j = journey_begin(library, by);
	return journey_end(&j, move_check(&j, from, to));
}

enum move_result library_exchange(struct library *library, struct element *source, struct element *first,
	struct element *second, const struct actor *by)
{
	struct journey j = journey_begin(library, by);
	return journey_end(&j, exchange_check(&j, source, first, second));
}

bool library_locked(const struct library *library)
{
	return library->ops && library->ops->prevented(library->server);
}

enum move_result library_vault(struct library *library, struct cartridge *cartridge, const struct actor *by)
{
	struct journey j = journey_begin(library, by);
	struct cartridge_private *priv = priv_of(cartridge);
	if (j.lib->deleted || priv->deleted || !cartridge->at)
		return journey_end(&j, MOVE_SOURCE_EMPTY);
	if (cartridge->at->kind != ELEMENT_MAILSLOT)
		return journey_end(&j, MOVE_NO_ELEMENT);
	if (library_locked(library))
		return journey_end(&j, MOVE_LOCKED);
	j.n = 1;
	j.legs[0] = (struct leg){ .priv = priv, .from = cartridge->at, .by_operator = true };
	return journey_end(&j, MOVE_DONE);
}

enum move_result library_unvault(struct library *library, struct cartridge *cartridge, const struct actor *by)
{
	struct journey j = journey_begin(library, by);
	struct cartridge_private *priv = priv_of(cartridge);
	struct element *to = NULL;
	if (j.lib->deleted || priv->deleted)
		return journey_end(&j, MOVE_SOURCE_EMPTY);
	if (!library->n_mailslots)
		return journey_end(&j, MOVE_NO_ELEMENT);
	if (library_locked(library))
		return journey_end(&j, MOVE_LOCKED);
	for (unsigned i = 0; i < library->n_mailslots && !to; i++)
		if (!library->mailslots[i].cartridge)
			to = &library->mailslots[i];
	if (!to || cartridge->at)
		return journey_end(&j, MOVE_DESTINATION_FULL);
	j.n = 1;
	j.legs[0] = (struct leg){ .priv = priv, .to = to, .by_operator = true };
	return journey_end(&j, MOVE_DONE);
}
