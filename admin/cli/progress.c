/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar on a terminal; scripts and pipes do not get it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/size.h"
#include "vtl/base/timer.h"

enum { LINE_MOST = 256, BAR_LEAST = 10, BAR_MOST = 60 };

static void time_text(double seconds, char out[static 32])
{
	unsigned long s = seconds < 1e6 ? (unsigned long)(seconds + 0.5) : 999999;
	if (s >= 3600)
		snprintf(out, 32, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, 32, "%lu:%02lu", s / 60, s % 60);
}

/* The text after the bar: as much of it as fits, the most useful part first. */
static void facts(uint64_t done, uint64_t total, double seconds, unsigned columns, char out[static LINE_MOST])
{
	char rate[SIZE_TEXT], a[SIZE_TEXT], b[SIZE_TEXT], left[32], more[3][LINE_MOST];
	double speed = seconds > 0.1 ? (double)done / seconds : 0;
	size_text((uint64_t)speed, rate);
	size_text(done, a);
	size_text(total, b);
	time_text(speed > 0 ? (double)(total - done) / speed : 0, left);
	snprintf(out, LINE_MOST, "%3.0f %%", 100.0 * (double)done / (double)total);
	snprintf(more[0], LINE_MOST, "  %s left", left);
	snprintf(more[1], LINE_MOST, "  %s/s", rate);
	snprintf(more[2], LINE_MOST, "  %s of %s", a, b);
	for (size_t i = speed > 0 ? 0 : 2; i < 3; i++)
		if (strlen(out) + strlen(more[i]) < columns)
			strcat(out, more[i]);
}

void bar_draw(const char *label, uint64_t done, uint64_t total, double seconds)
{
	char line[LINE_MOST], bar[BAR_MOST + 1];
	unsigned columns, rows, width = 0;
	if (!total) {
		fputs("\r\033[K", stderr);
		return;
	}
	if (done > total)
		done = total;
	terminal_size(STDERR_FILENO, &columns, &rows);
	unsigned room = columns - 1; /* the cursor stays on the line */
	unsigned ahead = label ? (unsigned)strlen(label) + 1 : 0;
	facts(done, total, seconds, room > ahead ? room - ahead : 0, line);
	unsigned used = ahead + (unsigned)strlen(line) + 3;
	if (room >= used + BAR_LEAST)
		width = room - used < BAR_MOST ? room - used : BAR_MOST;
	unsigned full = (unsigned)((double)done / (double)total * width);
	memset(bar, '#', full);
	memset(bar + full, ' ', width - full);
	bar[width] = '\0';
	fprintf(stderr, "\r%.*s%s%s%s%s%.*s\033[K", (int)room, label ? label : "", label ? " " : "",
		width ? "[" : "", bar, width ? "] " : "", room > ahead ? (int)(room - ahead) : 0, line);
	fflush(stderr);
}

void progress_draw(const struct cli *cli, uint64_t done, uint64_t total)
{
	if (cli->progress)
		bar_draw(cli->about, done, total, (double)(now_ms() - cli->began_ms) / 1000);
}
