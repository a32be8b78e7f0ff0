/* SPDX-License-Identifier: Apache-2.0 */
/* initiator: allow, deny, remove, list, default.  Secrets are accepted and never shown. */
#include <stdio.h>
#include <string.h>

#include "admin/rpc/initiator_change.h"
#include "admin/rpc/initiator_sees.h"
#include "admin/rpc/method.h"
#include "admin/rpc/session.h"
#include "admin/view/keys.h"

static void advise_on_sessions(const struct call *call, json_t *o, const char *name)
{
	char text[WHY_LEN + IQN_MAX];
	unsigned n = sessions_of(call->context, name);
	if (!n)
		return;
	snprintf(text, sizeof text,
		n == 1 ? "its session is not changed until it ends; to end it: "
			 "evertape session drop %s"
		       : "its sessions are not changed until they end; to end them: "
			 "evertape session drop %s",
		name);
	rule_warn(o, text);
}

static void advise_on_view(struct installation *inst, json_t *o, const struct view *view)
{
	char names[WHY_LEN], text[WHY_LEN + 64];
	if (!sees_absent_devices(inst, view, names))
		return;
	snprintf(text, sizeof text, "devices that none of its libraries has now: %s", names);
	rule_warn(o, text);
}

/* Saves the rule and returns its view with warnings. */
static json_t *rule_set(struct call *call, const struct initiator *rule)
{
	char why[WHY_LEN] = "";
	int err = initiator_set(installation_access(call->inst), rule, why);
	if (err)
		return call_refuse_err(call, err, why);
	json_t *o = rule_view(rule);
	if (o) {
		rule_advise(o, rule);
		advise_on_sessions(call, o, rule->name);
	}
	return o;
}

/* Copies the current rule of the named initiator, or makes a new one. */
static void rule_begin(const struct call *call, struct initiator *rule)
{
	char name[IQN_MAX + 1];
	iqn_fold(call_text(call, "name"), name);
	if (!initiator_own(installation_access(call->inst), name, rule)) {
		*rule = (struct initiator){ .allowed = false };
		memcpy(rule->name, name, sizeof name);
	}
}

static json_t *allow(struct call *call)
{
	struct initiator rule;
	rule_begin(call, &rule);
	json_t *o = rule_change(call, &rule) ? rule_set(call, &rule) : NULL;
	if (o)
		advise_on_view(call->inst, o, &rule.view);
	explicit_bzero(&rule, sizeof rule);
	return o;
}

/* The rest of the rule stays, so that allow can restore access. */
static json_t *deny(struct call *call)
{
	struct initiator rule;
	rule_begin(call, &rule);
	rule.allowed = false;
	json_t *o = rule_set(call, &rule);
	explicit_bzero(&rule, sizeof rule);
	return o;
}

static json_t *forget(struct call *call)
{
	char name[IQN_MAX + 1], why[WHY_LEN] = "";
	iqn_fold(call_text(call, "name"), name);
	int err = initiator_remove(installation_access(call->inst), name, why);
	return err ? call_refuse_err(call, err, why) : json_pack("{s:s}", named_keys.name, name);
}

static void rule_into(const struct initiator *i, void *list)
{
	json_array_append_new(list, rule_view(i));
}

static json_t *list(struct call *call)
{
	json_t *rules = json_array();
	initiator_each(installation_access(call->inst), rule_into, rules);
	return json_pack("{s:o}", rules_keys.initiators, rules);
}

/* Without a default rule nobody may log in, not even from this host. */
static json_t *show_default(struct call *call)
{
	struct initiator rule = { .name = "*" };
	initiator_own(installation_access(call->inst), "*", &rule);
	json_t *o = rule_view(&rule);
	if (o) {
		json_object_set_new(o, default_rule_keys.rule, json_string(rule.allowed ? "allow" : "deny"));
		rule_advise(o, &rule);
	}
	explicit_bzero(&rule, sizeof rule);
	return o;
}

const struct handler initiator_handlers[] = {
	{ "initiator.allow", allow },
	{ "initiator.deny", deny },
	{ "initiator.remove", forget },
	{ "initiator.list", list },
	{ "initiator.default", show_default },
	{ 0 },
};
