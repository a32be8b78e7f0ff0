/* SPDX-License-Identifier: Apache-2.0 */
/* Which encryption parameters a nexus uses, and when they end. */
#include "vtl/ssc/keys.h"

#include <errno.h>
#include <string.h>

#include "vtl/base/locked.h"
#include "vtl/base/log.h"

/* lu_nexus.flags: the scope, whether it is locked, and to which key instance. */
enum { FLAG_SCOPE = 3, FLAG_LOCKED = 1 << 2, FLAG_INSTANCE_SHIFT = 32 };

struct keys *keys_new(void)
{
	struct keys *keys = locked_new(sizeof *keys, true);
	if (keys)
		TAILQ_INIT(&keys->locals);
	return keys;
}

static void local_remove(struct keys *keys, struct key_set *set)
{
	TAILQ_REMOVE(&keys->locals, set, link);
	locked_free(set, sizeof *set);
}

void keys_free(struct keys *keys)
{
	struct key_set *set;
	if (!keys)
		return;
	while ((set = TAILQ_FIRST(&keys->locals)))
		local_remove(keys, set);
	key_wrap_free(keys->wrap);
	locked_free(keys, sizeof *keys);
}

enum key_scope keys_scope(const struct lu_nexus *nexus)
{
	return (enum key_scope)(nexus->flags & FLAG_SCOPE);
}

static struct key_set *local_of(const struct keys *keys, const struct nexus *nexus)
{
	struct key_set *set;
	TAILQ_FOREACH(set, &keys->locals, link)
		if (set->nexus == nexus)
			return set;
	return NULL;
}

struct key_set *keys_of(const struct tape *tape, const struct lu_nexus *nexus)
{
	struct key_set *local = local_of(tape->keys, nexus->nexus);
	return local ? local : &tape->keys->shared;
}

bool keys_locked_out(const struct tape *tape, const struct lu_nexus *nexus)
{
	return nexus->flags & FLAG_LOCKED &&
		nexus->flags >> FLAG_INSTANCE_SHIFT != keys_of(tape, nexus)->instance;
}

bool keys_have(const struct tape *tape, uint64_t number)
{
	const struct key_set *set;
	if (!number || tape->keys->shared.number == number)
		return true;
	TAILQ_FOREACH(set, &tape->keys->locals, link)
		if (set->number == number)
			return true;
	return false;
}

/* --- setting ------------------------------------------------------------------------------------- */

static bool does_something(const struct key_params *params)
{
	return params->encryption != ENCRYPTION_OFF || params->decryption != DECRYPTION_OFF;
}

static void log_keys(const struct tape *tape, const struct actor *by, const char *what)
{
	const struct log_fields fields = { .cartridge = tape->label.barcode,
		.library = tape->drive->library->name,
		.drive = tape->drive->number,
		.by = *by };
	log_event_few(EVENT_KEY, &fields, "library %s: drive:%u: %s", fields.library, fields.drive, what);
}

static const char *what_of(const struct key_params *params, bool local)
{
	if (!does_something(params))
		return "encryption key cleared";
	if (params->encryption == ENCRYPTION_OFF)
		return local ? "decryption set for its own commands" : "decryption set for all hosts";
	return local ? "encryption key set for its own commands" : "encryption key set for all hosts";
}

static void establish(struct keys *keys, struct key_set *set, const struct key_params *params,
	const struct nexus *nexus)
{
	if (does_something(params))
		set->params = *params;
	else
		explicit_bzero(&set->params, sizeof set->params);
	set->established = true;
	set->instance = ++keys->instances;
	set->number = does_something(params) ? ++keys->numbers : 0;
	set->nexus = nexus;
	set->host.session = nexus->session;
	set->target_port = nexus->target->port;
	memcpy(set->host.initiator, nexus->initiator, sizeof set->host.initiator);
	memcpy(set->initiator_port, nexus->initiator_port, sizeof set->initiator_port);
}

/* Other nexuses that use the shared parameters hear that these have changed. */
static void tell_sharers(struct tape *tape, enum sense ua, const struct nexus *except)
{
	struct lu_nexus *n;
	TAILQ_FOREACH(n, &tape->lu.nexuses, link)
		if (n->nexus != except && keys_scope(n) != SCOPE_LOCAL)
			lu_raise_to(n, ua);
}

static int set_local(struct tape *tape, struct lu_nexus *nexus, const struct key_params *params)
{
	struct keys *keys = tape->keys;
	struct key_set *set = local_of(keys, nexus->nexus);
	if (!set) {
		set = locked_new(sizeof *set, true);
		if (!set)
			return -ENOMEM;
		TAILQ_INSERT_TAIL(&keys->locals, set, link);
	}
	establish(keys, set, params, nexus->nexus);
	return 0;
}

static void set_shared(struct tape *tape, struct lu_nexus *nexus, const struct key_params *params)
{
	struct key_set *shared = &tape->keys->shared;
	bool changes = shared->number || does_something(params);
	establish(tape->keys, shared, params, nexus->nexus);
	if (changes)
		tell_sharers(tape, SENSE_UA_KEY_CHANGED, nexus->nexus);
}

int keys_set(struct tape *tape, struct lu_nexus *nexus, const struct key_request *request)
{
	const struct actor by = nexus_actor(nexus->nexus);
	struct key_set *local = local_of(tape->keys, nexus->nexus);
	int err = request->scope == SCOPE_LOCAL ? set_local(tape, nexus, &request->params) : 0;
	if (err)
		return err;
	if (local && request->scope != SCOPE_LOCAL)
		local_remove(tape->keys, local);
	if (request->scope == SCOPE_ALL)
		set_shared(tape, nexus, &request->params);
	nexus->flags = request->scope;
	if (request->lock)
		nexus->flags |= FLAG_LOCKED | (uint64_t)keys_of(tape, nexus)->instance << FLAG_INSTANCE_SHIFT;
	if (request->scope != SCOPE_PUBLIC)
		log_keys(tape, &by, what_of(&request->params, request->scope == SCOPE_LOCAL));
	else if (local)
		log_keys(tape, &by, "encryption key cleared");
	return 0;
}

/* --- ending -------------------------------------------------------------------------------------- */

/* The defaults again. */
static void set_clear(struct keys *keys, struct key_set *set)
{
	explicit_bzero(&set->params, sizeof set->params);
	set->established = false;
	set->instance = ++keys->instances;
	set->number = 0;
	set->nexus = NULL;
	set->host = (struct drive_host){ 0 };
	set->initiator_port[0] = '\0';
}

/* Ends the sets for which over() says so; those who used them hear of it by this unit attention. */
static bool end_some(struct tape *tape, bool (*over)(const struct tape *tape, const struct key_set *set),
	enum sense ua)
{
	struct keys *keys = tape->keys;
	struct key_set *set, *next;
	bool any = keys->shared.number && over(tape, &keys->shared);
	if (any) {
		set_clear(keys, &keys->shared);
		tell_sharers(tape, ua, NULL);
	}
	for (set = TAILQ_FIRST(&keys->locals); set; set = next) {
		next = TAILQ_NEXT(set, link);
		if (!set->number || !over(tape, set))
			continue;
		struct lu_nexus *n = lu_nexus_of(&tape->lu, set->nexus);
		set_clear(keys, set);
		set->nexus = n ? n->nexus : NULL;
		if (n)
			lu_raise_to(n, ua);
		any = true;
	}
	return any;
}

static bool over_at_demount(const struct tape *tape, const struct key_set *set)
{
	return set->params.ckod;
}

void keys_demounted(struct tape *tape, const struct actor *by)
{
	if (end_some(tape, over_at_demount, SENSE_UA_KEY_LOST))
		log_keys(tape, by, "encryption key cleared: the cartridge was unloaded");
}

static bool reserves(const struct tape *tape, const struct key_set *set)
{
	return lu_port_reserves(&tape->lu, set->initiator_port, set->target_port);
}

static bool over_when_lost(const struct tape *tape, const struct key_set *set)
{
	return set->params.ckorl && !reserves(tape, set);
}

static bool over_when_preempted(const struct tape *tape, const struct key_set *set)
{
	return (set->params.ckorl || set->params.ckorp) && !reserves(tape, set);
}

void keys_reservations_changed(struct lu *lu, bool preempted)
{
	struct tape *tape = tape_of(lu);
	if (!end_some(tape, preempted ? over_when_preempted : over_when_lost, SENSE_UA_KEY_LOST))
		return;
	log_keys(tape, &(struct actor){ 0 }, "encryption key cleared: its host has lost the reservation");
	keys_forget_later(tape);
}

void keys_reset(struct tape *tape)
{
	struct keys *keys = tape->keys;
	struct key_set *set;
	struct lu_nexus *n;
	bool any = keys->shared.number || !TAILQ_EMPTY(&keys->locals);
	while ((set = TAILQ_FIRST(&keys->locals)))
		local_remove(keys, set);
	set_clear(keys, &keys->shared);
	TAILQ_FOREACH(n, &tape->lu.nexuses, link)
		n->flags = 0;
	if (!any)
		return;
	log_keys(tape, &(struct actor){ 0 }, "encryption key cleared: the drive was reset");
	keys_forget_later(tape);
}

void keys_nexus_gone(struct tape *tape, struct lu_nexus *nexus)
{
	struct keys *keys = tape->keys;
	struct key_set *local = local_of(keys, nexus->nexus);
	if (keys->shared.nexus == nexus->nexus) {
		keys->shared.nexus = NULL; /* its memory may be reused */
		keys->shared.host.session = 0;
	}
	if (!local)
		return;
	local_remove(keys, local);
	keys_forget_later(tape);
}

void keys_tell(const struct tape *tape, struct drive_status *status)
{
	const struct key_set *set = tape->keys->shared.number ? &tape->keys->shared : NULL, *local;
	TAILQ_FOREACH(local, &tape->keys->locals, link) {
		status->encryption.keys += local->number != 0;
		if (local->number && !set)
			set = local;
	}
	status->encryption.keys += tape->keys->shared.number != 0;
	if (!set)
		return;
	status->encryption.shared = set == &tape->keys->shared;
	status->encryption.encrypts = set->params.encryption == ENCRYPTION_ON;
	status->encryption.decrypts = set->params.decryption >= DECRYPTION_ON;
	status->encryption.host = set->host;
}
