/* SPDX-License-Identifier: Apache-2.0 */
/* Space for writers: on a full disk the oldest deleted cartridge is destroyed. Worker 0 owns the list, so a
 * writer sends a message and polls for the result until its time is over. Worker 0 gets no pointer to the
 * writer's memory, so the writer may stop waiting at any time. */
#include <stdatomic.h>
#include <time.h>

#include "vtl/base/container.h"
#include "vtl/base/fiber.h"
#include "vtl/base/mail.h"
#include "vtl/base/timer.h"
#include "vtl/library/change.h"
#include "vtl/library/wastebasket.h"

enum { PAUSE_MS = 5 };

static void round_end(struct installation *inst, bool made)
{
	atomic_store(&inst->room.made, made);
	atomic_fetch_add(&inst->room.round, 1);
}

static void round_run(void *arg)
{
	struct installation *inst = arg;
	char why[WHY_LEN];
	struct change c;
	change_begin(&c, inst, NULL, why);
	bool made = wastebasket_give_up_one(inst);
	change_end(&c, 0);
	round_end(inst, made);
}

static void round_begin(struct msg *msg)
{
	struct installation *inst = container_of(msg, struct installation, room.msg);
	if (fiber_start("room", round_run, inst))
		round_end(inst, false);
}

/* Number of the round in progress; starts one when there is none. */
static unsigned round_join(struct installation *inst)
{
	unsigned round = atomic_load(&inst->room.round);
	while (!(round & 1)) {
		if (!atomic_compare_exchange_weak(&inst->room.round, &round, round + 1))
			continue;
		inst->room.msg.run = round_begin;
		worker_post(inst->worker, &inst->room.msg);
		return round + 1;
	}
	return round;
}

static void pause_ms(unsigned ms)
{
	if (fiber_self())
		fiber_sleep(ms);
	else
		nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

bool library_make_room(struct installation *inst, unsigned ms)
{
	int64_t until = now_ms() + ms;
	if (!inst->worker || !atomic_load(&inst->room.deleted))
		return false;
	unsigned round = round_join(inst);
	while (atomic_load(&inst->room.round) == round) {
		if (now_ms() >= until)
			return false;
		pause_ms(PAUSE_MS);
	}
	return atomic_load(&inst->room.made);
}
