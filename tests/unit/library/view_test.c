/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule lets an initiator see of the libraries. */
#include <errno.h>

#include "bench.h"
#include "vtl/access/access.h"

/* All libraries a rule can name, all fields as long as they can be, come back after a restart. */
static void long_view(struct bench *b)
{
	struct initiator rule = { .name = "iqn.x", .allowed = true }, got;
	memset(rule.chap_user, 'u', CHAP_NAME_MAX);
	memset(rule.chap_secret, 's', CHAP_SECRET_MAX);
	memset(rule.target_user, 't', CHAP_NAME_MAX);
	memset(rule.target_secret, 'x', CHAP_SECRET_MAX);
	rule.view.n_libraries = VIEW_LIBRARIES_MAX;
	for (unsigned i = 0; i < VIEW_LIBRARIES_MAX; i++)
		snprintf(rule.view.libraries[i], sizeof rule.view.libraries[i],
			"library-of-thirty-two-chars-%04u", i);
	rule.view.devices[0] = 5;
	rule.view.devices[3] = (uint64_t)1 << 63;
	rule.n_from = RULE_NETWORKS_MAX;
	for (unsigned i = 0; i < RULE_NETWORKS_MAX; i++)
		rule.from[i] = (struct network){ 6, 128, { 0x20, 1, 0xd, 0xb8, [15] = (uint8_t)i } };
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), 0);
	rule.n_from++;
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), -EINVAL);
	rule.n_from--;
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_true(initiator_rule(installation_access(b->inst), "iqn.x", &got));
	assert_memory_equal(&got, &rule, sizeof rule);
	assert_true(view_has_device(&got.view, 0) && view_has_device(&got.view, 2));
	assert_true(view_has_device(&got.view, 255) && !view_has_device(&got.view, 1));
}

static void views(void *arg)
{
	struct bench *b = arg;
	static const struct library_plan plan = { .name = "apart",
		.drives = 2,
		.slots = 2,
		.layout = LAYOUT_TARGET_PER_DEVICE };
	struct library *one, *apart;
	uint64_t units[4] = { 0 };
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	one = b->library;
	assert_int_equal(library_create(b->inst, &plan, &apart, b->why), 0);
	struct drive *second = drive_find(apart, 2);
	struct view view = { 0 };
	assert_true(view_is_whole(&view));
	assert_true(view_of_target(b->inst, &view, second->target, units));
	assert_int_equal(units[3], UINT64_MAX); /* what comes later too */
	assert_false(view_of_target(b->inst, &view, "iqn.no:such", units));
	assert_false(view_of_target(b->inst, &view, drive_find(one, 1)->target, units)); /* not served */

	view.devices[0] = 1 << 2; /* drive:2 */
	assert_true(view_of_target(b->inst, &view, second->target, units));
	assert_int_equal(units[0], 1); /* LUN 0 of a target of its own */
	assert_false(view_of_target(b->inst, &view, apart->target, units));
	assert_false(view_of_target(b->inst, &view, drive_find(apart, 1)->target, units));

	view = (struct view){ .n_libraries = 1, .libraries = { "apart" }, .devices = { 3 } };
	assert_true(view_of_target(b->inst, &view, apart->target, units));
	assert_false(view_of_target(b->inst, &view, one->target, units));
	assert_false(view_of_target(b->inst, &view, second->target, units));

	/* In one target a drive that is away keeps its place, and who may see it sees it when it is back. */
	assert_int_equal(library_set_layout(b->inst, apart, LAYOUT_ONE_TARGET, b->why), 0);
	assert_int_equal(drive_remove(b->inst, drive_find(apart, 1), b->why), 0);
	assert_true(view_of_target(b->inst, &view, apart->target, units));
	assert_int_equal(units[0], 3);
	long_view(b);
	bench_close(b);
}
BENCH_TEST(a_rule_shows_what_it_names, views)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_shows_what_it_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
