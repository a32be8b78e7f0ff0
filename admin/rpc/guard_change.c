/* SPDX-License-Identifier: Apache-2.0 */
/* Which differences hosts would notice after a change of targets and logical units, and which sessions
 * notice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/changes.h"
#include "admin/rpc/guard.h"
#include "admin/rpc/session.h"
#include "admin/view/keys.h"
#include "vtl/base/grow.h"
#include "vtl/base/timer.h"

enum { UNITS_MAX = DRIVES_MAX + 1, END_MS = 5000, END_STEP_MS = 10 };

/* A logical unit as hosts see it. */
struct unit {
	const char *target;
	unsigned lun;
	const char *serial, *vendor, *product, *revision;
};

struct units {
	size_t n;
	struct unit rows[UNITS_MAX];
};

/* A comparison in progress. */
struct comparing {
	struct units was, is;
	bool all; /* every session of the library ends, whatever it can access */
	json_t *differences, *additions;
};

/* --- what hosts see --------------------------------------------------------------------------------- */

static void unit_add(struct units *units, const char *target, unsigned lun, const struct identity *id,
	const struct personality *speaks)
{
	if (units->n == UNITS_MAX)
		return;
	units->rows[units->n++] = (struct unit){ .target = target,
		.lun = lun,
		.serial = id->serial,
		.vendor = speaks ? speaks->vendor : id->vendor,
		.product = speaks ? speaks->product : id->product,
		.revision = speaks ? speaks->revision : id->revision };
}

static void units_of(const struct library *library, const struct future *future, struct units *units)
{
	enum layout layout = future->laid_out ? future->layout : library->layout;
	const struct personality *speaks = future->personality;
	const struct drive *drive;
	units->n = 0;
	if (future->deleted)
		return;
	unit_add(units, library->target, 0, &library->changer, future->changed ? NULL : speaks);
	TAILQ_FOREACH(drive, &library->drives, link) {
		bool apart = layout == LAYOUT_TARGET_PER_DEVICE;
		if (drive != future->removed)
			unit_add(units, apart ? drive->target : library->target, apart ? 0 : drive->lun,
				&drive->identity, drive == future->changed ? speaks : NULL);
	}
}

/* --- the difference ---------------------------------------------------------------------------------- */

static const struct unit *unit_at(const struct units *units, const char *target, unsigned lun)
{
	for (size_t i = 0; i < units->n; i++)
		if (units->rows[i].lun == lun && strcmp(units->rows[i].target, target) == 0)
			return &units->rows[i];
	return NULL;
}

static const struct unit *unit_with(const struct units *units, const char *target, const char *serial)
{
	for (size_t i = 0; i < units->n; i++)
		if (strcmp(units->rows[i].target, target) == 0 && strcmp(units->rows[i].serial, serial) == 0)
			return &units->rows[i];
	return NULL;
}

static bool has_target(const struct units *units, size_t n, const char *target)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(units->rows[i].target, target) == 0)
			return true;
	return false;
}

static void difference_add(json_t *list, enum change change, json_t *where, json_t *was, json_t *is)
{
	const struct change_row *row = &change_rows[change];
	json_array_append_new(list,
		json_pack("{s:o,s:s,s:s,s:o,s:o}", difference_keys.where, where, difference_keys.what,
			row->what, difference_keys.effect, row->effect, difference_keys.was, was,
			difference_keys.is, is));
}

static json_t *place(const struct unit *u)
{
	return json_sprintf("%s LUN %u", u->target, u->lun);
}

static void text_compare(struct comparing *c, enum change change, const struct unit *u, const char *was,
	const char *is)
{
	if (strcmp(was, is) != 0)
		difference_add(c->differences, change, place(u), json_string(was), json_string(is));
}

static void unit_compare(struct comparing *c, const struct unit *was)
{
	const struct unit *is = unit_at(&c->is, was->target, was->lun);
	const struct unit *moved = is ? NULL : unit_with(&c->is, was->target, was->serial);
	if (is) {
		text_compare(c, CHANGE_VENDOR, was, was->vendor, is->vendor);
		text_compare(c, CHANGE_PRODUCT, was, was->product, is->product);
		text_compare(c, CHANGE_REVISION, was, was->revision, is->revision);
	} else if (moved) {
		difference_add(c->differences, CHANGE_LUN, place(was), json_integer(was->lun),
			json_integer(moved->lun));
	} else {
		difference_add(c->differences, CHANGE_UNIT_GONE, place(was), json_string(was->serial),
			json_null());
	}
}

static void compare(struct comparing *c)
{
	for (size_t i = 0; i < c->was.n; i++) {
		const struct unit *u = &c->was.rows[i];
		if (has_target(&c->is, c->is.n, u->target))
			unit_compare(c, u);
		else if (!has_target(&c->was, i, u->target))
			difference_add(c->differences, CHANGE_TARGET_GONE, json_string(u->target),
				json_string(u->target), json_null());
	}
	for (size_t i = 0; i < c->is.n; i++) {
		const struct unit *u = &c->is.rows[i];
		bool there = has_target(&c->was, c->was.n, u->target);
		if (!there && !has_target(&c->is, i, u->target))
			difference_add(c->additions, CHANGE_TARGET_NEW, json_string(u->target), json_null(),
				json_string(u->target));
		else if (there && !unit_at(&c->was, u->target, u->lun))
			difference_add(c->additions, CHANGE_UNIT_NEW, place(u), json_null(),
				json_string(u->serial));
	}
}

/* --- which sessions notice --------------------------------------------------------------------------- */

struct watching {
	const struct comparing *c;
	struct noticing *noticing;
	json_t *sessions;
};

static bool differs(const struct comparing *c, const struct unit *was)
{
	const struct unit *is = unit_at(&c->is, was->target, was->lun);
	return !is || strcmp(was->vendor, is->vendor) != 0 || strcmp(was->product, is->product) != 0 ||
		strcmp(was->revision, is->revision) != 0;
}

static bool notices(const struct comparing *c, const struct front_session *s)
{
	if (s->discovery || s->logged_out || !has_target(&c->was, c->was.n, s->target))
		return false;
	if (c->all)
		return true;
	for (size_t i = 0; i < c->was.n; i++) {
		const struct unit *u = &c->was.rows[i];
		bool hidden = s->hidden[u->lun / 64] >> u->lun % 64 & 1;
		if (!hidden && strcmp(u->target, s->target) == 0 && differs(c, u))
			return true;
	}
	return false;
}

static void watch(const struct front_session *s, void *arg)
{
	struct watching *w = arg;
	struct noticing *noticing = w->noticing;
	if (!notices(w->c, s))
		return;
	if (grow(noticing->session, noticing->room, noticing->n + 1, SESSIONS_MAX))
		return;
	noticing->session[noticing->n++] = s->session;
	json_array_append_new(w->sessions, session_view(s));
}

static json_t *sessions_noticing(struct call *call, const struct comparing *c, struct noticing *noticing)
{
	struct watching w = { .c = c, .noticing = noticing, .sessions = json_array() };
	fronts_sessions(call->context->fronts, watch, &w);
	return w.sessions;
}

/* --- the guard ------------------------------------------------------------------------------------------ */

/* A text of the first element of a list. */
static const char *text_of(const json_t *list, const char *key)
{
	const char *text = json_string_value(json_object_get(json_array_get(list, 0), key));
	return text ? text : "?";
}

/* Writes "1 session sees drive:1", "2 sessions are logged in to library prod". */
static void noticing_text(const struct library *library, const struct future *future, size_t n,
	char out[static 120])
{
	const struct drive *drive = future->changed ? future->changed : future->removed;
	int at = snprintf(out, 120, "%zu session%s ", n, n == 1 ? "" : "s");
	const char *see = n == 1 ? "sees" : "see";
	out += at;
	if (drive)
		snprintf(out, 80, "%s drive:%u", see, drive->number);
	else if (future->personality)
		snprintf(out, 80, "%s the changer of library %s", see, library->name);
	else
		snprintf(out, 80, "%s logged in to library %s", n == 1 ? "is" : "are", library->name);
}

/* The command prints all differences; the message names only the first. */
static bool refuse_change(struct call *call, const struct library *library, const struct future *future,
	const struct comparing *c, const struct noticing *noticing, json_t *sessions)
{
	char who[120], more[40] = "";
	size_t n = json_array_size(c->differences);
	noticing_text(library, future, noticing->n, who);
	if (n > 1)
		snprintf(more, sizeof more, " (and %zu more)", n - 1);
	bool good = future->personality
		? guard_force(call, "%s: end %s first (evertape session drop), or use --force", who,
			  noticing->n == 1 ? "the session" : "the sessions")
		: guard_force(call, "%s: %s: %s%s; use --force to do it anyway", who,
			  text_of(c->differences, difference_keys.what),
			  text_of(c->differences, difference_keys.effect), more);
	if (good)
		return true;
	call->details = json_pack("{s:O,s:O,s:O}", change_details_keys.sessions, sessions,
		change_details_keys.differences, c->differences, change_details_keys.additions, c->additions);
	return false;
}

bool guard_change(struct call *call, const struct library *library, const struct future *future,
	struct noticing *ret_noticing)
{
	*ret_noticing = (struct noticing){ 0 };
	struct comparing *c = calloc(1, sizeof *c);
	if (!c)
		return call_refuse(call, CODE_FAILED, "out of memory") != NULL;
	c->differences = json_array();
	c->additions = json_array();
	c->all = future->deleted || future->laid_out ||
		(!future->changed && future->personality && library->layout == LAYOUT_ONE_TARGET);
	units_of(library, &(struct future){ 0 }, &c->was);
	units_of(library, future, &c->is);
	compare(c);
	bool good = true;
	if (json_array_size(c->differences)) {
		json_t *sessions = sessions_noticing(call, c, ret_noticing);
		if (ret_noticing->n)
			good = refuse_change(call, library, future, c, ret_noticing, sessions);
		json_decref(sessions);
	}
	json_decref(c->differences);
	json_decref(c->additions);
	free(c);
	if (!good)
		noticing_free(ret_noticing);
	return good;
}

bool guard_rename(struct call *call, const struct library *library, struct noticing *ret_noticing)
{
	char who[120];
	*ret_noticing = (struct noticing){ 0 };
	struct comparing *c = calloc(1, sizeof *c);
	if (!c)
		return call_refuse(call, CODE_FAILED, "out of memory") != NULL;
	const struct future as_it_is = { 0 };
	c->all = true;
	units_of(library, &as_it_is, &c->was);
	json_decref(sessions_noticing(call, c, ret_noticing));
	free(c);
	size_t n = ret_noticing->n;
	noticing_text(library, &as_it_is, n, who);
	bool good = !n ||
		guard_force(call,
			"%s, and the names of its devices change: end %s first (evertape session drop), or use --force",
			who, n == 1 ? "the session" : "the sessions");
	if (!good)
		noticing_free(ret_noticing);
	return good;
}

static void still_there(const struct front_session *s, void *arg)
{
	struct noticing *left = arg;
	for (size_t i = 0; i < left->n; i++)
		if (left->session[i] == s->session)
			left->session[i] = 0;
}

/* Returns whether one of these sessions still exists. */
static bool any_left(struct fronts *fronts, const struct noticing *noticing)
{
	bool any = false;
	struct noticing left = { .n = noticing->n, .session = calloc(noticing->n, sizeof(uint32_t)) };
	if (!left.session)
		return false;
	memcpy(left.session, noticing->session, noticing->n * sizeof *left.session);
	fronts_sessions(fronts, still_there, &left);
	for (size_t i = 0; i < left.n; i++)
		any |= !left.session[i];
	free(left.session);
	return any;
}

void noticing_end(struct call *call, const struct noticing *noticing)
{
	int64_t until = now_ms() + END_MS;
	for (size_t i = 0; i < noticing->n; i++)
		fronts_drop(call->context->fronts, noticing->session[i], NULL);
	while (noticing->n && any_left(call->context->fronts, noticing) && now_ms() < until)
		fiber_sleep(END_STEP_MS);
}

void noticing_free(struct noticing *noticing)
{
	free(noticing->session);
	*noticing = (struct noticing){ 0 };
}
