/* SPDX-License-Identifier: Apache-2.0 */
/* The stages that compress records, LZ4 and zstd (FORMAT.md section 4.6), and which stages a cartridge uses. */
#pragma once

#include "media/envelope.h"
#include "media/media.h"

struct crypt;

enum {
	COMPRESS_PIECE = 4 << 10,  /* bytes that are tried first, in a few places of a long record */
	COMPRESS_WHOLE = 32 << 10, /* a record up to this length is tried as a whole */
};

/* What the libraries compute with: memory that belongs to a slot of the stages and is kept for its next record. */
struct scratch {
	void *lz4, *zstd, *unzstd;
};
void scratch_free(struct scratch *scratch);

/* Records that do not become smaller by 1/16, and by more than an envelope, pass as they are.  stage_lz4_spare is left
 * out when the crew is busy. */
extern const struct stage stage_lz4, stage_lz4_spare, stage_zstd;

/* Whether the first bytes at p become smaller with LZ4.  Takes a few microseconds. */
bool compress_looks_good(const uint8_t *p, uint32_t len);

/* The stages for this compression and encryption (crypt NULL: none); records that are compressed can be read in any
 * case.  As cart_use_stages(). */
int compress_and_crypt(struct cart *cart, enum cart_compression compression, const struct crypt *crypt);
/* The stages of a cartridge that was just opened: records are only read. */
void compress_begin(struct cart *cart);
