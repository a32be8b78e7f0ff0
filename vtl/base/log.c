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

/* How many bytes of UTF-8 stand here that may be shown as they are: letters, but neither control
 * characters (C1 drives terminals as well as C0) nor what begins a line or turns it around. */
static size_t letter(const unsigned char *p)
{
	static const struct {
		unsigned char first, last, least, most; /* of the first byte, and of the second */
		size_t len;
	} rows[] = {
		{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, { 0xc3, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	if (*p < 0x80)
		return *p >= 0x20 && *p != 0x7f;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (*p < rows[i].first || *p > rows[i].last)
			continue;
		if (p[1] < rows[i].least || p[1] > rows[i].most)
			return 0;
		for (size_t k = 2; k < rows[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		/* U+2028 to U+202E, U+2066 to U+2069 */
		bool turns = *p == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
			(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
		return turns ? 0 : rows[i].len;
	}
	return 0;
}

/* Anything else becomes \xNN, so that a peer's name cannot drive a terminal or forge a line. */
static size_t escape(const char *text, char *out, size_t size)
{
	size_t n = 0;
	for (const unsigned char *p = (const unsigned char *)text; *p && n + 5 < size;) {
		size_t len = letter(p);
		if (len) {
			memcpy(out + n, p, len);
			n += len;
			p += len;
		} else {
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", *p++);
		}
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
