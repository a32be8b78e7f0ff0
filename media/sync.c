// SPDX-License-Identifier: Apache-2.0
/* Sync points: what is written becomes durable. */
#include "media/cart.h"
#include "media/check.h"

static void synced(struct engine_io *io)
{
	((struct cart *)io->owner)->part->window.sync.busy = false;
}

void sync_start(struct cart *cart)
{
	struct window *window = &cart->part->window;
	window->since_sync = 0;
	window->sync.sequence = window->written_sequence;
	window->sync.spot = window->written;
	window->sync.busy = true;
	window->sync.io = (struct engine_io){ .done = synced, .owner = cart, .fd = cart->part->own.now.fd };
	engine_start(cart->engine, ENGINE_DATASYNC, &window->sync.io);
}

int sync_wait(struct cart *cart)
{
	struct window *window = &cart->part->window;
	while (window->sync.busy)
		cart->engine->ops->wait(cart->engine);
	if (!window->sync.io.owner)
		return 0;
	window->sync.io.owner = NULL;
	return window->sync.io.res < 0 ? (int)window->sync.io.res : 0;
}

int sync_reap(struct cart *cart, bool wait)
{
	struct window *window = &cart->part->window;
	if (window->sync.busy && !wait)
		return 0;
	int err = sync_wait(cart);
	if (err) {
		fault_raise(cart, err, window->durable);
		return cart->failed;
	}
	window->synced = window->sync.sequence;
	window->durable = window->sync.spot;
	return 0;
}

/* A sync that failed is never tried again: the next one would succeed, but what the first one could not write may be
 * gone from every cache. */
static int durable_now(struct cart *cart)
{
	struct window *window = &cart->part->window;
	int64_t res = engine_do(cart->engine, ENGINE_DATASYNC, cart->part->own.now.fd, NULL, 0, 0);
	if (res < 0) {
		fault_raise(cart, (int)res, window->durable);
		return cart->failed;
	}
	window->dirty = false;
	window->since_sync = 0;
	window->synced = window->written_sequence;
	window->durable = window->written;
	return 0;
}

int cart_sync(struct cart *cart)
{
	const struct part *part = cart->part;
	const struct window *window = &part->window;
	if (cart->fault)
		return cart->fault;
	if (cart->failed)
		return 0;
	int err = stages_settle(cart, &cart->stages);
	bool filling = part->intake.active && !part->intake.staged;
	if (!err && window->fill && window->fill->entries && !filling)
		err = window_close(cart);
	if (!err)
		err = window_reap(cart, true);
	if (!err && window->dirty)
		err = durable_now(cart);
	if (!err && part->own.open && window->since_checkpoint >= CHECKPOINT_EVERY)
		checkpoint_write(cart); /* only a shortcut: without it the next mount looks longer */
	return cart_held(cart, err);
}
