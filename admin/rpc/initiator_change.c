/* SPDX-License-Identifier: Apache-2.0 */
/* Changes a rule: only the settings that the call names change.  Authentication is lowered only by no_chap
 * or no_mutual. */
#include "admin/rpc/initiator_change.h"

#include <stdio.h>
#include <string.h>

#include "admin/method/param_check.h"
#include "admin/rpc/initiator_sees.h"
#include "admin/view/keys.h"

static void text_change(char *to, size_t size, const char *text)
{
	if (!text)
		return;
	explicit_bzero(to, size);
	snprintf(to, size, "%s", text);
}

#define TEXT_CHANGE(field, text) text_change(field, sizeof(field), text)

static const struct {
	const char *take, *give, *why;
} exclusions[] = {
	{ "no_chap", "chap_user", "no_chap and chap_user exclude each other" },
	{ "no_chap", "chap_secret", "no_chap and chap_secret exclude each other" },
	{ "no_chap", "target_user", "no_chap and target_user exclude each other: mutual CHAP needs CHAP" },
	{ "no_chap", "target_secret",
		"no_chap and target_secret exclude each other: mutual CHAP needs CHAP" },
	{ "no_mutual", "target_user", "no_mutual and target_user exclude each other" },
	{ "no_mutual", "target_secret", "no_mutual and target_secret exclude each other" },
};

static bool params_consistent(struct call *call)
{
	for (size_t i = 0; i < sizeof exclusions / sizeof *exclusions && !call->code; i++)
		if (call_flag(call, exclusions[i].take) && call_text(call, exclusions[i].give))
			call_refuse(call, CODE_BAD_PARAMS, "%s", exclusions[i].why);
	return !call->code;
}

static void chap_clear(const struct call *call, struct initiator *rule)
{
	bool all = call_flag(call, "no_chap");
	if (all) {
		TEXT_CHANGE(rule->chap_user, "");
		TEXT_CHANGE(rule->chap_secret, "");
	}
	if (all || call_flag(call, "no_mutual")) {
		TEXT_CHANGE(rule->target_user, "");
		TEXT_CHANGE(rule->target_secret, "");
	}
}

static void chap_set(const struct call *call, struct initiator *rule)
{
	TEXT_CHANGE(rule->chap_user, call_text(call, "chap_user"));
	TEXT_CHANGE(rule->chap_secret, call_text(call, "chap_secret"));
	TEXT_CHANGE(rule->target_user, call_text(call, "target_user"));
	TEXT_CHANGE(rule->target_secret, call_text(call, "target_secret"));
	/* The default CHAP user is the initiator's name. */
	if (rule->chap_secret[0] && !rule->chap_user[0] && strcmp(rule->name, "*") != 0)
		TEXT_CHANGE(rule->chap_user, rule->name);
	if (rule->target_secret[0] && !rule->target_user[0])
		TEXT_CHANGE(rule->target_user, TARGET_USER_DEFAULT);
}

/* Returns whether the secrets and users of the rule are consistent; else refuses. */
static bool chap_ok(struct call *call, const struct initiator *rule)
{
	if (rule->chap_secret[0] && !rule->chap_user[0])
		call_refuse(call, CODE_BAD_PARAMS, "CHAP of the default rule needs a user; give --chap-user");
	else if (rule->chap_user[0] && !rule->chap_secret[0])
		call_refuse(call, CODE_BAD_PARAMS, "a CHAP user needs a secret; give --secret-file");
	else if (rule->target_user[0] && !rule->target_secret[0])
		call_refuse(call, CODE_BAD_PARAMS,
			"a mutual CHAP user needs a secret; give --target-secret-file");
	else if (rule->target_secret[0] && !rule->chap_secret[0])
		call_refuse(call, CODE_BAD_PARAMS,
			"mutual CHAP needs the initiator's secret too; give --secret-file");
	else if (rule->target_secret[0] && strcmp(rule->target_secret, rule->chap_secret) == 0)
		call_refuse(call, CODE_BAD_PARAMS, "the initiator's and the target's secret must differ");
	return !call->code;
}

static bool has_network(const struct initiator *rule, const struct network *network)
{
	bool has = false;
	for (unsigned i = 0; i < rule->n_from; i++)
		has |= memcmp(&rule->from[i], network, sizeof *network) == 0;
	return has;
}

static bool from_change(struct call *call, struct initiator *rule)
{
	const json_t *list = call_list(call, "from");
	char why[WHY_LEN];
	size_t i;
	json_t *item;
	if (!list)
		return true;
	bool any = list_is_only(list, "any");
	rule->n_from = 0;
	memset(rule->from, 0, sizeof rule->from);
	json_array_foreach((json_t *)list, i, item) {
		struct network network;
		if (any)
			break;
		if (!network_parse(json_string_value(item), &network, why)) {
			call_refuse(call, CODE_BAD_PARAMS, "from: \"any\" and an address exclude each other");
			return false;
		}
		if (!has_network(rule, &network))
			rule->from[rule->n_from++] = network;
	}
	return true;
}

bool rule_change(struct call *call, struct initiator *rule)
{
	rule->allowed = true;
	if (!params_consistent(call))
		return false;
	chap_clear(call, rule);
	chap_set(call, rule);
	return chap_ok(call, rule) && sees_change(call, &rule->view) && from_change(call, rule);
}

/* --- shown ---------------------------------------------------------------------------------------- */

static const char *authentication(const struct initiator *rule)
{
	return !rule->chap_user[0] ? "none" : rule->target_user[0] ? "mutual" : "chap";
}

struct from_seen {
	json_t *list; /* NULL: anywhere */
	const char *words;
};

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/rule.def"
#include "admin/view/end.h"
/* clang-format on */

static void from_show(json_t *o, const struct initiator *rule)
{
	char text[NETWORK_TEXT], words[RULE_NETWORKS_MAX * NETWORK_TEXT + 16] = "anywhere";
	size_t len = 0;
	json_t *list = rule->n_from ? json_array() : NULL;
	for (unsigned i = 0; i < rule->n_from; i++) {
		network_text(&rule->from[i], text);
		json_array_append_new(list, json_string(text));
		len += (size_t)snprintf(words + len, sizeof words - len, "%s%s", i ? ", " : "", text);
	}
	from_put(o, &(struct from_seen){ list, words });
}

json_t *rule_view(const struct initiator *rule)
{
	json_t *o = rule_put(json_object(), rule);
	from_show(o, rule);
	sees_show(o, &rule->view);
	if (!rule->allowed)
		json_object_set_new(o, sees_keys.sees, json_string("nothing"));
	return o;
}

/* --- warnings ------------------------------------------------------------------------------------- */

/* Windows accepts secrets of 12 to 16 bytes (without IPsec). */
enum { SECRET_WINDOWS_MAX = 16 };

void rule_warn(json_t *o, const char *text)
{
	json_t *list = json_object_get(o, warnings_keys.warnings);
	if (!list) {
		list = json_array();
		json_object_set_new(o, warnings_keys.warnings, list);
	}
	json_array_append_new(list, json_string(text));
}

static void secret_advise(json_t *o, const char *whose, const char *secret)
{
	char text[WHY_LEN];
	bool plain = true;
	for (const char *c = secret; *c; c++)
		plain &= *c >= ' ' && *c < 0x7f;
	if (strlen(secret) > SECRET_WINDOWS_MAX) {
		snprintf(text, sizeof text,
			"Windows accepts CHAP secrets of %d to %d bytes only; %s secret has %zu",
			CHAP_SECRET_MIN, SECRET_WINDOWS_MAX, whose, strlen(secret));
		rule_warn(o, text);
	}
	if (!plain) {
		snprintf(text, sizeof text,
			"%s secret has characters outside ASCII: logins fail if a host encodes "
			"them differently",
			whose);
		rule_warn(o, text);
	}
}

static bool local_only(const struct initiator *rule)
{
	bool local = rule->n_from > 0;
	for (unsigned i = 0; i < rule->n_from; i++)
		local &= network_is_loopback(&rule->from[i]);
	return local;
}

void rule_advise(json_t *o, const struct initiator *rule)
{
	char text[WHY_LEN + IQN_MAX];
	const char *who = rule->n_from ? "at these addresses" : "that can reach a portal";
	secret_advise(o, "the initiator's", rule->chap_secret);
	secret_advise(o, "the target's", rule->target_secret);
	if (!rule->allowed || rule->chap_user[0] || local_only(rule))
		return;
	if (strcmp(rule->name, "*") == 0)
		snprintf(text, sizeof text, "without CHAP, any host %s may now log in", who);
	else
		snprintf(text, sizeof text,
			"without CHAP, any host %s may log in as %s; "
			"give a secret with --secret-file",
			who, rule->name);
	rule_warn(o, text);
}
