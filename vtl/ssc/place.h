/* SPDX-License-Identifier: Apache-2.0 */
/* PARTITION and LOGICAL OBJECT IDENTIFIER of the 16-byte commands: where on the medium they work. */
#pragma once

#include "vtl/ssc/work.h"

struct place {
	bool given;     /* false: where the medium is, as for 6-byte commands */
	bool continues; /* FCS=0 of a command that writes: the medium must be there already */
	uint8_t partition;
	uint64_t object;
};

/* The place in a CDB, not checked. */
struct place place_decode(const struct task *task);
/* Moves there. False: the command has failed, because there is no such partition, or by an error of the medium. */
bool place_go(struct work *w, const struct place *place);
