// SPDX-License-Identifier: Apache-2.0
/* Buffered streams for containers. */
#include "media/container/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/engine/engine.h"
#include "vtl/base/file.h"

int stream_init(struct stream *s, struct engine *engine, int fd)
{
	*s = (struct stream){ .engine = engine, .fd = fd, .buf = malloc(STREAM_BUF) };
	int err = s->buf ? digest_begin(&s->digest) : -ENOMEM;
	if (err) {
		free(s->buf);
		s->buf = NULL;
	}
	return err;
}

void stream_fini(struct stream *s, char *digest)
{
	char unused[DIGEST_TEXT];
	digest_end(&s->digest, digest ? digest : unused);
	free(s->buf);
	free(s->old);
}

int stream_resume(struct stream *s)
{
	struct stat st;
	if (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	s->old = malloc(STREAM_BUF);
	s->there = (uint64_t)st.st_size;
	return !s->old ? -ENOMEM : lseek(s->fd, st.st_size, SEEK_SET) < 0 ? -errno : 0;
}

bool stream_is_file(const struct stream *s)
{
	struct stat st;
	return fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* At the end of what can be read: whether the other side of a socket is gone altogether.  One that has
 * only shut down its sending half shows no POLLHUP (unix(7)). */
static bool sender_gone(int fd)
{
	struct stat st;
	struct pollfd end = { .fd = fd };
	if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	return poll(&end, 1, 0) != 1 ? false : (end.revents & (POLLHUP | POLLERR)) != 0;
}

/* Reads more behind what the buffer holds. */
static void fill_run(void *arg)
{
	struct stream *s = arg;
	ssize_t n;
	unsigned tries = 0;
	do
		n = read(s->fd, s->buf + s->len, STREAM_BUF - s->len);
	while (n < 0 && file_pause_and_try(-errno, &tries));
	if (n < 0)
		s->err = -errno;
	else if (n == 0 && sender_gone(s->fd))
		s->err = -ECONNRESET;
	size_t got = n > 0 ? (size_t)n : 0;
	digest_add(&s->digest, s->buf + s->len, got);
	s->len += got;
}

/* Compares what is to be written with what is there. */
static void same_check(struct stream *s)
{
	while (s->at < s->len && s->same < s->there && !s->err) {
		size_t n = s->len - s->at < s->there - s->same ? s->len - s->at : s->there - s->same;
		ssize_t got = pread(s->fd, s->old, n, (off_t)s->same);
		if (got < 0 && errno != EINTR)
			s->err = -errno;
		else if (got == 0 || (got > 0 && memcmp(s->old, s->buf + s->at, (size_t)got) != 0))
			s->err = -EBADE;
		else if (got > 0) {
			s->at += (size_t)got;
			s->same += (size_t)got;
		}
	}
}

static void drain_run(void *arg)
{
	struct stream *s = arg;
	digest_add(&s->digest, s->buf, s->len);
	unsigned tries = 0;
	same_check(s);
	while (s->at < s->len && !s->err) {
		ssize_t n = write(s->fd, s->buf + s->at, s->len - s->at);
		if (n > 0) {
			s->at += (size_t)n;
			tries = 0;
		} else if (n == 0 || !file_pause_and_try(-errno, &tries)) {
			s->err = n ? -errno : -EIO;
		}
	}
	s->at = s->len = 0;
}

static void stream_call(struct stream *s, void (*fn)(void *))
{
	if (s->engine)
		s->engine->ops->call(s->engine, fn, s);
	else
		fn(s);
}

size_t stream_peek(struct stream *s, size_t least, const uint8_t **ret)
{
	memmove(s->buf, s->buf + s->at, s->len - s->at);
	s->len -= s->at;
	s->at = 0;
	for (size_t was = STREAM_BUF; s->len < least && s->len != was && !s->err;) {
		was = s->len;
		stream_call(s, fill_run);
	}
	*ret = s->buf;
	return s->len;
}

size_t stream_read(struct stream *s, void *to, size_t n)
{
	size_t got = 0;
	while (got < n && !s->err) {
		if (s->at == s->len) {
			s->at = s->len = 0;
			stream_call(s, fill_run);
		}
		size_t part = s->len - s->at < n - got ? s->len - s->at : n - got;
		if (part == 0)
			break;
		memcpy((char *)to + got, s->buf + s->at, part);
		s->at += part;
		got += part;
	}
	s->done += got;
	return got;
}

void stream_write(struct stream *s, const void *from, size_t n)
{
	s->done += n;
	while (n > 0 && !s->err) {
		size_t part = STREAM_BUF - s->len < n ? STREAM_BUF - s->len : n;
		memcpy(s->buf + s->len, from, part);
		s->len += part;
		from = (const char *)from + part;
		n -= part;
		if (s->len == STREAM_BUF)
			stream_call(s, drain_run);
	}
}

int stream_flush(struct stream *s)
{
	if (s->len > 0 && !s->err)
		stream_call(s, drain_run);
	if (!s->err && s->same < s->there)
		s->err = -EBADE; /* more is there than belongs there */
	return s->err;
}

bool progress_step(const struct media_progress *progress, uint64_t done, uint64_t total)
{
	return !progress || !progress->step || progress->step(progress->arg, done, total);
}
