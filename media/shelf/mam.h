/* SPDX-License-Identifier: Apache-2.0 */
/* The cartridge's memory, the file `mam`: FORMAT.md section 3.1. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "media/shelf/preamble.h"
#include "media/shelf/shelf.h"

enum {
	MAM_MAX = 65536,
	MAM_HEAD = 64,
	MAM_ROWS_MAX = MAM_MAX - MAM_HEAD,
	MAM_LOADS = 0x0003,
	MAM_WRITTEN = 0x0c00,
	MAM_READ = 0x0c01,
};

/* Its rows as they stand in the file, checked; {0} has none.  mam_free() frees them. */
struct mam {
	struct features features;
	uint8_t *rows; /* malloc'd */
	size_t len;
};

/* Takes over rows from elsewhere, copied.  -EBADMSG: they are not sound. */
int mam_take_rows(const void *rows, size_t len, struct mam *ret_mam);
/* The number under this id, at most INT64_MAX; 0 when there is none. */
uint64_t mam_number(const struct mam *mam, uint16_t id);
/* -ENOMEM, -ENOSPC: there is no room for another row. */
int mam_put_number(struct mam *mam, uint16_t id, uint64_t value);
struct cart_counters mam_counters(const struct mam *mam);
/* Adds a mount to what is counted. */
int mam_count(struct mam *mam, const struct cart_counters *mount);
void mam_free(struct mam *mam);

/* A file that is missing has no rows.  -EUCLEAN: it is damaged, or another cartridge's; -EPROTOTYPE and
 * -EPROTONOSUPPORT: another version wrote it. */
int mam_read_in(struct engine *e, int dirfd, const uint8_t uuid[static 16], struct mam *ret_mam);
int mam_write_in(struct engine *e, int dirfd, const uint8_t uuid[static 16], const struct mam *mam);
