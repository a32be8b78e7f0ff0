/* SPDX-License-Identifier: Apache-2.0 */
/* Login policy: deny by default, on loopback too: any local user can open a TCP connection. */
#include "vtl/server/access.h"

#include <stdio.h>
#include <string.h>

#include "vtl/base/worker.h"

struct question {
	struct access *access;
	const char *name, *target;
	struct initiator rule;
	uint64_t seen[TARGET_LUNS / 64];
	bool found, sees;
};
_Static_assert(TARGET_LUNS / 64 == DRIVES_MAX / 64 + 1, "one bit for each unit of a target");

static void look_up(void *arg)
{
	struct question *q = arg;
	q->found = initiator_rule(q->access->inst, q->name, &q->rule);
	q->sees = !q->found || !q->target || view_is_whole(&q->rule.view);
	if (q->sees)
		memset(q->seen, 0xff, sizeof q->seen);
	else
		q->sees = view_of_target(q->access->inst, &q->rule.view, q->target, q->seen);
}

void access_decide(void *arg, const char *initiator, const char *target,
                   const struct sockaddr_storage *peer, struct iscsi_access *ret_access)
{
	struct question q = { .access = arg, .name = initiator, .target = target };
	worker_call(q.access->home, look_up, &q);

	*ret_access = (struct iscsi_access){ .allowed = false };
	if (!q.found)
		return;
	ret_access->allowed = q.rule.allowed && q.sees && initiator_from(&q.rule, peer);
	for (size_t i = 0; i < TARGET_LUNS / 64; i++)
		ret_access->hidden[i] = ~q.seen[i];
	snprintf(ret_access->chap_user, sizeof ret_access->chap_user, "%s", q.rule.chap_user);
	snprintf(ret_access->chap_secret, sizeof ret_access->chap_secret, "%s", q.rule.chap_secret);
	snprintf(ret_access->target_user, sizeof ret_access->target_user, "%s", q.rule.target_user);
	snprintf(ret_access->target_secret, sizeof ret_access->target_secret, "%s",
	        q.rule.target_secret);
	explicit_bzero(&q.rule, sizeof q.rule);
}
