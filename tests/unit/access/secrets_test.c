/* SPDX-License-Identifier: Apache-2.0 */
/* The file of secrets: what is kept, what is overwritten, what damage does. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/library/bench.h"
#include "vtl/access/secrets.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

enum { SLOT = 512, AT_SUM = 508 };

static void on_place(struct bench *b, struct secrets **ret)
{
	assert_int_equal(secrets_open(b->dir, NULL, ret, b->why), 0);
}

static void is_kept(struct secrets *s, uint64_t id, const char *secret)
{
	char out[CHAP_SECRET_MAX + 1] = "?";
	assert_int_equal(secrets_get(s, id, out), 0);
	assert_string_equal(out, secret);
}

static void is_lost(struct secrets *s, uint64_t id)
{
	char out[CHAP_SECRET_MAX + 1] = "?";
	assert_int_equal(secrets_get(s, id, out), -ENOENT);
	assert_string_equal(out, "?");
}

/* How often a text stands in the file. */
static unsigned count(struct bench *b, const char *text)
{
	size_t len, n = strlen(text);
	unsigned found = 0;
	char *bytes = file_text(b->dir, SECRETS_NAME, &len);
	assert_non_null(bytes);
	for (size_t at = 0; at + n <= len; at++)
		found += !memcmp(bytes + at, text, n);
	free(bytes);
	return found;
}

static void kept(void *arg)
{
	struct bench *b = arg;
	struct secrets *s;
	char longest[CHAP_SECRET_MAX + 2];
	uint64_t ids[200], one, other;
	memset(longest, 'x', CHAP_SECRET_MAX + 1);
	longest[CHAP_SECRET_MAX + 1] = '\0';
	on_place(b, &s);
	assert_int_equal(secrets_put(s, "", &one), -EINVAL);
	assert_int_equal(secrets_put(s, longest, &one), -EINVAL);
	longest[CHAP_SECRET_MAX] = '\0';
	assert_int_equal(secrets_put(s, longest, &one), 0);
	assert_int_equal(secrets_put(s, "the same twice", &other), 0);
	assert_int_equal(secrets_put(s, "the same twice", &ids[0]), 0);
	assert_true(ids[0] != other);
	assert_int_equal(secrets_drop(s, ids[0]), 0);
	is_kept(s, other, "the same twice");
	for (unsigned i = 0; i < 200; i++) { /* more than the file has at first */
		char text[32];
		snprintf(text, sizeof text, "secret number %u", i);
		assert_int_equal(secrets_put(s, text, &ids[i]), 0);
	}
	secrets_close(s);
	on_place(b, &s);
	is_kept(s, one, longest);
	is_kept(s, ids[0], "secret number 0");
	is_kept(s, ids[199], "secret number 199");
	is_lost(s, 0);
	is_lost(s, UINT64_MAX);
	is_lost(s, one + 1);
	secrets_close(s);
}
BENCH_TEST(a_secret_is_kept_until_it_is_dropped, kept)

static void gone(void *arg)
{
	struct bench *b = arg;
	struct secrets *s;
	uint64_t one, two, again;
	on_place(b, &s);
	assert_int_equal(secrets_put(s, "first-secret", &one), 0);
	assert_int_equal(secrets_put(s, "second-secret", &two), 0);
	assert_int_equal(count(b, "first-secret"), 1);
	assert_int_equal(secrets_drop(s, one), 0);
	assert_int_equal(count(b, "first-secret"), 0);
	is_lost(s, one);
	is_kept(s, two, "second-secret");
	assert_int_equal(secrets_drop(s, one), 0);
	assert_int_equal(secrets_put(s, "a", &again), 0);
	assert_true(again != one && again != two);
	secrets_close(s);
}
BENCH_TEST(a_secret_that_is_dropped_is_overwritten, gone)

static bool keep_one(void *arg, uint64_t id)
{
	return id == *(uint64_t *)arg;
}

static void swept(void *arg)
{
	struct bench *b = arg;
	struct secrets *s;
	uint64_t one, two;
	on_place(b, &s);
	assert_int_equal(secrets_put(s, "first-secret", &one), 0);
	assert_int_equal(secrets_put(s, "second-secret", &two), 0);
	assert_int_equal(secrets_sweep(s, keep_one, &two), 0);
	assert_int_equal(count(b, "first-secret"), 0);
	is_kept(s, two, "second-secret");
	secrets_close(s);
}
BENCH_TEST(a_sweep_overwrites_what_no_rule_names, swept)

/* Makes a byte of the first slot this value and its checksum right again, or another one than it was. */
static void first_slot_change(struct bench *b, size_t at, uint8_t value, bool sum)
{
	size_t len;
	char *bytes = file_text(b->dir, SECRETS_NAME, &len);
	assert_true(bytes && len >= SLOT);
	bytes[at] = (char)(sum ? value : ~bytes[at]);
	if (sum)
		put_le32((uint8_t *)bytes + AT_SUM, crc32c(0, bytes, AT_SUM));
	file_write(b->dir, SECRETS_NAME, bytes, len);
	free(bytes);
}

static void damaged(void *arg)
{
	static const struct {
		size_t at;
		uint8_t value;
		bool sum;
	} rows[] = {
		{ 0, 'X', true },
		{ 4, 0, true },
		{ 5, 0, true },
		{ 5, 200, true },
		{ 16, 0, false },
		{ 400, 0, false },
		{ 508, 0, false },
	};
	struct bench *b = arg;
	struct secrets *s;
	uint64_t one;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		on_place(b, &s);
		assert_int_equal(secrets_put(s, "first-secret", &one), 0);
		secrets_close(s);
		first_slot_change(b, rows[i].at, rows[i].value, rows[i].sum);
		on_place(b, &s);
		is_lost(s, one);
		assert_int_equal(secrets_sweep(s, keep_one, &one), 0);
		assert_int_equal(count(b, "secret"), 0);
		secrets_close(s);
	}
	on_place(b, &s);
	assert_int_equal(secrets_put(s, "first-secret", &one), 0);
	secrets_close(s);
	first_slot_change(b, 4, 2, true);
	assert_int_equal(secrets_open(b->dir, NULL, &s, b->why), -EPROTONOSUPPORT);
	assert_non_null(strstr(b->why, "newer"));
	assert_int_equal(count(b, "first-secret"), 1);
}
BENCH_TEST(a_damaged_slot_is_lost_and_a_newer_one_stops_the_start, damaged)

static void cut(void *arg)
{
	struct bench *b = arg;
	struct secrets *s;
	uint64_t one, two;
	char path[128];
	on_place(b, &s);
	assert_int_equal(secrets_put(s, "first-secret", &one), 0);
	assert_int_equal(secrets_put(s, "second-secret", &two), 0);
	secrets_close(s);
	snprintf(path, sizeof path, "%s/" SECRETS_NAME, b->dir);
	assert_int_equal(truncate(path, SLOT + 100), 0);
	on_place(b, &s);
	is_kept(s, one, "first-secret");
	is_lost(s, two);
	assert_int_equal(secrets_put(s, "third-secret", &two), 0);
	secrets_close(s);
	on_place(b, &s);
	is_kept(s, one, "first-secret");
	is_kept(s, two, "third-secret");
	secrets_close(s);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(secrets_open(b->dir, NULL, &s, b->why) < 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_true(secrets_open(b->dir, NULL, &s, b->why) < 0);
}
BENCH_TEST(a_file_cut_short_keeps_what_is_whole, cut)

/* No room for the file to grow: what is there can be dropped and its place used again. */
static void full(void *arg)
{
	struct bench *b = arg;
	struct secrets *s;
	uint64_t ids[64], id;
	struct rlimit before, limit;
	on_place(b, &s);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(secrets_put(s, "first-secret", &ids[i]), 0);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){ 64 * SLOT, before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_true(secrets_put(s, "one more", &id) < 0);
	is_kept(s, ids[63], "first-secret");
	assert_int_equal(secrets_drop(s, ids[7]), 0);
	assert_int_equal(secrets_put(s, "one more", &id), 0);
	is_kept(s, id, "one more");
	setrlimit(RLIMIT_FSIZE, &before);
	secrets_close(s);
}
BENCH_TEST(a_full_disk_keeps_no_secret_from_being_dropped, full)

/* A secret that was written before the daemon was killed, and never became a rule's. */
static void leftover(void *arg)
{
	struct bench *b = arg;
	struct secrets *s;
	struct initiator rule = { .name = "iqn.x",
		.allowed = true,
		.chap_user = "u",
		.chap_secret = "secret-of-rule" },
			 got;
	char folder[96];
	uint64_t id;
	assert_int_equal(bench_open(b), 0);
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), 0);
	bench_close(b);
	snprintf(folder, sizeof folder, "%s/catalog", b->dir);
	assert_int_equal(secrets_open(folder, NULL, &s, b->why), 0);
	assert_int_equal(secrets_put(s, "nobody's secret", &id), 0);
	secrets_close(s);
	assert_int_equal(bench_open(b), 0);
	assert_true(initiator_rule(installation_access(b->inst), "iqn.x", &got));
	assert_memory_equal(&got, &rule, sizeof rule);
	size_t len;
	char *bytes = file_text(folder, SECRETS_NAME, &len);
	assert_non_null(memmem(bytes, len, "secret-of-rule", 14));
	assert_null(memmem(bytes, len, "nobody's", 8));
	free(bytes);
	bench_close(b);
}
BENCH_TEST(a_secret_of_no_rule_is_overwritten_at_the_start, leftover)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_kept_until_it_is_dropped),
		cmocka_unit_test(a_secret_that_is_dropped_is_overwritten),
		cmocka_unit_test(a_sweep_overwrites_what_no_rule_names),
		cmocka_unit_test(a_damaged_slot_is_lost_and_a_newer_one_stops_the_start),
		cmocka_unit_test(a_file_cut_short_keeps_what_is_whole),
		cmocka_unit_test(a_full_disk_keeps_no_secret_from_being_dropped),
		cmocka_unit_test(a_secret_of_no_rule_is_overwritten_at_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
