/* SPDX-License-Identifier: Apache-2.0 */
/* What READ(6), WRITE(6) and VERIFY(6) have in common: FIXED, SILI and a length in 24 bits. */
#pragma once

#include "vtl/ssc/work.h"

struct transfer {
	bool fixed, sili;
	uint32_t length;       /* records with FIXED, else bytes */
	uint32_t block_length; /* of this nexus, 0: none set */
};

/* Decodes and checks; false with the task failed. */
bool transfer_decode(struct task *task, bool has_sili, struct transfer *ret);
