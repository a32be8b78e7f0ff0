/* SPDX-License-Identifier: Apache-2.0 */
/* The index on disk, with its checksum made right when the first byte says so, and walked when it is taken. */
#include <string.h>

#include "gold.h"
#include "media/cart.h"
#include "vtl/base/bytes.h"

enum { WALK_MAX = 2000, INPUT_MAX = 1 << 16 };

/* Segments follow each other up to the end. */
static void walk_check(const struct index *ix)
{
	struct segment s, next;
	bool more = ix->count > 0 && index_find_object(ix, 0, &s);
	for (unsigned i = 0; more && i < WALK_MAX; i++, s = next) {
		FUZZ_CHECK(s.loss || s.place.nth < ix->runs[s.place.run].count);
		FUZZ_CHECK(s.object <= ix->objects && s.objects <= ix->objects - s.object);
		FUZZ_CHECK(s.filemarks <= ix->filemarks && s.marks <= ix->filemarks - s.filemarks);
		more = index_next(ix, &s, &next);
		FUZZ_CHECK(!more || next.object == s.object + s.objects);
		FUZZ_CHECK(!more || next.filemarks == s.filemarks + s.marks);
	}
}

/* Each place that is asked for is found in order, and the last object is in the last segments. */
static void find_check(const struct index *ix)
{
	struct segment s;
	for (size_t i = 0; i < ix->count && i < WALK_MAX; i++) {
		uint64_t object = ix->runs[i].object, mark = ix->runs[i].filemarks;
		FUZZ_CHECK(!index_find_object(ix, object, &s) || s.object <= object);
		FUZZ_CHECK(!index_find_filemark(ix, mark, &s) || s.filemarks <= mark);
	}
	FUZZ_CHECK(!index_last(ix, &s) || s.object + s.objects == ix->objects);
}

static int take(struct fuzz *f, bool mend, struct checkpoint *ret_checkpoint)
{
	static uint8_t bytes[INPUT_MAX];
	static struct part part;
	size_t len = f->left < sizeof bytes ? f->left : sizeof bytes;
	struct cart cart = { .dirfd = -1, .part = &part };
	fuzz_bytes(f, bytes, len);
	if (len >= 48)
		memcpy(cart.uuid, bytes + 32, sizeof cart.uuid);
	if (mend && len >= PREAMBLE_SIZE) {
		struct features features = { get_le32(bytes + 16), get_le32(bytes + 20) };
		preamble_put(bytes, "EVTINDX", preamble_units(bytes), features, len);
	}
	const struct fuzz file = { bytes, len };
	cart.engine = engine_of(&file);
	int err = checkpoint_read(&cart, CHECKPOINT_MAX, ret_checkpoint);
	engine_free(cart.engine);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	struct checkpoint c;
	uint8_t how = fuzz_byte(&f);
	fuzz_quiet();
	if (take(&f, how & 1, &c))
		return 0;
	walk_check(&c.index);
	find_check(&c.index);
	free(c.extents);
	index_free(&c.index);
	return 0;
}
