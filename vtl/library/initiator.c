/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules: one per initiator name, and "*" for the rest. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/error_text.h"
#include "vtl/library/installation.h"
#include "vtl/library/names.h"

/* Names compare without case (RFC 3722), so they are stored in lower case. ASCII only, independent of the
 * locale. */
static void lower(const char *name, char out[static IQN_MAX + 1])
{
	size_t i = 0;
	for (; i < IQN_MAX && name[i]; i++)
		out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
	out[i] = 0;
}

static struct initiator_row *rule_find(struct installation *inst, const char *name)
{
	char key[IQN_MAX + 1];
	struct initiator_row *rule;
	lower(name, key);
	HASH_FIND_STR(inst->rules, key, rule);
	return rule;
}

static int pair_check(const char *whose, const char *user, const char *secret, char why[static WHY_LEN])
{
	if (!*user != !*secret)
		return refuse(why, -EINVAL, "CHAP of the %s needs a user and a secret", whose);
	/* RFC 7143 9.2.1 requires 96 bits; a shorter secret can be guessed from one recorded login. */
	if (*secret && strlen(secret) < CHAP_SECRET_MIN)
		return refuse(why, -EINVAL, "the CHAP secret of the %s is shorter than %d bytes", whose,
			CHAP_SECRET_MIN);
	for (const char *p = user; *p; p++)
		if (!isprint((unsigned char)*p))
			return refuse(why, -EINVAL, "the CHAP user of the %s has a control character", whose);
	return 0;
}

static int view_check(const struct view *view, char why[static WHY_LEN])
{
	if (view->n_libraries > VIEW_LIBRARIES_MAX)
		return refuse(why, -EINVAL, "a rule can name at most %d libraries", VIEW_LIBRARIES_MAX);
	for (unsigned i = 0; i < view->n_libraries; i++)
		if (!memchr(view->libraries[i], 0, sizeof view->libraries[i]) ||
			!name_ok(view->libraries[i], why))
			return refuse(why, -EINVAL, "the rule has a malformed library name");
	return 0;
}

static int from_check(const struct initiator *initiator, char why[static WHY_LEN])
{
	if (initiator->n_from > RULE_NETWORKS_MAX)
		return refuse(why, -EINVAL, "a rule can name at most %d networks", RULE_NETWORKS_MAX);
	for (unsigned i = 0; i < initiator->n_from; i++)
		if (!network_is_whole(&initiator->from[i]))
			return refuse(why, -EINVAL,
				"the rule has a malformed network; write networks like 192.0.2.0/24");
	return 0;
}

static int rule_check(const struct initiator *initiator, char name[static IQN_MAX + 1],
	char why[static WHY_LEN])
{
	if (strnlen(initiator->name, IQN_MAX + 1) > IQN_MAX)
		return refuse(why, -EINVAL, "an initiator name has at most %d characters", IQN_MAX);
	lower(initiator->name, name);
	if (strcmp(name, "*") && !iqn_ok(name))
		return refuse(why, -EINVAL,
			"'%.60s' is not an initiator name; initiator names begin with iqn., eui. or naa.",
			initiator->name);
	int err = pair_check("initiator", initiator->chap_user, initiator->chap_secret, why);
	if (!err)
		err = pair_check("target", initiator->target_user, initiator->target_secret, why);
	if (!err && *initiator->target_secret && !*initiator->chap_secret)
		err = refuse(why, -EINVAL, "mutual CHAP requires the initiator to authenticate too");
	if (!err && *initiator->target_secret && !strcmp(initiator->target_secret, initiator->chap_secret))
		err = refuse(why, -EINVAL, "the CHAP secrets of initiator and target must differ");
	if (!err)
		err = view_check(&initiator->view, why);
	if (!err)
		err = from_check(initiator, why);
	return err;
}

/* Commits a checked rule. New secrets are stored first and old ones dropped last, so that a row never names a
 * missing secret. spare is used when the name has no rule yet. */
static int rule_commit(struct installation *inst, const struct initiator *checked,
	struct initiator_row **spare, char why[static WHY_LEN])
{
	struct initiator_row *rule = rule_find(inst, checked->name);
	struct rule_ids before = rule ? rule->ids : (struct rule_ids){ 0 }, ids;
	struct catalog_txn txn;
	int err = rule_keep_secrets(inst, rule, checked, &ids);
	if (err)
		return refuse(why, err, "the secret cannot be recorded: %s", error_text(err));
	catalog_begin(inst->catalog, &txn);
	record_initiator(checked, &ids, &txn);
	err = catalog_commit(&txn);
	if (err) {
		rule_drop_secrets(inst, checked->name, ids, before);
		return refuse(why, err, "the rule cannot be recorded: %s", error_text(err));
	}
	if (!rule)
		rule = *spare;
	rule->pub = *checked;
	rule->ids = ids;
	if (rule == *spare) {
		HASH_ADD_STR(inst->rules, pub.name, rule);
		*spare = NULL;
	}
	rule_drop_secrets(inst, checked->name, before, ids);
	return 0;
}

int initiator_set(struct installation *inst, const struct initiator *initiator, char why[static WHY_LEN])
{
	struct initiator checked = *initiator;
	int err = rule_check(initiator, checked.name, why);
	struct initiator_row *spare = err ? NULL : rule_new(inst);
	if (!err && !spare)
		err = refuse(why, -ENOMEM, "out of memory");
	if (!err) {
		objects_hold(inst);
		turn_take(&inst->turn);
		err = rule_commit(inst, &checked, &spare, why);
		turn_give(&inst->turn);
		objects_release(inst);
	}
	rule_free(spare);
	explicit_bzero(&checked, sizeof checked);
	return err;
}

static int rule_remove(struct installation *inst, struct initiator_row *rule, char why[static WHY_LEN])
{
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	catalog_drop(&txn, TABLE_INITIATORS, rule->pub.name);
	int err = catalog_commit(&txn);
	if (err)
		return refuse(why, err, "the rule cannot be removed: %s", error_text(err));
	HASH_DEL(inst->rules, rule);
	rule_drop_secrets(inst, rule->pub.name, rule->ids, (struct rule_ids){ 0 });
	rule_free(rule);
	return 0;
}

int initiator_remove(struct installation *inst, const char *name, char why[static WHY_LEN])
{
	objects_hold(inst);
	turn_take(&inst->turn);
	struct initiator_row *rule = rule_find(inst, name);
	int err = rule ? rule_remove(inst, rule, why)
		       : refuse(why, -ENOENT, "there is no rule for '%.100s'", name);
	turn_give(&inst->turn);
	objects_release(inst);
	return err;
}

bool initiator_rule(struct installation *inst, const char *name, struct initiator *ret_initiator)
{
	struct initiator_row *rule = rule_find(inst, name);
	if (!rule)
		rule = rule_find(inst, "*");
	if (rule)
		*ret_initiator = rule->pub;
	return rule;
}

bool initiator_own(struct installation *inst, const char *name, struct initiator *ret_initiator)
{
	struct initiator_row *rule = rule_find(inst, name);
	if (rule)
		*ret_initiator = rule->pub;
	return rule;
}

bool initiator_from(const struct initiator *initiator, const struct sockaddr_storage *peer)
{
	bool has = initiator->n_from == 0;
	for (unsigned i = 0; i < initiator->n_from; i++)
		has |= network_has(&initiator->from[i], peer);
	return has;
}

static int by_name(struct initiator_row *a, struct initiator_row *b)
{
	return strcmp(a->pub.name, b->pub.name);
}

void initiator_each(struct installation *inst, void (*visit)(const struct initiator *, void *), void *arg)
{
	struct initiator_row *rule, *next;
	HASH_SORT(inst->rules, by_name);
	HASH_ITER(hh, inst->rules, rule, next)
		visit(&rule->pub, arg);
}
