/* SPDX-License-Identifier: Apache-2.0 */
/* Writes buffered data to the medium when no command arrives for the write delay time of mode page 10h (SSC-5
 * 8.5.5). */
#include "vtl/base/container.h"
#include "vtl/ssc/result_sense.h"

enum { CONFIGURATION = 0x10, DELAY_BYTE = 6, DELAY_UNIT_MS = 100 };

/* Runs in a fiber of its own. The next command reports a loss as a deferred error. */
static void sync_now(void *arg)
{
	struct tape *tape = arg;
	tape_acquire(tape, 0);
	if (tape->cart && tape->dirty) {
		int err = cart_sync(tape->cart);
		tape->dirty = false;
		struct sense_data sense;
		if (err && result_fault(tape, NULL, &sense))
			lu_defer(&tape->lu, NULL, &sense);
	}
	tape->fibers--;
	tape_release(tape);
}

static void fire(struct timer *timer)
{
	struct tape *tape = container_of(timer, struct tape, idle_sync);
	tape->fibers++;
	if (fiber_start("idle sync", sync_now, tape)) {
		tape->fibers--;
		idle_sync_arm(tape); /* out of memory: try again later */
	}
}

void idle_sync_arm(struct tape *tape)
{
	if (tape->lu.state != LU_OPEN)
		return;
	const uint8_t *page = lu_mode(&tape->lu, CONFIGURATION, 0);
	unsigned delay = page ? get_be16(page + DELAY_BYTE) : 0;
	/* Zero: no delay time is set; only the host syncs. */
	if (delay)
		timer_arm(&tape->idle_sync, delay * DELAY_UNIT_MS, fire);
}
