/* SPDX-License-Identifier: Apache-2.0 */
/* Loads cartridges into drives and puts them back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/initiator/stream.h"

#include "vtl/base/grow.h"

/* A real drive threads and calibrates for minutes; some drives report for a moment that they are empty. */
enum { LOADING_MAX_S = 900, EMPTY_MAX_S = 15 };
enum { ASC_NOT_READY = 0x04, ASC_INCOMPATIBLE = 0x30, ASC_NO_MEDIUM = 0x3a };

enum seated { SEATED, UNFIT, UNFIT_HERE, FAILED };

/* Writes a name for the cartridge. */
static const char *cartridge_name(const struct lane *l, char text[static 80])
{
	char place[32];
	if (*l->barcode)
		snprintf(text, 80, "%s", l->barcode);
	else
		snprintf(text, 80, "the cartridge from %s", robot_place(l->robot, l->home, place));
	return text;
}

static int move(struct lane *l, uint16_t from, uint16_t to, struct sense_seen *ret_sense,
	char why[static WHY_LEN])
{
	struct robot *r = l->robot;
	uint16_t transport = 0;
	*ret_sense = (struct sense_seen){ 0 };
	for (size_t i = r->inventory.count; i--;)
		if (r->inventory.elements[i].type == ELEMENT_TRANSPORT)
			transport = r->inventory.elements[i].address;
	if (!r->session || session_lost(r->session)) {
		int err = robot_look(r, why);
		if (err)
			return err;
	}
	return changer_move_sense(r->session, r->portal.lun, transport, from, to, ret_sense, why);
}

/* Waits until the drive is ready or cannot become ready.  Returns 0, or -errno with the drive's last
 * answer in why. */
static int ready_wait(struct lane *l, const struct stop *stop, struct sense_seen *sense,
	char why[static WHY_LEN])
{
	bool asked_to_load = false;
	for (unsigned s = 0;; s++) {
		int err = device_ready_sense(l->session, l->portal.lun, sense, why);
		bool loading = err == -EREMOTEIO && sense->asc == ASC_NOT_READY && s < LOADING_MAX_S;
		bool empty = err == -EREMOTEIO && sense->asc == ASC_NO_MEDIUM && s < EMPTY_MAX_S;
		if (!err || stop_asked(stop) || (!loading && !empty))
			return err;
		/* The cartridge is in the drive, but the drive waits for LOAD. */
		if (loading && sense->ascq == 2 && !asked_to_load) {
			asked_to_load = true;
			tape_load(l->session, l->portal.lun, true, why);
			continue;
		}
		sleep(1);
	}
}

/* A refusal with ASC 30h rejects the cartridge; any other error ends the run. */
static enum seated refusal(int err, const struct sense_seen *sense, char why[static WHY_LEN])
{
	char said[WHY_LEN];
	if (err != -EREMOTEIO || sense->asc != ASC_INCOMPATIBLE)
		return FAILED;
	memcpy(said, why, WHY_LEN);
	snprintf(why, WHY_LEN, "it does not fit the drive (%.250s)", said);
	return UNFIT_HERE;
}

/* Examines the cartridge in the drive. */
static enum seated look_at(struct lane_group *c, struct lane *l, char why[static WHY_LEN])
{
	struct sense_seen sense;
	int err = ready_wait(l, c->stop, &sense, why);
	if (err)
		return refusal(err, &sense, why);
	if (tape_variable(l->session, l->portal.lun, why))
		return FAILED;
	enum verdict verdict = lane_judge(l, c->plan, why);
	if (verdict == MAY_USE)
		return SEATED;
	if (session_lost(l->session))
		return FAILED;
	return verdict == NOT_IN_THIS_DRIVE ? UNFIT_HERE : UNFIT;
}

/* Moves one cartridge into the drive and examines it.  Unless it returns SEATED, why holds one line. */
static enum seated seat(struct lane_group *c, struct lane *l, uint16_t slot, char why[static WHY_LEN])
{
	char again[WHY_LEN];
	struct sense_seen sense;
	const struct element_seen *e = inventory_at(&l->robot->inventory, slot);
	snprintf(l->barcode, sizeof l->barcode, "%s", e ? e->barcode : "");
	l->home = slot;
	int err = move(l, slot, l->element, &sense, why);
	int looked = robot_look(l->robot, again);
	/* A cartridge whose move failed may be in the drive nevertheless. */
	l->moved_in = !err || (!looked && lane_cartridge(l));
	if (!err && !looked)
		return look_at(c, l, why);
	if (!err)
		memcpy(why, again, WHY_LEN);
	return refusal(err, &sense, why);
}

/* ---- putting cartridges back ------------------------------------------------------------------------- */

static int session_again(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN])
{
	if (l->session && !session_lost(l->session))
		return 0;
	session_close(l->session);
	l->session = NULL;
	return lane_connect(l, plan, why);
}

/* Moves the cartridge to its source element, or to another free slot if that is occupied. */
static int bring_back(struct lane *l, uint16_t *ret_slot, char why[static WHY_LEN])
{
	char again[WHY_LEN];
	struct sense_seen sense;
	int err = move(l, l->element, l->home, &sense, why);
	*ret_slot = l->home;
	if (robot_look(l->robot, again) || !err)
		return err;
	const struct inventory *inv = &l->robot->inventory;
	const struct element_seen *home = inventory_at(inv, l->home);
	for (size_t i = 0; home && home->full && i < inv->count; i++) {
		const struct element_seen *e = &inv->elements[i];
		if (e->type != ELEMENT_SLOT || e->full || e->except)
			continue;
		*ret_slot = e->address;
		return move(l, l->element, *ret_slot, &sense, why);
	}
	return err;
}

void lane_return(struct lane *l, const struct stream_plan *plan)
{
	char why[WHY_LEN], name[80], place[32];
	uint16_t slot = l->home;
	if (!l->moved_in)
		return;
	int err = session_again(l, plan, why);
	if (!err) {
		device_ready(l->session, l->portal.lun, why); /* unit attentions */
		err = tape_load(l->session, l->portal.lun, false, why);
	}
	if (!err)
		err = bring_back(l, &slot, why);
	l->moved_in = false;
	l->stays = err;
	cartridge_name(l, name);
	if (err)
		snprintf(l->home_said, sizeof l->home_said, "%s stays in %s: %.180s", name,
			robot_place(l->robot, l->element, place), why);
	else if (slot != l->home)
		snprintf(l->home_said, sizeof l->home_said, "%s is in %s, because its own slot is occupied",
			name, robot_place(l->robot, slot, place));
	else
		snprintf(l->home_said, sizeof l->home_said, "%s is back in %s", name,
			robot_place(l->robot, slot, place));
}

/* ---- unnamed cartridges ------------------------------------------------------------------------------ */

enum { LEFT_MAX = 1 << 20 };

static void reject(struct lane_group *c, const struct lane *l, const struct element_seen *e, bool here_only,
	const char *why)
{
	if (grow(c->rejected, c->rejected_room, c->rejected_count + 1, LEFT_MAX))
		return;
	struct rejected_cartridge *new = &c->rejected[c->rejected_count++];
	*new = (struct rejected_cartridge){ .robot = l->robot,
		.lane = here_only ? l : NULL,
		.slot = e->address };
	snprintf(new->barcode, sizeof new->barcode, "%s", e->barcode);
	snprintf(new->why, sizeof new->why, "%s", why);
}

static bool was_rejected(const struct lane_group *c, const struct lane *l, const struct element_seen *e)
{
	for (size_t i = 0; i < c->rejected_count; i++)
		if (c->rejected[i].robot == l->robot && c->rejected[i].slot == e->address &&
			(!c->rejected[i].lane || c->rejected[i].lane == l) &&
			!strcmp(c->rejected[i].barcode, e->barcode))
			return true;
	return false;
}

/* Returns the next cartridge in a slot that was not examined yet.  Skips cleaning cartridges; rejects WORM
 * cartridges without moving them if the plan writes. */
static const struct element_seen *candidate(struct lane_group *c, const struct lane *l)
{
	const struct inventory *inv = &l->robot->inventory;
	for (size_t i = 0; i < inv->count; i++) {
		const struct element_seen *e = &inv->elements[i];
		if (e->type != ELEMENT_SLOT || !e->full || e->except || barcode_is_cleaning(e->barcode) ||
			was_rejected(c, l, e))
			continue;
		if (!barcode_is_worm(e->barcode) || !stream_writes(c->plan))
			return e;
		reject(c, l, e, false, "it is WORM");
	}
	return NULL;
}

static int none_left(const struct lane_group *c, const struct lane *l, char why[static WHY_LEN])
{
	enum { NAMED = 3 };
	size_t named = 0, more = 0;
	int n = snprintf(why, WHY_LEN, "no slot holds a usable cartridge for LUN %d", l->portal.lun);
	for (size_t i = 0; i < c->rejected_count; i++) {
		const struct rejected_cartridge *a = &c->rejected[i];
		if (a->robot != l->robot || (a->lane && a->lane != l))
			continue;
		if (named == NAMED || n > WHY_LEN - 110) {
			more++;
			continue;
		}
		int clause = (int)strcspn(a->why, ",;(");
		while (clause && a->why[clause - 1] == ' ')
			clause--;
		n += snprintf(why + n, (size_t)(WHY_LEN - n), "%s%s: %.*s", named++ ? "; " : ": ",
			*a->barcode ? a->barcode : "a cartridge without a barcode", clause < 60 ? clause : 60,
			a->why);
	}
	if (more)
		snprintf(why + n, (size_t)(WHY_LEN - n), "; and %zu more", more);
	return -ENOENT;
}

static int no_robot(const struct lane *l, char why[static WHY_LEN])
{
	snprintf(why, WHY_LEN, "no changer reports the drive at LUN %d of %.100s", l->portal.lun,
		l->portal.target);
	return -ENODEV;
}

int lane_load_any(struct lane_group *c, struct lane *l, char why[static WHY_LEN])
{
	if (!l->robot)
		return no_robot(l, why);
	if (lane_cartridge(l))
		return 0;
	for (;;) {
		const struct element_seen *next = candidate(c, l);
		if (!next)
			return none_left(c, l, why);
		struct element_seen e = *next;
		enum seated how = seat(c, l, e.address, why);
		if (how == SEATED)
			return 0;
		lane_return(l, c->plan);
		if (how == FAILED || l->stays || stop_asked(c->stop))
			return -EIO;
		reject(c, l, &e, how == UNFIT_HERE, why);
		l->barcode[0] = l->home_said[0] = '\0';
	}
}

/* ---- named cartridges -------------------------------------------------------------------------------- */

static const struct element_seen *named_in(const struct robot *r, const char *barcode)
{
	for (size_t i = 0; r && i < r->inventory.count; i++) {
		const struct element_seen *e = &r->inventory.elements[i];
		if (e->full && !strcmp(e->barcode, barcode))
			return e;
	}
	return NULL;
}

/* Writes why no drive could take the cartridge. */
static int not_placed(const struct lane_group *c, const char *barcode, char why[static WHY_LEN])
{
	char place[32];
	const struct robot *r = c->robots;
	while (r && !named_in(r, barcode))
		r = r->next;
	if (!r) {
		snprintf(why, WHY_LEN, "no changer reports cartridge %.40s", barcode);
		return -ENOENT;
	}
	const struct element_seen *e = named_in(r, barcode);
	robot_place(r, e->address, place);
	if (e->type == ELEMENT_SLOT)
		snprintf(why, WHY_LEN, "%.40s is in %s, but no drive of its changer is empty", barcode,
			place);
	else if (e->type == ELEMENT_DRIVE)
		snprintf(why, WHY_LEN, "%.40s is in %s, which is not one of the named drives", barcode,
			place);
	else
		snprintf(why, WHY_LEN, "%.40s is in %s, not in a slot", barcode, place);
	return -ENOENT;
}

/* Loads the cartridge into the first empty drive that accepts it. */
static int place_named(struct lane_group *c, struct lane *lanes, size_t count, const char *barcode,
	char why[static WHY_LEN])
{
	bool unfit = false;
	for (size_t i = 0; i < count; i++) {
		struct lane *l = &lanes[i];
		const struct element_seen *e = named_in(l->robot, barcode);
		if (l->used || !e || e->type != ELEMENT_SLOT || lane_cartridge(l))
			continue;
		enum seated how = seat(c, l, e->address, why);
		if (how == SEATED) {
			l->used = true;
			return (int)i;
		}
		lane_return(l, c->plan);
		if (how == FAILED || l->stays || stop_asked(c->stop))
			return -EIO;
		l->home_said[0] = '\0';
		unfit = true;
	}
	if (!unfit)
		return not_placed(c, barcode, why);
	char said[WHY_LEN];
	memcpy(said, why, WHY_LEN);
	snprintf(why, WHY_LEN, "%.40s: %.250s", barcode, said);
	return -EMEDIUMTYPE;
}

/* Returns the lane whose drive holds the cartridge, or -1. */
static int holder(struct lane *lanes, size_t count, const char *barcode)
{
	for (size_t i = 0; i < count; i++) {
		const struct element_seen *e = lane_cartridge(&lanes[i]);
		if (e && !lanes[i].used && !strcmp(e->barcode, barcode))
			return (int)i;
	}
	return -1;
}

int lanes_load_named(struct lane_group *c, struct lane *lanes, size_t count, char why[static WHY_LEN])
{
	for (size_t i = 0; i < c->plan->barcode_count; i++) {
		const char *barcode = c->plan->barcodes[i];
		int at = holder(lanes, count, barcode);
		if (at >= 0)
			lanes[at].used = true;
		else if (barcode_is_worm(barcode) && stream_writes(c->plan)) {
			snprintf(why, WHY_LEN, "%.40s: it is WORM, which cannot be overwritten", barcode);
			return -EPERM;
		} else
			at = place_named(c, lanes, count, barcode, why);
		if (at < 0)
			return at;
		lanes[at].number = (unsigned)
			i; /* so that a run that only reads finds the data in any drive */
	}
	return 0;
}
