/* SPDX-License-Identifier: Apache-2.0 */
/* Health: told by drives and by verify, kept over a restart, gone with the cartridge. */
#include "bench.h"

#include <errno.h>

#include "media/container/container.h"
#include "vtl/base/mail.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"
#include "vtl/library/health.h"
#include "vtl/library/installation.h"
#include "vtl/library/catalog_rows.h"
#include "vtl/catalog/row.h"

enum { OBJECT = 18 };

static struct cartridge *furnish(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	return bench_cartridge(b, "E00001L8");
}

static void reopen(struct bench *b)
{
	bench_close(b);
	if (bench_open(b))
		fail_msg("%s", b->why);
}

static struct cartridge *cartridge(struct bench *b)
{
	return cartridge_find(b->library, "E00001L8");
}

static void tell(struct bench *b, const struct health_report *report)
{
	struct drive *drive = drive_find(b->library, 1);
	drive->report(drive, &cartridge(b)->label, report);
}

static void tell_fault(struct bench *b, enum health_kind kind, unsigned times)
{
	struct health_report report = { 0 };
	while (times--)
		health_fault_add(&report, kind, -EBADMSG, OBJECT);
	tell(b, &report);
}

static void check_read_errors(struct bench *b, uint64_t count)
{
	const struct health *of[] = { cartridge_health(cartridge(b)),
		drive_health(drive_find(b->library, 1)) };
	static const char *const with[] = { "drive:1", "E00001L8" };
	for (int i = 0; i < 2; i++) {
		const struct health_fault *fault = &of[i]->faults[HEALTH_READ];
		assert_int_equal(fault->count, count);
		assert_int_equal(fault->object, OBJECT);
		assert_int_equal(fault->err, -EBADMSG);
		assert_string_equal(fault->with, with[i]);
		assert_true(fault->since > 0 && fault->last >= fault->since);
	}
	assert_int_equal(health_worst(of[0]), HEALTH_READ);
}

static void kept(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	assert_int_equal(health_worst(cartridge_health(cartridge(b))), HEALTH_NONE);
	tell_fault(b, HEALTH_READ, 3);
	check_read_errors(b, 3);
	uint64_t since = cartridge_health(cartridge(b))->faults[HEALTH_READ].since;
	reopen(b);
	check_read_errors(b, 3);
	tell_fault(b, HEALTH_READ, 2);
	tell_fault(b, HEALTH_WRITE, 1);
	reopen(b);
	check_read_errors(b, 5);
	assert_int_equal(cartridge_health(cartridge(b))->faults[HEALTH_READ].since, since);
	assert_int_equal(cartridge_health(cartridge(b))->faults[HEALTH_WRITE].count, 1);
	assert_int_equal(health_worst(drive_health(drive_find(b->library, 2))), HEALTH_NONE);
	bench_close(b);
}
BENCH_TEST(a_fault_is_kept_over_a_restart, kept)

/* Once a change has been made durable behind, a kill does not lose it. */
static void written_behind(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	tell_fault(b, HEALTH_READ, 3);
	for (int64_t end = now_ms() + 20000; b->inst->writing_health && now_ms() < end;)
		fiber_sleep(10);
	assert_false(b->inst->writing_health);
	run_command("cp '%s/catalog/data.mdb' '%s/kept'", b->dir, b->dir);
	bench_close(b);
	run_command("mv '%s/kept' '%s/catalog/data.mdb'", b->dir, b->dir);
	if (bench_open(b))
		fail_msg("%s", b->why);
	check_read_errors(b, 3);
	bench_close(b);
}
BENCH_TEST(a_fault_is_recorded_without_a_stop, written_behind)

static void verified(void *arg)
{
	struct bench *b = arg;
	const struct cart_report bad = { .bad = 7, .first_bad = 4 }, good = { 0 };
	furnish(b);
	cartridge_verified(cartridge(b), -EBADMSG, &bad);
	tell_fault(b, HEALTH_READ, 1);
	tell_fault(b, HEALTH_SYNC, 1);
	reopen(b);
	const struct health *h = cartridge_health(cartridge(b));
	assert_true(h->verified && !h->verified_good && h->bad == 7 && h->first_bad == 4);
	assert_int_equal(h->faults[HEALTH_DAMAGED].count, 7);
	assert_int_equal(h->faults[HEALTH_DAMAGED].object, 4);
	assert_int_equal(health_worst(h), HEALTH_DAMAGED);
	cartridge_verified(cartridge(b), 0, &good);
	reopen(b);
	h = cartridge_health(cartridge(b));
	assert_true(h->verified && h->verified_good && !h->bad);
	assert_int_equal(health_worst(h), HEALTH_NONE);
	assert_int_equal(drive_health(drive_find(b->library, 1))->faults[HEALTH_READ].count, 1);
	bench_close(b);
}
BENCH_TEST(a_good_verify_ends_the_faults_of_a_cartridge, verified)

static void renewed(void *arg)
{
	struct bench *b = arg;
	struct health_report report = { .renewed = true };
	furnish(b);
	cartridge_verified(cartridge(b), -EBADMSG, &(struct cart_report){ .bad = 1 });
	health_fault_add(&report, HEALTH_READ, -EIO, 3);
	tell(b, &report);
	const struct health *h = cartridge_health(cartridge(b));
	assert_int_equal(h->faults[HEALTH_DAMAGED].count, 0);
	assert_int_equal(h->verified, 0);
	assert_int_equal(h->faults[HEALTH_READ].count, 1); /* of the new data */
	bench_close(b);
}
BENCH_TEST(faults_are_over_when_the_tape_is_written_anew, renewed)

static void missing(void *arg)
{
	struct bench *b = arg;
	const struct cart_usage lost = { .lost_files = 2, .lost_objects = 40, .first_lost = 11 },
				whole = { 0 };
	furnish(b);
	cartridge_glanced(cartridge(b), 0, &lost);
	const struct health_fault *files = &cartridge_health(cartridge(b))->faults[HEALTH_FILES];
	assert_true(files->count == 2 && files->object == 11);
	cartridge_glanced(cartridge(b), -ENODATA, NULL); /* says nothing */
	assert_int_equal(health_worst(cartridge_health(cartridge(b))), HEALTH_FILES);
	cartridge_glanced(cartridge(b), 0, &whole);
	assert_int_equal(health_worst(cartridge_health(cartridge(b))), HEALTH_NONE);
	static const struct {
		int err;
		enum health_kind is;
	} rows[] = {
		{ -ENOLINK, HEALTH_FILES },
		{ -ENOENT, HEALTH_FILES },
		{ -EUCLEAN, HEALTH_OPEN },
		{ -EIO, HEALTH_OPEN },
		{ -EPROTOTYPE, HEALTH_OPEN },
		{ -EPROTONOSUPPORT, HEALTH_OPEN },
		{ -EBUSY, HEALTH_NONE },
		{ -ENOMEM, HEALTH_NONE },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cartridge_glanced(cartridge(b), rows[i].err, NULL);
		assert_int_equal(health_worst(cartridge_health(cartridge(b))), rows[i].is);
		tell(b, &(struct health_report){ .opened = true });
		assert_int_equal(health_worst(cartridge_health(cartridge(b))), HEALTH_NONE);
	}
	bench_close(b);
}
BENCH_TEST(missing_files_are_noticed_and_forgotten_when_they_are_back, missing)

static void alerts(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	tell(b, &(struct health_report){ .alerts = 1u << (ALERT_HARD_ERROR - 1), .cleaned = true });
	reopen(b);
	const struct health *h = drive_health(drive_find(b->library, 1));
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++)
		assert_int_equal(h->alerts[i] > 0, alert_rows[i].number == ALERT_HARD_ERROR);
	assert_true(h->cleaned);
	tell(b,
		&(struct health_report){ .alerts_over = UINT64_MAX,
			.alerts = 1u << (ALERT_READ_FAILURE - 1) });
	h = drive_health(drive_find(b->library, 1));
	for (size_t i = 0; i < N_DRIVE_ALERTS; i++)
		assert_int_equal(h->alerts[i] > 0, alert_rows[i].number == ALERT_READ_FAILURE);
	bench_close(b);
}
BENCH_TEST(alerts_of_a_drive_are_kept_until_they_are_over, alerts)

/* --- rows ---------------------------------------------------------------------------------------------- */

static int count_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	++*(unsigned *)arg;
	return 0;
}

static unsigned rows(struct bench *b)
{
	unsigned n = 0;
	assert_int_equal(catalog_each(b->inst->catalog, TABLE_HEALTH, count_row, &n), 0);
	return n;
}

static void gone(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	tell_fault(b, HEALTH_READ, 1);
	reopen(b);
	assert_int_equal(rows(b), 2);
	tell_fault(b, HEALTH_READ, 1); /* a change that is not written yet goes too */
	assert_int_equal(cartridge_destroy(b->inst, cartridge(b), b->why), 0);
	assert_int_equal(rows(b), 1);
	bench_cartridge(b, "E00001L8");
	assert_int_equal(health_worst(cartridge_health(cartridge(b))), HEALTH_NONE);
	assert_int_equal(cartridge_destroy(b->inst, cartridge(b), b->why), 0);
	reopen(b);
	assert_int_equal(rows(b), 1);
	assert_int_equal(library_delete(b->inst, b->library, b->why), 0);
	assert_int_equal(rows(b), 0);
	reopen(b);
	assert_int_equal(rows(b), 0);
	bench_close(b);
}
BENCH_TEST(health_goes_with_the_cartridge_and_the_drive, gone)

static void put_row(struct bench *b, const char *key, uint8_t version, bool whole)
{
	struct catalog_txn txn;
	struct row r;
	catalog_begin(b->inst->catalog, &txn);
	struct wire *w = row_begin(&r, version);
	wire_u8(w, 200);
	if (whole)
		catalog_put_row(&txn, TABLE_HEALTH, key, &r);
	else
		catalog_put(&txn, TABLE_HEALTH, key, r.buf, wire_len(w));
	assert_int_equal(catalog_commit(&txn), 0);
}

static void strange_rows(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	tell_fault(b, HEALTH_READ, 3);
	put_row(b, "a", RECORD_VERSION, false);
	put_row(b, "b", RECORD_VERSION, true);
	put_row(b, "a key that is far longer than any uuid of a cartridge or drive", RECORD_VERSION, true);
	put_row(b, "c", 0, true);
	reopen(b);
	check_read_errors(b, 3);
	put_row(b, "d", RECORD_VERSION + 1, true);
	bench_close(b);
	refused(b, bench_open(b), -EPROTONOSUPPORT, "health");
}
BENCH_TEST(a_damaged_row_is_left_out_and_a_newer_one_stops_the_start, strange_rows)

/* --- from a drive's own worker ---------------------------------------------------------------------------- */

enum { REPORTS = 500 };

static void tell_many(void *arg)
{
	for (int i = 0; i < REPORTS; i++)
		tell_fault(arg, HEALTH_READ, 1);
}

static void from_afar(void *arg)
{
	struct bench *b = arg;
	struct worker *w;
	furnish(b);
	assert_int_equal(worker_new("drive", &w), 0);
	assert_int_equal(worker_start(w), 0);
	worker_call(w, tell_many, b);
	check_read_errors(b, REPORTS);
	worker_stop(w);
	worker_join(w);
	worker_free(w);
	reopen(b);
	check_read_errors(b, REPORTS);
	bench_close(b);
}
BENCH_TEST(what_a_drive_tells_on_its_own_worker_is_there_when_its_call_returns, from_afar)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_kept_over_a_restart),
		cmocka_unit_test(a_fault_is_recorded_without_a_stop),
		cmocka_unit_test(a_good_verify_ends_the_faults_of_a_cartridge),
		cmocka_unit_test(faults_are_over_when_the_tape_is_written_anew),
		cmocka_unit_test(missing_files_are_noticed_and_forgotten_when_they_are_back),
		cmocka_unit_test(alerts_of_a_drive_are_kept_until_they_are_over),
		cmocka_unit_test(health_goes_with_the_cartridge_and_the_drive),
		cmocka_unit_test(a_damaged_row_is_left_out_and_a_newer_one_stops_the_start),
		cmocka_unit_test(what_a_drive_tells_on_its_own_worker_is_there_when_its_call_returns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
