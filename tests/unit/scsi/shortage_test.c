/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation of opening a device, showing it and attaching an initiator is refused once. */
#include <errno.h>

#include "tests/lib/shortage.h"
#include "tests/unit/scsi/stage.h"

/* An LU like the stage's, not open yet. */
static struct lu another(const struct stage *s)
{
	const struct lu *like = &s->drive.lu;
	return (struct lu){ .type = like->type,
		.ops = like->ops,
		.worker = like->worker,
		.mode_pages = like->mode_pages,
		.log_pages = like->log_pages,
		.vpd_pages = like->vpd_pages,
		.id = like->id,
		.store = like->store,
		.device = like->device };
}

static void device(struct stage *s)
{
	unsigned failures = 0;

	for (bool more = true; more;) {
		struct lu lu = another(s);
		shortage_at(failures + 1);
		int err = lu_open(&lu);
		more = shortage_met();
		assert_int_equal(err, more ? -ENOMEM : 0);
		failures += more;
		if (more)
			assert_int_equal(lu.state, LU_CLOSED);
		lu_close(&lu); /* after an error it does nothing */
	}
	assert_true(failures >= 5);
}

/* The nexuses that were attached before the one without memory are detached again. */
static void showing(struct stage *s)
{
	unsigned failures = 0;
	struct lu lu = another(s);

	assert_int_equal(lu_open(&lu), 0);
	for (bool more = true; more;) {
		shortage_at(failures + 1);
		int err = target_add(&s->target, &lu, 5);
		more = shortage_met();
		assert_int_equal(err, more ? -ENOMEM : 0);
		failures += more;
		if (more) {
			assert_null(target_lu(&s->a, 5));
			assert_true(TAILQ_EMPTY(&lu.nexuses));
		}
	}
	assert_true(failures >= 3); /* a record for each of three nexuses at least */
	target_remove(&s->target, 5);
	lu_close(&lu);
}

static void attaching(struct stage *s)
{
	unsigned failures = 0;
	struct lu second = another(s);
	struct nexus late;

	assert_int_equal(lu_open(&second), 0);
	assert_int_equal(target_add(&s->target, &second, 5), 0);
	for (bool more = true; more;) {
		late = (struct nexus){ .target = &s->target, .initiator_port = "iqn.test:late,i,0x1" };
		shortage_at(failures + 1);
		int err = target_attach(&late);
		more = shortage_met();
		assert_int_equal(err, more ? -ENOMEM : 0);
		failures += more;
		if (more)
			assert_true(!lu_nexus_of(&s->drive.lu, &late) && !lu_nexus_of(&second, &late));
	}
	assert_true(failures >= 2);
	target_detach(&late);
	target_remove(&s->target, 5);
	lu_close(&second);
}

static void test_device(void **state)
{
	stage_run(device);
}

static void test_showing(void **state)
{
	stage_run(showing);
}

static void test_attaching(void **state)
{
	stage_run(attaching);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_showing),
		cmocka_unit_test(test_attaching),
	};
	return cmocka_run_group_tests_name("scsi: shortage", tests, NULL, NULL);
}
