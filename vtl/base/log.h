/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines on stderr.  error: the operator must act; warn: we coped; info: state
 * changed; debug: off unless asked for.  Never secrets, never data.  Control
 * characters in the text, and what is not UTF-8, are escaped, so names from a peer are safe to log.
 */
#pragma once

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Lines above this level are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* For what a peer can cause: true at most burst times in each ten seconds. */
struct log_limit {
	long long window_ms;
	unsigned count;
};
bool log_allowed(struct log_limit *limit, unsigned burst);
