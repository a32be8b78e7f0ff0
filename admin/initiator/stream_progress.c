/* SPDX-License-Identifier: Apache-2.0 */
/* The line that moves on a terminal while a round runs. */
#include <stdio.h>

#include "admin/initiator/stream.h"

enum { BAR = 30 };

void stream_progress(const struct stream_round *r, const struct lane *lanes, size_t count)
{
	static const char full[] = "##############################";
	uint64_t done = 0, all = r->plan->size * count;

	for (size_t i = 0; i < count; i++)
		done += atomic_load_explicit(&lanes[i].done_bytes, memory_order_relaxed);
	if (!r->phase->data) {
		fprintf(stderr, "\r\033[K%s ...", r->phase->name);
		return;
	}
	int filled = all ? (int)((double)done / (double)all * BAR) : 0;
	double s = (double)(meter_now_ns() - r->started) / 1e9;
	fprintf(stderr, "\r\033[K%-6s [%.*s%*s] %3.0f %%  %.0f MB/s", r->phase->name, filled, full,
		BAR - filled, "", all ? 100.0 * (double)done / (double)all : 0,
		s > 0.1 ? (double)done / 1e6 / s : 0);
	fflush(stderr);
}

void stream_progress_clear(void)
{
	fputs("\r\033[K", stderr);
}
