/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets out of files: what editors and shells of other systems write, and what is no secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "vtl/base/secret.h"

#define BYTES(text) text, sizeof(text) - 1
#define S255                                                                                               \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static const struct {
	const char *bytes;
	size_t len;
	const char *secret, *why; /* one of them */
} files[] = {
	{ BYTES("wordsofmine12"), "wordsofmine12" },
	{ BYTES("wordsofmine12\n"), "wordsofmine12" },
	{ BYTES("wordsofmine12\r\n"), "wordsofmine12" },
	{ BYTES("wordsofmine12\nmore\n"), "wordsofmine12" },
	{ BYTES(" with blanks \n"), " with blanks " },
	{ BYTES("\xef\xbb\xbfwordsofmine12\r\n"), "wordsofmine12" },
	{ BYTES("in \xef\xbb\xbf the middle"), "in \xef\xbb\xbf the middle" },
	{ BYTES("k\xc3\xa4se"), "k\xc3\xa4se" },
	{ BYTES(S255), S255 },
	{ BYTES("\xef\xbb\xbf" S255 "\r\n"), S255 },
	{ BYTES(""), NULL, "no secret in it" },
	{ BYTES("\n"), NULL, "no secret in it" },
	{ BYTES("\r\nnot this one"), NULL, "no secret in it" },
	{ BYTES("\xef\xbb\xbf"), NULL, "no secret in it" },
	{ BYTES("\xef\xbb\xbf\r\n"), NULL, "no secret in it" },
	{ BYTES(S255 "x"), NULL, "has 256 bytes" },
	{ BYTES("\xef\xbb\xbf" S255 "x\r\n"), NULL, "has 256 bytes" },
	{ BYTES(S255 S255), NULL, "has 510 bytes" },
	{ BYTES("\xff\xfew\0o\0r\0d\0s\0\r\0\n\0"), NULL, "UTF-16" },
	{ BYTES("\xfe\xff\0w\0o\0r\0d\0s\0\r\0\n"), NULL, "UTF-16" },
	{ BYTES("w\0o\0r\0d\0s\0\r\0\n\0"), NULL, "UTF-16" },
	{ BYTES("\0w\0o\0r\0d\0s\0\r\0\n"), NULL, "UTF-16" },
	{ BYTES("\xff\xfe"), NULL, "UTF-16" },
	{ BYTES("words\0of mine"), NULL, "a byte of 0" },
	{ BYTES("\0\0\0\0"), NULL, "a byte of 0" },
};

static void file_make(const char *path, const void *bytes, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void the_first_line_is_the_secret(void **state)
{
	char path[] = "/tmp/evertape-secret.XXXXXX";
	close(mkstemp(path));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char out[SECRET_MAX + 1] = "?", why[512] = "";
		file_make(path, files[i].bytes, files[i].len, 0600);
		bool good = secret_read(path, out, why, sizeof why);
		if (good != (files[i].secret != NULL))
			fail_msg("file %zu: %s: %s", i, good ? "taken" : "refused", why);
		if (good)
			assert_string_equal(out, files[i].secret);
		else if (!strstr(why, files[i].why) || !strstr(why, path))
			fail_msg("file %zu: %s", i, why);
	}
	unlink(path);
}

static void a_line_without_end_is_counted_to_a_bound(void **state)
{
	char path[] = "/tmp/evertape-secret.XXXXXX", out[SECRET_MAX + 1], why[512] = "";
	static char much[1 << 20];
	close(mkstemp(path));
	memset(much, 'x', sizeof much);
	file_make(path, much, sizeof much, 0600);
	assert_false(secret_read(path, out, why, sizeof why));
	assert_non_null(strstr(why, "or more"));
	unlink(path);
}

static void what_others_may_use_is_no_secret(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0666 };
	char path[] = "/tmp/evertape-secret.XXXXXX", out[SECRET_MAX + 1], why[512];
	close(mkstemp(path));
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		file_make(path, BYTES("wordsofmine12"), modes[i]);
		why[0] = '\0';
		assert_false(secret_read(path, out, why, sizeof why));
		assert_non_null(strstr(why, "chmod 600"));
	}
	unlink(path);
	assert_false(secret_read("/tmp", out, why, sizeof why));
	assert_non_null(strstr(why, "plain file"));
	assert_false(secret_read("/nowhere/at/all", out, why, sizeof why));
	assert_non_null(strstr(why, "/nowhere/at/all"));
}

static void a_process_that_holds_a_secret_leaves_no_core(void **state)
{
	char path[] = "/tmp/evertape-secret.XXXXXX", out[SECRET_MAX + 1], why[512];
	struct rlimit core;
	close(mkstemp(path));
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	file_make(path, BYTES("wordsofmine12"), 0600);
	assert_true(secret_read(path, out, why, sizeof why));
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
	assert_int_equal(core.rlim_cur, 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_is_the_secret),
		cmocka_unit_test(a_line_without_end_is_counted_to_a_bound),
		cmocka_unit_test(what_others_may_use_is_no_secret),
		cmocka_unit_test(a_process_that_holds_a_secret_leaves_no_core),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
