/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A buffered byte stream from or to a descriptor, which may be a pipe.  It never blocks a worker.
 *
 * At a socket, the stream is whole only when the peer has shut down its sending half and the connection still
 * exists.  When the peer is gone (interrupted, killed), the stream ends with -ECONNRESET.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/container/container.h"
#include "media/container/digest.h"

enum { STREAM_BUF = 1 << 20 };

struct stream {
	struct engine *engine; /* NULL: the calling thread may block */
	int fd;
	uint8_t *buf;
	size_t at, len;
	uint64_t done;        /* bytes that went through */
	int err;              /* the first one; sticky */
	struct digest digest; /* of all bytes that went through the descriptor */
	uint8_t *old;         /* resumed: STREAM_BUF bytes to compare with */
	uint64_t there, same; /* resumed: bytes the file had, and how many of them have been compared */
};

/* -ENOMEM: there is nothing to free then, and stream_fini() does nothing. */
int stream_init(struct stream *s, struct engine *engine, int fd);
/* What is written must begin with what the file has already, which is compared, and goes on behind it.
 * 0, -ENOMEM, or -EINVAL: no plain file.  Where it differs the stream's error is -EBADE. */
int stream_resume(struct stream *s);
/* Writes the SHA-256 of all bytes that went through the descriptor, "" when there is none, and frees
 * the stream.  digest may be NULL. */
void stream_fini(struct stream *s, char *digest);
/* The next bytes without taking them, in *ret: as many as the buffer gets without waiting long, at least `least`
 * of them unless the stream ends before.  Returns how many. */
size_t stream_peek(struct stream *s, size_t least, const uint8_t **ret);
/* Reads up to n bytes; fewer only at the end of the stream or after an error. */
size_t stream_read(struct stream *s, void *to, size_t n);
void stream_write(struct stream *s, const void *from, size_t n);
/* All written bytes have gone out when it returns 0; else the first error. */
int stream_flush(struct stream *s);
/* A plain file, whose end does not have to be waited for. */
bool stream_is_file(const struct stream *s);
/* Tells progress, when somebody wants to know.  False: stop. */
bool progress_step(const struct media_progress *progress, uint64_t done, uint64_t total);
