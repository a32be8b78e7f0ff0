/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules: one per initiator name, and "*" for the rest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/access/rules.h"
#include "vtl/base/error_text.h"

static struct initiator_row *rule_find(struct access *access, const char *name)
{
	char key[IQN_MAX + 1];
	struct initiator_row *rule;
	iqn_fold(name, key);
	HASH_FIND_STR(access->rules, key, rule);
	return rule;
}

/* Commits a checked rule. New secrets are stored first and old ones dropped last, so that a row never names a
 * missing secret. spare is used when the name has no rule yet. */
static int rule_commit(struct access *access, const struct initiator *checked, struct initiator_row **spare,
	char why[static WHY_LEN])
{
	struct initiator_row *rule = rule_find(access, checked->name);
	struct rule_ids before = rule ? rule->ids : (struct rule_ids){ 0 }, ids;
	struct catalog_txn txn;
	int err = rule_keep_secrets(access, rule, checked, &ids);
	if (err)
		return refuse(why, err, "the secret cannot be recorded: %s", error_text(err));
	catalog_begin(access->catalog, &txn);
	record_initiator(checked, &ids, &txn);
	err = catalog_commit(&txn);
	if (err) {
		rule_drop_secrets(access, checked->name, ids, before);
		return refuse(why, err, "the rule cannot be recorded: %s", error_text(err));
	}
	if (!rule)
		rule = *spare;
	rule->pub = *checked;
	rule->ids = ids;
	if (rule == *spare) {
		HASH_ADD_STR(access->rules, pub.name, rule);
		*spare = NULL;
	}
	rule_drop_secrets(access, checked->name, before, ids);
	return 0;
}

int initiator_set(struct access *access, const struct initiator *initiator, char why[static WHY_LEN])
{
	struct initiator checked = *initiator;
	int err = rule_check(initiator, checked.name, why);
	struct initiator_row *spare = err ? NULL : rule_new(access);
	if (!err && !spare)
		err = refuse(why, -ENOMEM, "out of memory");
	if (!err) {
		turn_take(&access->turn);
		err = rule_commit(access, &checked, &spare, why);
		turn_give(&access->turn);
	}
	rule_free(spare);
	explicit_bzero(&checked, sizeof checked);
	return err;
}

static int rule_remove(struct access *access, struct initiator_row *rule, char why[static WHY_LEN])
{
	struct catalog_txn txn;
	catalog_begin(access->catalog, &txn);
	catalog_drop(&txn, TABLE_INITIATORS, rule->pub.name);
	int err = catalog_commit(&txn);
	if (err)
		return refuse(why, err, "the rule cannot be removed: %s", error_text(err));
	HASH_DEL(access->rules, rule);
	rule_drop_secrets(access, rule->pub.name, rule->ids, (struct rule_ids){ 0 });
	rule_free(rule);
	return 0;
}

int initiator_remove(struct access *access, const char *name, char why[static WHY_LEN])
{
	turn_take(&access->turn);
	struct initiator_row *rule = rule_find(access, name);
	int err = rule ? rule_remove(access, rule, why)
		       : refuse(why, -ENOENT, "there is no rule for '%.100s'", name);
	turn_give(&access->turn);
	return err;
}

bool initiator_rule(struct access *access, const char *name, struct initiator *ret_initiator)
{
	struct initiator_row *rule = rule_find(access, name);
	if (!rule)
		rule = rule_find(access, "*");
	if (rule)
		*ret_initiator = rule->pub;
	return rule;
}

bool initiator_own(struct access *access, const char *name, struct initiator *ret_initiator)
{
	struct initiator_row *rule = rule_find(access, name);
	if (rule)
		*ret_initiator = rule->pub;
	return rule;
}

static bool is_from(const struct initiator *initiator, const struct sockaddr_storage *peer)
{
	bool has = initiator->n_from == 0;
	for (unsigned i = 0; i < initiator->n_from; i++)
		has |= network_has(&initiator->from[i], peer);
	return has;
}

const char *initiator_refused(const struct initiator *rule, const struct sockaddr_storage *peer)
{
	if (!rule)
		return "no access rule names this initiator";
	if (!rule->allowed)
		return strcmp(rule->name, "*") ? "the rule of this initiator says deny"
					       : "the default rule says deny";
	return is_from(rule, peer) ? NULL : "the rule of this initiator does not include its address";
}

static int by_name(struct initiator_row *a, struct initiator_row *b)
{
	return strcmp(a->pub.name, b->pub.name);
}

void initiator_each(struct access *access, void (*visit)(const struct initiator *, void *), void *arg)
{
	struct initiator_row *rule, *next;
	HASH_SORT(access->rules, by_name);
	HASH_ITER(hh, access->rules, rule, next)
		visit(&rule->pub, arg);
}
