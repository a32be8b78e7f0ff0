/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of media/: cartridges as folders of files.  A cartridge has one to
 * four partitions of objects, records and filemarks, numbered from 0 in each.  FORMAT.md says what the bytes are.
 *
 * Calls wait where the engine waits, so a drive's fiber uses them as plain
 * functions.  Results: 0 or more is an enum media_result, less is -errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/shelf/preamble.h"
#include "media/shelf/shelf.h"

struct cart;

enum { MEDIA_RECORD_MAX = 8 << 20 };
/* A partition takes no more objects.  Behind the number of the second it warns, as close to its end. */
#define MEDIA_OBJECTS_MAX     0xfffffff0u
#define MEDIA_OBJECTS_WARNING 0xffffff00u

enum media_result {
	MEDIA_OK,
	MEDIA_FILEMARK, /* met a filemark; the call says on which side of it */
	MEDIA_EOD,      /* met end of data */
	MEDIA_BOP,      /* met the beginning of the partition */
	MEDIA_FULL,     /* no room: nothing of this object was written */
};
/* Besides: -EROFS it can only be read; after a write that failed its error, once more; -EPERM a WORM
 * cartridge's data would be overwritten; -EBADMSG checksum; -EIO; -EUCLEAN no cartridge or damaged
 * beyond reading; -ENOLINK the files with its data are missing; -EEXIST; -ENOENT; -EINVAL; -EBUSY open
 * elsewhere; -ECOMM the host's protection value is not that of the data; -ENOKEY encrypted, -EKEYREJECTED with another key, -ENOPKG compressed in a way that is not known; -EPROTOTYPE written in format 1; -EPROTONOSUPPORT it needs a newer version of Evertape. */
/* An -errno of these calls in words; what is none of the above in those of error_text(). */
const char *media_error_text(int err);

/* --- a threaded cartridge ------------------------------------------------------------ */

/* Opens root/<barcode> for a drive, recovering from a crash if it must: at object 0. The cart locks
 * its folder (-EBUSY when another has it).  read_only needs no more than permission to read, writes
 * nothing, and shares the cartridge with others who only read.  A folder on a file system that cannot
 * be written is opened so, whatever was asked for: cart_is_read_only() tells. */
int cart_open(struct shelf shelf, const char *barcode, bool read_only, struct cart **ret_cart);
/* A sync point and a checkpoint, then closes; also after errors.  The result is that of
 * the sync. */
int cart_close(struct cart *cart);
const struct cart_label *cart_label(const struct cart *cart);
/* What its memory counted before this mount. */
struct cart_counters cart_counters(const struct cart *cart);
/* Whether nothing can be written: opened so, write-protected, or the file system has become read-only. */
bool cart_is_read_only(const struct cart *cart);
/* It is read-only because who writes it must know a feature that this version does not (FORMAT.md 1.2). */
bool cart_needs_newer(const struct cart *cart);

/* Segment buffers stay mapped between mounts of this engine: for a program that opens many cartridges, one after
 * the other.  engine_free() frees them. */
void media_keep_buffers(struct engine *e);

struct cart_position {
	uint32_t partition;
	uint64_t object;    /* number of the next record or filemark */
	uint64_t filemarks; /* filemarks before it */
	bool bop, eod;
	bool early_warning; /* behind early warning, by bytes or objects, or the disk below is nearly full */
	uint64_t before_warning; /* bytes; UINT64_MAX: not known, see cart_position_settle() */
	/* written by the host, not yet on stable storage */
	uint64_t buffered_objects, buffered_bytes;
};
void cart_position(const struct cart *cart, struct cart_position *ret_position);
/* Early warning is so many bytes before the end of a partition, at most a 16th of it; after the mount: 64 MiB. */
void cart_warn_before(struct cart *cart, uint64_t bytes);
/* Afterwards cart_position() knows how far early warning is.  May read a header. */
int cart_position_settle(struct cart *cart);

struct cart_usage {
	uint64_t capacity, used, remaining; /* bytes */
	uint64_t warned;                    /* bytes of the capacity that are behind early warning */
	uint64_t objects, filemarks;        /* up to end of data */
	uint64_t file_bytes;                /* what the cartridge takes on disk */
	/* What is known to be gone without reading it: objects, the first of them, files. */
	uint64_t lost_objects, first_lost, lost_files;
	bool encrypted; /* records that are encrypted may be on it */
	bool tampered;  /* of the whole cartridge: cart_tampered() */
	/* What records were for hosts, and as what they are stored, without envelopes.  Those of a mount that did not end
	 * well are not counted; 0: none is. */
	uint64_t host_bytes, stored_bytes;
};
/* Of all partitions together; first_lost is of the first partition that has lost something. */
void cart_usage(const struct cart *cart, struct cart_usage *ret_usage);
/* Of one; of one that is not there, zeros. */
void cart_partition_usage(const struct cart *cart, uint32_t partition, struct cart_usage *ret_usage);
/* A WORM cartridge whose files were changed otherwise than by drives: data that a drive had written were removed or
 * overwritten, or its label does not say any more that it is WORM.  It can only be read (-EREMCHG); nothing of it is
 * removed.  A crash, and a memory or index that is lost, do not look so. */
bool cart_tampered(const struct cart *cart);
/* Nothing is written on it, not even in the buffer. */
bool cart_is_blank(const struct cart *cart);
/* The same of a cartridge that is in no drive, without opening it: a few small reads and no lock.
 * -ENODATA when that does not tell (a crash came after the last checkpoint, a very long index); -ENOLINK
 * when files with its data are missing and what is left is not known either. */
int cart_glance(struct shelf shelf, const char *barcode, struct cart_usage *ret_usage);

/* --- its memory: attributes for hosts (FORMAT.md 3.1) ------------------------------------ */

/* 0; -EUCLEAN: it is damaged, and the unmount begins it anew; -EIO: it cannot be read. */
int cart_memory_error(const struct cart *cart);
/* What it held before this mount is not known: it was damaged, could not be read, or is missing although something
 * was written. */
bool cart_memory_lost(const struct cart *cart);
/* The attribute; false: there is none.  The value is valid until the next change. */
bool cart_attribute(const struct cart *cart, uint32_t partition, uint16_t id,
	struct cart_attribute *ret_attribute);
/* The partition's first one with this id or a higher one. */
bool cart_attribute_from(const struct cart *cart, uint32_t partition, uint16_t id,
	struct cart_attribute *ret_attribute);
/* Puts n attributes, durably: all of them, or with an -errno none.  One with len 0 is removed.  -ENOSPC also for a
 * memory that is full; -EUCLEAN, -EIO as cart_memory_error(). */
int cart_attributes_write(struct cart *cart, const struct cart_attribute *list, size_t n);
/* As much in memory: it becomes durable with the next write of attributes, or at the unmount. */
int cart_attribute_note(struct cart *cart, const struct cart_attribute *attribute);
/* The volume change reference: another number after each change of the data, also when a crash comes between; 0: nothing
 * was ever written. */
uint32_t cart_changes(const struct cart *cart);
/* A host was told that number to compare it later: the next object that is written makes it another one, also behind
 * earlier ones of this mount (SSC-5 4.2, volume change reference). */
void cart_changes_told(struct cart *cart);

/* --- partitions ---------------------------------------------------------------------------- */

struct cart_layout {
	unsigned partitions; /* 1 to MEDIA_PARTITIONS */
	uint64_t available;  /* bytes that the partitions share; at most the label's capacity */
	uint64_t capacity[MEDIA_PARTITIONS]; /* bytes of each, at least 1; the sum is at most available */
};
/* Of a cartridge that was never formatted: one partition of the label's capacity. */
void cart_layout(const struct cart *cart, struct cart_layout *ret_layout);
unsigned cart_partitions(const struct cart *cart);
/* Voids everything on the cartridge and gives it these partitions: at object 0 of partition 0.  When it returns 0 this
 * is durable; a crash before leaves the old partitions with their data, or the new ones, blank.  -EINVAL: no such
 * layout; -EPERM: a WORM cartridge; -EROFS and others as cart_may_append(); MEDIA_FULL and other errors: nothing has
 * changed, or the cartridge can only be read from now on. */
int cart_format(struct cart *cart, const struct cart_layout *layout);

/* --- writing at the position; data after it is gone for good with the first one ---------------- */

/* Whether objects may be written at the position: 0; -EPERM a WORM cartridge's data would be overwritten; -EROFS it can
 * only be read; the error of an earlier write.  The answer holds for a stretch of writing, until the next move. */
int cart_may_append(struct cart *cart);
/* Whether what is written at the position is appended: it is end of data, or only filemarks follow, and it is the
 * beginning of the partition or behind a filemark.  Also false when what is there cannot be read. */
bool cart_appends(struct cart *cart);
/* Begins a record of len bytes (1 .. MEDIA_RECORD_MAX). MEDIA_OK, MEDIA_FULL, -errno. */
int cart_write_begin(struct cart *cart, uint32_t len);
/* Room for the record's next bytes: *ret_len of them (>= 1), to be filled in place. NULL when the
 * record has all its bytes.  May wait for earlier data to reach the disk. */
void *cart_write_room(struct cart *cart, size_t *ret_len);
/* n bytes of the room hold data. */
void cart_write_filled(struct cart *cart, size_t n);
/* The record is whole and now counts (when it is the first one after a move away from end of data,
 * what was behind it is durably gone); or it never happened.  -errno: it does not count either. */
int cart_write_end(struct cart *cart);
void cart_write_cancel(struct cart *cart);
/* All of the above for a record in memory. */
int cart_write(struct cart *cart, const void *buf, uint32_t len);
/* n filemarks, buffered like records.  MEDIA_OK or MEDIA_FULL (after as many as fit: *ret_done). */
int cart_write_filemarks(struct cart *cart, uint32_t n, uint32_t *ret_done);
/* Sync point: everything written is on stable storage when it returns 0, except what cart_fault_take() has reported as
 * lost.  After a failure the cart is read-only and its position is behind the last good object. */
int cart_sync(struct cart *cart);
/* True once after buffered data was lost to an error; objects from *ret_first on are gone. */
bool cart_fault_take(struct cart *cart, int *ret_err, uint64_t *ret_first);
/* End of data is here now, durably.  A disk without room even for this: MEDIA_FULL. */
int cart_erase(struct cart *cart);

/* --- reading and moving: these make buffered data durable first ---------------------- */

/* Instead of MEDIA_EOD they return -ENODATA if the mount could not read all files: then there may be more data. */

/* What is at the position: MEDIA_OK (a record of *ret_len bytes), MEDIA_FILEMARK,
 * MEDIA_EOD. Stays. */
int cart_peek(struct cart *cart, uint32_t *ret_len);
/* Verified bytes of the record at the position, from offset on: at least one, valid until the next
 * call on the cart. -EBADMSG or -EIO when they cannot be had. */
int cart_read_chunk(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len);
/* Moves past the object at the position (also past one that cannot be read). */
int cart_skip(struct cart *cart);

/* To the beginning of the partition. */
int cart_rewind(struct cart *cart);
/* To the object's number in that partition; beyond the last one: MEDIA_EOD, at end of data. */
int cart_locate(struct cart *cart, uint32_t partition, uint64_t object);
int cart_space_eod(struct cart *cart);
/* n > 0 forward, < 0 backward, *ret_done how many it passed.  Blocks stop at a filemark: behind it
 * going forward, before it going backward (MEDIA_FILEMARK).  MEDIA_EOD, MEDIA_BOP. */
int cart_space_blocks(struct cart *cart, int64_t n, uint64_t *ret_done);
int cart_space_filemarks(struct cart *cart, int64_t n, uint64_t *ret_done);

/* --- logical block protection ----------------------------------------------------------- */

/* How the host protects a record: by a value of 4 bytes that both sides compute of its data. */
enum lbp_method { LBP_NONE, LBP_REED_SOLOMON, LBP_CRC32C, N_LBP_METHODS };
enum { LBP_VALUE = 4 }; /* bytes of a value */
/* The value of len more bytes; value 0 to start. */
uint32_t lbp_value(enum lbp_method method, uint32_t value, const void *buf, size_t len);
/* As cart_write_begin(), for a record that is kept with a value: the caller gives it by cart_write_value() between the
 * last byte and cart_write_end(). */
int cart_write_begin_protected(struct cart *cart, uint32_t len, enum lbp_method method);
/* 0; -ECOMM: it is not that of the data; -EINVAL: not now; what cart_write_end() would say of a record that cannot become
 * whole.  After an error it can only be cancelled. */
int cart_write_value(struct cart *cart, uint32_t value);
/* The method with which the host protected the record at the position, as cart_peek() finds it. */
int cart_peek_protection(struct cart *cart, enum lbp_method *ret_method);
/* From now on cart_read_chunk() also computes values with this method; LBP_NONE: no more.  A record is then read from its
 * beginning to its end. */
void cart_read_protected(struct cart *cart, enum lbp_method method);
/* The value of the record that has been read to its end. */
uint32_t cart_read_value(const struct cart *cart);

/* --- encryption ---------------------------------------------------------------------- */

enum { CART_KEY = 32, CART_KAD_MAX = 32 }; /* bytes of a key, most bytes of data that belong to a key */

/* How encrypted records are read. */
enum cart_decryption {
	CART_LOCKED, /* not at all: -ENOKEY */
	CART_RAW, /* as they are stored, envelope included; -EKEYREVOKED: this one was written not to be read so */
	CART_DECRYPT, /* decrypted; records that are not encrypted are refused: -ENOMSG */
	CART_MIXED,   /* decrypted; records that are not encrypted are read, too */
};

/* Data that belong to a key: stored in clear with each record and covered by its tag. */
struct cart_kad {
	bool there;
	uint8_t len;
	uint8_t bytes[CART_KAD_MAX];
};
enum cart_kad_kind { CART_KAD_PLAIN, CART_KAD_AUTHENTICATED, CART_KADS };

struct cart_crypt {
	bool encrypt;   /* records that are written from now on */
	bool never_raw; /* and they must not be read raw */
	enum cart_decryption decryption;
	bool external; /* decrypts only what the host itself has encrypted before it wrote it, which no record is */
	const uint8_t *key; /* CART_KEY bytes; NULL: none, for LOCKED and RAW without encrypt */
	struct cart_kad kad[CART_KADS];
};
/* Encrypts and decrypts so from now on; NULL: as after the mount, nothing is encrypted and encrypted records are locked.
 * A sync point.  The key is copied to memory that is wiped at the next call and at the unmount.  0; -EINVAL a record is
 * under way; -ENOMEM; the error of the sync point.  After an error it does what it did before.
 * Reading: -EKEYREJECTED another key; -EBADE not external; -EILSEQ the right key, but the record is not what was written. */
int cart_use_crypt(struct cart *cart, const struct cart_crypt *crypt);

/* --- compression ---------------------------------------------------------------------- */

enum cart_compression {
	CART_COMPRESS_OFF,
	CART_COMPRESS_AUTO, /* LZ4, while that slows nothing down; else records are stored as they come */
	CART_COMPRESS_LZ4,
	CART_COMPRESS_ZSTD,
};
/* Records that are written from now on are compressed so; OFF after the mount.  Those that do not become smaller are stored
 * as they come.  Reading needs no setting.  A sync point.  Errors as of cart_use_crypt(). */
int cart_use_compression(struct cart *cart, enum cart_compression compression);
enum cart_compression cart_compression(const struct cart *cart);

/* Bytes of records in this mount that compression spared: those that the host wrote and the medium did not get, and those
 * that the host read and the medium did not have.  Envelopes do not count. */
struct cart_savings {
	uint64_t written, read;
};
struct cart_savings cart_savings(const struct cart *cart);

/* What is known of the object at the position without reading it.  Stays. */
struct cart_block {
	bool record; /* else a filemark, or end of data */
	bool encrypted, compressed;
	bool readable;  /* the present key is the right one, or it may be read raw */
	bool never_raw; /* it must not be read raw */
	struct cart_kad kad[CART_KADS];
};
/* 0; -EBADMSG, -EIO: it cannot be read; the error of earlier writes. */
int cart_look(struct cart *cart, struct cart_block *ret_block);

/* --- copying whole cartridges: media/container --------------------------------------- */

/* cart_open() of a folder that is not a cartridge yet. */
int cart_open_folder(struct shelf shelf, const char *folder, bool read_only, struct cart **ret_cart);
/* cart_close() of a copy: its memory becomes that of the original (copied), and writing the copy is no use of it.
 * When the original was written before, a copy without objects begins a generation, so that it is not taken for
 * one that lost its files. */
struct mam; /* media/shelf/mam.h */
int cart_close_copy(struct cart *cart, const struct mam *memory);
/* The rows with the present volume change reference; mam_free() frees them. */
int cart_memory_copy(struct cart *cart, struct mam *ret_memory);
/* A transformed record as it is stored, envelope included (FORMAT.md 4.4).  Allowed before anything is written in
 * this mount; the generations to come then say so in their headers: read has the bits of FEATURES_RECORDS that they get, others
 * do not count.  -EBADMSG: the envelope is not sound. */
int cart_allow_transformed(struct cart *cart, uint32_t read);
int cart_write_transformed(struct cart *cart, const void *buf, uint32_t len);
/* cart_peek() and cart_read_chunk() of a record as it is stored: for a transformed one with its envelope, and
 * without its key. */
int cart_peek_stored(struct cart *cart, uint32_t *ret_len, bool *ret_transformed);
int cart_read_stored(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len);
/* As cart_read_stored(), from the beginning of the record to its end.  -ECOMM: what is not encrypted does not have its
 * protection value. */
int cart_verify_stored(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len);
/* What who reads it must know (FORMAT.md 1.2). */
struct features cart_features(const struct cart *cart);
/* A record known to be unreadable, and what is left of it (at most 1 MiB; buf may be NULL when reading). */
int cart_write_damaged(struct cart *cart, const void *buf, uint32_t len);
int cart_read_damaged(struct cart *cart, void *buf, uint32_t *ret_len);
/* The error that made it read-only since it was opened; 0 none. */
int cart_failed(const struct cart *cart);
