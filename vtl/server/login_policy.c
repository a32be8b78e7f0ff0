/* SPDX-License-Identifier: Apache-2.0 */
/* Login policy: deny by default, also on loopback, because any local user can open a TCP connection. */
#include "vtl/server/login_policy.h"

#include <string.h>

#include "vtl/access/access.h"

struct question {
	struct login_policy *policy;
	const char *name, *target;
	struct initiator rule;
	uint64_t seen[TARGET_LUNS / 64];
	bool found, sees;
};
_Static_assert(sizeof((struct iscsi_access *)NULL)->chap_secret == CHAP_SECRET_MAX + 1 &&
		sizeof((struct iscsi_access *)NULL)->chap_user == CHAP_NAME_MAX + 1,
	"copied whole");
_Static_assert(TARGET_LUNS / 64 == DRIVES_MAX / 64 + 1, "one bit for each unit of a target");

static void look_up(void *arg)
{
	struct question *q = arg;
	q->found = initiator_rule(installation_access(q->policy->inst), q->name, &q->rule);
	q->sees = !q->found || !q->target || view_is_whole(&q->rule.view);
	if (q->sees)
		memset(q->seen, 0xff, sizeof q->seen);
	else
		q->sees = view_of_target(q->policy->inst, &q->rule.view, q->target, q->seen);
}

static const char *why_not(const struct question *q, const struct sockaddr_storage *peer)
{
	const char *why = initiator_refused(q->found ? &q->rule : NULL, peer);
	return why || q->sees ? why : "the rule of this initiator does not show this target";
}

void login_decide(void *arg, const char *initiator, const char *target, const struct sockaddr_storage *peer,
	struct iscsi_access *ret_access)
{
	struct question q = { .policy = arg, .name = initiator, .target = target };
	worker_call(q.policy->home, look_up, &q);

	*ret_access = (struct iscsi_access){ .why_not = why_not(&q, peer) };
	ret_access->allowed = !ret_access->why_not;
	for (size_t i = 0; i < TARGET_LUNS / 64; i++)
		ret_access->hidden[i] = ~q.seen[i];
	if (ret_access->allowed) {
		memcpy(ret_access->chap_user, q.rule.chap_user, sizeof q.rule.chap_user);
		memcpy(ret_access->chap_secret, q.rule.chap_secret, sizeof q.rule.chap_secret);
		memcpy(ret_access->target_user, q.rule.target_user, sizeof q.rule.target_user);
		memcpy(ret_access->target_secret, q.rule.target_secret, sizeof q.rule.target_secret);
	}
	explicit_bzero(&q.rule, sizeof q.rule);
}
