/* SPDX-License-Identifier: Apache-2.0 */
/* A cartridge's label: the text as it is, and with its checksum made right. */
#include <jansson.h>
#include <string.h>

#include "fuzz.h"
#include "media/shelf/label.h"
#include "vtl/base/crc32c.h"

/* A label that is taken can be written, and is then the same label. */
static void try(const char *text, size_t len)
{
	struct cart_label label, again;
	char why[128] = "";
	int err = label_decode(text, len, &label, why);
	FUZZ_CHECK(memchr(why, 0, sizeof why) && (!err || *why));
	if (err)
		return;
	FUZZ_CHECK(label_check(&label) == 0);
	char *built = label_build(&label);
	FUZZ_CHECK(built);
	err = label_decode(built, strlen(built), &again, why);
	FUZZ_CHECK(!err && memcmp(&label, &again, sizeof label) == 0);
	free(built);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_quiet();
	try((const char *)data, size);
	json_t *object = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	json_object_del(object, "crc32c");
	char *bare = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	if (bare && json_is_object(object)) {
		json_object_set_new(object, "crc32c", json_integer(crc32c(0, bare, strlen(bare))));
		char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
		if (text)
			try(text, strlen(text));
		free(text);
	}
	free(bare);
	json_decref(object);
	return 0;
}
