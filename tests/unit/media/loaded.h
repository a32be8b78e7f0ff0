/* SPDX-License-Identifier: Apache-2.0 */
/* A cartridge in a drive, over the fault engine without faults: what a test wrote is kept in a model. */
#pragma once

#include "media/engine/fault.h"
#include "support.h"

struct ground {
	struct engine *e;
	char *root;
	struct cart *cart;
	struct model m;
};

static inline void setup(struct ground *g)
{
	*g = (struct ground){ .root = scratch_new(false), .e = engine_fault_new(7, false) };
	media_keep_buffers(g->e);
	g->cart = cart_fresh(g->e, g->root, 1 << 30, 0);
}

/* Unloads and loads it. */
static inline void again(struct ground *g)
{
	assert_int_equal(cart_close(g->cart), 0);
	g->cart = cart_thread(g->e, g->root, 0);
}

static inline void teardown(struct ground *g)
{
	assert_int_equal(cart_close(g->cart), 0);
	engine_free(g->e);
	scratch_end(g->root);
	model_free(&g->m);
}
