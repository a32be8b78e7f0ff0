// SPDX-License-Identifier: Apache-2.0
/* Reading tape images of others: what their formats share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/container/formats.h"
#include "vtl/base/cleanup.h"

size_t image_take(struct image *im, void *to, size_t n)
{
	uint8_t *p = to;
	size_t got = 0;
	for (; got < n && im->back_left > 0; got++, im->back_left--)
		p[got] = im->back[sizeof im->back - im->back_left];
	if (got < n)
		got += stream_read(im->s, p + got, n - got);
	im->at += got;
	return got;
}

static uint64_t objects(const struct image *im)
{
	return im->report->records + im->report->filemarks;
}

int image_bad(struct image *im, const char *what)
{
	bool first = objects(im) + im->report->skipped == 0;
	snprintf(im->why, 128, "%s%s%s%s at byte %llu",
		first ? im->guessed ? "neither an Evertape container nor " : "not " : "",
		first ? im->format->words : "", first ? ": " : "", what, (unsigned long long)im->at);
	im->report->bad = 1;
	im->report->first_bad = objects(im);
	return first ? -EUCLEAN : -EBADMSG;
}

/* Passes the sink's error on.  Where the sink gave no reason, the reason names the object. */
static int told(struct image *im, int err)
{
	if (err && !im->why[0])
		snprintf(im->why, 128, "object %llu: %s", (unsigned long long)objects(im),
			media_error_text(err));
	return err;
}

int image_short(struct image *im)
{
	return im->s->err ? told(im, im->s->err) : image_bad(im, "the file ends too early");
}

int image_begin(struct image *im, void *to, size_t n)
{
	size_t got = image_take(im, to, n);
	if (got == n)
		return 0;
	return got == 0 && !im->s->err ? IMAGE_FILE_END : image_short(im);
}

int image_record(struct image *im, bool damaged, uint32_t len)
{
	if (damaged && len > DAMAGED_MAX)
		len = DAMAGED_MAX;
	int err = im->sink->record(im->sink->arg, damaged ? CHUNK_DAMAGED : CHUNK_RECORD, im->data, len);
	if (err)
		return told(im, err);
	im->report->records++;
	im->report->bytes += len;
	return 0;
}

int image_mark(struct image *im)
{
	int err = im->sink->mark(im->sink->arg);
	im->report->filemarks += !err;
	return told(im, err);
}

static int step_told(struct image *im, const struct media_progress *progress)
{
	if (progress_step(progress, im->at, 0))
		return 0;
	snprintf(im->why, 128, "stopped");
	return -ECANCELED;
}

/* What stands behind the end of the medium is no part of the tape, but of the file and its digest.  A pipe
 * is not waited for: its writer may keep it open. */
static int drain(struct image *im, const struct media_progress *progress)
{
	int err = 0;
	if (!stream_is_file(im->s)) {
		digest_drop(&im->s->digest);
		return 0;
	}
	while (!err && image_take(im, im->data, STREAM_BUF) > 0)
		err = step_told(im, progress);
	return err ? err : told(im, im->s->err);
}

int image_read(struct image *im, const struct media_progress *progress)
{
	bool packs = im->format->step == aws_step;
	autofree uint8_t *data = malloc(IMAGE_DATA), *packed = packs ? malloc(IMAGE_DATA) : NULL;
	if (!data || (packs && !packed))
		return -ENOMEM;
	im->data = data;
	im->packed = packed;
	im->report->no_checksums = true;
	int err = told(im, im->sink->begin(im->sink->arg, NULL, (struct features){ 0 }));
	if (err == -EINVAL && im->guessed)
		snprintf(im->why, 128,
			"neither an Evertape container nor a tape image that is recognized; for one, give --format "
			"and --barcode");
	uint64_t told_at = 0;
	while (err == 0) {
		err = im->format->step(im);
		if (im->at - told_at >= STREAM_BUF) {
			told_at = im->at;
			err = err ? err : step_told(im, progress);
		}
	}
	if (err == IMAGE_FILE_END && im->s->err)
		return told(im, im->s->err);
	return err == IMAGE_MARKER ? drain(im, progress) : err < 0 ? err : 0;
}
