/* SPDX-License-Identifier: Apache-2.0 */
/* FIXED, SILI, TRANSFER LENGTH and place of READ, WRITE and VERIFY. */
#pragma once

#include "vtl/ssc/place.h"
#include "vtl/ssc/protection.h"

struct transfer {
	bool fixed, sili;
	uint32_t length;       /* records with FIXED, else bytes */
	uint32_t block_length; /* of this nexus; 0: none set */
	enum lbp_method lbp;   /* the blocks that are transferred have a value behind them */
	uint32_t extra;        /* its bytes, which both lengths include; else 0 */
	struct place place;    /* where to begin */
};

/* The byte of the CDB where the length begins, also the number of filemarks. */
unsigned transfer_length_byte(const struct task *task);
/* Decodes and checks; false: the task has failed. */
bool transfer_decode(struct task *task, bool has_sili, struct transfer *ret);
/* Points at the field that says how long a block is; false. */
bool transfer_bad_length(struct task *task, const struct transfer *t);
/* Reading has ended with this result, which is not MEDIA_OK: the command fails, behind a filemark or a record that is
 * damaged.  left: INFORMATION. */
void transfer_stopped(struct work *w, int result, int64_t left);
