/* SPDX-License-Identifier: Apache-2.0 */
/* What the present data of a partition were for hosts, and what they are stored as: for the compression ratio. */
#pragma once

#include <stdint.h>

struct cart;
struct mam;
struct part;

/* Of the records that were counted: those of a mount that did not end well are not.  Envelopes do not count. */
struct tally {
	uint64_t host, stored; /* bytes */
	uint64_t charge;       /* of the end of data when it was right */
};

/* A record was added at the end of data. */
void tally_record(struct part *part, uint64_t host, uint64_t stored);
/* Of what is there now.  Of data that were cut, the rest is taken to have the ratio of the whole. */
struct tally tally_now(const struct part *part);
/* Takes the rows of the memory for which the ends of data are the same as when they were written. */
void tally_load(struct cart *cart);
/* Puts the rows into the memory.  0, or as mam_put(). */
int tally_mark(const struct cart *cart, struct mam *mam);
