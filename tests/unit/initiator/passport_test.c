/* SPDX-License-Identifier: Apache-2.0 */
/* Names as Windows makes them, and two passports side by side. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "admin/initiator/passport.h"
#include "admin/initiator/passport_advice.h"
#include "admin/initiator/windows.h"

static const struct id_row {
	uint8_t type;
	const char *text; /* vendor, product, revision as they stand in INQUIRY */
	const char *ids[6];
} id_rows[] = {
	{ TYPE_TAPE, "IBM     ULT3580-TD8     J4D1",
		{ "SCSI\\SequentialIBM_____ULT3580-TD8_____J4D1", "SCSI\\SequentialIBM_____ULT3580-TD8_____",
			"SCSI\\SequentialIBM_____", "SCSI\\IBM_____ULT3580-TD8_____J",
			"IBM_____ULT3580-TD8_____J" } },
	{ TYPE_CHANGER, "STK     L700            0105",
		{ "SCSI\\ChangerSTK_____L700____________0105", "SCSI\\ChangerSTK_____L700____________",
			"SCSI\\ChangerSTK_____", "SCSI\\STK_____L700____________0",
			"STK_____L700____________0", "ScsiChanger" } },
	{ TYPE_TAPE, "A,B\001    C D\377            1   ",
		{ "SCSI\\SequentialA_B_____C_D_____________1___" } },
};

static void hardware_ids_are_as_windows_spells_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof id_rows / sizeof *id_rows; i++) {
		char ids[HARDWARE_ID_COUNT][HARDWARE_ID_LEN];
		uint8_t inquiry[36] = { id_rows[i].type };
		assert_int_equal(strlen(id_rows[i].text), 28);
		memcpy(inquiry + 8, id_rows[i].text, 28);
		size_t count = windows_hardware_ids(inquiry, ids);
		assert_int_equal(count, id_rows[i].type == TYPE_CHANGER ? 6 : 5);
		for (size_t k = 0; k < count && id_rows[i].ids[k]; k++)
			assert_string_equal(ids[k], id_rows[i].ids[k]);
	}
}

/* Designators in a row: association, type, length, and which of them a host keys by. */
static const struct duid_row {
	const char *what;
	struct {
		uint8_t association, type, len;
	} d[4];
	int chosen;
} duid_rows[] = {
	{ "NAA before T10", { { 0, 1, 34 }, { 0, 3, 8 }, { 1, 4, 4 } }, 1 },
	{ "SCSI name before NAA", { { 0, 3, 16 }, { 0, 8, 20 } }, 1 },
	{ "the longer of two NAAs", { { 0, 3, 8 }, { 0, 3, 16 } }, 1 },
	{ "the unit's before the device's", { { 2, 8, 20 }, { 0, 1, 34 } }, 1 },
	{ "the device's when there is no other", { { 1, 3, 8 }, { 2, 1, 20 } }, 1 },
	{ "ports are no units", { { 1, 4, 4 }, { 1, 8, 40 } }, -1 },
	{ "nothing", { { 0 } }, -1 },
};

static void the_device_identifier_is_chosen_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof duid_rows / sizeof *duid_rows; i++) {
		uint8_t page[256] = { 0, 0x83 };
		size_t len = 4;
		struct designator d;
		for (int k = 0; k < 4 && duid_rows[i].d[k].len; k++) {
			page[len + 1] = (uint8_t)(duid_rows[i].d[k].association << 4 |
				duid_rows[i].d[k].type);
			page[len + 3] = duid_rows[i].d[k].len;
			memset(page + len + 4, 'a' + k, duid_rows[i].d[k].len);
			len += 4u + duid_rows[i].d[k].len;
		}
		int found = windows_duid(page, len, &d) ? d.bytes[0] - 'a' : -1;
		if (found != duid_rows[i].chosen)
			fail_msg("%s: chose %d", duid_rows[i].what, found);
	}
}

static void a_designator_longer_than_its_page_ends_the_walk(void **state)
{
	(void)state;
	const uint8_t page[] = { 1, 0x83, 0, 6, 1, 3, 0, 200, 1, 2 };
	struct designator d;
	size_t at = 0;
	assert_int_equal(designator_next(page, sizeof page, &at, &d), 0);
	at = 0;
	assert_int_equal(designator_next(page, 3, &at, &d), 0);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static const char passport_text[] =
	"{\"passport\":1,\"portal\":\"a:1\",\"targets\":[{\"name\":\"iqn.a\","
	"\"addresses\":[{\"address\":\"a:1\",\"group\":1}],\"luns\":[0,1],\"units\":["
	"{\"lun\":0,\"type\":\"changer\",\"vendor\":\"STK\",\"product\":\"L700\",\"revision\":\"1\","
	"\"serial\":\"C1\",\"inquiry\":\"08\",\"name_key\":\"aa\",\"duid\":\"30\",\"pages\":{\"80\":\"01\"},"
	"\"elements\":[{\"address\":1000,\"type\":\"slot\"},"
	"{\"address\":500,\"type\":\"drive\",\"id\":\"02\",\"id_text\":\"IBM D1\"}]},"
	"{\"lun\":1,\"type\":\"tape\",\"vendor\":\"IBM\",\"product\":\"TD8\",\"revision\":\"1\","
	"\"serial\":\"D1\",\"inquiry\":\"01\",\"name_key\":\"bb\",\"duid\":\"31\","
	"\"pages\":{\"80\":\"02\",\"83\":\"03\"}}]}]}";

static const struct change_row {
	const char *what, *from, *to;
	int differences, additions;
	bool allow_removed;
} changes[] = {
	{ "nothing", "iqn.a", "iqn.a", 0, 0, false },
	{ "another address of the same portal group", "\"address\":\"a:1\"", "\"address\":\"b:2\"", 0, 0,
		false },
	{ "another portal group", "\"group\":1", "\"group\":2", 1, 0, false },
	{ "another target name", "\"name\":\"iqn.a\"", "\"name\":\"iqn.b\"", 1, 1, false },
	{ "another serial", "\"serial\":\"D1\"", "\"serial\":\"D2\"", 1, 0, false },
	{ "another page", "\"83\":\"03\"", "\"83\":\"04\"", 1, 0, false },
	{ "a page is gone", ",\"83\":\"03\"", "", 1, 0, false },
	{ "a page is new", ",\"83\":\"03\"", ",\"83\":\"03\",\"86\":\"05\"", 0, 1, false },
	{ "another LUN", "\"lun\":1", "\"lun\":2", 1, 1, false },
	{ "another revision", "\"product\":\"TD8\",\"revision\":\"1\"",
		"\"product\":\"TD8\",\"revision\":\"2\"", 1, 0, false },
	{ "another product", "\"product\":\"TD8\"", "\"product\":\"TD9\"", 1, 0, false },
	{ "another element address", "\"address\":500", "\"address\":501", 1, 1, false },
	{ "another drive in the element", "\"id\":\"02\"", "\"id\":\"03\"", 1, 0, false },
	{ "which drive is no longer told", ",\"id\":\"02\",\"id_text\":\"IBM D1\"}]},",
		"}],\"drives_unnamed\":\"refused\"},", 1, 0, false },
	{ "which drive is told in part", "\"id\":\"02\",\"id_text\":\"IBM D1\"", "\"cut\":true", 0, 0,
		false },
	{ "the drives are no longer told",
		",{\"address\":500,\"type\":\"drive\",\"id\":\"02\",\"id_text\":\"IBM D1\"}]},",
		"],\"elements_unread\":{\"drive\":\"lost\"}},", 1, 0, false },
	{ "the drive has gone", "\"lun\":1,\"type\":\"tape\"", "\"lun\":9,\"type\":\"x\"", 1, 1, false },
	{ "a drive may go", "\"serial\":\"D1\"", "\"serial\":\"D1\"", 0, 0, true },
};

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = at ? malloc(strlen(text) + strlen(to) + 1) : NULL;
	assert_non_null(out);
	size_t n = (size_t)(at - text);
	memcpy(out, text, n);
	strcpy(out + n, to);
	strcat(out, at + strlen(from));
	return out;
}

static void every_change_is_found(void **state)
{
	(void)state;
	json_t *was = json_loads(passport_text, 0, NULL);
	assert_non_null(was);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		const struct change_row *row = &changes[i];
		char *text = replaced(passport_text, row->from, row->to);
		json_t *is = json_loads(text, 0, NULL);
		struct passport_difference d;
		assert_non_null(is);
		passport_compare(was, is, row->allow_removed, &d);
		if ((int)json_array_size(d.differences) != row->differences ||
			(int)json_array_size(d.additions) != row->additions)
			fail_msg("%s: %zu differences, %zu additions", row->what,
				json_array_size(d.differences), json_array_size(d.additions));
		json_decref(d.differences);
		json_decref(d.additions);
		json_decref(is);
		free(text);
	}
	json_decref(was);
}

/* clang-format off */
static const char *const no_passports[] = {
	"", "{}", "[]", "null", "{\"passport\":1}", "{\"passport\":2,\"portal\":\"a\",\"targets\":[]}",
	"{\"passport\":1,\"portal\":\"a\",\"targets\":{}}",
	"{\"passport\":1,\"portal\":\"a\",\"targets\":[1]}",
	"{\"passport\":1,\"portal\":\"a\",\"targets\":[{\"name\":\"x\"}]}",
	"{\"passport\":1,\"portal\":\"a\",\"targets\":[{\"name\":\"x\",\"units\":[{}]}]}",
	"{\"passport\":1,\"portal\":\"a\",\"targets\":[", "\377\376",
};
/* clang-format on */

static void what_is_no_passport_is_refused(void **state)
{
	(void)state;
	char name[] = "passport-test-XXXXXX", why[WHY_LEN];
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof no_passports / sizeof *no_passports; i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		size_t len = strlen(no_passports[i]);
		assert_int_equal(pwrite(fd, no_passports[i], len, 0), len);
		json_t *p = passport_load(name, why);
		if (p)
			fail_msg("taken: %s", no_passports[i]);
		assert_non_null(strstr(why, name));
	}
	assert_null(passport_load("no-such-directory/file", why));
	unlink(name);
	close(fd);
}

static void a_passport_survives_its_file(void **state)
{
	(void)state;
	char why[WHY_LEN], name[64];
	snprintf(name, sizeof name, "passport-test-%d", (int)getpid());
	json_t *was = json_loads(passport_text, 0, NULL);
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(passport_write(was, fd), 0);
	close(fd);
	json_t *is = passport_load(name, why);
	assert_true(json_equal(was, is));
	unlink(name);
	fd = open("/dev/full", O_WRONLY);
	assert_int_equal(passport_write(was, fd), -ENOSPC);
	close(fd);
	json_decref(was);
	json_decref(is);
}

static const struct advice_row {
	const char *what, *from, *to, *word;
} advices[] = {
	{ "all is well", "iqn.a", "iqn.a", NULL },
	{ "no serial", "\"serial\":\"C1\"", "\"serial\":\"\"", "no serial number" },
	{ "shared serial", "\"serial\":\"C1\"", "\"serial\":\"D1\"", "has the same serial" },
	{ "no identifier", "\"duid\":\"31\",", "", "no device identifier" },
	{ "unmatched element", "\"id_text\":\"IBM D1\"", "\"id_text\":\"IBM D7\"", "cannot be matched" },
	{ "element told in part", "\"id\":\"02\",\"id_text\":\"IBM D1\"", "\"cut\":true", "ends inside" },
	{ "drives not named", "\"elements\":[", "\"drives_unnamed\":\"refused\",\"elements\":[",
		"does not report which drive" },
	{ "drives not told", "\"elements\":[", "\"elements_unread\":{\"drive\":\"lost\"},\"elements\":[",
		"drives must be mapped by hand" },
	{ "units not listed", "\"luns\":", "\"luns_refused\":\"refused\",\"luns\":", "does not list" },
	{ "nothing at LUN 0", "\"lun\":0", "\"lun\":5", "has no LUN 0" },
};

static void advice_names_what_a_host_would_trip_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
		char *text = replaced(passport_text, advices[i].from, advices[i].to);
		json_t *p = json_loads(text, 0, NULL);
		json_t *advice = passport_advice(p);
		const char *first = json_string_value(json_array_get(advice, 0));
		if (!advices[i].word != !first)
			fail_msg("%s: %s", advices[i].what, first ? first : "no advice");
		if (first && !strstr(first, advices[i].word))
			fail_msg("%s: %s", advices[i].what, first);
		json_decref(advice);
		json_decref(p);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hardware_ids_are_as_windows_spells_them),
		cmocka_unit_test(the_device_identifier_is_chosen_in_order),
		cmocka_unit_test(a_designator_longer_than_its_page_ends_the_walk),
		cmocka_unit_test(every_change_is_found),
		cmocka_unit_test(what_is_no_passport_is_refused),
		cmocka_unit_test(a_passport_survives_its_file),
		cmocka_unit_test(advice_names_what_a_host_would_trip_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
