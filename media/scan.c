// SPDX-License-Identifier: Apache-2.0
/*
 * Finds out at the mount what a partition holds: reads the checkpoint, then the
 * segments written after it (FORMAT.md 4.3).  A segment that was durable and cannot be
 * read becomes a loss.  What a crash left incomplete at the end is cut off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "media/scan.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/log.h"

/* Adds the segment, which is the next one, to the index. */
static int take(struct scan *sc, uint32_t block, const struct segment_head *h)
{
	struct segment s = {
		.objects = h->objects,
		.marks = h->filemarks,
		.extent = sc->extent,
		.block = block,
		.blocks = segment_size(h) / BLOCK,
		.continues = h->continues,
	};
	int err = index_add(&sc->cart->part->index, &s);
	if (err)
		return err;
	struct tail t = {
		.sequence = h->sequence,
		.extent = sc->extent,
		.block = block,
		.blocks = s.blocks,
		.good = h->continues && sc->split ? sc->split_start : h->at,
	};
	err = scan_tail_add(sc, &t);
	if (h->synced > sc->synced)
		sc->synced = h->synced;
	if (h->unfinished && !h->continues)
		sc->split_start = h->at;
	sc->split = h->unfinished && (!h->continues || sc->split);
	sc->sequence = h->sequence + 1;
	sc->end = segment_end(h);
	return err;
}

static int lose(struct scan *sc, const struct spot *to, uint64_t sequence)
{
	sc->split = false;
	sc->sequence = sequence;
	sc->end = *to;
	return index_add_loss(&sc->cart->part->index, to->object, to->filemarks);
}

static bool follows(const struct scan *sc, const struct segment_head *h)
{
	return h->sequence == sc->sequence && h->at.object == sc->end.object &&
		h->at.filemarks == sc->end.filemarks && h->at.charge == sc->end.charge;
}

/* Whether a segment behind the gap says that the missing ones were on stable storage. */
static bool gap_is_loss(struct scan *sc, uint32_t block, const struct segment_head *h)
{
	struct segment_head next = *h;
	if (sc->certain)
		return true;
	while (next.synced <= sc->sequence) {
		block = scan_look_ahead(sc, block + 1, &next);
		if (block == 0)
			return false;
	}
	return true;
}

/* Adds the segments of the open extent from this block on. */
static int extent_segments(struct scan *sc, uint32_t block)
{
	struct segment_head h;
	int err = 0;
	while (!err && block < sc->file_blocks) {
		if (!scan_head_at(sc, block, &h) || !follows(sc, &h)) {
			block = scan_look_ahead(sc, block + 1, &h);
			if (block == 0 || !gap_is_loss(sc, block, &h))
				return 0;
			err = lose(sc, &h.at, h.sequence);
			if (err || !scan_head_at(sc, block, &h))
				return err;
		}
		err = take(sc, block, &h);
		block += segment_size(&h) / BLOCK;
	}
	return err;
}

/* Cuts what earlier generations left, and starts counting anew. */
static int generation_starts(struct scan *sc, const struct extent_head *h)
{
	struct index *ix = &sc->cart->part->index;
	struct spot from = h->cut;
	uint32_t at;
	/* a missing ancestor becomes a loss: the data that it had overwritten must not reappear */
	for (uint32_t i = h->ancestor_count; i-- > 0;) {
		const struct ancestor *a = &h->ancestors[i];
		if (extent_find(sc->cart, a->generation, 0, &at) || a->object >= from.object)
			break;
		from.object = a->object;
		from.filemarks = a->filemarks;
	}
	sc->sequence = sc->synced = 0;
	sc->tail_count = 0;
	sc->split = false;
	sc->end = h->cut;
	int err = from.object < ix->objects ? index_cut(ix, from.object, from.filemarks) : 0;
	if (!err && h->cut.object > ix->objects)
		err = index_add_loss(ix, h->cut.object, h->cut.filemarks);
	return err;
}

/* A tape that lacks its latest generation looks as it was before: nobody may have it so. */
static int renamed(const struct scan *sc, const struct extent_file *f)
{
	char name[EXTENT_NAME_MAX];
	extent_name(name, sc->cart->part->number, f->generation, f->number);
	log_cartridge(LOG_ERROR, sc->cart->label.barcode,
		": its file %s is a later one under another name: restore the names of its files", name);
	return -EUCLEAN;
}

static int extent_scan(struct scan *sc, struct extent_file *f, bool fresh, uint32_t block)
{
	struct extent_head h = { 0 };
	struct cart *cart = sc->cart;
	int err = scan_extent_look(sc, f, &h);
	if (err == -EUCLEAN)
		return renamed(sc, f);
	if (err <= 0)
		return err; /* 0: it never began, or cannot be understood; later extents show a loss, if there is one */
	err = 0;
	if (fresh) {
		err = generation_starts(sc, &h);
		sc->generation_last = f->generation;
		sc->found = true;
	}
	if (!err && block > 0 && extent_find(cart, f->generation, f->number, &sc->extent))
		cart->part->extents[sc->extent].fd = sc->fd; /* the checkpoint has added it */
	else if (!err)
		err = extent_add(cart, f->generation, f->number, sc->fd, &sc->extent);
	if (err) {
		cart->engine->ops->close(cart->engine, sc->fd);
		return err;
	}
	if (block == 0 && h.sequence > sc->sequence && h.at.object >= sc->end.object &&
		h.at.filemarks >= sc->end.filemarks)
		err = lose(sc, &h.at, h.sequence); /* the end of the previous extent is missing */
	if (h.sequence > sc->synced)
		sc->synced = h.sequence;
	return err ? err : extent_segments(sc, block ? block : EXTENT_HEAD_BLOCKS);
}

/* Takes index and extents over from the checkpoint. */
static int checkpoint_take(struct scan *sc, struct checkpoint *c)
{
	int err = 0;
	uint32_t at;
	for (uint32_t i = 0; i < c->extent_count && !err; i++)
		err = extent_add(sc->cart, c->extents[i].generation, c->extents[i].number, -1, &at);
	features_add(sc->cart, c->features);
	sc->cart->part->index = c->index;
	c->index = (struct index){ 0 };
	sc->end = c->end;
	sc->sequence = sc->synced = c->sequence;
	sc->generation_last = c->generation;
	sc->found = true;
	return err;
}

static bool in_checkpoint(const struct checkpoint *c, const struct extent_file *f)
{
	return f->generation < c->generation || (f->generation == c->generation && f->number < c->number);
}

/* How many of the files there are up to the last one that began, or that cannot be judged. */
static size_t files_begun(const struct scan *sc, const struct checkpoint *c, struct extent_file *files,
	size_t count)
{
	for (; count > 0 && !(c && in_checkpoint(c, &files[count - 1])); count--) {
		struct extent_head h;
		struct scan look = *sc; /* its findings are dropped: scan_files() looks again */
		int res = scan_extent_look(&look, &files[count - 1], &h);
		if (res > 0)
			sc->cart->engine->ops->close(sc->cart->engine, look.fd);
		if (res != 0)
			break;
	}
	return count;
}

static int scan_files(struct scan *sc, const struct checkpoint *c, struct extent_file *files, size_t count)
{
	size_t begun = files_begun(sc, c, files, count);
	int err = 0;
	for (size_t i = 0; i < count && !err; i++) {
		struct extent_file *f = &files[i];
		if (c && in_checkpoint(c, f))
			continue;
		bool reached = c && f->generation == c->generation && f->number == c->number;
		bool fresh = !sc->found || f->generation != sc->generation_last;
		sc->certain = i + 1 < begun; /* a later extent begins only when all of this one is durable */
		err = extent_scan(sc, f, fresh, reached ? c->block : 0);
	}
	return err;
}

/* Marks files for removal in which nothing is left, or that never began. */
static int bury_unused(struct scan *sc, const struct extent_file *files, size_t count)
{
	struct cart *cart = sc->cart;
	autofree bool *used = calloc(cart->part->extent_count + 1u, sizeof *used);
	if (!used)
		return -ENOMEM;
	for (size_t i = 0; i < cart->part->index.count; i++)
		if (cart->part->index.runs[i].blocks > 0)
			used[cart->part->index.runs[i].extent] = true;
	int err = 0;
	/* A prepared file is void.  But when data are missing, it may be a needed file under a wrong name. */
	struct cart_usage lost = { 0 };
	losses_into(cart->part, &lost);
	bool losses = lost.lost_objects || lost.lost_files;
	for (size_t i = 0; i < count && !err; i++) {
		bool needed = (files[i].generation == sc->generation_last && !files[i].prepared) ||
			files[i].garbage || (files[i].prepared && losses);
		for (uint32_t x = 0; x < cart->part->extent_count && !needed; x++)
			needed = used[x] && cart->part->extents[x].generation == files[i].generation &&
				cart->part->extents[x].number == files[i].number;
		if (!needed)
			err = extent_dead(cart, files[i].generation, files[i].number, files[i].size);
	}
	return err;
}

/* A cartridge with a write feature that this version does not know is read-only. */
static void writable_or_not(struct cart *cart)
{
	int bit = feature_unknown(cart->features.write, FEATURES_WRITE);
	if (bit < 0)
		return;
	if (!cart->read_only)
		log_cartridge(LOG_WARN, cart->label.barcode,
			": read-only: writing it needs feature bit %d: use a newer version of Evertape", bit);
	cart->read_only = true;
}

/* Lists the partition's files without those that are void since the cartridge was formatted; these are to be
 * removed. */
static int files_list(struct cart *cart, struct extent_file **ret_files, size_t *ret_count)
{
	int err = folder_extents(cart->engine, cart->dirfd, cart->part->number, ret_files, ret_count);
	if (err)
		return err;
	struct extent_file *files = *ret_files;
	size_t n = files_void(cart, files, *ret_count);
	for (size_t i = 0; i < n && !err; i++)
		err = extent_dead(cart, files[i].generation, files[i].number, files[i].size);
	if (n)
		memmove(files, files + n, (*ret_count - n) * sizeof *files);
	*ret_count -= n;
	return err;
}

int scan_partition(struct cart *cart)
{
	struct part *part = cart->part;
	autofree struct extent_file *files = NULL;
	size_t count = 0;
	struct checkpoint c = { 0 };
	int err = files_list(cart, &files, &count);
	if (err)
		return err;
	struct buf *b = buf_get(cart);
	if (!b)
		return -ENOMEM;
	struct scan sc = { .cart = cart, .mem = b->mem, .fd = -1 };
	int looked = checkpoint_read(cart, CHECKPOINT_MAX, &c);
	if (media_other_version(looked))
		return looked; /* the buffer is freed with the cart */
	bool known = looked == 0;
	part->end_missing = known && checkpoint_end_is_missing(&c, files, count);
	if (known)
		err = checkpoint_take(&sc, &c);
	else if (!count)
		err = nothing_is_blank(cart, looked);
	if (!err)
		err = scan_files(&sc, known ? &c : NULL, files, count);
	if (!err)
		writable_or_not(cart);
	if (!err && sc.found)
		err = scan_tail_cut(&sc);
	extents_compare(cart, files, count);
	part->end = sc.end;
	part->begun = sc.found;
	part->generation_max = known ? c.generation : cart->layout.floor ? cart->layout.floor - 1 : 0;
	if (count > 0 && files[count - 1].generation > part->generation_max)
		part->generation_max = files[count - 1].generation;
	if (sc.io_error) {
		/* The tape may be longer than what could be read: write nothing, remove nothing. */
		log_cartridge(LOG_WARN, cart->label.barcode,
			": read-only: not all of its files can be read: %s", error_text(sc.io_error));
		cart->failed = sc.io_error;
		part->end_unknown = true;
	} else if (!err) {
		err = bury_unused(&sc, files, count);
	}
	buf_put(cart, b);
	free(sc.tail);
	free(c.extents);
	index_free(&c.index);
	return err;
}
