// SPDX-License-Identifier: Apache-2.0
/* The extents of a threaded cartridge: which there are, which are open, which are void. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "media/cart.h"

#include "vtl/base/grow.h"

enum { EXTENTS_MAX = 1 << 24 };

int extent_add(struct cart *cart, uint32_t generation, uint32_t number, int fd, uint32_t *ret_at)
{
	struct part *part = cart->part;
	if (grow(part->extents, part->extent_room, part->extent_count + 1, EXTENTS_MAX))
		return -ENOMEM;
	part->extents[part->extent_count] = (struct extent){ generation, number, fd, part->stamp++ };
	*ret_at = part->extent_count++;
	return 0;
}

bool extent_find(const struct cart *cart, uint32_t generation, uint32_t number, uint32_t *ret_at)
{
	const struct part *part = cart->part;
	for (uint32_t i = part->extent_count; i-- > 0;) {
		if (part->extents[i].generation != generation || part->extents[i].number != number)
			continue;
		*ret_at = i;
		return true;
	}
	return false;
}

/* With direct I/O where the file system supports it. */
int extent_open_file(struct cart *cart, uint32_t generation, uint32_t number, int flags)
{
	struct engine *e = cart->engine;
	char name[EXTENT_NAME_MAX];
	extent_name(name, cart->part->number, generation, number);
	int fd = e->ops->open(e, cart->dirfd, name, flags | O_DIRECT, 0640);
	if (fd == -EINVAL) {
		if (flags & O_EXCL) /* it may have been made before being refused */
			e->ops->unlink(e, cart->dirfd, name);
		fd = e->ops->open(e, cart->dirfd, name, flags, 0640);
	}
	return fd;
}

static void extents_spare(struct cart *cart)
{
	struct part *part = cart->part;
	struct extent *oldest = NULL;
	unsigned open = 0;
	for (uint32_t i = 0; i < part->extent_count; i++) {
		struct extent *x = &part->extents[i];
		if (x->fd < 0)
			continue;
		open++;
		if ((!part->own.open || i != part->own.extent) && (!oldest || x->used < oldest->used))
			oldest = x;
	}
	if (open < EXTENT_FDS || !oldest)
		return;
	cart->engine->ops->close(cart->engine, oldest->fd);
	oldest->fd = -1;
}

int extent_fd(struct cart *cart, uint32_t at)
{
	struct part *part = cart->part;
	if (at >= part->extent_count)
		return -EBADMSG;
	struct extent *x = &part->extents[at];
	x->used = part->stamp++;
	if (x->fd >= 0)
		return x->fd;
	extents_spare(cart);
	int fd = extent_open_file(cart, x->generation, x->number, O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT ? -EIO : fd; /* -ENOENT would mean: no such cartridge */
	x->fd = fd;
	return fd;
}

void extents_close(struct cart *cart)
{
	struct part *part = cart->part;
	for (uint32_t i = 0; i < part->extent_count; i++)
		if (part->extents[i].fd >= 0)
			cart->engine->ops->close(cart->engine, part->extents[i].fd);
	free(part->extents);
	free(part->dead);
}

int extent_dead(struct cart *cart, uint32_t generation, uint32_t number, uint64_t size)
{
	struct part *part = cart->part;
	if (grow(part->dead, part->dead_room, part->dead_count + 1, EXTENTS_MAX))
		return -ENOMEM;
	part->dead[part->dead_count++] = (struct extent_file){ .generation = generation,
		.number = number,
		.size = size };
	return 0;
}

void extents_bury(struct cart *cart, size_t max)
{
	struct part *part = cart->part;
	struct engine *e = cart->engine;
	for (; max > 0 && part->dead_count > 0; max--) {
		const struct extent_file *f = &part->dead[--part->dead_count];
		char name[EXTENT_NAME_MAX];
		extent_name(name, part->number, f->generation, f->number);
		e->ops->unlink_later(e, cart->dirfd, name); /* void already; a later mount tries again */
	}
}
