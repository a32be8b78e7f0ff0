/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stages transform a record between its intake and its segment: compression, encryption, protection information.
 * The crew does it with a job for each record.  Several records are in the stages at once; they leave in their order.
 * They end before the position moves, before a filemark and at each sync point.  Without stages, records are received
 * in place in a segment and nothing is copied.
 */
#pragma once

#include "media/engine/engine.h"
#include "media/compress.h"
#include "media/envelope.h"
#include "media/pace.h"
#include "media/record.h"

enum {
	STAGES_MAX = 4,
	STAGED_RECORDS = 8,      /* in the stages at once, besides the one being received */
	STAGED_BYTES = 16 << 20, /* of hosts' data in the stages at once, if it is more than one record */
	STAGED_SLOTS = STAGED_RECORDS + 1,
	STAGED_PIECES = 8, /* of a record that is undone ahead: a read window of segments */
};

/* The data that a stage changes: len bytes in, at most room bytes out, of which it uses out_len.  object, partition:
 * where the record is.  slot: a number below STAGED_SLOTS that no other record in the stages has now; scratch: memory
 * that this record has for itself. */
struct stage_data {
	const uint8_t *in;
	uint8_t *out;
	uint32_t len, room, out_len;
	uint64_t object;
	uint32_t partition;
	unsigned slot;
	struct scratch *scratch;
};

enum stage_result {
	STAGE_PASSED,  /* the data stay as they were */
	STAGE_CHANGED, /* they are in out */
};

/* What one kind of stage does.  apply and undo run on threads of the crew: they must not block, and use nothing but
 * their arguments. */
struct stage {
	const char *name;
	/* A record may be stored without it: when the crew is busy, and when it fails. */
	bool optional;
	/* What it is in an envelope, so that a record is undone by the stage that can. */
	enum compression compression;
	enum cipher cipher;
	/* Transforms the data and notes in the envelope what undo needs; never to more bytes than there were.  The
	 * envelope has host_len and what the stages before have noted.  An enum stage_result, or -errno: the record
	 * cannot be stored. */
	int (*apply)(const void *arg, struct envelope *envelope, struct stage_data *data);
	/* Whether it has what it needs to undo this record, such as its key: 0; -ENOKEY, -EKEYREJECTED, -ENOPKG.  NULL:
	 * always.  Called by the cartridge's fiber only. */
	int (*can_undo)(const void *arg, const struct envelope *envelope);
	/* The inverse.  0; -EBADMSG, -EILSEQ: these are not the data that apply made. */
	int (*undo)(const void *arg, const struct envelope *envelope, struct stage_data *data);
};

/* A stage of a cartridge.  arg, such as a key, is the caller's until the next cart_use_stages() or the unmount. */
struct stage_use {
	const struct stage *stage;
	const void *arg;
	bool applies; /* to records being written; without it, it only undoes */
};

/* How a record is stored. */
struct stored {
	uint32_t len;        /* bytes, with its envelope */
	uint32_t skip;       /* of these the envelope; 0: not transformed */
	uint32_t tail;       /* and what is encrypted behind the data */
	uint32_t from;       /* where what the host gets begins in it */
	uint32_t host_len;   /* what the host wrote */
	enum lbp_method lbp; /* how the host protected it, and the value; 0 if that is encrypted */
	uint32_t lbp_value;
	bool undo; /* the host has it only from the stages */
	int err;   /* why the host cannot have it */
};

/* Bytes of a record in a segment of the read window, as they were read. */
struct piece {
	const struct buf *buf;
	const uint8_t *data;
	uint32_t len, crc;
};

/* Who undoes a record that is undone ahead. */
enum claim {
	CLAIM_FREE,  /* whoever comes first: the crew, or the fiber when it wants the record */
	CLAIM_TAKEN, /* one of them does, or nobody wants it any more */
	CLAIM_DONE,  /* the result is there */
};

/* A record in the stages, or one being undone. */
struct staged {
	TAILQ_ENTRY(staged) link;
	struct engine_work work;
	const struct stages *stages;
	/* The bytes of a record stand behind ENVELOPE_MAX bytes for its envelope.  A stage reads one and fills the
	 * other. */
	uint8_t *mem[2];
	unsigned at;        /* where the record is now */
	uint32_t room;      /* of each */
	uint32_t len, done; /* bytes of the record as it is now; received so far */
	uint32_t host_len;
	uint64_t object; /* its number */
	uint32_t partition;
	uint32_t skip;  /* bytes of envelope in front of it; 0: none */
	uint32_t crc;   /* of these and the record as it is stored */
	bool hurried;   /* without the optional stages: the crew is busy, or the pace does not allow them */
	bool core_lost; /* the thread that computed had to wait for a core */
	struct scratch scratch;
	struct envelope envelope;
	int err;
	/* One being undone: */
	const struct stage_use *undoes[2]; /* the stages that do it, in order */
	unsigned undo_count;
	const uint8_t *source; /* its bytes, where they were read; NULL: they are in mem */
	struct stored how;
	/* One being undone ahead: */
	_Atomic enum claim claim;
	struct piece pieces[STAGED_PIECES];
	unsigned piece_count;
};
TAILQ_HEAD(staged_list, staged);

/* How far records are undone ahead: the next entry to look at.  buf NULL: the first one of the window. */
struct ahead {
	const struct buf *buf;
	uint32_t entry, offset;
	uint64_t object; /* that begins with it, or behind it */
};

struct stages {
	struct stage_use uses[STAGES_MAX];
	unsigned count;
	bool on;    /* at least one is applied */
	bool bound; /* and at least one that is not optional */
	struct pace pace;
	struct staged slots[STAGED_SLOTS];
	struct staged_list free, queue; /* queue: the oldest first */
	struct staged_list ahead;       /* undone ahead, in order; nothing is in the queue meanwhile */
	struct staged_list leaving;     /* nobody wants them, but their work has not ended */
	unsigned ahead_count;
	uint64_t ahead_bytes;
	/* What the queue can need at most: objects, charge, blocks of segments. */
	uint32_t objects, blocks;
	uint64_t charge;
	struct record record; /* the one being put into segments */
};

void stages_init(struct stages *stages);
void stages_free(struct stages *stages);
/* The stages that records pass from now on, in the order in which they are applied; what is in the stages before is
 * stored first.  n 0: records are stored as they come.  Generations that are begun from now on say that their records
 * may be transformed or encrypted, so the first call that applies such a stage ends the present one.  0; -EINVAL: too
 * many, or a record is under way; the error of the sync point, after which nothing is in the stages and the present
 * ones stay. */
int cart_use_stages(struct cart *cart, const struct stage_use *uses, unsigned n);
/* The partition in use is another one: its next generation says what the stages do. */
void stages_announce(struct cart *cart);
/* Records that are transformed can be appended: if the present generation has none, it ends.  0, or the error of that
 * sync point. */
int generation_transforms(struct cart *cart);

/* Most bytes that a record of len bytes is stored in. */
static inline uint32_t staged_max(uint32_t len)
{
	return len + ENVELOPE_MAX + LBP_VALUE;
}

static inline uint32_t staged_blocks(uint32_t len)
{
	return (staged_max(len) + SEGMENT_DATA - 1) / SEGMENT_DATA * (SEGMENT_MAX / BLOCK);
}

static inline uint8_t *staged_bytes(const struct staged *slot)
{
	return slot->mem[slot->at] + ENVELOPE_MAX;
}

/* Whether one more record of len bytes may be in the stages. */
bool stages_have_room(const struct stages *stages, uint32_t len);
/* A slot with room for len bytes; puts finished records into segments, and waits for some, while the stages have no
 * room. 0, -ENOMEM, or the error of an earlier record. */
int stages_slot(struct cart *cart, uint32_t len, struct staged **ret_slot);
/* The same without waiting: -EAGAIN. */
int stages_slot_now(struct cart *cart, uint32_t len, struct staged **ret_slot);
/* Its work may not have ended: then nothing of it is used any more. */
void slot_put(struct stages *stages, struct staged *slot);
/* Waits until the work of all slots has ended. */
void stages_rest(struct cart *cart);
/* The record in the slot enters the stages. */
void stages_send(struct cart *cart, struct staged *slot);
/* Puts records that are finished into segments, in order.  all: waits for all of them. 0, or why one cannot be
 * stored: it and those behind it are lost (cart_fault_take()). */
int stages_reap(struct cart *cart, bool all);
/* Drops the records in the stages, waiting for the crew. */
void stages_drop(struct cart *cart);

static inline int stages_settle(struct cart *cart, const struct stages *stages)
{
	return TAILQ_EMPTY(&stages->queue) ? 0 : stages_reap(cart, true);
}

/* undo.c */
/* Whether the stages at hand give the host's record back: 0; -ENOKEY, -EKEYREJECTED, -ENOPKG. */
int stages_can_undo(const struct stages *stages, const struct envelope *envelope);
/* Which stages undo the record in the slot, whose envelope is there.  As stages_can_undo(). */
int undo_prepare(struct staged *slot);
/* Makes the host's record of the stored one in the slot; the result is in slot->err: 0, -EBADMSG, -ENOKEY ...  Runs on
 * any thread. */
void undo_run(void *slot);
/* Passes the record through one stage: apply, or undo. */
int staged_step(struct staged *slot, const struct stage_use *use, bool undo);
/* Runs fn(slot) on the crew, else here. */
void staged_start(struct cart *cart, struct staged *slot, void (*fn)(void *slot));
void staged_wait(struct cart *cart, const struct staged *slot);

/* ahead.c: undoes records in the read window before they are read. */
/* Starts on those behind the position, as far as the crew takes them. */
void ahead_fill(struct cart *cart);
/* Leaves out those with bytes in the buffer, NULL: all.  Waits for one that is just being undone. */
void ahead_drop(struct cart *cart, const struct buf *b);
/* The position has moved back: what was begun is left out, and the next ahead_fill() begins behind the position. */
void ahead_restart(struct cart *cart);
/* Whether the host's form of the record at the position is in the reader's `undone`, or has been made ahead: then it is
 * there now. */
bool undone_there(struct cart *cart);
/* The record at the position is in the slot. */
void undone_put(struct cart *cart, struct staged *slot);
void undone_drop(struct cart *cart);
