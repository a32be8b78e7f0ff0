/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: a cartridge as one stream, ours (FORMAT.md section 6) or one of formats.def. */
#pragma once

#include "media/container/container.h"
#include "media/container/stream.h"
#include "media/shelf/preamble.h"

#define CONTAINER_MAGIC "EVTAPEC"
enum { CONTAINER_UNIT = 8, CONTAINER_HEAD = 64, CHUNK_HEAD = 24, TRAILER = 32, DAMAGED_MAX = 1 << 20 };

enum chunk_kind {
	CHUNK_LABEL,
	CHUNK_MEMORY,
	CHUNK_LAYOUT,
	CHUNK_PARTITION,
	CHUNK_RECORD,
	CHUNK_DAMAGED,
	CHUNK_TRANSFORMED,
	CHUNK_MARK,
	CHUNK_TRAILER,
	CHUNK_KINDS
};

struct chunk {
	enum chunk_kind kind;
	uint32_t len;
	uint64_t number;
	uint32_t crc;
};

/* container.c */
void container_head_put(uint8_t head[static CONTAINER_HEAD], struct features features);
/* 0, or as preamble_check(). */
int container_head_decode(const uint8_t head[static CONTAINER_HEAD], struct features *ret_features);
void chunk_head_put(const struct chunk *c, uint8_t head[static CHUNK_HEAD]);
bool chunk_head_decode(const uint8_t head[static CHUNK_HEAD], struct chunk *ret_chunk);

/* Where the objects of a container go while it is read. */
struct sink {
	void *arg;
	/* Once, before any object: the label, or NULL when the container has none; and what who reads the container
	 * must know.  0 or -errno. */
	int (*begin)(void *arg, const struct cart_label *label, struct features features);
	/* Behind it, when the container has it: the rows of the cartridge's memory, which are not checked yet. */
	int (*memory)(void *arg, const void *rows, uint32_t len);
	/* Behind these, when the cartridge has other partitions than one of its whole capacity. */
	int (*layout)(void *arg, const struct cart_layout *layout);
	/* The objects to come are those of this partition, 1 or more. */
	int (*partition)(void *arg, unsigned number);
	/* A record, plain, damaged or transformed. */
	int (*record)(void *arg, enum chunk_kind kind, const void *data, uint32_t len);
	int (*mark)(void *arg);
};
/* Reads a whole container of this format, or (CART_ANY) of the format that it has.  With why: -EUCLEAN it is no
 * container, -EBADMSG one that is damaged; -ECONNRESET its sender went away. */
int container_read(struct stream *s, enum cart_container format, const struct sink *sink,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128]);
