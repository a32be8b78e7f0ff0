/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line of a round. */
#include <stdio.h>

#include "admin/cli/cli.h"
#include "admin/initiator/stream.h"

void stream_progress(const struct stream_round *r, const struct lane *lanes, size_t count)
{
	uint64_t done = 0, all = r->plan->size * count;
	for (size_t i = 0; i < count; i++)
		done += atomic_load_explicit(&lanes[i].done_bytes, memory_order_relaxed);
	if (r->phase->data && all)
		bar_draw(r->phase->name, done, all, (double)(meter_now_ns() - r->started) / 1e9);
	else
		fprintf(stderr, "\r\033[K%s ...", r->phase->name);
}

void stream_progress_clear(void)
{
	bar_draw(NULL, 0, 0, 0);
}
