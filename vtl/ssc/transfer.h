/* SPDX-License-Identifier: Apache-2.0 */
/* FIXED, SILI and TRANSFER LENGTH of READ(6), WRITE(6) and VERIFY(6). */
#pragma once

#include "vtl/ssc/work.h"

struct transfer {
	bool fixed, sili;
	uint32_t length;       /* records with FIXED, else bytes */
	uint32_t block_length; /* of this nexus; 0: none set */
};

/* Decodes and checks; false: the task has failed. */
bool transfer_decode(struct task *task, bool has_sili, struct transfer *ret);
