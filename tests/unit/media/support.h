/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of media/ share: a scratch folder, data that can be told apart, and a tape in
 * memory. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/engine/engine.h"
#include "media/container/container.h"
#include "tests/lib/remove_tree.h"
#include "tests/lib/sparse.h"

#define BARCODE "TEST01L8"

/* A new folder, on memory when there is some (fast) or on disk (direct I/O); removed by
 * scratch_end. */
char *scratch_new(bool on_disk);
void scratch_end(char *path);
void copy_tree(const char *from, const char *to);

/* Who deleted BARCODE, and why. */
extern const struct cart_deletion test_deletion;
struct cart_label test_label(const char *barcode, uint64_t capacity);
/* Makes the cartridge and threads it, with extents of few blocks (0: the usual size). */
struct cart *cart_fresh(struct engine *e, const char *root, uint64_t capacity, uint32_t extent_blocks);
struct cart *cart_thread(struct engine *e, const char *root, uint32_t extent_blocks);

/* len bytes that belong to this seed. */
const uint8_t *pattern(uint64_t seed, uint32_t len);
/* From now on they can be compressed, or not. */
void pattern_shrinks(bool on);

struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *rng);
uint64_t rng_below(struct rng *rng, uint64_t n);
/* From $SEED when set; printed, so that a failure can be had again. */
uint64_t seed_for(const char *test);

/* The tape as it should be: object i is a record of len bytes of a pattern, or a filemark
 * (len 0). */
struct object {
	uint64_t seed;
	uint32_t len;
};
struct model {
	struct object *objects;
	size_t count, room;
	size_t pos;
};
void model_free(struct model *m);
void model_put(struct model *m, uint32_t len, uint64_t seed); /* at pos; all behind goes */
uint64_t model_filemarks(const struct model *m, size_t before);

/* Writes the record in pieces, as data arriving from a network would. */
int write_record(struct cart *cart, uint64_t seed, uint32_t len);
/* Writes a record, or with len 0 a filemark, at the position of the model, and to the model; its seed is the number
 * of the object. */
void write_object(struct model *m, struct cart *cart, uint32_t len);
/* Reads the object at the position and moves behind it: 0 when it is this one, else what came
 * instead (-1: other bytes). */
int read_object(struct cart *cart, const struct object *want);
/* Reads everything from the beginning; fails the test when it is not what the model says. */
void check_all(struct cart *cart, const struct model *m);

/* Runs fn(arg) in a fiber of a worker, where engine_uring can be used.  False: io_uring is not allowed here, fn did not
 * run, and the test should skip. */
bool ring_run(void (*fn)(void *arg), void *arg);
