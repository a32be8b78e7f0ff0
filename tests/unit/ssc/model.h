/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reference tape in memory, written from the standard alone: it says what a command must answer,
 * without knowing anything of the drive it is compared with.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_NEXUSES = 2, MODEL_RECORD_MAX = 8 << 20 };

struct model_object {
	bool mark;
	uint32_t len, seed;
};

struct model {
	struct model_object *objects;
	size_t count, room, at;
	bool loaded; /* else seated but unloaded */
	bool prevented[MODEL_NEXUSES];
	bool attention[MODEL_NEXUSES]; /* 28h/00h waits */
	uint32_t block_length[MODEL_NEXUSES];
};

struct model_answer {
	uint8_t status, key, asc, ascq;
	bool filemark, eom, ili, valid;
	uint32_t information;
	uint64_t want; /* bytes moved when everything is offered */
	uint8_t *in;   /* the bytes of a READ, in the caller's buffer */
	size_t in_len;
};

void model_init(struct model *m);
void model_fini(struct model *m);
/* Does the command; WRITE makes records of seeds seed, seed + 1, ... */
void model_command(struct model *m, unsigned who, const uint8_t *cdb, uint32_t seed,
	struct model_answer *ret);
size_t model_marks_before(const struct model *m);
