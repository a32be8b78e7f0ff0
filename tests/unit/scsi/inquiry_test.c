/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are: INQUIRY, vital product data, REPORT LUNS, and LUNs nobody is at. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/scsi/device.h"
#include "vtl/base/worker.h"

static struct target target;
static struct nexus a;
static struct device drive;
static struct fake f;

struct row {
	const char *sentence;
	uint16_t lun;
	const char *cdb;
	uint32_t sense;   /* 0: GOOD */
	int pointer;      /* -1: none */
	const char *data; /* hex the answer begins with */
	uint32_t len;     /* bytes of the answer */
};

#define SERIAL "565430303030303030 31"
#define NAME_83                                                              \
	"0201 0022 41434d4520202020 5468696e672020202020202020202020" SERIAL \
	" 0103 0008 3123456789abcdef 5194 0004 00000001 5398 0014 "          \
	"69716e2e746573743a742c742c30783030303100"

static const struct row rows[] = {
	{ "standard data", 0, "12 00 00 00 24 00", 0, -1,
		"01 80 06 02 1f 00 00 02 41434d4520202020 5468696e672020202020202020202020 30303031", 36 },
	{ "standard data, more room than needed", 0, "12 00 00 00 ff 00", 0, -1, "018006021f", 36 },
	{ "standard data cut short keeps its length", 0, "12 00 00 00 05 00", 0, -1, "018006021f", 5 },
	{ "no room at all", 0, "12 00 00 00 00 00", 0, -1, "", 0 },
	{ "a page code without EVPD", 0, "12 00 80 00 ff 00", 0x052400, 2 << 8 | 7, "", 0 },
	{ "CMDDT is reserved", 0, "12 02 00 00 ff 00", 0x052400, 1 << 8 | 1, "", 0 },
	{ "NACA is refused", 0, "12 00 00 00 ff 04", 0x052400, 5 << 8 | 2, "", 0 },
	{ "old LUN bits are let be", 0, "12 e0 00 00 05 00", 0, -1, "0180", 5 },
	{ "supported pages", 0, "12 01 00 00 ff 00", 0, -1, "01 00 00 04 00 80 83 86", 8 },
	{ "serial number", 0, "12 01 80 00 ff 00", 0, -1, "01 80 00 0a" SERIAL, 14 },
	{ "identification", 0, "12 01 83 00 ff 00", 0, -1, "01 83 00 52" NAME_83, 86 },
	{ "extended INQUIRY", 0, "12 01 86 00 ff 00", 0, -1, "01 86 00 3c 00 07 00 01", 64 },
	{ "a page nobody has", 0, "12 01 b0 00 ff 00", 0x052400, 2 << 8 | 7, "", 0 },
	{ "absent LU, standard", 1, "12 00 00 00 24 00", 0, -1, "7f 00 06 02 1f", 36 },
	{ "absent LU, pages", 7, "12 01 00 00 ff 00", 0, -1, "7f 00 00 01 00", 5 },
	{ "absent LU, reserved bit", 1, "12 02 00 00 24 00", 0x052400, 1 << 8 | 1, "", 0 },
	{ "absent LU, REQUEST SENSE", 1, "03 00 00 00 12 00", 0, -1,
		"70 00 05 00 00 00 00 0a 00 00 00 00 25 00", 18 },
	{ "absent LU, TEST UNIT READY", 255, "00 00 00 00 00 00", 0x052500, -1, "", 0 },
	{ "absent LU, a code nobody knows", 1, "ff 00 00 00 00 00", 0x052500, -1, "", 0 },
	{ "absent LU beyond the table", 300, "00 00 00 00 00 00", 0x052500, -1, "", 0 },
	{ "the list of LUNs", 0, "a0 00 00 00 00 00 00 00 00 10 00 00", 0, -1,
		"00000010 00000000 0000000000000000", 16 },
	{ "the whole list", 0, "a0 00 00 00 00 00 00 00 00 ff 00 00", 0, -1,
		"00000010 00000000 0000000000000000 0005000000000000", 24 },
	{ "the list from an absent LU", 9, "a0 00 02 00 00 00 00 00 00 10 00 00", 0, -1, "00000010 00000000",
		16 },
	{ "no well-known LUs", 0, "a0 00 01 00 00 00 00 00 00 10 00 00", 0, -1, "00000000 00000000", 8 },
	{ "a selection nobody knows", 0, "a0 00 12 00 00 00 00 00 00 10 00 00", 0x052400, 2 << 8 | 7, "", 0 },
	{ "a list shorter than 16", 0, "a0 00 00 00 00 00 00 00 00 0f 00 00", 0x052400, 6 << 8 | 7, "", 0 },
};

static void check(const struct row *row)
{
	uint8_t want[512];
	size_t n = fake_hex(row->data, want, sizeof want);

	memset(f.data, 0xee, sizeof f.data);
	uint8_t status = fake_cmd(&f, &a, row->lun, row->cdb, 0);
	if (status != (row->sense ? STATUS_CHECK_CONDITION : STATUS_GOOD) || fake_sense(&f) != row->sense ||
		fake_pointer(&f) != row->pointer || f.task.in_done != row->len || memcmp(f.data, want, n))
		fail_msg("%s: status %02x sense %06x pointer %x, %u bytes", row->sentence, status,
			fake_sense(&f), (unsigned)fake_pointer(&f), f.task.in_done);
	assert_int_equal(f.data[row->len], 0xee);
}

static void on_worker(void *arg)
{
	static struct device other;

	target_init(&target, "iqn.test:t", 1, 1);
	device_new(&drive, &target, 0, worker_self(), NULL);
	device_new(&other, &target, 5, worker_self(), NULL);
	fake_attach(&a, &target, "a");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(&rows[i]);
	/* None of these took the unit attention. */
	assert_int_equal(fake_cmd(&f, &a, 0, "00 00 00 00 00 00"), STATUS_CHECK_CONDITION);
	assert_int_equal(fake_sense(&f), 0x062900);

	a.hidden[0] = 1u << 5;
	fake_cmd(&f, &a, 5, "12 00 00 00 24 00");
	assert_int_equal(f.data[0], 0x7f);
	fake_cmd(&f, &a, 0, "a0 00 00 00 00 00 00 00 00 20 00 00");
	assert_int_equal(f.task.in_done, 16);
	fake_detach(&a);
	device_free(&other);
	device_free(&drive);
}

/* A personality's own bytes show through everywhere but in type, version, length and names. */
static void personality(void *arg)
{
	static const uint8_t own[48] = { 0x88, 0x80, 0x03, 0x12, 0xff, 0x01, 0x10, 0x02, 'x', [36] = 1, 2,
		3, [47] = 0x77 };

	target_init(&target, "iqn.test:t", 1, 1);
	device_new(&drive, &target, 0, worker_self(), NULL);
	drive.lu.id.inquiry = own;
	drive.lu.id.inquiry_len = sizeof own;
	fake_attach(&a, &target, "a");
	assert_int_equal(fake_cmd(&f, &a, 0, "12 00 00 00 ff 00"), STATUS_GOOD);
	static const uint8_t want[] = { 0x01, 0x80, 0x06, 0x12, 43, 0x01, 0x10, 0x02, 'A', 'C' };
	assert_memory_equal(f.data, want, sizeof want);
	assert_memory_equal(f.data + 36, own + 36, 12);
	assert_int_equal(f.task.in_done, 48);
	fake_detach(&a);
	device_free(&drive);
}

static void test_personality(void **state)
{
	assert_int_equal(worker_run_once(personality, NULL), 0);
}

static void test_inquiry(void **state)
{
	assert_int_equal(worker_run_once(on_worker, NULL), 0);
}

static void test_luns(void **state)
{
	static const struct {
		uint8_t lun[8];
		int number;
	} luns[] = {
		{ { 0 }, 0 },
		{ { 0, 255 }, 255 },
		{ { 0x40, 5 }, 5 },
		{ { 0x41, 0 }, 256 },
		{ { 0x7f, 0xff }, 0x3fff },
		{ { 0x01, 5 }, -1 },    /* another bus */
		{ { 0x80, 5 }, -1 },    /* logical unit addressing */
		{ { 0xc1, 1 }, -1 },    /* extended: well-known LU */
		{ { 0, 5, 0, 1 }, -1 }, /* a second level */
		{ { 0, 5, 0, 0, 0, 0, 0, 1 }, -1 },
	};
	uint8_t out[8];

	for (size_t i = 0; i < sizeof luns / sizeof luns[0]; i++)
		assert_int_equal(lun_decode(luns[i].lun), luns[i].number);
	for (unsigned n = 0; n < 0x4000; n++) {
		lun_encode((uint16_t)n, out);
		assert_int_equal(lun_decode(out), n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inquiry),
		cmocka_unit_test(test_personality),
		cmocka_unit_test(test_luns),
	};
	return cmocka_run_group_tests_name("scsi: inquiry", tests, NULL, NULL);
}
