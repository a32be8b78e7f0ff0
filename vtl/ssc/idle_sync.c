/* SPDX-License-Identifier: Apache-2.0 */
/* Buffered data reaches the medium by itself when no command comes for the write delay time of mode
 * page 10h (SSC-5 8.5.5). */
#include "vtl/ssc/media_sense.h"

enum { CONFIGURATION = 0x10, DELAY_BYTE = 6, DELAY_UNIT_MS = 100 };

#define TAPE_OF_TIMER(t) ((struct tape *)((char *)(t) - offsetof(struct tape, idle_sync)))

/* In a fiber of its own.  Losses are told by the next command, as deferred errors. */
static void sync_now(void *arg)
{
	struct tape *tape = arg;
	tape_hold(tape, 0);
	if (tape->cart && tape->dirty) {
		int err = cart_sync(tape->cart);
		tape->dirty = false;
		struct sense_data sense;
		if (err && media_fault(tape, NULL, &sense))
			lu_defer(&tape->lu, NULL, &sense);
	}
	tape->fibers--;
	tape_release(tape);
}

static void fire(struct timer *timer)
{
	struct tape *tape = TAPE_OF_TIMER(timer);
	tape->fibers++;
	if (fiber_start("idle sync", sync_now, tape)) {
		tape->fibers--;
		idle_sync_arm(tape); /* no memory just now */
	}
}

void idle_sync_arm(struct tape *tape)
{
	if (tape->lu.stopping)
		return;
	const uint8_t *page = lu_mode(&tape->lu, CONFIGURATION, 0);
	unsigned delay = page ? get_be16(page + DELAY_BYTE) : 0;
	/* Zero: no limit (the host syncs for itself). */
	if (delay)
		timer_arm(&tape->idle_sync, delay * DELAY_UNIT_MS, fire);
}
