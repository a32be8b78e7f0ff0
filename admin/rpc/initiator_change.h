/* SPDX-License-Identifier: Apache-2.0 */
/* What a call changes of an initiator's rule, and what the rule looks like to people. */
#pragma once

#include "admin/rpc/method.h"

bool chap_user_ok(const char *text, char why[static WHY_LEN]);
bool chap_secret_ok(const char *text, char why[static WHY_LEN]);
/* "any", or a network. */
bool from_ok(const char *text, char why[static WHY_LEN]);

/* Changes of a rule what the call's "initiator.allow" names, and nothing else; rule->name is set.  False,
 * refused: the rule may be half changed then. */
bool rule_change(struct call *call, struct initiator *rule);
/* The rule as it is shown, without its secrets; NULL: out of memory. */
json_t *rule_view(const struct initiator *rule);
/* Adds warnings about a rule just made. */
void rule_advise(json_t *o, const struct initiator *rule);
/* Adds one line to "warnings". */
void rule_warn(json_t *o, const char *text);
