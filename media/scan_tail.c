// SPDX-License-Identifier: Apache-2.0
/* The end that a crash may have left: segments that were not yet durable are looked at whole. */
#include <errno.h>

#include "media/scan.h"
#include "vtl/base/grow.h"

enum { TAIL_MAX = 1 << 28 };

int scan_tail_add(struct scan *sc, const struct tail *t)
{
	if (sc->tail_count == sc->tail_room) {
		size_t kept = 0;
		for (size_t i = 0; i < sc->tail_count; i++)
			if (sc->tail[i].sequence >= sc->synced)
				sc->tail[kept++] = sc->tail[i];
		sc->tail_count = kept;
		if (grow(sc->tail, sc->tail_room, kept * 2 + 1, TAIL_MAX))
			return -ENOMEM;
	}
	sc->tail[sc->tail_count++] = *t;
	return 0;
}

/* Whether header and data of a segment verify. */
static bool segment_whole(struct scan *sc, const struct tail *t)
{
	struct cart *cart = sc->cart;
	struct segment_head h;
	int fd = extent_fd(cart, t->extent);
	size_t len = (size_t)t->blocks * BLOCK;
	sc->fd = fd;
	if (fd < 0 || !scan_read(sc, sc->mem, len, t->block) || segment_head_decode(sc->mem, len, &h))
		return false;
	return segment_data_whole(sc->mem, &h);
}

int scan_tail_cut(struct scan *sc)
{
	struct spot good = sc->split ? sc->split_start : sc->end;
	bool unsynced = false;
	for (size_t i = 0; i < sc->tail_count; i++) {
		if (sc->tail[i].sequence < sc->synced)
			continue;
		unsynced = true;
		if (segment_whole(sc, &sc->tail[i]))
			continue;
		good = sc->tail[i].good;
		break;
	}
	if (good.object < sc->end.object || sc->split) {
		int err = index_cut(&sc->cart->part->index, good.object, good.filemarks);
		if (err)
			return err;
	}
	sc->end = good;
	/* The host is told that these objects exist: the next crash must not lose them. */
	if (unsynced && !sc->cart->read_only && !sc->io_error)
		return sc->cart->engine->ops->fsync(sc->cart->engine, extent_fd(sc->cart, sc->extent));
	return 0;
}
