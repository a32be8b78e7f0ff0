/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte stream in or out of a descriptor that may be a pipe, buffered, never blocking a worker.
 *
 * Of a socket, the end counts only when the other side has shut down its sending half and is still
 * there: that is how it says that the stream is whole.  A side that is gone (interrupted, killed) has
 * said nothing, and the stream ends with -ECONNRESET.
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
};

int stream_init(struct stream *s, struct engine *engine, int fd);
/* Writes the SHA-256 of all bytes that went through the descriptor, "" when there is none, and frees
 * the stream.  digest NULL: nobody wants it. */
void stream_fini(struct stream *s, char *digest);
/* Reads up to n bytes; fewer only at the end of the stream or after an error. */
size_t stream_read(struct stream *s, void *to, size_t n);
void stream_write(struct stream *s, const void *from, size_t n);
/* All written bytes have gone out when it returns 0; else the first error. */
int stream_flush(struct stream *s);
/* A plain file, whose end does not have to be waited for. */
bool stream_is_file(const struct stream *s);
/* Tells progress, when somebody wants to know.  False: stop. */
bool progress_step(const struct media_progress *progress, uint64_t done, uint64_t total);
