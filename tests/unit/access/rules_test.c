/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of initiators over a catalog, without a library: stored or refused with why, read again, and what they decide. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/unit/library/bench.h"
#include "vtl/access/access.h"
#include "vtl/base/fiber.h"
#include "vtl/catalog/catalog.h"
#include "vtl/catalog/row.h"

#define IQN "iqn.1991-05.com.microsoft:win-a"

static struct catalog *catalog; /* of the test that runs */

static struct access *rules_open(struct bench *b)
{
	struct access *access;
	assert_int_equal(catalog_open(b->dir, NULL, &catalog), 0);
	assert_int_equal(access_open(b->dir, catalog, NULL, &access, b->why), 0);
	assert_int_equal(access_load(access, b->why), 0);
	return access;
}

static void rules_close(struct access *access)
{
	access_close(access);
	catalog_close(catalog);
}

static void count_rule(const struct initiator *initiator, void *arg)
{
	(*(unsigned *)arg)++;
}

/* clang-format off */
static const struct {
	struct initiator rule;
	int err;
	const char *why;
} rules_rows[] = {
	{ { .name = IQN, .allowed = true }, 0, "" },
	{ { .name = "IQN.1991-05.COM.Microsoft:WIN-A", .allowed = true, .chap_user = "u",
		.chap_secret = "123456789012" }, 0, "" },
	{ { .name = "*", .allowed = false }, 0, "" },
	{ { .name = "" }, -EINVAL, "not an initiator name" },
	{ { .name = "iqn.a b" }, -EINVAL, "not an initiator name" },
	{ { .name = "iqn.a\nb" }, -EINVAL, "not an initiator name" },
	{ { .name = "win-a" }, -EINVAL, "begin with iqn." },
	{ { .name = "iqn.x", .chap_user = "u" }, -EINVAL, "needs a user and a secret" },
	{ { .name = "iqn.x", .chap_secret = "123456789012" }, -EINVAL, "needs a user" },
	{ { .name = "iqn.x", .chap_user = "u", .chap_secret = "12345678901" }, -EINVAL, "shorter" },
	{ { .name = "iqn.x", .chap_user = "u\n", .chap_secret = "123456789012" }, -EINVAL,
		"control" },
	{ { .name = "iqn.x", .target_user = "t", .target_secret = "123456789012" }, -EINVAL,
		"mutual CHAP" },
	{ { .name = "iqn.x", .chap_user = "u", .chap_secret = "123456789012", .target_user = "t",
		.target_secret = "123456789012" }, -EINVAL, "must differ" },
	{ { .name = "iqn.x", .view.n_libraries = VIEW_LIBRARIES_MAX + 1 }, -EINVAL, "at most 16" },
	{ { .name = "iqn.x", .view = { .n_libraries = 1, .libraries = { "a/b" } } }, -EINVAL,
		"malformed library name" },
};
/* clang-format on */

static void rules(void *arg)
{
	struct bench *b = arg;
	struct initiator rule;
	unsigned n = 0;
	struct access *access = rules_open(b);
	assert_false(initiator_rule(access, IQN, &rule));
	for (size_t i = 0; i < sizeof rules_rows / sizeof *rules_rows; i++) {
		b->why[0] = 0;
		int err = initiator_set(access, &rules_rows[i].rule, b->why);
		if (err != rules_rows[i].err || !strstr(b->why, rules_rows[i].why))
			fail_msg("row %zu: %d, %s", i, err, b->why);
	}
	rules_close(access);
	access = rules_open(b);
	assert_true(initiator_rule(access, "iqn.1991-05.com.MICROSOFT:win-a", &rule));
	assert_true(rule.allowed);
	assert_string_equal(rule.chap_secret, "123456789012");
	assert_true(initiator_rule(access, "iqn.2000-01.other:x", &rule));
	assert_string_equal(rule.name, "*");
	assert_false(initiator_own(access, "iqn.2000-01.other:x", &rule));
	initiator_each(access, count_rule, &n);
	assert_int_equal(n, 2);
	assert_int_equal(initiator_remove(access, "*", b->why), 0);
	refused(b, initiator_remove(access, "*", b->why), -ENOENT, "no rule");
	assert_false(initiator_rule(access, "iqn.2000-01.other:x", &rule));

	/* Nobody but the owner may read secrets. */
	char path[128];
	struct stat st;
	snprintf(path, sizeof path, "%s/secrets", b->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	rules_close(access);
}
BENCH_TEST(rules_say_who_may_log_in, rules)

/* clang-format off */
/* 192.0.2.0/24 */
#define LAN { 4, 24, { 192, 0, 2, 0 } }
/* clang-format on */

static void a_login_is_refused_for_a_reason(void **state)
{
	static const struct {
		struct initiator rule;
		const char *address, *why; /* why NULL: allowed */
	} rows[] = {
		{ { .name = IQN, .allowed = true }, "203.0.113.7", NULL },
		{ { .name = IQN, .allowed = true, .n_from = 1, .from = { LAN } }, "192.0.2.9", NULL },
		{ { .name = IQN, .allowed = true, .n_from = 1, .from = { LAN } }, "203.0.113.7",
			"its address" },
		{ { .name = IQN, .n_from = 1, .from = { LAN } }, "203.0.113.7",
			"of this initiator says deny" },
		{ { .name = "*" }, "203.0.113.7", "the default rule says deny" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sockaddr_storage peer = { .ss_family = AF_INET };
		inet_pton(AF_INET, rows[i].address, &((struct sockaddr_in *)&peer)->sin_addr);
		const char *why = initiator_refused(&rows[i].rule, &peer);
		if (!why != !rows[i].why || (why && !strstr(why, rows[i].why)))
			fail_msg("row %zu: %s", i, why ? why : "allowed");
		assert_string_equal(initiator_refused(NULL, &peer), "no access rule names this initiator");
	}
}

/* --- rows of the catalog --------------------------------------------------------------------------------- */

static void damage(void *arg)
{
	struct bench *b = arg;
	struct access *access = rules_open(b);
	struct initiator rule = { .name = "iqn.x", .allowed = true };
	assert_int_equal(initiator_set(access, &rule, b->why), 0);
	static const uint8_t bytes[] = { ACCESS_ROW_NEWEST, 1, 0, 0, 0, 0, 0, 0, 0 };
	struct catalog_txn txn;
	catalog_begin(catalog, &txn);
	catalog_put(&txn, TABLE_INITIATORS, "iqn.y", bytes, sizeof bytes);
	assert_int_equal(catalog_commit(&txn), 0);
	access_forget(access);
	refused(b, access_load(access, b->why), -EUCLEAN, "row 'iqn.y' of table initiators is damaged");
	rules_close(access);
}
BENCH_TEST(a_damaged_rule_is_named, damage)

/* --- several changes at once ------------------------------------------------------------------------------ */

struct setting {
	struct bench *b;
	struct access *access;
	const char *secret;
	int err;
	bool ended;
	char why[WHY_LEN];
};

static void set_run(void *arg)
{
	struct setting *s = arg;
	struct initiator rule = { .name = "iqn.x", .allowed = true, .chap_user = "u" };
	snprintf(rule.chap_secret, sizeof rule.chap_secret, "%s", s->secret);
	s->err = initiator_set(s->access, &rule, s->why);
	s->ended = true;
}

/* The last one decides, and the secrets of the others are gone from the file. */
static void together(void *arg)
{
	struct bench *b = arg;
	struct access *access = rules_open(b);
	struct setting all[] = { { b, access, "first-secret" }, { b, access, "second-secret" },
		{ b, access, "third-secret" } };
	size_t n = sizeof all / sizeof *all, len;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(fiber_start("set", set_run, &all[i]), 0);
	for (size_t i = 0; i < n; i++) {
		while (!all[i].ended)
			fiber_sleep(1);
		assert_int_equal(all[i].err, 0);
	}
	struct initiator rule;
	assert_true(initiator_own(access, "iqn.x", &rule));
	assert_string_equal(rule.chap_secret, "third-secret");
	char *bytes = file_text(b->dir, "secrets", &len);
	assert_non_null(memmem(bytes, len, "third-secret", 12));
	assert_null(memmem(bytes, len, "first-secret", 12));
	assert_null(memmem(bytes, len, "second-secret", 13));
	free(bytes);
	rules_close(access);
}
BENCH_TEST(changes_of_one_rule_follow_each_other, together)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_say_who_may_log_in),
		cmocka_unit_test(a_login_is_refused_for_a_reason),
		cmocka_unit_test(a_damaged_rule_is_named),
		cmocka_unit_test(changes_of_one_rule_follow_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
