/* SPDX-License-Identifier: Apache-2.0 */
/* Changes an initiator's rule, and shows a rule as JSON. */
#pragma once

#include "admin/rpc/method.h"
#include "vtl/access/access.h"

/* Applies the parameters of "initiator.allow" that the call has; the rest of the rule stays.  rule->name
 * is set.  False: refused, and the rule may be partly changed. */
bool rule_change(struct call *call, struct initiator *rule);
/* Returns the rule without its secrets; NULL: out of memory. */
json_t *rule_view(const struct initiator *rule);
/* Adds warnings about a rule just made, for example about missing CHAP. */
void rule_advise(json_t *o, const struct initiator *rule);
/* Appends one line to "warnings". */
void rule_warn(json_t *o, const char *text);
