// SPDX-License-Identifier: Apache-2.0
/* The fixed set of segment buffers of a threaded cartridge. */
#include "media/cart.h"
#include "vtl/base/pool.h"

enum { KEPT_BUFS = 64 }; /* a few cartridges at a time */

void media_keep_buffers(struct engine *e)
{
	if (!e->pool)
		e->pool = pool_new(SEGMENT_MAX, KEPT_BUFS);
}

void bufs_init(struct cart *cart)
{
	TAILQ_INIT(&cart->free);
	for (size_t i = 0; i < BUFS; i++) {
		cart->bufs[i].cart = cart;
		TAILQ_INSERT_TAIL(&cart->free, &cart->bufs[i], link);
	}
}

void bufs_fini(struct cart *cart)
{
	for (size_t i = 0; i < BUFS; i++)
		if (cart->bufs[i].mem)
			pool_put(cart->pool, cart->bufs[i].mem);
	if (cart->pool != cart->engine->pool)
		pool_free(cart->pool);
}

struct buf *buf_get(struct cart *cart)
{
	struct buf *b = TAILQ_FIRST(&cart->free);
	if (!b)
		return NULL;
	uint8_t *mem = b->mem ? b->mem : pool_get(cart->pool);
	if (!mem)
		return NULL;
	TAILQ_REMOVE(&cart->free, b, link);
	*b = (struct buf){ .mem = mem, .cart = cart };
	return b;
}

void buf_put(struct cart *cart, struct buf *b)
{
	TAILQ_INSERT_HEAD(&cart->free, b, link); /* the next user finds it warm */
}
