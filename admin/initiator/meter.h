/* SPDX-License-Identifier: Apache-2.0 */
/* What a process costs: CPU seconds and memory, from /proc. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct meter {
	double cpu_s; /* user and system, all threads */
	uint64_t rss; /* bytes */
};

/* False when there is no such process. */
bool meter_read(pid_t pid, struct meter *ret);
/* CPU seconds of this process so far. */
double meter_own(void);
/* CPU seconds the whole machine was busy so far: file systems write behind in threads that belong
 * to nobody. */
double meter_machine(void);
uint64_t meter_now_ns(void);
