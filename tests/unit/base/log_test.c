/* SPDX-License-Identifier: Apache-2.0 */
/* A line in the log is one line, whoever chose the words in it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vtl/base/log.h"

static int ends[2], usual;

/* What log_warn() makes of a text, without its newline. */
static const char *logged(const char *text)
{
	static char line[4096];
	fflush(NULL);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	log_warn("%s", text);
	assert_int_equal(dup2(usual, STDERR_FILENO), STDERR_FILENO);
	ssize_t n = read(ends[0], line, sizeof line - 1);
	assert_true(n > 10 && line[n - 1] == '\n');
	line[n - 1] = 0;
	assert_memory_equal(line, "warning: ", 9);
	return line + 9;
}

/* clang-format off */
static const struct row {
	const char *text, *line;
} rows[] = {
	{ "iqn.2026-11.com.example:host", "iqn.2026-11.com.example:host" },
	{ "%n%s", "%n%s" },
	{ "\x1b[2J", "\\x1b[2J" },
	{ "a\nerror: b", "a\\x0aerror: b" },
	{ "a\rb\tc\x7f", "a\\x0db\\x09c\\x7f" },
	{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xbc", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xbc" },
	{ "\x9b" "2J", "\\x9b2J" },                    /* CSI, one byte of a terminal without UTF-8 */
	{ "\xc2\x9b" "2J", "\\xc2\\x9b2J" },           /* and of one with it */
	{ "\xc2\xa0", "\xc2\xa0" },
	{ "\xc1\x9b", "\\xc1\\x9b" },                  /* too many bytes for what it is */
	{ "\xe0\x82\x9b", "\\xe0\\x82\\x9b" },
	{ "\xf0\x80\x82\x9b", "\\xf0\\x80\\x82\\x9b" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },         /* half a pair */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "\xe2\x80\xae" "txet", "\\xe2\\x80\\xaetxet" },
	{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },
	{ "cut \xe2\x82", "cut \\xe2\\x82" },
	{ "\xff\xfe\x80", "\\xff\\xfe\\x80" },
};
/* clang-format on */

static void names_stay_in_their_line(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *line = logged(rows[i].text);
		if (strcmp(line, rows[i].line))
			fail_msg("row %zu: %s", i, line);
	}
}

/* However long, and wherever it is cut. */
static void long_names_are_cut(void **state)
{
	static const char *const units[] = { "a", "\x01", "\xc3\xa9", "\xf0\x9f\x93\xbc", "\xff" };
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		for (size_t lead = 0; lead < 4; lead++) {
			char text[6000] = "";
			size_t unit = strlen(units[i]), n = lead;
			memset(text, 'x', lead);
			for (; n + unit < sizeof text; n += unit)
				memcpy(text + n, units[i], unit);
			const char *line = logged(text);
			assert_true(strlen(line) > 900 && strlen(line) < 2048);
			for (const char *p = line; *p; p++)
				assert_true((unsigned char)*p >= 0x20);
		}
}

/* --- levels ----------------------------------------------------------------------------------------- */

/* Whether a line of that file is said. */
static bool said(const char *file, enum log_level level)
{
	char line[256];
	fflush(NULL);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	log_line_in(file, level, "x");
	log_line_in(file, LOG_ERROR, "end");
	assert_int_equal(dup2(usual, STDERR_FILENO), STDERR_FILENO);
	ssize_t n = read(ends[0], line, sizeof line - 1);
	assert_true(n > 0);
	line[n] = 0;
	return strstr(line, "x\n") != NULL;
}

static void each_room_has_a_level_of_its_own(void **state)
{
	static const struct {
		const char *levels, *file;
		enum log_level most; /* that is said */
	} set[] = {
		{ "info", "../vtl/scsi/queue.c", LOG_INFO },
		{ "scsi=trace", "../vtl/scsi/queue.c", LOG_TRACE },
		{ "scsi=trace", "vtl/scsi/queue.c", LOG_TRACE },
		{ "scsi=trace", "/src/evertape/vtl/scsi/queue.c", LOG_TRACE },
		{ "scsi=trace", "../vtl/ssc/write.c", LOG_INFO },
		{ "scsi=trace", "../media/sync.c", LOG_INFO },
		{ "scsi=trace", "somewhere.c", LOG_INFO },
		{ "media=debug", "../media/shelf/bin.c", LOG_DEBUG },
		{ "media=debug", "../multimedia/bin.c", LOG_INFO },
		{ "debug,iscsi=error", "../vtl/iscsi/rx.c", LOG_ERROR },
		{ "debug,iscsi=error", "../admin/rpc/server.c", LOG_DEBUG },
		{ "iscsi=error,debug", "../vtl/iscsi/rx.c", LOG_DEBUG },
		{ "other=warning", "somewhere.c", LOG_WARN },
	};
	char why[200];
	for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
		log_set_level(LOG_INFO);
		assert_int_equal(log_levels_set(set[i].levels, true, why, sizeof why), 0);
		for (enum log_level level = LOG_ERROR; level < LOG_LEVELS; level++)
			if (said(set[i].file, level) != (level <= set[i].most))
				fail_msg("%s: %s at level %d", set[i].levels, set[i].file, level);
	}
	log_set_level(LOG_INFO);
}

static void levels_that_are_none_change_nothing(void **state)
{
	static const char *const none[] = { "", "scsi", "scsi=", "=info", "scsi=trace,", ",", "tape=info",
		"scsi=trace,tape=info", "scsi=info=info", " info", "infos", "SCSI=trace" };
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		char why[200] = "";
		if (log_levels_set(none[i], true, why, sizeof why) != -EINVAL || !*why)
			fail_msg("'%s' is taken", none[i]);
		for (enum log_room room = 0; room < ROOMS_COUNT; room++)
			assert_string_equal(log_room_level(room), "info");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_in_their_line),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(each_room_has_a_level_of_its_own),
		cmocka_unit_test(levels_that_are_none_change_nothing),
	};
	usual = dup(STDERR_FILENO);
	if (usual < 0 || pipe(ends))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
