/* SPDX-License-Identifier: Apache-2.0 */
/* A front end without initiators. */
#include "tests/lib/front_null.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vtl/base/container.h"

static struct front_null *null_of(struct front *front)
{
	return container_of(front, struct front_null, front);
}

static int add_target(struct front *front, struct target *target)
{
	struct front_null *f = null_of(front);
	int err = f->refuses;
	f->refuses = 0;
	if (!err && f->n == FRONT_NULL_TARGETS)
		err = -ENOMEM;
	if (!err)
		f->targets[f->n++] = target;
	return err;
}

static void remove_target(struct front *front, struct target *target)
{
	struct front_null *f = null_of(front);
	for (unsigned i = 0; i < f->n; i++)
		if (f->targets[i] == target) {
			f->targets[i] = f->targets[--f->n];
			return;
		}
}

static void sessions(struct front *front, void (*visit)(const struct front_session *, void *), void *arg)
{
	struct front_null *f = null_of(front);
	struct front_session session = { .front = front->ops->name,
		.session = front_session_number(front, 1) };
	if (!f->session)
		return;
	snprintf(session.initiator, sizeof session.initiator, "%s", f->session);
	visit(&session, arg);
}

static unsigned drop(struct front *front, uint16_t number, const char *initiator)
{
	struct front_null *f = null_of(front);
	if (!f->session || number > 1 || (initiator && strcmp(initiator, f->session) != 0))
		return 0;
	f->session = NULL;
	return 1;
}

static void stop(struct front *front)
{
	null_of(front)->stopped = true;
}

static void free_it(struct front *front)
{
	null_of(front)->freed = true;
}

struct front *front_null_init(struct front_null *front, const char *session)
{
	static const struct front_ops ops = { "null", add_target, remove_target, sessions, drop, stop,
		free_it };
	*front = (struct front_null){ .front.ops = &ops, .session = session };
	return &front->front;
}

bool front_null_shows(const struct front_null *front, const struct target *target)
{
	for (unsigned i = 0; i < front->n; i++)
		if (front->targets[i] == target)
			return true;
	return false;
}
