// SPDX-License-Identifier: Apache-2.0
/* Encoding and decoding of Evertape containers (FORMAT.md section 6). */
#include "media/container/chunk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/container/formats.h"
#include "media/container/guess.h"
#include "media/envelope.h"
#include "media/shelf/label.h"
#include "media/shelf/mam.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/crc32c.h"

#define DAMAGED_HEAD "an Evertape container with a damaged head"

/* What a chunk may be. */
static const struct {
	char code[5];
	uint32_t least, most;
} kinds[CHUNK_KINDS] = {
	[CHUNK_LABEL] = { "LABL", 2, LABEL_MAX },
	[CHUNK_MEMORY] = { "MAMR", 6, MAM_ROWS_MAX },
	[CHUNK_LAYOUT] = { "LAYT", 16, 8 + 8 * MEDIA_PARTITIONS },
	[CHUNK_PARTITION] = { "PART", 0, 0 },
	[CHUNK_RECORD] = { "RECD", 1, MEDIA_RECORD_MAX },
	[CHUNK_DAMAGED] = { "DMGD", 0, DAMAGED_MAX },
	[CHUNK_TRANSFORMED] = { "TRNS", TRANSFORMED_MIN, TRANSFORMED_MAX },
	[CHUNK_MARK] = { "MARK", 0, 0 },
	[CHUNK_TRAILER] = { "TRLR", TRAILER, TRAILER },
};

void container_head_put(uint8_t head[static CONTAINER_HEAD], struct features features)
{
	memset(head, 0, CONTAINER_HEAD);
	preamble_put(head, CONTAINER_MAGIC, CONTAINER_HEAD / CONTAINER_UNIT, features, CONTAINER_HEAD);
}

int container_head_decode(const uint8_t head[static CONTAINER_HEAD], struct features *ret_features)
{
	struct features features;
	if (memcmp(head, CONTAINER_MAGIC "1\1", 9) == 0)
		return -EPROTOTYPE; /* the checksum of format 1 is in another place */
	int err = preamble_check(head, CONTAINER_MAGIC, CONTAINER_HEAD, &features);
	if (err)
		return err;
	if (preamble_units(head) * CONTAINER_UNIT != CONTAINER_HEAD)
		return -EBADMSG;
	*ret_features = features;
	return 0;
}

void chunk_head_put(const struct chunk *c, uint8_t head[static CHUNK_HEAD])
{
	memcpy(head, kinds[c->kind].code, 4);
	put_le32(head + 4, c->len);
	put_le64(head + 8, c->number);
	put_le32(head + 16, c->crc);
	put_le32(head + 20, crc32c(0, head, 20));
}

bool chunk_head_decode(const uint8_t head[static CHUNK_HEAD], struct chunk *ret_chunk)
{
	uint32_t len = get_le32(head + 4);
	if (get_le32(head + 20) != crc32c(0, head, 20))
		return false;
	for (unsigned k = 0; k < CHUNK_KINDS; k++) {
		if (memcmp(head, kinds[k].code, 4) != 0)
			continue;
		*ret_chunk = (struct chunk){ (enum chunk_kind)k, len, get_le64(head + 8),
			get_le32(head + 16) };
		return len >= kinds[k].least && len <= kinds[k].most;
	}
	return false;
}

/* --- reading ------------------------------------------------------------------------------ */

struct reading {
	struct stream *s;
	const struct sink *sink;
	struct cart_report *report;
	char *why;
	struct features features;
	uint8_t *data;                  /* as much as a chunk may hold */
	uint64_t objects;               /* of the partition */
	unsigned partition, partitions; /* partitions 0: no layout yet */
	uint32_t crc;                   /* over the payload checksums so far */
	bool labelled, remembered, ended;
};

static int bad(struct reading *r, const char *what)
{
	snprintf(r->why, 128, "%s at byte %llu", what, (unsigned long long)r->s->done);
	r->report->bad = 1;
	r->report->first_bad = r->objects;
	return -EBADMSG;
}

/* Passes the sink's error on.  Where the sink gave no reason, the reason names the object. */
static int told(struct reading *r, int err)
{
	if (err && !r->why[0])
		snprintf(r->why, 128, "object %llu: %s", (unsigned long long)r->objects,
			media_error_text(err));
	return err;
}

static int take_label(struct reading *r, const struct chunk *c)
{
	struct cart_label label;
	if (r->labelled || c->number != 0)
		return bad(r, "a second label");
	int err = label_decode((const char *)r->data, c->len, &label, r->why);
	if (err)
		return media_other_version(err) ? err : -EBADMSG;
	r->labelled = true;
	return told(r, r->sink->begin(r->sink->arg, &label, r->features));
}

static int take_memory(struct reading *r, const struct chunk *c)
{
	if (r->remembered || r->partitions || r->objects > 0 || c->number != 0)
		return bad(r, "a MAMR chunk in a wrong place");
	r->remembered = true;
	int err = r->sink->memory(r->sink->arg, r->data, c->len);
	return err == -EBADMSG ? bad(r, "a MAMR chunk is not valid") : told(r, err);
}

static int take_layout(struct reading *r, const struct chunk *c)
{
	struct cart_layout layout = { .available = get_le64(r->data) };
	if (!(r->features.read & FEATURE_LAYOUT) || r->partitions || r->objects > 0 || c->number != 0 ||
		c->len % 8)
		return bad(r, "a LAYT chunk in a wrong place");
	r->partitions = layout.partitions = c->len / 8 - 1;
	for (unsigned i = 0; i < layout.partitions; i++)
		layout.capacity[i] = get_le64(r->data + 8 + i * 8);
	return told(r, r->sink->layout(r->sink->arg, &layout));
}

static int take_partition(struct reading *r, const struct chunk *c)
{
	if (c->number != r->partition + 1u || c->number >= r->partitions)
		return bad(r, "a PART chunk in a wrong place");
	r->partition++;
	r->objects = 0;
	return told(r, r->sink->partition(r->sink->arg, r->partition));
}

/* All partitions have been begun. */
static bool is_last(const struct reading *r, const struct chunk *c)
{
	return r->labelled && c->number == r->report->records + r->report->filemarks &&
		(r->partitions ? r->partition + 1 == r->partitions : !(r->features.read & FEATURE_LAYOUT));
}

static int take_trailer(struct reading *r)
{
	const struct cart_report *n = r->report;
	const uint8_t *p = r->data;
	if (get_le64(p) != n->records || get_le64(p + 8) != n->filemarks || get_le64(p + 16) != n->bytes ||
		get_le32(p + 24) != r->crc || get_le32(p + 28) != 0)
		return bad(r, "the trailer does not fit what came before it");
	r->ended = true;
	uint8_t more;
	return stream_read(r->s, &more, 1) == 0 ? r->s->err : bad(r, "there are data behind the end");
}

static int take_object(struct reading *r, const struct chunk *c)
{
	struct envelope envelope;
	int err;
	if (c->number != r->objects)
		return bad(r, "an object is missing or out of order");
	if (c->kind == CHUNK_TRANSFORMED &&
		(!(r->features.read & FEATURE_TRANSFORMED) ||
			envelope_decode(r->data, c->len, c->len, &envelope)))
		return bad(r, "a transformed record is not valid");
	if (c->kind == CHUNK_MARK) {
		err = r->sink->mark(r->sink->arg);
		r->report->filemarks += !err;
	} else {
		err = r->sink->record(r->sink->arg, c->kind, r->data, c->len);
		r->report->records += !err;
		r->report->bytes += err ? 0 : c->len;
	}
	r->objects += !err;
	return told(r, err);
}

static int take_chunk(struct reading *r)
{
	uint8_t head[CHUNK_HEAD], crc[4];
	struct chunk c;
	size_t n = stream_read(r->s, head, sizeof head);
	if (r->s->err)
		return told(r, r->s->err);
	if (n < sizeof head)
		return bad(r, "the file ends too early");
	if (!chunk_head_decode(head, &c))
		return bad(r, "a chunk's head is damaged");
	if (stream_read(r->s, r->data, c.len) < c.len)
		return r->s->err ? told(r, r->s->err) : bad(r, "the file ends too early");
	if (crc32c(0, r->data, c.len) != c.crc)
		return bad(r, "data are damaged");
	if (c.kind == CHUNK_TRAILER)
		return is_last(r, &c) ? take_trailer(r)
				      : bad(r, "the trailer does not fit what came before it");
	put_le32(crc, c.crc);
	r->crc = crc32c(r->crc, crc, sizeof crc);
	if (c.kind == CHUNK_LABEL)
		return take_label(r, &c);
	if (!r->labelled)
		return bad(r, "the label is missing");
	switch (c.kind) {
	case CHUNK_MEMORY: return take_memory(r, &c);
	case CHUNK_LAYOUT: return take_layout(r, &c);
	case CHUNK_PARTITION: return take_partition(r, &c);
	default: return take_object(r, &c);
	}
}

/* A tape image, or a file of another kind, which is refused by its name. */
static int foreign_read(struct reading *r, enum cart_container format, const uint8_t *p, size_t n,
	const struct media_progress *progress)
{
	enum cart_container seen = format == CART_ANY ? format_look(p, n) : format;
	const char *like = seen == CART_ANY ? container_guess(p, n) : NULL;
	if (format == CART_ANY && container_is_near(p, n)) {
		r->report->bad = 1;
		snprintf(r->why, 128, DAMAGED_HEAD);
		return -EBADMSG;
	}
	if (like || n == 0) {
		r->report->bad = 1;
		snprintf(r->why, 128, "neither an Evertape container nor a tape image of a known format%s%s",
			n ? ": it looks like " : ": the file is empty", n ? like : "");
		return -EUCLEAN;
	}
	struct image image = { .s = r->s, .sink = r->sink, .report = r->report, .why = r->why };
	image.guessed = seen == CART_ANY;
	r->report->container = image.guessed ? CART_SIMH : seen;
	image.format = &container_formats[r->report->container];
	return image_read(&image, progress);
}

/* Decodes the head, of which n bytes were read.  0, or an error with why. */
static int head_refused(struct reading *r, uint8_t head[static CONTAINER_HEAD], size_t n)
{
	memset(head + n, 0, CONTAINER_HEAD - n);
	int err = container_head_decode(head, &r->features);
	if (!media_other_version(err))
		return err || n < CONTAINER_HEAD ? bad(r, DAMAGED_HEAD) : 0;
	int bit = preamble_feature(head);
	if (bit < 0)
		snprintf(r->why, 128, "%s", media_error_text(err));
	else
		snprintf(r->why, 128, "it needs feature bit %d: use a newer version of Evertape", bit);
	return err;
}

static int native_read(struct reading *r, const struct media_progress *progress)
{
	uint8_t head[CONTAINER_HEAD];
	autofree uint8_t *data = r->data = malloc(TRANSFORMED_MAX);
	if (!data)
		return -ENOMEM;
	size_t n = stream_read(r->s, head, sizeof head);
	r->report->container = CART_NATIVE;
	int err = head_refused(r, head, n);
	if (err)
		return err;
	uint64_t told_at = 0;
	while (!err && !r->ended) {
		err = take_chunk(r);
		if (r->s->done - told_at >= STREAM_BUF) {
			told_at = r->s->done;
			if (!err && !progress_step(progress, r->s->done, 0)) {
				snprintf(r->why, 128, "stopped");
				err = -ECANCELED;
			}
		}
	}
	return err;
}

int container_read(struct stream *s, enum cart_container format, const struct sink *sink,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128])
{
	const uint8_t *p;
	struct reading r = { .s = s, .sink = sink, .report = ret_report, .why = why };
	*ret_report = (struct cart_report){ .container = format };
	why[0] = '\0';
	size_t n = stream_peek(s, CONTAINER_HEAD, &p);
	if (s->err) {
		snprintf(why, 128, "cannot be read: %s", media_error_text(s->err));
		return s->err;
	}
	bool native = n >= 9 && memcmp(p, CONTAINER_MAGIC, MAGIC_NAME) == 0;
	if (native == (format == CART_NATIVE) || format == CART_ANY)
		return native ? native_read(&r, progress) : foreign_read(&r, format, p, n, progress);
	ret_report->bad = 1;
	snprintf(why, 128, "not %s: %s", container_formats[format].words,
		native ? "it is an Evertape container" : "it does not begin as one does");
	return -EUCLEAN;
}
