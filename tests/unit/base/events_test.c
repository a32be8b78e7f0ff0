/* SPDX-License-Identifier: Apache-2.0 */
/* Events say who did what to which thing: on stderr behind the time, in the journal with fields. */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "vtl/base/fiber.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"

#define NAME "iqn.2026-01.test:a"

static int ends[2], usual, fake;
static char place[64], path[96];

/* --- who, and quotes --------------------------------------------------------------------------------- */

static const struct who {
	struct actor actor;
	const char *text;
} who[] = {
	{ { 0 }, "" },
	{ { .address = "192.0.2.1:4000" }, "192.0.2.1:4000" },
	{ { .initiator = NAME, .address = "192.0.2.1:4000" }, NAME " (192.0.2.1:4000)" },
	{ { .initiator = NAME, .address = "192.0.2.1:4000", .session = 3 },
		NAME " (192.0.2.1:4000, session 3)" },
	{ { .initiator = NAME, .session = 3 }, NAME " (session 3)" },
	{ { .initiator = "a (b, session 9): c'", .address = "[::1]:1" },
		"'a (b, session 9): c\\x27' ([::1]:1)" },
	{ { .initiator = "a\\x27" }, "'a\\x5cx27' ()" },
	{ { .user = "anna (uid 1000)" }, "anna (uid 1000)" },
	{ { .user = "a\nb" }, "a\\x0ab" },
};

static void an_actor_is_told_apart(void **state)
{
	for (size_t i = 0; i < sizeof who / sizeof *who; i++) {
		char text[200];
		assert_int_equal(actor_text(&who[i].actor, text, sizeof text), strlen(who[i].text));
		assert_string_equal(text, who[i].text);
	}
}

static void says(const char *expected, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void says(const char *expected, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	size_t n = log_format(text, sizeof text, format, args);
	va_end(args);
	assert_string_equal(text, expected);
	assert_int_equal(n, strlen(expected));
}

static void every_conversion_is_printed_as_printf_does(void **state)
{
	says("-1 4294967295 0x00ff 001f Ah", "%d %u 0x%04x %04hx %Xh", -1, UINT32_MAX, 255,
		(unsigned short)31, 10);
	says("18446744073709551615 -5 7 9", "%llu %lld %zu %ld", UINT64_MAX + 0ULL, -5LL, (size_t)7, 9L);
	says("a  b| cd|  c", "%-3s%c| %.*s|%*s", "a", 'b', 2, "cdef", 3, "c");
	says("100% 1.50", "100%% %.2f", 1.5);
	errno = ENOENT;
	says("No such file or directory x", "%m %s", "x");
}

static void a_name_cannot_end_its_quotes(void **state)
{
	says("'a\\x27 to \\x27b' it's", "'%s' %s", "a' to 'b", "it's");
	says("\"a\\x22\"", "\"%s\"", "a\"");
	says("'folder/a\\x27'", "'folder/%s'", "a'");
	says("'a\\x5cx27'", "'%s'", "a\\x27");
}

static void long_texts_are_cut_in_every_place(void **state)
{
	char name[3000], text[64];
	memset(name, '\x01', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (size_t size = 8; size < sizeof text; size++) {
		memset(text, '#', sizeof text);
		assert_true(actor_text(&(struct actor){ .initiator = name, .address = name, .session = 1 },
				    text, size) < size);
		assert_true(memchr(text, 0, size));
		assert_int_equal(text[size], '#');
	}
}

static void every_event_has_a_name_of_its_own(void **state)
{
	for (int i = 0; i < EVENTS_COUNT; i++) {
		assert_true(*log_events[i].name && *log_events[i].meaning);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(log_events[i].name, log_events[k].name);
	}
}

/* --- the manual ---------------------------------------------------------------------------------------- */

/* ".B name" and its meaning as a sentence, as evertaped(8) has them. */
static void assert_in_manual(const char *manual, const char *prefix, const char *name, const char *meaning)
{
	char row[300], *end = row + sprintf(row, ".TP\n.B %s", prefix);
	for (; *name; name++)
		end += sprintf(end, *name == '-' ? "\\-" : "%c", *name);
	*end++ = '\n';
	for (size_t i = 0; meaning[i]; i++)
		end += sprintf(end, meaning[i] == '-' ? "\\-" : "%c", i ? meaning[i] : toupper(meaning[i]));
	strcpy(end, ".\n");
	if (!strstr(manual, row))
		fail_msg("evertaped.8 lacks:\n%s", row);
}

static void the_manual_lists_every_event_and_field(void **state)
{
	static char manual[65536];
	FILE *f = fopen(MANUAL, "re");
	assert_non_null(f);
	manual[fread(manual, 1, sizeof manual - 1, f)] = '\0';
	fclose(f);
	for (int i = 0; i < EVENTS_COUNT; i++)
		assert_in_manual(manual, "", log_events[i].name, log_events[i].meaning);
	for (size_t i = 0; i < log_fields_count; i++)
		assert_in_manual(manual, "EVERTAPE_", log_field_rows[i].name, log_field_rows[i].meaning);
}

/* --- on stderr ---------------------------------------------------------------------------------------- */

static const char *on_stderr(void (*log)(void))
{
	static char line[4096];
	fflush(NULL);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	log();
	assert_int_equal(dup2(usual, STDERR_FILENO), STDERR_FILENO);
	ssize_t n = read(ends[0], line, sizeof line - 1);
	assert_true(n > 1 && line[n - 1] == '\n');
	line[n - 1] = '\0';
	return line;
}

static const struct log_fields loaded = { .cartridge = "PRD001L8",
	.library = "prod",
	.drive = 2,
	.by = { .initiator = NAME, .address = "192.0.2.1:4000", .session = 7 } };

static void log_loaded(void)
{
	log_event(EVENT_LOAD, &loaded, "cartridge %s is loaded", loaded.cartridge);
}

static void a_program_without_log_begin_says_no_time(void **state)
{
	assert_string_equal(on_stderr(log_loaded),
		NAME " (192.0.2.1:4000, session 7): cartridge PRD001L8 is loaded");
}

static void lines_on_stderr_have_a_time_with_its_zone(void **state)
{
	setenv("TZ", "XXX-05:30", 1);
	unsetenv("JOURNAL_STREAM");
	log_begin();
	const char *line = on_stderr(log_loaded);
	regex_t time;
	assert_int_equal(regcomp(&time,
				 "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
				 "\\.[0-9]{3}\\+05:30 " NAME " \\(192",
				 REG_EXTENDED | REG_NOSUB),
		0);
	if (regexec(&time, line, 0, NULL, 0))
		fail_msg("%s", line);
	regfree(&time);
}

static void a_foreign_journal_is_not_ours(void **state)
{
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_begin();
	assert_true(!strncmp(on_stderr(log_loaded), "20", 2));
	unsetenv("JOURNAL_STREAM");
}

/* --- in the journal ----------------------------------------------------------------------------------- */

static int journal_make(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

/* The next datagram; "" when there is none. */
static const char *journaled(void)
{
	static char text[16384];
	ssize_t n = recv(fake, text, sizeof text - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void the_journal_gets_priority_and_fields(void **state)
{
	fake = journal_make();
	assert_int_equal(log_to_journal(path), 0);
	log_loaded();
	assert_string_equal(journaled(),
		"MESSAGE=" NAME " (192.0.2.1:4000, session 7): cartridge PRD001L8 is loaded\n"
		"PRIORITY=6\nSYSLOG_IDENTIFIER=base_events_test\nEVERTAPE_EVENT=load\nEVERTAPE_CARTRIDGE=PRD001L8\n"
		"EVERTAPE_LIBRARY=prod\nEVERTAPE_DRIVE=2\nEVERTAPE_INITIATOR=" NAME "\n"
		"EVERTAPE_ADDRESS=192.0.2.1:4000\nEVERTAPE_SESSION=7\n");
	log_error("it burns");
	assert_string_equal(journaled(),
		"MESSAGE=error: it burns\nPRIORITY=3\nSYSLOG_IDENTIFIER=base_events_test\n");
}

static void a_name_cannot_forge_a_field(void **state)
{
	log_event(EVENT_LOGIN_REFUSED, &(struct log_fields){ .by.initiator = "a\nPRIORITY=0" }, "no");
	assert_string_equal(journaled(),
		"MESSAGE=warning: 'a\\x0aPRIORITY=0' (): no\nPRIORITY=4\n"
		"SYSLOG_IDENTIFIER=base_events_test\nEVERTAPE_EVENT=login-refused\n"
		"EVERTAPE_INITIATOR=a\\x0aPRIORITY=0\n");
}

static void a_journal_that_begins_anew_is_found_again(void **state)
{
	close(fake);
	fake = journal_make();
	log_error("again");
	assert_true(strstr(journaled(), "MESSAGE=error: again\n"));
}

/* It takes nothing: every line but the first is dropped at once, and their number is told later. */
static void a_journal_that_hangs_holds_nobody_up(void **state)
{
	int64_t began = now_ms();
	enum { LINES = 3000 };
	for (int i = 0; i < LINES; i++)
		log_info("line %d", i);
	assert_true(now_ms() - began < 5000);
	int taken = 0;
	while (*journaled())
		taken++;
	assert_true(taken > 0 && taken < LINES);
	log_info("it goes on");
	assert_true(strstr(journaled(), "MESSAGE=it goes on\n"));
	char told[128];
	snprintf(told, sizeof told, "MESSAGE=warning: %d lines before the last one are missing",
		LINES - taken);
	assert_true(!strncmp(journaled(), told, strlen(told)));
	assert_string_equal(journaled(), "");
}

/* --- repetitions -------------------------------------------------------------------------------------- */

enum { WINDOW_MS = 300 };

static void refused(const char *initiator, const char *address)
{
	log_event_few(EVENT_LOGIN_REFUSED,
		&(struct log_fields){ .by = { .initiator = initiator, .address = address } }, "refused");
}

static unsigned taken_of(const char *part)
{
	unsigned n = 0;
	for (const char *text; *(text = journaled());)
		n += strstr(text, part) != NULL;
	return n;
}

static void wait_for_journal(void)
{
	struct pollfd ready = { .fd = fake, .events = POLLIN };
	for (int64_t end = now_ms() + 20000; !poll(&ready, 1, 0) && now_ms() < end;)
		fiber_sleep(5);
}

static void repeat(void *arg)
{
	(void)arg;
	for (int i = 0; i < 17; i++)
		refused(i == 16 ? "b" : "a", i % 2 ? "192.0.2.1:4000" : "192.0.2.1:4001");
	refused("c", "192.0.2.2:4000");
	log_few(LOG_INFO, &(struct actor){ .address = "192.0.2.1:4000" }, "another class");
	int said = 0;
	for (const char *text; *(text = journaled());)
		said += strstr(text, "MESSAGE=warning: a (192.0.2.1:400") != NULL;
	assert_int_equal(said, 5);
	wait_for_journal();
	assert_string_equal(journaled(),
		"MESSAGE=warning: b (192.0.2.1:4001): refused; 12 more in 1 s\nPRIORITY=4\n"
		"SYSLOG_IDENTIFIER=base_events_test\nEVERTAPE_EVENT=login-refused\nEVERTAPE_INITIATOR=b\n"
		"EVERTAPE_ADDRESS=192.0.2.1:4001\n");
	assert_string_equal(journaled(), "");
	refused("a", "192.0.2.1:4000"); /* the next ten seconds */
	assert_int_equal(taken_of("a (192.0.2.1:4000): refused\n"), 1);
}

/* What is not said at once is said, with its number, when the time is over. */
static void repetitions_are_counted(void **state)
{
	log_few_window(WINDOW_MS);
	assert_int_equal(worker_run_once(repeat, NULL), 0);
}

static void crowd(void *arg)
{
	char address[32];
	(void)arg;
	for (int host = 0; host < 1000; host++) {
		snprintf(address, sizeof address, "192.0.%d.%d:1", host / 250, host % 250);
		for (int i = 0; i < 10; i++)
			refused("a", address);
	}
}

/* However many hosts there are; and what was held back is not lost when the worker ends early. */
static void a_crowd_cannot_fill_the_log(void **state)
{
	static char text[65536];
	log_few_window(60000);
	log_begin(); /* a pipe takes more than the queue of a journal */
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	int err = worker_run_once(crowd, NULL);
	assert_int_equal(dup2(usual, STDERR_FILENO), STDERR_FILENO);
	log_few_window(10000);
	assert_int_equal(err, 0);
	ssize_t n = read(ends[0], text, sizeof text - 1);
	assert_true(n > 0);
	text[n] = '\0';
	unsigned lines = 0, summaries = 0, held = 0;
	char *rest = text;
	for (const char *line; (line = strsep(&rest, "\n")) && *line; lines++) {
		unsigned more;
		const char *count = strstr(line, "; ");
		if (!count)
			continue;
		assert_int_equal(sscanf(count, "; %u more in 60 s", &more), 1);
		summaries++;
		held += more;
	}
	assert_in_range(lines, 100, 200); /* 32 places, 5 lines and one that counts */
	assert_int_equal(lines - summaries + held, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_actor_is_told_apart),
		cmocka_unit_test(every_conversion_is_printed_as_printf_does),
		cmocka_unit_test(a_name_cannot_end_its_quotes),
		cmocka_unit_test(long_texts_are_cut_in_every_place),
		cmocka_unit_test(every_event_has_a_name_of_its_own),
		cmocka_unit_test(the_manual_lists_every_event_and_field),
		cmocka_unit_test(a_program_without_log_begin_says_no_time),
		cmocka_unit_test(lines_on_stderr_have_a_time_with_its_zone),
		cmocka_unit_test(a_foreign_journal_is_not_ours),
		cmocka_unit_test(the_journal_gets_priority_and_fields),
		cmocka_unit_test(a_name_cannot_forge_a_field),
		cmocka_unit_test(a_journal_that_begins_anew_is_found_again),
		cmocka_unit_test(a_journal_that_hangs_holds_nobody_up),
		cmocka_unit_test(repetitions_are_counted),
		cmocka_unit_test(a_crowd_cannot_fill_the_log),
	};
	snprintf(place, sizeof place, "/tmp/evertape-journal-XXXXXX");
	usual = dup(STDERR_FILENO);
	if (usual < 0 || pipe(ends) || !mkdtemp(place))
		return 1;
	snprintf(path, sizeof path, "%s/socket", place);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(place);
	return failed;
}
