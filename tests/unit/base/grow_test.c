/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow: what they keep, where they end, what a failure leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/grow.h"

static void items_added_one_by_one_are_kept_and_cost_few_allocations(void **state)
{
	autofree uint32_t *rows = NULL;
	uint32_t room = 0, moves = 0;
	for (uint32_t n = 0; n < 10000; n++) {
		uint32_t before = room;
		assert_int_equal(grow(rows, room, n + 1, 1 << 20), 0);
		assert_true(room > n);
		moves += room != before;
		rows[n] = n;
	}
	for (uint32_t n = 0; n < 10000; n++)
		assert_int_equal(rows[n], n);
	assert_true(moves < 12);
}

static void room_for_many_items_at_once_is_made_in_one_step(void **state)
{
	autofree uint8_t *rows = NULL;
	size_t room = 0;
	assert_int_equal(grow(rows, room, 1000, 4096), 0);
	assert_int_equal(room, 1000);
	assert_int_equal(grow(rows, room, 999, 4096), 0);
	assert_int_equal(room, 1000);
	assert_int_equal(grow(rows, room, 1001, 4096), 0);
	assert_int_equal(room, 2000);
}

static void an_array_never_has_room_for_more_than_its_bound(void **state)
{
	autofree uint8_t *rows = NULL;
	size_t room = 0;
	assert_int_equal(grow(rows, room, 1, 3), 0);
	assert_int_equal(room, 3);
	assert_int_equal(grow(rows, room, 4, 3), -ENOMEM);
	assert_int_equal(grow(rows, room, 100, 150), 0);
	assert_int_equal(room, 100);
	assert_int_equal(grow(rows, room, 101, 150), 0);
	assert_int_equal(room, 150);
	assert_int_equal(grow(rows, room, SIZE_MAX, 150), -ENOMEM);
}

static void what_cannot_grow_stays_as_it_was(void **state)
{
	autofree uint64_t *rows = NULL;
	size_t room = 0;
	assert_int_equal(grow(rows, room, 1, SIZE_MAX), 0);
	rows[0] = 7;
	const uint64_t *before = rows;
	volatile size_t overflows = SIZE_MAX / sizeof *rows +
		2; /* the size in bytes does; unknown to the compiler */
	assert_int_equal(grow(rows, room, overflows, SIZE_MAX), -ENOMEM);
	assert_ptr_equal(rows, before);
	assert_int_equal(room, GROW_FIRST);
	assert_int_equal(rows[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_added_one_by_one_are_kept_and_cost_few_allocations),
		cmocka_unit_test(room_for_many_items_at_once_is_made_in_one_step),
		cmocka_unit_test(an_array_never_has_room_for_more_than_its_bound),
		cmocka_unit_test(what_cannot_grow_stays_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
