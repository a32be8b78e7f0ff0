/* SPDX-License-Identifier: Apache-2.0 */
/* A bar for people who wait; scripts and pipes see nothing of it. */
#include <stdio.h>

#include "admin/cli/client.h"
#include "admin/cli/size.h"

enum { BAR = 40 };

void progress_draw(const struct cli *cli, uint64_t done, uint64_t total)
{
	char bar[BAR + 1], a[SIZE_TEXT], b[SIZE_TEXT];
	if (!cli->progress)
		return;
	if (!total) {
		fprintf(stderr, "\r\033[K");
		return;
	}
	if (done > total)
		done = total;
	int full = (int)((double)done / (double)total * BAR);
	for (int i = 0; i < BAR; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR] = '\0';
	size_text(done, a);
	size_text(total, b);
	fprintf(stderr, "\r[%s] %3d %%  %s of %s\033[K", bar, (int)((double)done / (double)total * 100),
	        a, b);
	fflush(stderr);
}
