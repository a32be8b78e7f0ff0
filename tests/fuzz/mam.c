/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cartridge's memory. An input is a byte (bit 0: the file's checksum is made right; bit 1: rows alone, as in a
 * container), then the bytes.
 */
#include <errno.h>
#include <string.h>

#include "gold.h"
#include "media/shelf/mam.h"
#include "vtl/base/bytes.h"

static const uint8_t uuid[16] = { 0x6f, 0x0f, 0x7e, 0xf4, 0x1b, 0x0e, 0x4f, 0x2c, 0x9c, 0x30, 0x5a, 0x0a,
	0x6b, 0x1d, 0x2e, 0x3f };

/* Sound rows stay sound when a number is put among them, and it is found. */
static void use(struct mam *mam)
{
	static const uint16_t ids[] = { 0, MAM_LOADS, MAM_WRITTEN, MAM_READ, 0xffff };
	struct mam copy;
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		size_t before = mam->len;
		FUZZ_CHECK(mam_number(mam, ids[i]) <= INT64_MAX);
		int err = mam_put_number(mam, ids[i], 7 + i);
		FUZZ_CHECK(!err || (err == -ENOSPC && mam->len == before));
		FUZZ_CHECK(err || mam_number(mam, ids[i]) == 7 + i);
		FUZZ_CHECK(mam_take_rows(mam->rows, mam->len, &copy) == 0);
		mam_free(&copy);
	}
	const struct cart_counters most = { INT64_MAX, INT64_MAX, INT64_MAX };
	mam_count(mam, &most);
	struct cart_counters now = mam_counters(mam);
	FUZZ_CHECK(now.loads <= INT64_MAX && now.written <= INT64_MAX && now.read <= INT64_MAX);
}

static int file_read_mam(struct fuzz *f, bool mend, struct mam *ret_mam)
{
	static uint8_t bytes[MAM_MAX];
	size_t len = f->left < sizeof bytes ? f->left : sizeof bytes;
	fuzz_bytes(f, bytes, len);
	if (mend && len >= PREAMBLE_SIZE) {
		struct features features = { get_le32(bytes + 16), get_le32(bytes + 20) };
		preamble_put(bytes, "EVTMAMF", preamble_units(bytes), features, len);
	}
	const struct fuzz file = { bytes, len };
	struct engine *e = engine_of(&file);
	int err = mam_read_in(e, -1, uuid, ret_mam);
	engine_free(e);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	struct mam mam;
	uint8_t how = fuzz_byte(&f);
	fuzz_quiet();
	int err = how & 2 ? mam_take_rows(f.at, f.left, &mam) : file_read_mam(&f, how & 1, &mam);
	if (err)
		return 0;
	use(&mam);
	mam_free(&mam);
	return 0;
}
