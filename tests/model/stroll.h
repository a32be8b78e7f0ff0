/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of the walk. */
#pragma once

#include "tests/model/tally.h"
#include "tests/model/walk.h"

enum { BUFFER = 12 << 20, OBJECTS_MAX = 4000, TOLD = 24, TOLD_LEN = 200 };

struct walk {
	struct door *door;
	struct model m;
	uint64_t random;
	uint32_t step;
	unsigned who;
	bool quiet;
	bool plain;        /* nothing is encrypted on this cartridge, so that early warning can be reached */
	struct exchange x; /* the command under way */
	uint32_t seed;     /* of what it may write */
	uint8_t *out, *in, *expected;
	char told[TOLD][TOLD_LEN]; /* the last commands */
	unsigned tellings;
	struct tally tally;
};

uint32_t roll(struct walk *w, uint32_t sides);
static inline bool seldom(struct walk *w, uint32_t sides)
{
	return roll(w, sides) == 0;
}

/* Which objects are there after a crash: as the reference has it from now on. */
bool see_what_is_left(struct walk *w);
/* Makes a random command for host w->who. */
void make_command(struct walk *w);
/* make_media.c: those that are not about records. */
void make_keys(struct walk *w);
void make_key_status(struct walk *w);
void make_reserve(struct walk *w);
void make_persistent(struct walk *w);
void make_attribute(struct walk *w);
void make_log(struct walk *w);
void make_mode(struct walk *w);
void make_mode_sense(struct walk *w);
void make_allow(struct walk *w);
void make_format(struct walk *w);
