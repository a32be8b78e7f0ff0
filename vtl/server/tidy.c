/* SPDX-License-Identifier: Apache-2.0 */
/* Purges the wastebasket while the daemon runs. */
#include "vtl/server/tidy.h"

#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/library/deleted.h"
#include "vtl/library/library.h"

/* Often enough that a stream of a gigabyte per second does not use up the space below the disk's floor. */
enum { TIDY_MS = 1000 };

static void tidy_run(void *arg)
{
	struct tidy *tidy = arg;
	while (!tidy->stopping) {
		if (!library_wastebasket_tidy(tidy->inst) && !tidy->stopping)
			waitq_wait_ms(&tidy->changed, TIDY_MS);
	}
	tidy->running = false;
	waitq_wake(&tidy->changed);
}

void tidy_start(struct tidy *tidy, struct installation *inst)
{
	*tidy = (struct tidy){ .inst = inst, .running = true };
	waitq_init(&tidy->changed);
	if (fiber_start("tidy", tidy_run, tidy) == 0)
		return;
	tidy->running = false;
	log_error("cannot start the cleanup of the wastebasket: out of memory; restart evertaped");
}

bool tidy_stop(struct tidy *tidy, int64_t until_ms)
{
	tidy->stopping = true;
	if (tidy->running)
		waitq_wake(&tidy->changed);
	for (int64_t left; tidy->running && (left = until_ms - now_ms()) > 0;)
		waitq_wait_ms(&tidy->changed, (unsigned)left);
	return !tidy->running;
}
