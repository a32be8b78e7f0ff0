/* SPDX-License-Identifier: Apache-2.0 */
/* Stages for tests: one that packs and one that scrambles, under the numbers of LZ4 and AES. */
#pragma once

#include "media/media.h"
#include "media/stages.h"

struct scramble_key {
	const char *name;
	uint8_t id;                        /* not 0; records of another id are not undone */
	uint32_t fails_at;                 /* a record of this length cannot be scrambled */
	bool wrong;                        /* the right id, but other bytes */
	bool real;                         /* AES in place of both stages, with a key of this id */
	enum cart_compression compression; /* in place of both stages, before AES if that is used, too */
	enum lbp_method protection; /* in place of both stages: write_record() and read_object() use values */
};

/* All ways in which records come to be stored; the first one is as they come.  Tests of faults have a turn for each. */
enum { STAGING_WAYS = 10 };
extern const struct scramble_key staging_ways[STAGING_WAYS];

/* Optional: leaves out a run of equal bytes at the end.  Fails on records of PACK_FAILS bytes. */
enum { PACK_FAILS = 7777 };
extern const struct stage stage_pack;
/* Required; arg is a struct scramble_key. */
extern const struct stage stage_scramble;

/* Records of this cartridge pass both.  0, -errno as of cart_use_stages(). */
int staging_use(struct cart *cart, const struct scramble_key *key);
/* From now on cart_thread() and cart_fresh() use them, and with compression all data can be compressed; NULL: no more. */
void staging_always(const struct scramble_key *key);
void staging_begin(struct cart *cart);
/* How write_record() protects records. */
enum lbp_method staging_protection(void);
