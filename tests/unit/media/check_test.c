// SPDX-License-Identifier: Apache-2.0
/* The rules of a threaded cartridge: they hold of a good one, and each is seen when it is broken. */
#include <string.h>

#include "media/check.h"
#include "support.h"

struct ground {
	struct engine *e;
	char *root;
	struct cart *cart;
};

static void setup(struct ground *g)
{
	uint32_t done;
	g->root = scratch_new(false);
	g->e = engine_sync_new();
	g->cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(write_record(g->cart, i, 100000 * (1 + i % 3)), MEDIA_OK);
		if (i % 10 == 9)
			assert_int_equal(cart_write_filemarks(g->cart, 1, &done), MEDIA_OK);
	}
}

static void teardown(struct ground *g)
{
	assert_int_equal(cart_close(g->cart), 0);
	engine_free(g->e);
	scratch_end(g->root);
}

static void past_end(struct cart *cart)
{
	cart->part->pos.object = cart->part->end.object + 1;
}

static void other_end(struct cart *cart)
{
	cart->part->pos = cart->part->end;
	cart->part->pos.charge++;
	cart->part->exact = true;
}

static void lost_object(struct cart *cart)
{
	cart->part->index.objects--;
}

static void dead_extent(struct cart *cart)
{
	cart->part->extents[cart->part->index.runs[cart->part->index.count - 1].extent].dead = true;
}

static void early_durable(struct cart *cart)
{
	cart->part->window.durable.object = cart->part->window.written.object + 1;
}

static void missing_segment(struct cart *cart)
{
	cart->part->own.sequence++;
}

static void long_record(struct cart *cart)
{
	cart->part->intake.active = true;
	cart->part->intake.record.len = 1;
	cart->part->intake.record.done = 2;
}

static void unknown_place(struct cart *cart)
{
	cart->part->stretch = true;
	cart->part->exact = false;
}

static void lost_buffer(struct cart *cart)
{
	cart->dropping++;
}

static void staged_and_counted_twice(struct cart *cart)
{
	cart->stages.objects = 1;
}

static void staged_without_place(struct cart *cart)
{
	struct stages *stages = &cart->stages;
	struct staged *slot = TAILQ_FIRST(&stages->free);
	TAILQ_REMOVE(&stages->free, slot, link);
	TAILQ_INSERT_TAIL(&stages->queue, slot, link);
	stages->objects = 1;
	stages->blocks = 1 << 20;
}

static void slot_in_two_places(struct cart *cart)
{
	cart->part->r.undone = TAILQ_FIRST(&cart->stages.free);
}

static const struct break_row {
	void (*spoil)(struct cart *cart);
	const char *sentence; /* begins so */
} rows[] = {
	{ past_end, "the position lies in" },
	{ other_end, "a position at end of data" },
	{ lost_object, "the index and the segment" },
	{ dead_extent, "the last runs of the index" },
	{ early_durable, "what is durable was written" },
	{ missing_segment, "segments under way are in order" },
	{ long_record, "the record under way fits" },
	{ unknown_place, "a stretch of writing" },
	{ lost_buffer, "every buffer is in one place" },
	{ staged_and_counted_twice, "records are in the stages only" },
	{ staged_without_place, "what is in the stages has its place" },
	{ slot_in_two_places, "every slot of the stages" },
};

static void test_broken(void **state)
{
	struct ground g;
	setup(&g);
	assert_null(cart_check(g.cart));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cart was = *g.cart;
		bool dead = g.cart->part->extents[0].dead;
		rows[i].spoil(g.cart);
		const char *said = cart_check(g.cart);
		*g.cart = was;
		g.cart->part->extents[0].dead = dead;
		if (!said || strncmp(said, rows[i].sentence, strlen(rows[i].sentence)) != 0)
			fail_msg("'%s': %s", rows[i].sentence, said ? said : "nothing is said");
	}
	assert_null(cart_check(g.cart));
	teardown(&g);
}

/* A run in the middle of the index is looked at by cart_check() alone. */
static void test_old_run(void **state)
{
	struct ground g;
	setup(&g);
	assert_int_equal(cart_sync(g.cart), 0);
	assert_true(g.cart->part->index.count > 5);
	struct run was = g.cart->part->index.runs[0];
	g.cart->part->index.runs[0].count = UINT16_MAX;
	assert_non_null(cart_check(g.cart));
	g.cart->part->index.runs[0] = was;
	assert_null(cart_check(g.cart));
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_old_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
