/* SPDX-License-Identifier: Apache-2.0 */
/* Time, and timers of the calling worker. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* CLOCK_MONOTONIC in milliseconds / microseconds. */
int64_t now_ms(void);
int64_t now_us(void);

/* Calls fire(timer) once, in the worker's loop.  Set it to zeros first.  The memory is the caller's; stop the
 * timer before freeing it. */
struct timer {
	TAILQ_ENTRY(timer) link;
	int64_t due_ms;
	bool armed;
	void (*fire)(struct timer *timer);
};
void timer_arm(struct timer *timer, unsigned ms, void (*fire)(struct timer *)); /* re-arms too */
void timer_stop(struct timer *timer);
