/* SPDX-License-Identifier: Apache-2.0 */
/* Timers of a worker: a list in order of due time.  There are few, and most new ones are the latest. */
#include "vtl/base/timer.h"

#include <time.h>

#include "vtl/base/worker_internal.h"

int64_t now_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

int64_t now_ms(void)
{
	return now_us() / 1000;
}

void timer_arm(struct timer *timer, unsigned ms, void (*fire)(struct timer *))
{
	struct worker *w = worker_current;
	timer_stop(timer);
	timer->due_ms = now_ms() + ms;
	timer->fire = fire;
	timer->armed = true;

	struct timer *before = TAILQ_LAST(&w->timers, timer_list);
	while (before && before->due_ms > timer->due_ms)
		before = TAILQ_PREV(before, timer_list, link);
	if (before)
		TAILQ_INSERT_AFTER(&w->timers, before, timer, link);
	else
		TAILQ_INSERT_HEAD(&w->timers, timer, link);
}

void timer_stop(struct timer *timer)
{
	if (!timer->armed)
		return;
	TAILQ_REMOVE(&worker_current->timers, timer, link);
	timer->armed = false;
}

void timers_fire(struct worker *w)
{
	if (TAILQ_EMPTY(&w->timers))
		return;
	int64_t now = now_ms();
	struct timer *timer;
	while ((timer = TAILQ_FIRST(&w->timers)) && timer->due_ms <= now) {
		timer_stop(timer);
		timer->fire(timer);
	}
}

int64_t timers_next(const struct worker *w)
{
	const struct timer *timer = TAILQ_FIRST(&w->timers);
	if (!timer)
		return -1;
	int64_t ms = timer->due_ms - now_ms();
	return ms > 0 ? ms : 0;
}
