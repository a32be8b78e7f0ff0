/* SPDX-License-Identifier: Apache-2.0 */
/* All front ends at once: targets, holds, sessions, stop. */
#include "vtl/scsi/front.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SLOT_SHIFT = 16 };

void fronts_init(struct fronts *fronts)
{
	*fronts = (struct fronts){ 0 };
	TAILQ_INIT(&fronts->holds);
}

int fronts_join(struct fronts *fronts, struct front *front)
{
	if (fronts->n == FRONTS_MAX)
		return -ENOSPC;
	front->fronts = fronts;
	front->slot = fronts->n;
	fronts->all[fronts->n++] = front;
	return 0;
}

int fronts_add_target(struct fronts *fronts, struct target *target)
{
	for (unsigned i = 0; i < fronts->n; i++) {
		int err = fronts->all[i]->ops->add_target(fronts->all[i], target);
		if (!err)
			continue;
		while (i-- > 0)
			fronts->all[i]->ops->remove_target(fronts->all[i], target);
		return err;
	}
	return 0;
}

void fronts_remove_target(struct fronts *fronts, struct target *target)
{
	for (unsigned i = fronts->n; i-- > 0;)
		fronts->all[i]->ops->remove_target(fronts->all[i], target);
}

void fronts_hold(struct fronts *fronts, struct front_hold *hold, const char *target)
{
	snprintf(hold->target, sizeof hold->target, "%s", target);
	TAILQ_INSERT_TAIL(&fronts->holds, hold, link);
}

void fronts_release(struct fronts *fronts, struct front_hold *hold)
{
	TAILQ_REMOVE(&fronts->holds, hold, link);
}

bool front_held(const struct front *front, const char *target)
{
	const struct front_hold *hold;
	if (front->fronts)
		TAILQ_FOREACH(hold, &front->fronts->holds, link)
			if (strcmp(hold->target, target) == 0)
				return true;
	return false;
}

uint32_t front_session_number(const struct front *front, uint16_t number)
{
	return number ? (uint32_t)front->slot << SLOT_SHIFT | number : 0;
}

void fronts_sessions(struct fronts *fronts, void (*visit)(const struct front_session *, void *), void *arg)
{
	for (unsigned i = 0; i < fronts->n; i++)
		fronts->all[i]->ops->sessions(fronts->all[i], visit, arg);
}

unsigned fronts_drop(struct fronts *fronts, uint32_t session, const char *initiator)
{
	uint16_t number = (uint16_t)session; /* in its own front end, where 0 means any */
	unsigned n = 0;
	if (session && !number)
		return 0;
	for (unsigned i = 0; i < fronts->n; i++)
		if (!session || session >> SLOT_SHIFT == i)
			n += fronts->all[i]->ops->drop(fronts->all[i], number, initiator);
	return n;
}

void fronts_stop(struct fronts *fronts)
{
	for (unsigned i = 0; i < fronts->n; i++)
		fronts->all[i]->ops->stop(fronts->all[i]);
}

void fronts_free(struct fronts *fronts)
{
	while (fronts->n > 0) {
		struct front *front = fronts->all[--fronts->n];
		front->ops->free(front);
	}
}
