/* SPDX-License-Identifier: Apache-2.0 */
/* Every errno has words, the frequent ones with what to do, and the system's own among them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vtl/base/error_text.h"

enum { ERRNO_MOST = 133 };

static void every_errno_has_words_that_a_search_finds(void **state)
{
	for (int err = 1; err <= ERRNO_MOST; err++) {
		char text[200]; /* strerror() may use one buffer for all errors without a name */
		assert_non_null(error_text(-err));
		snprintf(text, sizeof text, "%s", error_text(-err));
		assert_true(*text);
		/* The one thing that is not told by its own name: the limit that was met. */
		if (err != EMFILE && !strstr(text, strerror(err)))
			fail_msg("errno %d: \"%s\" does not hold \"%s\"", err, text, strerror(err));
	}
}

static void what_an_operator_can_mend_says_how(void **state)
{
	/* clang-format off */
	static const struct {
		int err;
		const char *says;
	} rows[] = {
		{ -ENOSPC, "make room" }, { -EDQUOT, "make room" }, { -EMFILE, "ulimit -n" }, { -ENFILE, "fs.file-max" },
		{ -EIO, "kernel's log" }, { -ESTALE, "mount it again" }, { -EROFS, "read-only" },
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strstr(error_text(rows[i].err), rows[i].says))
			fail_msg("\"%s\" does not say \"%s\"", error_text(rows[i].err), rows[i].says);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_errno_has_words_that_a_search_finds),
		cmocka_unit_test(what_an_operator_can_mend_says_how),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
