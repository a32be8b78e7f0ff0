/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameter lists of WRITE ATTRIBUTE.  An input is a list of steps: the length of a parameter list (2 bytes, little-endian)
 * and the list.  What is refused changes nothing; what is accepted is read afterwards, value by value.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tests/unit/ssc/bench.h"
#include "vtl/base/bytes.h"

enum { STEPS_MAX = 8, HEAD = 4, ITEM = 5, MAM_BYTES_MAX = 70000 };

struct memory {
	uint8_t bytes[MAM_BYTES_MAX];
	uint32_t len;
};

static void command(struct bench *b, const uint8_t cdb[static 16], const uint8_t *out, uint32_t out_len,
	struct memory *in, struct bench_answer *ret)
{
	bench_command(b, 0, cdb, 16, out, out_len, in ? in->bytes : NULL, in ? MAM_BYTES_MAX : 0, ret);
	if (in)
		in->len = ret->in_done;
}

static void memory_read(struct bench *b, struct memory *memory)
{
	const uint8_t cdb[16] = { 0x8c, [11] = 1 };
	struct bench_answer a;
	command(b, cdb, NULL, 0, memory, &a);
	FUZZ_CHECK(a.status == STATUS_GOOD && memory->len >= HEAD);
	FUZZ_CHECK(get_be32(memory->bytes) == memory->len - HEAD);
}

/* The value of the attribute with this id, or NULL.  The attributes ascend, and end where they should. */
static const uint8_t *value_of(const struct memory *memory, unsigned id)
{
	const uint8_t *found = NULL;
	uint32_t at = HEAD, last = 0;
	while (at < memory->len) {
		const uint8_t *p = memory->bytes + at;
		FUZZ_CHECK(memory->len - at >= ITEM && (at == HEAD || get_be16(p) > last));
		last = get_be16(p);
		found = last == id ? p : found;
		at += ITEM + get_be16(p + 3);
	}
	FUZZ_CHECK(at == memory->len);
	return found;
}

static void check_stored(const struct memory *memory, const uint8_t *list, uint32_t len)
{
	for (uint32_t at = HEAD; at < len; at += ITEM + get_be16(list + at + 3)) {
		const uint8_t *wanted = list + at, *is = value_of(memory, get_be16(wanted));
		uint32_t size = get_be16(wanted + 3);
		FUZZ_CHECK((is != NULL) == (size > 0));
		FUZZ_CHECK(!is || memcmp(is, wanted, ITEM + size) == 0);
	}
}

static void step(struct bench *b, struct fuzz *f, struct memory *before, struct memory *after)
{
	uint8_t cdb[16] = { 0x8d, 1 }, size[2];
	struct bench_answer a;
	fuzz_bytes(f, size, sizeof size);
	uint32_t len = get_le16(size);
	uint8_t *list = calloc(1, len + 1);
	FUZZ_CHECK(list);
	fuzz_bytes(f, list, len);
	put_be32(cdb + 10, len);
	memory_read(b, before);
	command(b, cdb, list, len, NULL, &a);
	memory_read(b, after);
	FUZZ_CHECK(a.status == STATUS_GOOD || a.status == STATUS_CHECK_CONDITION);
	if (a.status == STATUS_GOOD)
		check_stored(after, list, len);
	else
		FUZZ_CHECK(before->len == after->len && !memcmp(before->bytes, after->bytes, after->len));
	free(list);
}

static void body(struct bench *b)
{
	struct fuzz f = *(const struct fuzz *)b->arg;
	struct memory *memories = calloc(2, sizeof *memories);
	FUZZ_CHECK(memories);
	bench_create(b, "E00001L8", "lto8", 1 << 24, false, false);
	FUZZ_CHECK(bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	for (unsigned i = 0; i < STEPS_MAX && f.left; i++)
		step(b, &f, &memories[0], &memories[1]);
	free(memories);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz f = { data, size };
	fuzz_quiet();
	FUZZ_CHECK(bench_run("IBM ULT3580-TD8", body, &f) == 0);
	return 0;
}
