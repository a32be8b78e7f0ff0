/* SPDX-License-Identifier: Apache-2.0 */
/* A front end without initiators: it remembers what it was told, for tests of who speaks to front ends. */
#pragma once

#include "vtl/scsi/front.h"

enum { FRONT_NULL_TARGETS = 8 };

struct front_null {
	struct front front;
	const struct target *targets[FRONT_NULL_TARGETS];
	unsigned n;
	int refuses;         /* what its next add_target() says; 0: it takes the target */
	const char *session; /* the initiator of its only session, NULL: none; its number is 1 */
	bool stopped, freed;
};

/* Makes *front a front end of that name, to be joined. */
struct front *front_null_init(struct front_null *front, const char *session);
/* Whether the target is shown. */
bool front_null_shows(const struct front_null *front, const struct target *target);
