// SPDX-License-Identifier: Apache-2.0
/*
 * The volume change reference: a number that is another one after each change of the data.  A program keeps it
 * beside a statement about the data, and believes the statement as long as the number is the same.
 *
 * Data change only in write generations, and a generation is durable before the first of its objects.  So the
 * number is counted by them, and needs no write of its own: the memory has the number that held at a sum of
 * generation numbers, and each generation since adds one.  A host that has asked for the number gets a generation of
 * its own for what is written next.
 */
#include "media/cart.h"
#include "vtl/base/bytes.h"

/* 0 and FFFFFFFFh say that the number is not known. */
enum { CHANGES_LEN = 4, CHANGES_FORMAT = 0 };
static const uint32_t changes_most = UINT32_MAX - 1;

static uint64_t generations(const struct cart *cart)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < sizeof cart->parts / sizeof cart->parts[0]; i++)
		sum += cart->parts[i].generation_max;
	return sum;
}

static uint64_t stored(const struct cart *cart)
{
	struct cart_attribute row;
	bool there = mam_from(&cart->mam, 0, MAM_CHANGES, &row) && row.id == MAM_CHANGES &&
		row.len == CHANGES_LEN;
	return there ? get_be32(row.value) : 0;
}

uint32_t cart_changes(const struct cart *cart)
{
	uint64_t now = generations(cart), then = mam_number(&cart->mam, MAM_GENERATIONS);
	/* Fewer than there were: the files of a whole partition are gone. */
	uint64_t n = stored(cart) + (now < then ? now + 1 : now - then);
	return n ? (uint32_t)(1 + (n - 1) % changes_most) : 0;
}

void cart_changes_told(struct cart *cart)
{
	cart->told = true;
}

int changes_apart(struct cart *cart)
{
	if (!cart->told)
		return 0;
	int err = cart_sync(cart);
	if (err)
		return err;
	cart->told = false;
	if (cart->part->own.next.fd >= 0)
		outfile_drop(cart); /* its number is counted already */
	generation_leave(cart);
	return 0;
}

int changes_mark(struct cart *cart, struct mam *mam)
{
	uint32_t n = cart_changes(cart);
	if (!n)
		return 0;
	uint8_t bytes[CHANGES_LEN];
	put_be32(bytes, n);
	int err = mam_put(mam,
		&(struct cart_attribute){ 0, CHANGES_FORMAT, MAM_CHANGES, CHANGES_LEN, bytes });
	return err ? err : mam_put_number(mam, MAM_GENERATIONS, generations(cart));
}

int changes_adopt(struct cart *cart)
{
	return stored(cart) ? mam_put_number(&cart->mam, MAM_GENERATIONS, generations(cart)) : 0;
}
