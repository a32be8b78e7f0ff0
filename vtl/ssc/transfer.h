/* SPDX-License-Identifier: Apache-2.0 */
/* FIXED, SILI, TRANSFER LENGTH and place of READ, WRITE and VERIFY. */
#pragma once

#include "vtl/ssc/place.h"

struct transfer {
	bool fixed, sili;
	uint32_t length;       /* records with FIXED, else bytes */
	uint32_t block_length; /* of this nexus; 0: none set */
	struct place place;    /* where to begin */
};

/* The byte of the CDB where the length begins, also the number of filemarks. */
unsigned transfer_length_byte(const struct task *task);
/* Decodes and checks; false: the task has failed. */
bool transfer_decode(struct task *task, bool has_sili, struct transfer *ret);
