/* SPDX-License-Identifier: Apache-2.0 */
/* CPU time and memory of a process, from /proc. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct meter {
	double cpu_s; /* user and system, all threads */
	uint64_t rss; /* bytes */
};

/* Reads the meter of a process.  False: no such process. */
bool meter_read(pid_t pid, struct meter *ret);
/* Returns the CPU seconds of this process. */
double meter_own(void);
/* Returns the CPU seconds of the whole machine; they include kernel threads that write back file systems. */
double meter_machine(void);
uint64_t meter_now_ns(void);
