// SPDX-License-Identifier: Apache-2.0
/* Attributes in the memory of a threaded cartridge, as hosts read and write them. */
#include <errno.h>

#include "media/cart.h"

int cart_memory_error(const struct cart *cart)
{
	return cart->mam_damaged ? -EUCLEAN : cart->mam_unread ? -EIO : 0;
}

bool cart_memory_lost(const struct cart *cart)
{
	return cart_memory_error(cart) || cart->mam_missing;
}

bool cart_attribute_from(const struct cart *cart, uint32_t partition, uint16_t id,
	struct cart_attribute *ret_attribute)
{
	return mam_from(&cart->mam, partition, id, ret_attribute);
}

bool cart_attribute(const struct cart *cart, uint32_t partition, uint16_t id,
	struct cart_attribute *ret_attribute)
{
	return mam_from(&cart->mam, partition, id, ret_attribute) && ret_attribute->id == id;
}

int cart_attribute_note(struct cart *cart, const struct cart_attribute *attribute)
{
	return mam_put(&cart->mam, attribute);
}

/* The memory as it will be. */
static int changed(struct cart *cart, const struct cart_attribute *list, size_t n, struct mam *ret_mam)
{
	struct mam next;
	int err = mam_take_rows(cart->mam.rows, cart->mam.len, &next);
	if (err)
		return err;
	next.features = cart->mam.features;
	for (size_t i = 0; i < n && !err; i++)
		err = mam_put(&next, &list[i]);
	if (!err)
		err = changes_mark(cart, &next);
	if (!err)
		err = tally_mark(cart, &next);
	if (err)
		mam_free(&next);
	else
		*ret_mam = next;
	return err;
}

int cart_attributes_write(struct cart *cart, const struct cart_attribute *list, size_t n)
{
	struct mam next;
	if (cart_is_read_only(cart))
		return -EROFS;
	int err = cart->failed ? cart->failed : cart_memory_error(cart);
	if (!err)
		err = changed(cart, list, n, &next);
	if (err)
		return err;
	int64_t until = 0;
	do
		err = memory_replace(cart, &next);
	while (engine_room_again(cart->engine, err, &until));
	if (err) {
		mam_free(&next);
		return err;
	}
	mam_free(&cart->mam);
	cart->mam = next;
	return 0;
}

int cart_memory_copy(struct cart *cart, struct mam *ret_memory)
{
	return changed(cart, NULL, 0, ret_memory);
}
