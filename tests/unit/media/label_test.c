// SPDX-License-Identifier: Apache-2.0
/* Labels: there and back, hostile ones, and replacement that is never half done. */
#include "media/shelf/label.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/engine/fault.h"
#include "support.h"
#include "vtl/base/crc32c.h"

/* Every member that a file has is equal. */
static void same_label(const struct cart_label *one, const struct cart_label *other)
{
	char *text = label_build(one), *again = label_build(other);
	assert_string_equal(text, again);
	free(text);
	free(again);
}

static void test_round_trip(void **state)
{
	struct cart_label in = test_label(BARCODE, 12000000000000), out;
	char why[128];
	in.worm = true;
	in.created = INT64_MAX;
	char *text = label_build(&in);
	assert_int_equal(label_decode(text, strlen(text), &out, why), 0);
	same_label(&in, &out);
	free(text);
	in.created++;
	assert_int_equal(label_check(&in), -EINVAL); /* no JSON integer */
}

/* Every cut and every flipped bit is seen. */
static void test_damage(void **state)
{
	struct cart_label in = test_label(BARCODE, 1 << 20), out;
	char why[128];
	char *text = label_build(&in);
	size_t len = strlen(text);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(label_decode(text, n, &out, why), -EUCLEAN);
	for (size_t i = 0; i < len * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		/* a bit may turn white space into other white space: then it is still the same
		 * label */
		if (label_decode(text, len, &out, why) == 0)
			same_label(&in, &out);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	free(text);
}

/* The sorted members as they are printed without white space; the checksum is put right, so that
 * only what the row changes is wrong. */
static const char *const members[] = {
	"\"barcode\":\"TEST01L8\"",
	"\"capacity\":1",
	"\"created\":0",
	"\"element\":\"\"",
	"\"features_read\":0",
	"\"features_write\":0",
	"\"format\":2",
	"\"generation\":\"lto8\"",
	"\"library\":\"\"",
	"\"uuid\":\"6f0f7ef4-1b0e-4f2c-9c30-5a0a6b1d2e3f\"",
	"\"worm\":false",
	"\"write_protected\":false",
};
enum { MEMBERS = sizeof members / sizeof members[0] };

static const struct hostile {
	int at; /* the member that is replaced; MEMBERS: added */
	const char *with;
	int err;
} hostiles[] = {
	{ 0, "\"barcode\":\"TEST01L8\"", 0 },
	{ 0, "\"barcode\":\"../../etc\"", -EUCLEAN },
	{ 0, "\"barcode\":\"\"", -EUCLEAN },
	{ 0, "\"barcode\":\"a\\u0000b\"", -EUCLEAN },
	{ 0, "\"barcode\":\"TEST01L8TEST01L8TEST01L8TEST01L8TEST01L8\"", -EUCLEAN },
	{ 0, "\"barcode\":7", -EUCLEAN },
	{ 1, "\"capacity\":-1", -EUCLEAN },
	{ 1, "\"capacity\":1.5", -EUCLEAN },
	{ 1, "\"capacity\":\"1\"", -EUCLEAN },
	{ 1, "\"capacity\":99999999999999999999", -EUCLEAN },
	{ 4, "\"features_read\":15", 0 },
	{ 4, "\"features_read\":16", -EPROTONOSUPPORT },
	{ 4, "\"features_read\":4294967296", -EUCLEAN },
	{ 5, "\"features_write\":2147483648", 0 },
	{ 5, "\"features_write\":4294967296", -EUCLEAN },
	{ 6, "\"format\":1", -EPROTOTYPE },
	{ 6, "\"format\":3", -EPROTONOSUPPORT },
	{ 6, "\"format\":0", -EUCLEAN },
	{ 6, "\"format\":\"2\"", -EUCLEAN },
	{ 7, "\"generation\":\"lto888888\"", -EUCLEAN },
	{ 9, "\"uuid\":\"6F0F7EF4-1B0E-4F2C-9C30-5A0A6B1D2E3F\"", -EUCLEAN },
	{ 9, "\"uuid\":\"no\"", -EUCLEAN },
	{ 10, "\"worm\":0", -EUCLEAN },
	{ 11, "\"wristwatch\":0", -EUCLEAN },
	{ MEMBERS, "\"zzz\":0", -EUCLEAN },
	{ MEMBERS, "\"zzz\":[[[[[[]]]]]]", -EUCLEAN },
};

static void test_hostile(void **state)
{
	for (size_t i = 0; i < sizeof hostiles / sizeof hostiles[0]; i++) {
		const struct hostile *h = &hostiles[i];
		char text[2048] = "{", why[128] = "";
		struct cart_label label;
		for (int m = 0; m <= MEMBERS; m++) {
			const char *member = m == h->at ? h->with : m < MEMBERS ? members[m] : NULL;
			if (member)
				snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
					m ? "," : "", member);
		}
		uint32_t crc = crc32c(crc32c(0, text, strlen(text)), "}", 1);
		snprintf(text + strlen(text), sizeof text - strlen(text), ",\"crc32c\":%u}", crc);
		int err = label_decode(text, strlen(text), &label, why);
		if (err != h->err || (err && !why[0]))
			fail_msg("%s: %d %s", h->with, err, why);
	}
}

static void test_text_that_is_none(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null", "{}", "{\"format\":2}", "\xff\xfe",
		"{\"crc32c\":0,\"crc32c\":0}", "{\"format\":2,\"crc32c\":\"x\"}" };
	struct cart_label label;
	char why[128];
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_int_equal(label_decode(texts[i], strlen(texts[i]), &label, why), -EUCLEAN);
	char *deep = malloc(LABEL_MAX + 2);
	memset(deep, '[', LABEL_MAX + 2);
	assert_int_equal(label_decode(deep, LABEL_MAX, &label, why), -EUCLEAN);
	assert_int_equal(label_decode(deep, LABEL_MAX + 1, &label, why), -EUCLEAN);
	free(deep);
}

/* A crash while the label is made or replaced leaves none, the old one or the new one. */
static void test_crashes(void **state)
{
	unsigned images = 0;
	char *root = scratch_new(false), image[256];
	struct engine *e = engine_fault_new(0, true), *plain = engine_sync_new();
	struct cart_label label = test_label(BARCODE, 1 << 20);
	snprintf(image, sizeof image, "%s-image", root);
	assert_int_equal(cart_create(shelf_at(e, root), &label), 0);
	size_t made = fault_moments(e);
	label.created = 1;
	assert_int_equal(cart_label_write(shelf_at(e, root), &label), 0);
	size_t written = fault_moments(e);
	for (size_t m = 0; m <= written; m++) {
		for (uint64_t seed = 0; seed < 20; seed++, images++) {
			struct cart_label found;
			mkdir(image, 0750);
			assert_int_equal(fault_image(e, m, seed, root, image), 0);
			int err = cart_label_read(shelf_at(plain, image), BARCODE, &found);
			if (err != 0 && !(err == -ENOENT && m < made))
				fail_msg("moment %zu seed %d: %d", m, (int)seed, err);
			if (!err &&
				((found.created != 1 && found.created != 1700000000) ||
					(m == written && found.created != 1)))
				fail_msg("moment %zu: created %d", m, (int)found.created);
			if (err) /* and it can be made again */
				assert_int_equal(cart_create(shelf_at(plain, image), &label), 0);
			remove_tree(image);
		}
	}
	engine_free(e);
	engine_free(plain);
	scratch_end(root);
	print_message("# %u crash images\n", images);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_text_that_is_none),
		cmocka_unit_test(test_crashes),
	};
	return cmocka_run_group_tests_name("a label is what was written or is refused", tests, NULL, NULL);
}
