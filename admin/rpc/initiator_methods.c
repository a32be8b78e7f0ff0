/* SPDX-License-Identifier: Apache-2.0 */
/* initiator: allow, deny, remove, list, default; secrets come in and never go out. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "admin/rpc/initiator_name.h"
#include "admin/rpc/initiator_sees.h"
#include "admin/rpc/method.h"
#include "admin/rpc/session.h"

/* Windows takes secrets of 12 to 16 bytes; RFC 7143 9.2.1 asks for 96 bits at least. */
enum { SECRET_MIN = 12, SECRET_WINDOWS_MAX = 16 };

bool initiator_ok(const char *name, char why[static WHY_LEN])
{
	static const char *const types[] = { "iqn.", "eui.", "naa." };
	size_t len = strlen(name);
	if (strcmp(name, "*") == 0)
		return true;
	bool known = false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		known |= strncasecmp(name, types[i], 4) == 0 && len > 4;
	if (!known || len > IQN_MAX) {
		snprintf(why, WHY_LEN, "must be a name like iqn.1991-05.com.microsoft:host, at most %d "
		         "bytes, or *", IQN_MAX);
		return false;
	}
	for (const char *c = name; *c; c++) {
		if (isalnum((unsigned char)*c) || strchr(".:-_", *c))
			continue;
		snprintf(why, WHY_LEN, "only letters, digits, '.', ':', '-' and '_' are allowed");
		return false;
	}
	return true;
}

void initiator_fold(const char *name, char out[static IQN_MAX + 1])
{
	size_t i;
	for (i = 0; name[i] && i < IQN_MAX; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	out[i] = '\0';
}

static bool secret_ok(const char *text, char why[static WHY_LEN])
{
	size_t len = strlen(text);
	if (len >= SECRET_MIN && len <= CHAP_SECRET_MAX)
		return true;
	snprintf(why, WHY_LEN, "a CHAP secret has %d to %d bytes", SECRET_MIN, CHAP_SECRET_MAX);
	return false;
}

static bool user_ok(const char *text, char why[static WHY_LEN])
{
	bool good = *text && strlen(text) <= CHAP_NAME_MAX;
	for (const char *c = text; *c; c++)
		good &= (unsigned char)*c > ' ' && *c != 0x7f;
	if (!good)
		snprintf(why, WHY_LEN, "a CHAP user is 1 to %d characters without spaces", CHAP_NAME_MAX);
	return good;
}

static void text_copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static json_t *rule_view(const struct initiator *i)
{
	const char *auth = !i->chap_user[0] ? "none" : i->target_user[0] ? "mutual" : "chap";
	json_t *o = json_pack("{s:s,s:b,s:s,s:o,s:o}", "name", i->name, "allowed", i->allowed,
	                      "authentication", auth, "chap_user",
	                      i->chap_user[0] ? json_string(i->chap_user) : json_null(), "target_user",
	                      i->target_user[0] ? json_string(i->target_user) : json_null());
	if (o)
		sees_show(o, &i->view);
	if (o && !i->allowed && strcmp(i->name, "*") != 0)
		json_object_set_new(o, "sees", json_string("nothing"));
	return o;
}

static void warn(json_t *o, const char *text)
{
	json_t *list = json_object_get(o, "warnings");
	if (!list) {
		list = json_array();
		json_object_set_new(o, "warnings", list);
	}
	json_array_append_new(list, json_string(text));
}

static void advise_on_sessions(const struct call *call, json_t *o, const char *name)
{
	char text[WHY_LEN + IQN_MAX];
	unsigned n = sessions_of(call->context, name);
	if (!n)
		return;
	snprintf(text, sizeof text, n == 1 ? "a session of it stays as it is until it ends; to end "
	                                       "it: evertape session drop %s"
	                                     : "its sessions stay as they are until they end; to end "
	                                       "them: evertape session drop %s", name);
	warn(o, text);
}

static void advise_on_view(struct installation *inst, json_t *o, const struct view *view)
{
	char names[WHY_LEN], text[WHY_LEN + 64];
	if (!sees_nothing_of(inst, view, names))
		return;
	snprintf(text, sizeof text, "not there now in any library it sees: %s", names);
	warn(o, text);
}

static void advise(json_t *o, const struct initiator *rule)
{
	if (strlen(rule->chap_secret) > SECRET_WINDOWS_MAX ||
	    strlen(rule->target_secret) > SECRET_WINDOWS_MAX)
		warn(o, "Windows accepts CHAP secrets of 12 to 16 bytes only; this one is longer");
	if (rule->allowed && !rule->chap_user[0] && strcmp(rule->name, "*") == 0)
		warn(o, "without CHAP, anybody who can reach a portal may now log in");
}

/* True when the secrets make sense together; else refused. */
static bool chap_ok(struct call *call, const struct initiator *rule)
{
	if (rule->chap_user[0] && !rule->chap_secret[0])
		call_refuse(call, CODE_BAD_PARAMS, "a CHAP user needs a secret");
	else if (rule->target_user[0] && !rule->target_secret[0])
		call_refuse(call, CODE_BAD_PARAMS, "a mutual CHAP user needs a secret");
	else if (rule->target_secret[0] && !rule->chap_secret[0])
		call_refuse(call, CODE_BAD_PARAMS, "mutual CHAP needs the initiator's secret too");
	else if (rule->target_secret[0] && strcmp(rule->target_secret, rule->chap_secret) == 0)
		call_refuse(call, CODE_BAD_PARAMS, "the two secrets must not be equal");
	return !call->code;
}

static void rule_fill(const struct call *call, struct initiator *rule)
{
	const char *secret = call_text(call, "chap_secret"), *user = call_text(call, "chap_user");
	const char *back = call_text(call, "target_secret"), *back_user = call_text(call, "target_user");
	initiator_fold(call_text(call, "name"), rule->name);
	/* Initiators use their own name as CHAP user unless told otherwise. */
	text_copy(rule->chap_user, sizeof rule->chap_user, user || !secret ? user : rule->name);
	text_copy(rule->chap_secret, sizeof rule->chap_secret, secret);
	text_copy(rule->target_user, sizeof rule->target_user,
	          back_user || !back ? back_user : "evertape");
	text_copy(rule->target_secret, sizeof rule->target_secret, back);
}

static json_t *rule_set(struct call *call, struct initiator *rule)
{
	char why[WHY_LEN] = "";
	int err = initiator_set(call->inst, rule, why);
	if (err)
		return call_refuse_err(call, err, why);
	json_t *o = rule_view(rule);
	if (o)
		advise(o, rule);
	return o;
}

static json_t *allow(struct call *call)
{
	struct initiator rule = { .allowed = true };
	json_t *o = NULL;
	rule_fill(call, &rule);
	if (chap_ok(call, &rule) && sees_read(call, &rule.view))
		o = rule_set(call, &rule);
	if (o) {
		advise_on_view(call->inst, o, &rule.view);
		advise_on_sessions(call, o, rule.name);
	}
	explicit_bzero(&rule, sizeof rule);
	return o;
}

static json_t *deny(struct call *call)
{
	struct initiator rule = { .allowed = false };
	initiator_fold(call_text(call, "name"), rule.name);
	json_t *o = rule_set(call, &rule);
	if (o)
		advise_on_sessions(call, o, rule.name);
	return o;
}

static json_t *forget(struct call *call)
{
	char name[IQN_MAX + 1], why[WHY_LEN] = "";
	initiator_fold(call_text(call, "name"), name);
	int err = initiator_remove(call->inst, name, why);
	return err ? call_refuse_err(call, err, why) : json_pack("{s:s}", "name", name);
}

static void rule_into(const struct initiator *i, void *list)
{
	json_array_append_new(list, rule_view(i));
}

static json_t *list(struct call *call)
{
	json_t *rules = json_array();
	initiator_each(call->inst, rule_into, rules);
	return json_pack("{s:o}", "initiators", rules);
}

/* Where no rule was ever set, nobody may log in, not even from this machine. */
static json_t *show_default(struct call *call)
{
	static const struct initiator none = { .name = "*" };
	struct initiator rule;
	bool set = initiator_rule(call->inst, "*", &rule);
	json_t *o = rule_view(set ? &rule : &none);
	if (o) {
		json_object_set_new(o, "rule", json_string(set && rule.allowed ? "allow" : "deny"));
	}
	explicit_bzero(&rule, sizeof rule);
	return o;
}

#define NAME { .name = "name", .type = PARAM_TEXT, .required = true, .check = initiator_ok }

const struct method initiator_methods[] = {
	{ .name = "initiator.allow", .role = ROLE_WRITE, .run = allow,
	  .help = "Let an initiator log in, with CHAP when a secret is given",
	  .params = PARAMS(NAME,
		{ .name = "chap_user", .type = PARAM_TEXT, .check = user_ok },
		{ .name = "chap_secret", .type = PARAM_SECRET, .check = secret_ok },
		{ .name = "target_user", .type = PARAM_TEXT, .check = user_ok,
		  .help = "mutual CHAP: what the target answers with" },
		{ .name = "target_secret", .type = PARAM_SECRET, .check = secret_ok },
		{ .name = "libraries", .type = PARAM_TEXTS, .max = VIEW_LIBRARIES_MAX, .check = name_ok,
		  .help = "the only ones it sees; else all" },
		{ .name = "devices", .type = PARAM_TEXTS, .max = DRIVES_MAX + 1, .check = device_ok,
		  .help = "the only ones of these libraries it sees: changer, drive:N; else all" }) },
	{ .name = "initiator.deny", .role = ROLE_WRITE, .run = deny, .params = PARAMS(NAME),
	  .help = "Refuse an initiator, whatever the default is" },
	{ .name = "initiator.remove", .role = ROLE_WRITE, .run = forget, .params = PARAMS(NAME),
	  .help = "Forget the rule of an initiator: the default counts for it again" },
	{ .name = "initiator.list", .role = ROLE_READ, .run = list, .params = NO_PARAMS,
	  .help = "The rules about who may log in" },
	{ .name = "initiator.default", .role = ROLE_READ, .run = show_default, .params = NO_PARAMS,
	  .help = "What holds for an initiator without a rule of its own" },
	{ 0 }
};
