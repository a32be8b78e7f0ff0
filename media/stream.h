/* SPDX-License-Identifier: Apache-2.0 */
/* A byte stream in or out of a descriptor that may be a pipe, buffered, never blocking a worker. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;

enum { STREAM_BUF = 1 << 20 };

struct stream {
	struct engine *engine;   /* NULL: the calling thread may block */
	int fd;
	uint8_t *buf;
	size_t at, len;
	uint64_t done;           /* bytes that went through */
	int err;                 /* the first one; sticky */
};

int stream_init(struct stream *s, struct engine *engine, int fd);
void stream_fini(struct stream *s);
/* Reads up to n bytes; fewer only at the end of the stream or after an error. */
size_t stream_read(struct stream *s, void *to, size_t n);
void stream_write(struct stream *s, const void *from, size_t n);
/* All written bytes have gone out when it returns 0; else the first error. */
int stream_flush(struct stream *s);
