// SPDX-License-Identifier: Apache-2.0
/* How full a cartridge in the shelf is: what the checkpoint says, as long as nothing came after it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "media/label.h"
#include "vtl/base/cleanup.h"

/* Whether the newest file ends where the checkpoint ends: then it is no older than the data. */
static bool is_last_word(const struct checkpoint *c, const struct extent_file *newest)
{
	return newest->generation == c->generation && newest->number == c->number &&
		newest->size <= (uint64_t)c->block * BLOCK;
}

static int glance_in(struct cart *cart)
{
	struct extent_file newest;
	struct checkpoint c;
	int err = folder_newest(cart->engine, cart->dirfd, cart->partition, &newest);
	if (err == -ENOENT)
		return 0; /* nothing was ever written */
	if (!err)
		err = checkpoint_read(cart, GLANCE_MAX, &c);
	if (err)
		return err == -ENOENT || err == -EUCLEAN ? -ENODATA : err;
	cart->index = c.index;
	cart->end = c.end;
	cart->extent_count = c.extent_count;
	free(c.extents);
	return is_last_word(&c, &newest) ? 0 : -ENODATA;
}

int cart_glance(struct engine *engine, const char *root, const char *barcode,
	struct cart_usage *ret_usage)
{
	autofree struct cart *cart = calloc(1, sizeof *cart);
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	if (!cart)
		return -ENOMEM;
	cart->engine = engine;
	cart->dirfd = folder_open(engine, root, barcode);
	if (cart->dirfd < 0)
		return cart->dirfd;
	int err = label_read_in(engine, cart->dirfd, &cart->label);
	if (!err && !uuid_bytes(cart->label.uuid, cart->uuid))
		err = -EUCLEAN;
	if (!err)
		err = glance_in(cart);
	if (!err)
		cart_usage(cart, ret_usage);
	index_free(&cart->index);
	engine->ops->close(engine, cart->dirfd);
	return err;
}
