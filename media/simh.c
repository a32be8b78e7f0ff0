// SPDX-License-Identifier: Apache-2.0
/*
 * SIMH .tap: each record between two copies of its length, padded to an even
 * number of bytes; markers for filemarks, gaps and the end of the medium.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/container.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"

#define TAP_MARK     0x00000000u
#define TAP_END      0xffffffffu
#define TAP_GAP      0xfffffffeu
#define TAP_HALF_GAP 0xfffeffffu /* the second half of it may begin a whole one */
#define TAP_DAMAGED  0x80000000u
#define TAP_LENGTH   0x0fffffffu

struct tap {
	struct stream *s;
	const uint8_t *first;     /* bytes read ahead by who looked what it is */
	size_t first_left;
	uint8_t back[2];          /* half a gap, to be read again */
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
	snprintf(t->why, 128, "%s at byte %llu", what, (unsigned long long)t->at);
	t->report->bad = 1;
	t->report->first_bad = t->report->records + t->report->filemarks;
	return -EBADMSG;
}

static int tap_told(struct tap *t, int err)
{
	if (err && !t->why[0])
		snprintf(t->why, 128, "object %llu: %s",
			(unsigned long long)(t->report->records + t->report->filemarks),
			strerror(-err));
	return err;
}

static int tap_record(struct tap *t, uint32_t word)
{
	uint32_t len = word & TAP_LENGTH, pad = len & 1;
	bool damaged = word & TAP_DAMAGED;
	uint8_t end[5];
	if (word & ~(TAP_LENGTH | TAP_DAMAGED))
		return tap_bad(t, "no SIMH tape: an unknown marker");
	if (len > MEDIA_RECORD_MAX)
		return tap_bad(t, "a record longer than 8 MiB");
	if (tap_read(t, t->data, len) < len || tap_read(t, end, pad + 4) < pad + 4)
		return t->s->err ? tap_told(t, t->s->err) : tap_bad(t, "the file ends too early");
	if (get_le32(end + pad) != word)
		return tap_bad(t, "no SIMH tape: a record's two lengths differ");
	if (damaged && len > DAMAGED_MAX)
		len = DAMAGED_MAX;
	int err = t->sink->record(t->sink->arg, t->data, len, damaged);
	t->report->records++;
	t->report->bytes += len;
	return tap_told(t, err);
}

/* The next thing on the tape. 0, 1 at its end, -errno. */
static int tap_step(struct tap *t)
{
	uint8_t bytes[4];
	size_t n = tap_read(t, bytes, sizeof bytes);
	if (t->s->err)
		return tap_told(t, t->s->err);
	if (n == 0)
		return 1;
	if (n < sizeof bytes)
		return tap_bad(t, "the file ends too early");
	uint32_t word = get_le32(bytes);
	switch (word) {
	case TAP_MARK:
		t->report->filemarks++;
		return tap_told(t, t->sink->mark(t->sink->arg));
	case TAP_END:
		return 1;
	case TAP_GAP:
		return 0;
	case TAP_HALF_GAP:
		memcpy(t->back, bytes + 2, 2);
		t->back_left = 2;
		t->at -= 2;
		return 0;
	default:
		return tap_record(t, word);
	}
}

int simh_read(struct stream *s, const uint8_t *first, size_t first_len, const struct sink *sink,
	const struct media_progress *progress, struct cart_report *report, char why[static 128])
{
	autofree uint8_t *data = malloc(MEDIA_RECORD_MAX);
	struct tap t = { .s = s, .first = first, .first_left = first_len, .sink = sink,
		.report = report, .why = why, .data = data };
	if (!data)
		return -ENOMEM;
	if (first_len == 0)
		return tap_bad(&t, "the file is empty");
	int err = tap_told(&t, sink->begin(sink->arg, NULL));
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
	return err < 0 ? err : 0;
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
