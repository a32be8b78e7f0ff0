/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a threaded cartridge, for the files of this room. */
#pragma once

#include <sys/queue.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/mam.h"
#include "media/format.h"
#include "media/index.h"
#include "media/media.h"

struct pool;

enum {
	BUFS = 11,                 /* 11.4 MiB: the write window or the read-ahead of a drive */
	READ_AHEAD = 8,            /* segments, the one being read included */
	EXTENT_FDS = 16,           /* kept open; more than can be in flight */
	ALLOCATE_STEP = 256 << 20, /* at most; the first is small, each next one twice as large */
	ALLOCATE_FIRST = 16 << 20,
	SPACE_IS_SHORT = 64 << 20, /* when not even this could be had */
	ALLOCATE_SPARE = 4 << 20,  /* beyond what the capacity can need */
	SPACE_RESERVE = 1 << 20,   /* allocated, for filemarks only */
	SYNC_EVERY = 256 << 20,    /* written unasked-for: bounds what recovery must read */
	CHECKPOINT_EVERY = 16384,  /* segments written: bounds what a mount must look at */
	EARLY_WARNING_MAX = 64 << 20,
	FILEMARK_RESERVE = 16, /* that fit behind the end of the partition */
};

/* A segment in memory, being written or read. */
struct buf {
	TAILQ_ENTRY(buf) link;
	struct engine_io io;
	uint8_t *mem; /* SEGMENT_MAX bytes, from the pool, kept */
	bool busy;    /* the engine has it */
	bool dropped; /* nobody waits for what is being read */
	struct cart *cart;
	/* writing: the data stand behind SEGMENT_HEAD_MAX */
	struct spot at, good, end; /* good: where the last whole object before it ended */
	uint32_t data_len, entries, objects, filemarks;
	uint32_t split_len, split_offset;
	bool continues;
	uint64_t sequence;
	int64_t room_until; /* how long it may wait for room, now_ms(); 0: it has not yet */
	/* reading */
	struct segment segment;
	struct segment_head head;
	bool decoded;
	int err;        /* the whole segment could not be read at once */
	bool piecemeal; /* only the header is here; data are read as needed */
};
TAILQ_HEAD(bufs, buf);

struct extent {
	uint32_t generation, number;
	int fd;        /* -1 when not open */
	uint64_t used; /* stamp, to close the one longest unused */
	bool missing;  /* its file is gone */
	bool dead;     /* void: nothing of it is in the index */
};

/* A file made for a generation to come; it does not count before its header is durable. */
struct outfile {
	int fd; /* -1: none */
	uint32_t generation, number;
	uint64_t allocated; /* bytes reserved on disk */
};

struct writer {
	bool open;                /* the generation is ours and has begun */
	bool stretch;             /* cart_may_append() said yes, and nothing has moved or failed since */
	struct features features; /* of the generations to come */
	struct outfile now, next;
	bool reuses; /* next is the file of an extent that the cut makes void, with the room it has (reuse.c) */
	uint32_t reused;
	uint32_t extent; /* in the partition's extents, of now */
	uint32_t block;  /* where the next segment goes */
	uint64_t sequence, synced;
	struct spot cut;
	struct buf *fill;
	struct bufs held, flying;
	struct spot written, durable; /* all before is in the file, on stable storage */
	uint64_t written_sequence;
	bool dirty; /* written, and not synced since */
	uint64_t since_sync, since_checkpoint;
	struct engine_io sync_io;
	bool sync_busy;
	uint64_t sync_sequence;
	struct spot sync_spot;
	bool space_short; /* the disk is nearly full */
	/* the record under way */
	bool active, transformed;
	uint32_t host_len;             /* without an envelope, before compression */
	uint32_t len, done, crc, part; /* part: bytes of the fragment being filled */
	int err;
};

struct reader {
	struct buf *window[READ_AHEAD];
	unsigned count;
	bool sequential;
	struct buf *head; /* a header alone, for looking around */
	/* the walk through window[0]: an entry, where its data are, the object that begins
	 * with it */
	const struct buf *walk;
	uint32_t entry, offset;
	uint64_t object;
	/* the entry whose data were found good last */
	const struct buf *good;
	uint32_t good_entry;
	/* the record whose fragment is in window[0], when split */
	bool split;
	uint64_t split_object;
	uint32_t split_len;  /* as stored */
	uint32_t split_skip; /* of these its envelope; 0: not transformed */
	int split_err;       /* why the host cannot have it */
};

/* A partition of a threaded cartridge. */
struct part {
	uint32_t number; /* 0 to 3 */
	struct extent *extents;
	uint32_t extent_count, extent_room;
	uint64_t stamp;
	uint32_t generation_max;
	bool end_missing;         /* the file where the checkpoint ends is gone, and held no data */
	struct extent_file *dead; /* void extents still to be removed */
	size_t dead_count, dead_room;
	struct index index;
	struct spot pos, end;
	bool exact; /* pos.charge and pos.filemarks are known */
	struct writer w;
	struct reader r;
	uint64_t allocate_step;
};

struct cart {
	struct engine *engine;
	int dirfd, lock;
	struct cart_label label;
	uint8_t uuid[16];
	struct features features; /* needed by anything that the mount has seen */
	struct mam mam;
	bool mam_damaged;
	bool mam_unread;   /* it could not be read, and is left as it is */
	struct part *part; /* the one in use, of parts */
	struct part parts[1];
	bool read_only;
	int failed; /* the error that made it read-only */
	bool fault_pending;
	uint64_t fault_first;
	struct pool *pool;
	struct buf bufs[BUFS];
	struct bufs free;
	unsigned dropping; /* reads under way that nobody wants any more */
	bool is_copy; /* being made of another one: its memory is that one's, and this mount does not count */
	uint64_t host_written, host_read;
	uint32_t extent_blocks_max; /* smaller in tests */
};

static inline void features_add(struct cart *cart, struct features f)
{
	cart->features.read |= f.read;
	cart->features.write |= f.write;
}

/* buf.c */
void bufs_init(struct cart *cart);
void bufs_fini(struct cart *cart);
struct buf *buf_get(struct cart *cart); /* NULL when all are out */
void buf_put(struct cart *cart, struct buf *b);
/* extent.c */
int extent_add(struct cart *cart, uint32_t generation, uint32_t number, int fd, uint32_t *ret_at);
bool extent_find(const struct cart *cart, uint32_t generation, uint32_t number, uint32_t *ret_at);
int extent_fd(struct cart *cart, uint32_t at); /* opened for reading if it must be; -errno */
int extent_open_file(struct cart *cart, uint32_t generation, uint32_t number, int flags);
void extents_close(struct cart *cart);
int extent_dead(struct cart *cart, uint32_t generation, uint32_t number);
/* Removes up to max of the void extents. */
void extents_bury(struct cart *cart, size_t max);
/* outfile.c */
int writer_room(struct cart *cart, uint32_t blocks, bool filemark);
int writer_commit(struct cart *cart);
void outfile_drop(struct cart *cart);
int outfile_trim(struct cart *cart);
/* reuse.c: for a generation that begins at the position, where the disk has no room for a new file.  Takes a file
 * whose data are all behind the position and at least so many bytes as w.next: MEDIA_FULL when there is none.  Until
 * reuse_begin() nothing has changed on disk. */
int reuse_take(struct cart *cart, uint64_t bytes);
/* Makes it the first extent of w.next's generation: the cut, once it has returned 0. */
int reuse_begin(struct cart *cart, const struct extent_head *head);
/* flush.c */
int writer_submit(struct cart *cart, struct buf *b);
int writer_reap(struct cart *cart, bool all); /* all: waits for everything written */
struct buf *writer_buf(struct cart *cart);
void writer_fault(struct cart *cart, int err, struct spot good);
void writer_cancel(struct cart *cart);
/* segment.c */
struct buf *segment_get(struct cart *cart, const struct segment *s, int *ret_err);
int segment_look(struct cart *cart, const struct segment *s, const struct buf **ret_buf);
int segment_piece(struct cart *cart, struct buf *b, uint32_t offset, uint32_t len);
void reader_drop(struct cart *cart);
/* position.c */
int position_exact(struct cart *cart);
int filemark_object(struct cart *cart, uint64_t filemark, uint64_t *ret_object);
bool early_warning_at(const struct cart *cart, uint64_t charge);
/* checkpoint.c */
struct checkpoint {
	struct features features; /* of all that it names */
	uint32_t generation, number, block;
	uint64_t sequence;
	struct spot end;
	struct extent_file *extents; /* generation and number; malloc'd */
	uint32_t extent_count;
	struct index index;
};
int checkpoint_write(struct cart *cart);
/* -EUCLEAN when it is longer than max, or does not verify; -EPROTOTYPE, -EPROTONOSUPPORT: of another version. */
enum { GLANCE_MAX = 1 << 20, CHECKPOINT_MAX = 1 << 30 };
int checkpoint_read(struct cart *cart, size_t max, struct checkpoint *ret_checkpoint);
/* memory.c */
int memory_read(struct cart *cart);
void memory_write(struct cart *cart);
/* scan.c */
int scan_partition(struct cart *cart);
/* loss.c: which of the extents have no file any more; files are all there are, in order. */
void extents_compare(struct cart *cart, const struct extent_file *files, size_t count);
/* The file where the checkpoint ends held no data, so that no extent stands for it, and is gone. */
bool checkpoint_end_is_missing(const struct checkpoint *c, const struct extent_file *files, size_t count);
/* No file with data is there: 0 when nothing was ever written, -ENOLINK when something was. checkpoint:
 * why there is none. */
int nothing_is_blank(const struct cart *cart, int checkpoint);
/* The lost_ members, and file_bytes less what is gone. */
void losses_into(const struct cart *cart, struct cart_usage *usage);
