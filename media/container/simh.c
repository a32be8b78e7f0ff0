// SPDX-License-Identifier: Apache-2.0
/*
 * SIMH .tap: each record between two copies of its length, padded to an even number of bytes; markers for
 * filemarks, gaps and the end of the medium.  The four highest bits of a word are its class ("SIMH Magtape
 * Representation and Handling", January 2022): readers skip the objects of classes they do not use.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/container/chunk.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"

#define TAP_MARK     0x00000000u
#define TAP_END      0xffffffffu
#define TAP_GAP      0xfffffffeu
#define TAP_HALF_GAP 0xfffeffffu /* the second half of it may begin a whole one */
#define TAP_DAMAGED  0x80000000u
#define TAP_LENGTH   0x0fffffffu

/* Classes of objects: those with data stand between two words, the others are one word. */
static const struct {
	bool has_data, used;
} classes[16] = {
	[0x0] = { true, true },  /* good data record */
	[0x1] = { true, false }, /* private data records */
	[0x2] = { true, false },
	[0x3] = { true, false },
	[0x4] = { true, false },
	[0x5] = { true, false },
	[0x6] = { true, false },
	[0x7] = { false, false }, /* private marker */
	[0x8] = { true, true },   /* bad data record */
	[0x9] = { true, false },  /* reserved data records */
	[0xa] = { true, false },
	[0xb] = { true, false },
	[0xc] = { true, false },
	[0xd] = { true, false },
	[0xe] = { true, false },  /* tape description */
	[0xf] = { false, false }, /* reserved markers; the known ones are dealt with before */
};

struct tap {
	struct stream *s;
	const uint8_t *first; /* bytes that container_read() has read already */
	size_t first_left;
	uint8_t back[2]; /* half a gap, to be read again */
	size_t back_left;
	uint64_t at;
	const struct sink *sink;
	struct cart_report *report;
	char *why;
	uint8_t *data;
};

static size_t tap_read(struct tap *t, void *to, size_t n)
{
	uint8_t *p = to;
	size_t got = 0;
	for (; got < n && t->back_left > 0; got++, t->back_left--)
		p[got] = t->back[2 - t->back_left];
	size_t part = t->first_left < n - got ? t->first_left : n - got;
	memcpy(p + got, t->first, part);
	t->first += part;
	t->first_left -= part;
	got += part;
	if (got < n)
		got += stream_read(t->s, p + got, n - got);
	t->at += got;
	return got;
}

static int tap_bad(struct tap *t, const char *what)
{
	bool first = t->report->records + t->report->filemarks + t->report->skipped == 0;
	snprintf(t->why, 128, "%s%s at byte %llu",
		first ? "neither an Evertape container nor a SIMH .tap file: " : "", what,
		(unsigned long long)t->at);
	t->report->bad = 1;
	t->report->first_bad = t->report->records + t->report->filemarks;
	return first ? -EUCLEAN : -EBADMSG;
}

static int tap_told(struct tap *t, int err)
{
	if (err && !t->why[0])
		snprintf(t->why, 128, "object %llu: %s",
			(unsigned long long)(t->report->records + t->report->filemarks),
			media_error_text(err));
	return err;
}

static int tap_short(struct tap *t)
{
	return t->s->err ? tap_told(t, t->s->err) : tap_bad(t, "the file ends too early");
}

/* The padding behind a record's data, and the second copy of its word. */
static int tap_trailer(struct tap *t, uint32_t word)
{
	uint32_t pad = word & 1;
	uint8_t end[5];
	if (tap_read(t, end, pad + 4) < pad + 4)
		return tap_short(t);
	return get_le32(end + pad) == word ? 0 : tap_bad(t, "a record's two lengths differ");
}

/* An object of a class that readers do not use. */
static int tap_skip(struct tap *t, uint32_t word)
{
	int err = 0;
	if (classes[word >> 28].has_data) {
		for (uint32_t left = word & TAP_LENGTH, n; left && !err; left -= n) {
			n = left < MEDIA_RECORD_MAX ? left : MEDIA_RECORD_MAX;
			err = tap_read(t, t->data, n) < n ? tap_short(t) : 0;
		}
		if (!err)
			err = tap_trailer(t, word);
	}
	t->report->skipped += !err;
	return err;
}

static int tap_record(struct tap *t, uint32_t word)
{
	uint32_t len = word & TAP_LENGTH;
	bool damaged = word & TAP_DAMAGED;
	if (!classes[word >> 28].used)
		return tap_skip(t, word);
	if (len > MEDIA_RECORD_MAX)
		return tap_bad(t, "a record longer than 8 MiB");
	if (tap_read(t, t->data, len) < len)
		return tap_short(t);
	int trailer = tap_trailer(t, word);
	if (trailer)
		return trailer;
	if (damaged && len > DAMAGED_MAX)
		len = DAMAGED_MAX;
	int err = t->sink->record(t->sink->arg, damaged ? CHUNK_DAMAGED : CHUNK_RECORD, t->data, len);
	t->report->records++;
	t->report->bytes += len;
	return tap_told(t, err);
}

/* How a tape ends: where the file does, or at a marker. */
enum { TAP_AT_FILE_END = 1, TAP_AT_MARKER };

/* The next thing on the tape. 0, how it ended, -errno. */
static int tap_step(struct tap *t)
{
	uint8_t bytes[4];
	size_t n = tap_read(t, bytes, sizeof bytes);
	if (t->s->err)
		return tap_told(t, t->s->err);
	if (n == 0)
		return TAP_AT_FILE_END;
	if (n < sizeof bytes)
		return tap_bad(t, "the file ends too early");
	uint32_t word = get_le32(bytes);
	switch (word) {
	case TAP_MARK: t->report->filemarks++; return tap_told(t, t->sink->mark(t->sink->arg));
	case TAP_END: return TAP_AT_MARKER;
	case TAP_GAP: return 0;
	case TAP_HALF_GAP:
		memcpy(t->back, bytes + 2, 2);
		t->back_left = 2;
		t->at -= 2;
		return 0;
	default: return tap_record(t, word);
	}
}

/* What stands behind the end of the medium is no part of the tape, but of the file and its digest.  A pipe
 * is not waited for: its writer may keep it open. */
static int tap_drain(struct tap *t, const struct media_progress *progress)
{
	if (!stream_is_file(t->s)) {
		digest_drop(&t->s->digest);
		return 0;
	}
	while (tap_read(t, t->data, STREAM_BUF) > 0)
		if (!progress_step(progress, t->at, 0)) {
			snprintf(t->why, 128, "stopped");
			return -ECANCELED;
		}
	return tap_told(t, t->s->err);
}

int simh_read(struct stream *s, const uint8_t *first, size_t first_len, const struct sink *sink,
	const struct media_progress *progress, struct cart_report *report, char why[static 128])
{
	autofree uint8_t *data = malloc(MEDIA_RECORD_MAX);
	struct tap t = { .s = s,
		.first = first,
		.first_left = first_len,
		.sink = sink,
		.report = report,
		.why = why,
		.data = data };
	if (!data)
		return -ENOMEM;
	report->no_checksums = true;
	if (first_len == 0)
		return tap_bad(&t, "the file is empty");
	int err = tap_told(&t, sink->begin(sink->arg, NULL, (struct features){ 0 }));
	uint64_t told_at = 0;
	while (err == 0) {
		err = tap_step(&t);
		if (t.at - told_at >= STREAM_BUF) {
			told_at = t.at;
			if (err == 0 && !progress_step(progress, t.at, 0)) {
				snprintf(why, 128, "stopped");
				err = -ECANCELED;
			}
		}
	}
	return err == TAP_AT_MARKER ? tap_drain(&t, progress) : err < 0 ? err : 0;
}

static void put_word(struct stream *s, uint32_t word)
{
	uint8_t bytes[4];
	put_le32(bytes, word);
	stream_write(s, bytes, sizeof bytes);
}

void simh_put_record(struct stream *s, const void *data, uint32_t len, bool damaged)
{
	uint32_t word = len | (damaged ? TAP_DAMAGED : 0);
	put_word(s, word);
	stream_write(s, data, len);
	if (len & 1)
		stream_write(s, "", 1);
	put_word(s, word);
}

void simh_put_mark(struct stream *s)
{
	put_word(s, TAP_MARK);
}

void simh_put_end(struct stream *s)
{
	put_word(s, TAP_END);
}
