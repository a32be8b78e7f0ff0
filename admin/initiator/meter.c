/* SPDX-License-Identifier: Apache-2.0 */
/* CPU time and memory of a process, from /proc. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "admin/initiator/meter.h"

static bool line_read(const char *file, char *line, int size)
{
	FILE *f = fopen(file, "re");
	bool ok = f && fgets(line, size, f);
	if (f)
		fclose(f);
	return ok;
}

bool meter_read(pid_t pid, struct meter *ret)
{
	char file[64], line[1024];
	unsigned long user, system, pages;
	double tick = (double)sysconf(_SC_CLK_TCK);

	snprintf(file, sizeof file, "/proc/%d/stat", (int)pid);
	if (!line_read(file, line, sizeof line))
		return false;
	/* The name in parentheses may hold any character; fields 14 and 15 are counted from its end. */
	const char *rest = strrchr(line, ')');
	if (!rest ||
		sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return false;
	snprintf(file, sizeof file, "/proc/%d/statm", (int)pid);
	if (!line_read(file, line, sizeof line) || sscanf(line, "%*u %lu", &pages) != 1)
		return false;
	ret->cpu_s = (double)(user + system) / tick;
	ret->rss = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

double meter_own(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)r.ru_utime.tv_sec + (double)r.ru_utime.tv_usec / 1e6 + (double)r.ru_stime.tv_sec +
		(double)r.ru_stime.tv_usec / 1e6;
}

double meter_machine(void)
{
	char line[512];
	unsigned long user, nice, system, irq, soft;
	if (!line_read("/proc/stat", line, sizeof line) ||
		sscanf(line, "cpu %lu %lu %lu %*u %*u %lu %lu", &user, &nice, &system, &irq, &soft) != 5)
		return 0;
	return (double)(user + nice + system + irq + soft) / (double)sysconf(_SC_CLK_TCK);
}

uint64_t meter_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
