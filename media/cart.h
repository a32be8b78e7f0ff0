/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a threaded cartridge, for the files of this room. */
#pragma once

#include <sys/queue.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/mam.h"
#include "media/buf.h"
#include "media/crypt.h"
#include "media/format.h"
#include "media/generation.h"
#include "media/index.h"
#include "media/media.h"
#include "media/record.h"
#include "media/stages.h"
#include "media/tally.h"
#include "media/window.h"

struct pool;

enum {
	READ_AHEAD = 8,            /* segments, the one being read included */
	EXTENT_FDS = 16,           /* kept open; more than can be in flight */
	ALLOCATE_STEP = 256 << 20, /* at most; the first is small, each next one twice as large */
	ALLOCATE_FIRST = 16 << 20,
	SPACE_IS_SHORT = 64 << 20,  /* when not even this could be had */
	ALLOCATE_SPARE = 4 << 20,   /* beyond what the capacity can need */
	SPACE_RESERVE = 1 << 20,    /* allocated, for filemarks only */
	WARNING_DEFAULT = 64 << 20, /* from early warning to the end of a partition */
	WARNING_PART = 16,          /* of the capacity at most */
	FILEMARK_RESERVE = 16,      /* that fit behind the end of the partition */
	WORM_LABEL = 2,             /* records at the beginning of a WORM cartridge that can be replaced */
};

struct extent {
	uint32_t generation, number;
	int fd;          /* -1 when not open */
	uint64_t used;   /* stamp, to close the one longest unused */
	bool missing;    /* its file is gone */
	bool dead;       /* void: nothing of it is in the index */
	uint32_t blocks; /* where its last segment ended when it became void */
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
	uint32_t good_entry, good_len, good_crc;
	/* the record whose fragment is in window[0], when split */
	bool split;
	uint64_t split_object;
	struct stored split_how;
	/* the record that the stages have undone; NULL: none */
	struct staged *undone;
	uint64_t undone_object;
	uint64_t undone_next; /* the object behind the one undone last */
	struct ahead ahead;
};

/* Protection values of the record that is being read, up to `done` bytes of it. */
struct sums {
	uint64_t object;
	uint32_t done;
	uint32_t value[N_LBP_METHODS];
};

/* Which partitions there are (FORMAT.md section 3.2). */
struct layout {
	bool there;     /* the cartridge has the file: it was formatted */
	bool begun;     /* every partition has a generation */
	uint32_t floor; /* generations below this number are void */
	struct cart_layout of;
};

/* A partition of a threaded cartridge. */
struct part {
	uint32_t number;   /* 0 to 3 */
	uint64_t capacity; /* bytes */
	struct extent *extents;
	uint32_t extent_count, extent_room;
	uint64_t stamp;
	uint32_t generation_max;
	bool begun;               /* the mount found a generation that counts */
	bool end_unknown;         /* the mount could not read all files: there may be more behind `end` */
	bool end_missing;         /* the file where the checkpoint ends is gone, and held no data */
	struct extent_file *dead; /* void extents, to be used again or removed */
	size_t dead_count, dead_room;
	struct index index;
	struct spot pos, end;
	struct tally tally;
	bool exact;   /* pos.charge and pos.filemarks are known */
	bool stretch; /* cart_may_append() said yes, and nothing has moved or failed since */
	struct generation own;
	struct intake intake;
	struct window window;
	struct reader r;
	struct sums sums;
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
	bool mam_unread;  /* it could not be read, and is left as it is */
	bool mam_missing; /* although there are extents */
	bool tampered;    /* cart_tampered() */
	struct layout layout;
	uint64_t warning_zone; /* bytes from early warning to the end of a large partition */
	struct part *part;     /* the one in use; the others hold nothing in memory but their index */
	struct part parts[MEDIA_PARTITIONS];
	struct stages stages;
	enum lbp_method read_protected; /* the host wants values with this method */
	struct crypt *crypt;            /* NULL: nothing is encrypted, and encrypted records are locked */
	bool read_only;
	int failed; /* the error that made it read-only */
	int fault; /* why buffered data were lost, from object fault_first on; 0: none, or it has been reported */
	uint64_t fault_first;
	struct pool *pool;
	struct buf bufs[BUFS];
	struct bufs free;
	unsigned dropping; /* reads under way that nobody wants any more */
	bool told;         /* a host knows cart_changes(), and nothing was written since */
	bool is_copy; /* being made of another one: its memory is that one's, and this mount does not count */
	enum cart_compression compression;
	uint64_t host_written, host_read;
	struct cart_savings savings;
	uint32_t extent_blocks_max; /* smaller in tests */
};

static inline void features_add(struct cart *cart, struct features f)
{
	cart->features.read |= f.read;
	cart->features.write |= f.write;
}

/* extent.c */
int extent_add(struct cart *cart, uint32_t generation, uint32_t number, int fd, uint32_t *ret_at);
bool extent_find(const struct cart *cart, uint32_t generation, uint32_t number, uint32_t *ret_at);
int extent_fd(struct cart *cart, uint32_t at); /* opened for reading if it must be; -errno */
int extent_open_file(struct cart *cart, uint32_t generation, uint32_t number, int flags);
void extents_close(struct cart *cart);
/* The extent is void: its file, with room for size bytes, is used again or removed.  0, -ENOMEM. */
int extent_dead(struct cart *cart, uint32_t generation, uint32_t number, uint64_t size);
/* Removes up to max of the void extents. */
void extents_bury(struct cart *cart, size_t max);
/* append.c */
/* Whether an object that uses so much capacity may be written at the position. */
int append_gate(struct cart *cart, uint64_t charge, bool filemark);
/* Appends an object without data: a filemark, a damaged record of which nothing is left. */
int append_empty(struct cart *cart, struct entry e);
/* segment.c */
struct buf *segment_get(struct cart *cart, const struct segment *s, int *ret_err);
int segment_look(struct cart *cart, const struct segment *s, const struct buf **ret_buf);
int segment_piece(struct cart *cart, struct buf *b, uint32_t offset, uint32_t len);
void reader_clear(struct cart *cart);

/* What a reader meets at the end of what the mount has found. */
static inline int end_of_data(const struct part *part)
{
	return part->end_unknown ? -ENODATA : MEDIA_EOD;
}

static inline void reader_drop(struct cart *cart)
{
	const struct reader *r = &cart->part->r;
	if (r->count || r->head || r->split || r->undone)
		reader_clear(cart);
}
/* Whether a buffer of the window has its segment, without an error, and the header is decoded.  Does not wait. */
bool segment_there(const struct cart *cart, struct buf *b);
/* read.c: how the record that begins with the entry, whose data are at `at`, is stored, and its envelope if it is
 * transformed; nothing is verified.  -EBADMSG: the envelope is not sound. */
int stored_from(const struct cart *cart, const struct buf *b, uint32_t at, struct entry e, struct stored *ret,
	struct envelope *ret_envelope);
/* protect.c: the record is stored so; n bytes of it at offset are about to be lent. 0; -ECOMM: it does not have its value. */
int chunk_protected(struct cart *cart, const struct stored *how, uint32_t offset, const void *data, size_t n);
/* position.c */
int position_exact(struct cart *cart);
int filemark_object(struct cart *cart, uint64_t filemark, uint64_t *ret_object);
bool early_warning_at(const struct cart *cart, uint64_t charge);
uint64_t warning_zone_of(const struct cart *cart, const struct part *part);
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
/* append.c: whether anything on the cartridge may be changed: 0, or the -errno that a write would get. */
int cart_may_change(const struct cart *cart);
/* layout.c */
int layout_read(struct cart *cart); /* also when there is no file */
int layout_write(struct cart *cart, const struct layout *layout);
/* part.c */
void parts_init(struct cart *cart);
void parts_free(struct cart *cart);
/* Reads what the partitions hold. */
int parts_scan(struct cart *cart);
/* How many of the files, from the first one on, are void because the cartridge was formatted after them. */
size_t files_void(const struct cart *cart, const struct extent_file *files, size_t count);
/* Makes another partition the one in use, at its own position: a sync point.  0, -errno. */
int part_change(struct cart *cart, uint32_t number);
/* format_medium.c: begins a generation in each partition that has none, so that a loss of its files shows. */
int layout_begin(struct cart *cart);
/* memory.c */
int memory_read(struct cart *cart);
void memory_write(struct cart *cart);
void memory_expect(
	struct cart *cart); /* when the extents are known: whether a memory that is not there is missed */
int memory_replace(struct cart *cart, const struct mam *mam); /* durably; the cart's own stays as it is */
/* changes.c: what is written next is in a generation of its own, when a host was told the number. 0, -errno. */
int changes_apart(struct cart *cart);
/* The present volume change reference into the rows. */
int changes_mark(struct cart *cart, struct mam *mam);
/* The rows are those of another cartridge, whose data this one has now: it has its reference, too. */
int changes_adopt(struct cart *cart);
/* worm.c: finds out whether it was tampered with, when the ends of data are known. */
void worm_check(struct cart *cart);
/* Puts the row of a WORM cartridge into the memory.  Everything is on stable storage.  0, or as mam_put(). */
int worm_mark(struct cart *cart, struct mam *mam);
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
void losses_into(const struct part *part, struct cart_usage *usage);
