/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of media/: cartridges as folders of files.  A cartridge has one
 * partition (the format knows four) of objects, records and filemarks,
 * numbered from 0.  FORMAT.md says what the bytes are.
 *
 * Calls wait where the engine waits, so a drive's fiber uses them as plain
 * functions.  Results: 0 or more is an enum media_result, less is -errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine; /* media/engine.h: who does the reading and writing */
struct cart;

enum { MEDIA_RECORD_MAX = 8 << 20, MEDIA_BARCODE_MAX = 32, MEDIA_PARTITIONS = 4 };

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
 * elsewhere; -EPROTONOSUPPORT written by a newer version of Evertape. */
/* An -errno of these calls in words; what is none of the above in those of error_text(). */
const char *media_error_text(int err);

/* --- the label: who a cartridge is -------------------------------------------------- */

struct cart_label {
	char uuid[37];
	char barcode[MEDIA_BARCODE_MAX + 1];
	char generation[8]; /* "lto5" .. "lto9", "cln" for a cleaning cartridge */
	uint64_t capacity;  /* bytes a host can write before end of partition */
	bool worm, write_protected;
	char library[65]; /* where it was last: library name and element, "slot:3" */
	char element[33];
	uint64_t created;       /* seconds since 1970 */
	uint64_t loads;         /* times threaded */
	uint64_t written, read; /* lifetime bytes by the host */
};

/* Makes a new, empty, blank cartridge folder at root/<barcode>; durable when it returns
 * 0. -EEXIST. */
int cart_create(struct engine *engine, const char *root, const struct cart_label *label);
int cart_label_read(struct engine *engine, const char *root, const char *barcode,
	struct cart_label *ret_label);
/* Replaces the label atomically and durably.  -EINVAL: that is another cartridge's uuid, or would make
 * a WORM cartridge an ordinary one. */
int cart_label_write(struct engine *engine, const char *root, const struct cart_label *label);
/* Deletes the folder. */
int cart_delete(struct engine *engine, const char *root, const char *barcode);
/* -EBUSY when somebody has it open just now, 0 when nobody has. */
int cart_in_use(struct engine *engine, const char *root, const char *barcode);
/* Removes what a crash left of cartridges that were being made, imported or deleted; says which.  Nobody
 * else may be at work in root. */
int cart_sweep(struct engine *engine, const char *root);

/* --- deleted cartridges: kept in root/.deleted, each in a folder of its own, until they are given up --- */

enum { MEDIA_ENTRY_MAX = 47 }; /* of the name of such a folder */

struct cart_deletion {
	char barcode[MEDIA_BARCODE_MAX + 1], uuid[37]; /* uuid "": its label cannot be read */
	char library[65];                              /* where it was */
	char by[256], reason[201]; /* who deleted it and why, in words; "" when that is not known */
	uint64_t deleted;          /* seconds since 1970 */
};
/* Makes a place there, durably; the cartridge stays where it is.  What is not used is given back with
 * cart_bin_empty(). */
int cart_bin_prepare(struct engine *engine, const char *root, const struct cart_deletion *deletion,
	char ret_entry[static MEDIA_ENTRY_MAX + 1]);
/* The cartridge goes there, or comes back (-EEXIST: there is another one now): one rename, durable. */
int cart_bin_put(struct engine *engine, const char *root, const char *entry, const char *barcode);
int cart_bin_take(struct engine *engine, const char *root, const char *entry, const char *barcode);
/* Deletes the place and what is in it. */
int cart_bin_empty(struct engine *engine, const char *root, const char *entry);
/* The names of all places; *ret_entries is malloc'd. */
int cart_bin_list(struct engine *engine, const char *root, char (**ret_entries)[MEDIA_ENTRY_MAX + 1],
	size_t *ret_n);
/* What is known of one, and whether the cartridge is there; without a sound record what its label says.
 * -EPROTONOSUPPORT: a newer version of Evertape wrote the record. */
int cart_bin_look(struct engine *engine, const char *root, const char *entry,
	struct cart_deletion *ret_deletion, bool *ret_there);
/* The place as a root for other calls, which find the cartridge there under its barcode. */
int cart_bin_root(const char *root, const char *entry, char *out, size_t size);

/* --- a threaded cartridge ------------------------------------------------------------ */

/* Opens root/<barcode> for a drive, recovering from a crash if it must: at object 0. The cart locks
 * its folder (-EBUSY when another has it).  read_only needs no more than permission to read, writes
 * nothing, and shares the cartridge with others who only read.  A folder on a file system that cannot
 * be written is opened so, whatever was asked for: cart_is_read_only() tells. */
int cart_open(struct engine *engine, const char *root, const char *barcode, bool read_only,
	struct cart **ret_cart);
/* A sync point and a checkpoint, then closes; also after errors.  The result is that of
 * the sync. */
int cart_close(struct cart *cart);
const struct cart_label *cart_label(const struct cart *cart);
/* Whether nothing can be written: opened so, write-protected, or the file system has become read-only. */
bool cart_is_read_only(const struct cart *cart);

struct cart_position {
	uint32_t partition;
	uint64_t object;    /* number of the next record or filemark */
	uint64_t filemarks; /* filemarks before it */
	bool bop, eod;
	bool early_warning; /* behind early warning, or the disk below is nearly full */
	/* written by the host, not yet on stable storage */
	uint64_t buffered_objects, buffered_bytes;
};
void cart_position(const struct cart *cart, struct cart_position *ret_position);

struct cart_usage {
	uint64_t capacity, used, remaining; /* bytes */
	uint64_t objects, filemarks;        /* up to end of data */
	uint64_t file_bytes;                /* what the cartridge takes on disk */
	/* What is known to be gone without reading it: objects, the first of them, files. */
	uint64_t lost_objects, first_lost, lost_files;
};
void cart_usage(const struct cart *cart, struct cart_usage *ret_usage);
/* Nothing is written on it, not even in the buffer. */
bool cart_is_blank(const struct cart *cart);
/* The same of a cartridge that is in no drive, without opening it: a few small reads and no lock.
 * -ENODATA when that does not tell (a crash came after the last checkpoint, a very long index); -ENOLINK
 * when files with its data are missing and what is left is not known either. */
int cart_glance(struct engine *engine, const char *root, const char *barcode, struct cart_usage *ret_usage);

/* --- writing at the position; data after it is gone for good with the first one ---------------- */

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
/* Sync point: everything written is on stable storage when it returns 0.  After a failure the cart
 * is read-only and its position is behind the last good object. */
int cart_sync(struct cart *cart);
/* True once after buffered data was lost to an error; objects from *ret_first on are gone. */
bool cart_fault_take(struct cart *cart, int *ret_err, uint64_t *ret_first);
/* End of data is here now, durably.  A disk without room even for this: MEDIA_FULL. */
int cart_erase(struct cart *cart);

/* --- reading and moving: these make buffered data durable first ---------------------- */

/* What is at the position: MEDIA_OK (a record of *ret_len bytes), MEDIA_FILEMARK,
 * MEDIA_EOD. Stays. */
int cart_peek(struct cart *cart, uint32_t *ret_len);
/* Verified bytes of the record at the position, from offset on: at least one, valid until the next
 * call on the cart. -EBADMSG or -EIO when they cannot be had. */
int cart_read_chunk(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len);
/* Moves past the object at the position (also past one that cannot be read). */
int cart_skip(struct cart *cart);

int cart_rewind(struct cart *cart);
/* To the object's number; beyond the last one: MEDIA_EOD, at end of data. */
int cart_locate(struct cart *cart, uint32_t partition, uint64_t object);
int cart_space_eod(struct cart *cart);
/* n > 0 forward, < 0 backward, *ret_done how many it passed.  Blocks stop at a filemark: behind it
 * going forward, before it going backward (MEDIA_FILEMARK).  MEDIA_EOD, MEDIA_BOP. */
int cart_space_blocks(struct cart *cart, int64_t n, uint64_t *ret_done);
int cart_space_filemarks(struct cart *cart, int64_t n, uint64_t *ret_done);

/* --- whole cartridges, without a drive ----------------------------------------------- */

/* Told now and then how far long work is; return false to stop it (-ECANCELED). */
struct media_progress {
	bool (*step)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};
enum { MEDIA_DIGEST_TEXT = 65 };
struct cart_report {
	uint64_t records, filemarks, bytes;
	uint64_t bad; /* objects that cannot be read as written */
	uint64_t first_bad;
	uint64_t skipped;    /* objects of a .tap that are neither data nor filemarks */
	uint64_t file_bytes; /* of the container that was read or written; 0 none */
	bool no_checksums;   /* the container has none: only its structure was checked */
	/* SHA-256 in hexadecimal, "" when it was not computed: of the container's bytes; of the data of all
	 * records, one after the other (the same for a cartridge and every container made of it). */
	char file_digest[MEDIA_DIGEST_TEXT], data_digest[MEDIA_DIGEST_TEXT];
	char why[128]; /* the first fault, in words */
};
/* Reads everything and checks every checksum. 0 when all is well, -EBADMSG else; report
 * either way. */
int cart_verify(struct engine *engine, const char *root, const char *barcode,
	const struct media_progress *progress, struct cart_report *ret_report);
/* To and from a stream (fd may be a pipe or a socket): our own container with checksums, or SIMH .tap.
 * A socket's sender says that the stream is whole by shutting down its sending half and staying there. */
enum cart_container { CART_NATIVE, CART_SIMH };
int cart_export(struct engine *engine, const char *root, const char *barcode, int fd,
	enum cart_container container, const struct media_progress *progress, struct cart_report *ret_report,
	char why[static 128]);
/* Makes root/<barcode> from the stream (barcode NULL: the one in a native container; generation and
 * capacity from label for .tap, which label NULL refuses).  Nothing is left behind on failure; why says what is wrong.  On
 * success the barcode it got is in ret_barcode. */
int cart_import(struct engine *engine, const char *root, const char *barcode, int fd,
	const struct cart_label *label, const struct media_progress *progress, struct cart_report *ret_report,
	char why[static 128], char ret_barcode[static MEDIA_BARCODE_MAX + 1]);
/* Checks a container file without importing it. */
int cart_verify_container(int fd, const struct media_progress *progress, struct cart_report *ret_report);
