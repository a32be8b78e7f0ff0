/* SPDX-License-Identifier: Apache-2.0 */
/* The cartridge's memory, the file `mam`: FORMAT.md section 3.1. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "media/shelf/preamble.h"
#include "media/shelf/shelf.h"

enum {
	MAM_HEAD = 64,
	MAM_ROWS_MAX = CART_MEMORY_MAX,
	MAM_MAX = MAM_HEAD + MAM_ROWS_MAX,
	MAM_LOADS = 0x0003,
	MAM_CHANGES = 0x0009, /* volume change reference */
	MAM_LAST_WRITTEN = 0x0222,
	MAM_LAST_READ = 0x0223,
	MAM_WRITTEN = 0x0c00,
	MAM_READ = 0x0c01,
	MAM_GENERATIONS = 0x0c02,
	MAM_TALLY = 0x0c04, /* of each partition; 0C03h is the drive's */
	MAM_WORM = 0x0c05,
};

/* Its rows as they stand in the file, checked; {0} has none.  mam_free() frees them. */
struct mam {
	struct features features;
	uint8_t *rows; /* malloc'd */
	size_t len;
};

/* Takes over rows from elsewhere, copied.  -EBADMSG: they are not sound. */
int mam_take_rows(const void *rows, size_t len, struct mam *ret_mam);
/* How many rows there are. */
uint32_t mam_count_rows(const struct mam *mam);
/* The first row of the partition with this id or a higher one; false: there is none.  Its value stays the
 * memory's. */
bool mam_from(const struct mam *mam, uint32_t partition, uint16_t id, struct cart_attribute *ret_row);
/* Puts the row in the place of the one with the same partition and id; without a value it removes that one.  On
 * failure nothing has changed: -ENOMEM, -ENOSPC when there is no room for it, -EINVAL. */
int mam_put(struct mam *mam, const struct cart_attribute *row);
/* The number under this id of partition 0 (binary, 8 bytes), at most INT64_MAX; 0 when there is none. */
uint64_t mam_number(const struct mam *mam, uint16_t id);
int mam_put_number(struct mam *mam, uint16_t id, uint64_t value);
struct cart_counters mam_counters(const struct mam *mam);
/* Adds a mount to what is counted. */
int mam_count(struct mam *mam, const struct cart_counters *mount);
void mam_free(struct mam *mam);

/* A file that is missing has no rows.  -EUCLEAN: it is damaged, or another cartridge's; -EPROTOTYPE and
 * -EPROTONOSUPPORT: another version wrote it. */
int mam_read_in(struct engine *e, int dirfd, const uint8_t uuid[static 16], struct mam *ret_mam);
int mam_write_in(struct engine *e, int dirfd, const uint8_t uuid[static 16], const struct mam *mam);
