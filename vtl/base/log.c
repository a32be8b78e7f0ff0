/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: formatted, escaped and written in one piece. */
#include "vtl/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/worker.h"

static const char *const level_names[] = { "error: ", "warning: ", "", "debug: " };
static _Atomic(enum log_level) highest = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&highest, level, memory_order_relaxed);
}

/* Control characters become \xNN, so that a peer's name cannot drive a terminal or forge a line. */
static size_t escape(const char *text, char *out, size_t size)
{
	size_t n = 0;
	for (; *text && n + 5 < size; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	return n;
}

void log_line(enum log_level level, const char *format, ...)
{
	if (level > atomic_load_explicit(&highest, memory_order_relaxed))
		return;

	char text[1024], line[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);

	size_t n = strlen(level_names[level]);
	memcpy(line, level_names[level], n);
	n += escape(text, line + n, sizeof line - n - 1);
	line[n++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, n);
	(void)written; /* a log that cannot be written has nowhere to say so */
}

bool log_allowed(struct log_limit *limit, unsigned burst)
{
	int64_t now = now_ms();
	if (now - limit->window_ms >= 10000 || limit->window_ms == 0) {
		limit->window_ms = now;
		limit->count = 0;
	}
	return limit->count++ < burst;
}
