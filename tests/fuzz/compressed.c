/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decompression of stored bytes whose checksum is right.  An input is the compression (1 byte: even LZ4, odd zstd), the length
 * of the host's record (3 bytes, little-endian), and the stored bytes.  Nothing is written behind the record, and a record is
 * whole or refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "media/cart.h"
#include "media/compress.h"

enum { HEAD = 4, STORED_MAX = 64 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	const struct stage *stage = fuzz_byte(&f) % 2 ? &stage_zstd : &stage_lz4;
	uint32_t host_len = fuzz_byte(&f);
	host_len |= (uint32_t)fuzz_byte(&f) << 8;
	host_len |= (uint32_t)fuzz_byte(&f) << 16;
	if (size <= HEAD || f.left > STORED_MAX || host_len == 0 || host_len > MEDIA_RECORD_MAX)
		return 0;
	struct scratch scratch = { 0 };
	struct envelope envelope = { .compression = stage->compression, .host_len = host_len };
	uint8_t *out = malloc(host_len), *in = malloc(f.left);
	struct stage_data d = { .in = in,
		.out = out,
		.len = (uint32_t)f.left,
		.room = host_len,
		.scratch = &scratch };
	memcpy(in, f.at, f.left);
	int err = stage->undo(NULL, &envelope, &d);
	FUZZ_CHECK(err == -EBADMSG || (err == 0 && d.out_len == host_len));
	free(in);
	free(out);
	scratch_free(&scratch);
	return 0;
}
