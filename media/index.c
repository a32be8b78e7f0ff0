// SPDX-License-Identifier: Apache-2.0
/* The index in memory: a sorted array of runs. */
#include "media/index.h"

#include <errno.h>
#include <stdlib.h>

#include "vtl/base/grow.h"

void index_free(struct index *ix)
{
	free(ix->runs);
	*ix = (struct index){ 0 };
}

enum { RUNS_MAX = 1 << 28 };

static int index_grow(struct index *ix)
{
	return grow(ix->runs, ix->room, ix->count + 1, RUNS_MAX);
}

/* The nth segment of run i. */
static struct segment segment_of(const struct index *ix, size_t i, uint32_t nth)
{
	const struct run *r = &ix->runs[i];
	struct segment s = {
		.place = { i, nth },
		.object = r->object + (uint64_t)nth * r->objects,
		.filemarks = r->filemarks + (uint64_t)nth * r->marks,
		.objects = r->objects,
		.marks = r->marks,
		.extent = r->extent,
		.block = r->block + nth * r->blocks,
		.blocks = r->blocks,
		.continues = r->continues,
		.loss = r->blocks == 0,
	};
	if (s.loss) {
		bool last = i + 1 == ix->count;
		s.objects = (last ? ix->objects : r[1].object) - r->object;
		s.marks = (last ? ix->filemarks : r[1].filemarks) - r->filemarks;
	}
	return s;
}

static bool run_takes(const struct index *ix, const struct run *r, const struct segment *s)
{
	return r->count > 0 && r->count < UINT16_MAX && r->extent == s->extent && r->blocks == s->blocks &&
		r->block + r->count * r->blocks == s->block && r->objects == s->objects &&
		r->marks == s->marks && r->continues == s->continues &&
		r->object + (uint64_t)r->count * r->objects == ix->objects &&
		r->filemarks + (uint64_t)r->count * r->marks == ix->filemarks;
}

int index_add(struct index *ix, const struct segment *s)
{
	if (ix->count > 0 && run_takes(ix, &ix->runs[ix->count - 1], s)) {
		ix->runs[ix->count - 1].count++;
	} else {
		int err = index_grow(ix);
		if (err)
			return err;
		ix->runs[ix->count++] = (struct run){
			.object = ix->objects,
			.filemarks = ix->filemarks,
			.extent = s->extent,
			.block = s->block,
			.count = 1,
			.continues = s->continues,
			.blocks = (uint16_t)s->blocks & 0x7fff,
			.objects = (uint16_t)s->objects,
			.marks = (uint16_t)s->marks,
		};
	}
	ix->objects += s->objects;
	ix->filemarks += s->marks;
	return 0;
}

int index_add_loss(struct index *ix, uint64_t objects, uint64_t filemarks)
{
	int err = index_grow(ix);
	if (err)
		return err;
	ix->runs[ix->count++] = (struct run){ .object = ix->objects, .filemarks = ix->filemarks };
	ix->objects = objects;
	ix->filemarks = filemarks;
	return 0;
}

int index_cut(struct index *ix, uint64_t object, uint64_t filemarks)
{
	int err = index_grow(ix); /* splitting a run adds one */
	if (err)
		return err;
	struct segment s;
	while (index_last(ix, &s)) {
		/* a segment that begins with a fragment stays with the record it continues */
		bool stays = s.object < object || (s.object == object && s.continues);
		if (stays)
			break;
		struct run *r = &ix->runs[ix->count - 1];
		if (r->count > 1 && r->objects > 0 && r->object < object) {
			/* of equal segments, compute the first that is dropped */
			uint64_t keep = (object - r->object + r->objects - 1) / r->objects;
			r->count = (uint16_t)(keep < r->count ? keep : r->count - 1u);
		} else if (r->count > 1 && (r->continues || r->objects == 0)) {
			r->count--;
		} else {
			ix->count--;
		}
		if (ix->count > 0) {
			struct segment l;
			index_last(ix, &l);
			ix->objects = l.loss ? s.object : l.object + l.objects;
			ix->filemarks = l.loss ? s.filemarks : l.filemarks + l.marks;
		}
	}
	if (ix->count > 0 && index_last(ix, &s) && s.object + s.objects > object && !s.loss) {
		struct run *r = &ix->runs[ix->count - 1];
		struct run alone = *r;
		alone.object = s.object;
		alone.filemarks = s.filemarks;
		alone.block = s.block;
		alone.count = 1;
		alone.objects = (uint16_t)(object - s.object);
		alone.marks = (uint16_t)(filemarks - s.filemarks);
		if (--r->count == 0)
			ix->count--;
		ix->runs[ix->count++] = alone;
	}
	ix->objects = object;
	ix->filemarks = filemarks;
	return 0;
}

/* The last run for which the key is not above the number sought: by object, or by filemark. */
static size_t run_before(const struct index *ix, uint64_t number, bool by_filemark)
{
	size_t low = 0, high = ix->count;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		const struct run *r = &ix->runs[mid];
		if ((by_filemark ? r->filemarks : r->object) <= number)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static uint32_t nth_of(const struct run *r, uint64_t ahead, uint32_t each)
{
	if (r->count == 0)
		return 0;
	uint64_t nth = each ? ahead / each : r->count - 1u;
	return nth < r->count ? (uint32_t)nth : r->count - 1u;
}

bool index_find_object(const struct index *ix, uint64_t object, struct segment *ret_segment)
{
	if (object >= ix->objects || ix->count == 0)
		return false;
	size_t i = run_before(ix, object, false);
	const struct run *r = &ix->runs[i];
	*ret_segment = segment_of(ix, i, nth_of(r, object - r->object, r->objects));
	return true;
}

bool index_find_filemark(const struct index *ix, uint64_t filemark, struct segment *ret_segment)
{
	if (filemark >= ix->filemarks || ix->count == 0)
		return false;
	size_t i = run_before(ix, filemark, true);
	const struct run *r = &ix->runs[i];
	*ret_segment = segment_of(ix, i, nth_of(r, filemark - r->filemarks, r->marks));
	return true;
}

bool index_next(const struct index *ix, const struct segment *s, struct segment *ret_segment)
{
	size_t i = s->place.run;
	uint32_t nth = s->place.nth + 1;
	if (nth >= ix->runs[i].count) {
		i++;
		nth = 0;
	}
	if (i >= ix->count)
		return false;
	*ret_segment = segment_of(ix, i, nth);
	return true;
}

bool index_last(const struct index *ix, struct segment *ret_segment)
{
	if (ix->count == 0)
		return false;
	size_t i = ix->count - 1;
	uint32_t count = ix->runs[i].count;
	*ret_segment = segment_of(ix, i, count ? count - 1 : 0);
	return true;
}
