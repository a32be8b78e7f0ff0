/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the kinds of answers that a walk has met, to see what it reaches. */
#pragma once

#include "tests/model/model.h"

enum { TALLY_KINDS = 128 };

struct tally {
	struct tally_kind {
		uint8_t status, key, asc, ascq, flags; /* flags: of byte 2 of the sense, and VALID as bit 0 */
		unsigned count;
	} kinds[TALLY_KINDS];
	unsigned used, good, with_data;
};

void tally_add(struct tally *t, const struct model_answer *a);
/* One line; with TALLY in the environment also one for each kind. */
void tally_print(const struct tally *t);
