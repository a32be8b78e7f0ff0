/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of media/shelf: where cartridges stand.  A cartridge is a folder `root/<barcode>` with a label; a
 * deleted one stands in the wastebasket `root/.deleted`.  FORMAT.md sections 2, 3 and 7 say what the bytes are.
 *
 * Calls wait where the engine waits.  Results are 0 or -errno; media_error_text() has the words.  -EPROTOTYPE:
 * written in format 1; -EPROTONOSUPPORT: needs a newer version of Evertape; the log then says which feature.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine; /* media/engine/engine.h: who does the reading and writing */

enum { MEDIA_BARCODE_MAX = 32, MEDIA_PARTITIONS = 4 };

/* A folder of cartridges, and who does the reading and writing there.  Passed by value; `root` stays the caller's. */
struct shelf {
	struct engine *engine;
	const char *root;
};

static inline struct shelf shelf_at(struct engine *engine, const char *root)
{
	return (struct shelf){ engine, root };
}

/* Whether a call refused something because another version of Evertape wrote it, or because it needs a
 * feature that this version does not know: it stays untouched. */
static inline bool media_other_version(int err)
{
	return err == -EPROTOTYPE || err == -EPROTONOSUPPORT;
}

/* --- the label: who a cartridge is -------------------------------------------------- */

struct cart_label {
	char uuid[37];
	char barcode[MEDIA_BARCODE_MAX + 1];
	char generation[8]; /* "lto5" .. "lto9", "m8", "cln" for a cleaning cartridge */
	uint64_t capacity;  /* bytes a host can write before end of partition */
	bool worm, write_protected;
	char library[65]; /* where it was last: library name and element, "slot:3" */
	char element[33];
	uint64_t created; /* seconds since 1970 */
	/* What who reads, and who writes, the cartridge must know: FORMAT.md section 2. */
	uint64_t features_read, features_write;
};

/* Makes a new, empty, blank cartridge folder at root/<barcode>; durable when it returns
 * 0. -EEXIST. */
int cart_create(struct shelf shelf, const struct cart_label *label);
int cart_label_read(struct shelf shelf, const char *barcode, struct cart_label *ret_label);
/* Replaces the label atomically and durably.  -EINVAL: that is another cartridge's uuid, or would make
 * a WORM cartridge an ordinary one. */
int cart_label_write(struct shelf shelf, const struct cart_label *label);
/* Whether the folder is a cartridge's: it has a label, sound or not.  Blocks. */
bool cart_folder_is(const char *path);
/* What the cartridge's memory counts; who has it mounted writes it at the unmount. */
struct cart_counters {
	uint64_t loads;         /* times threaded */
	uint64_t written, read; /* lifetime bytes by the host */
};
/* Of the cartridge of this label.  -EUCLEAN: its memory is damaged, and the next unmount begins it anew. */
int cart_counters_read(struct shelf shelf, const struct cart_label *label,
	struct cart_counters *ret_counters);
/* An attribute in the cartridge's memory: FORMAT.md section 3.1. */
struct cart_attribute {
	uint8_t partition, format; /* 0 binary, 1 ASCII, 2 text */
	uint16_t id, len;
	const uint8_t *value; /* as a host reads it */
};
enum { CART_MEMORY_MAX = 65536 - 64 }; /* bytes of all attributes, with 6 more for each */
/* Calls visit for each attribute in the memory of the cartridge of this label, in order of partition and id.
 * Errors as of cart_counters_read(). */
int cart_attributes_read(struct shelf shelf, const struct cart_label *label,
	void (*visit)(void *arg, const struct cart_attribute *attribute), void *arg);
/* Deletes the folder. */
int cart_delete(struct shelf shelf, const char *barcode);
/* -EBUSY when somebody has it open just now, 0 when nobody has. */
int cart_in_use(struct shelf shelf, const char *barcode);
/* Removes what a crash left of cartridges that were being made, imported or deleted; says which.  Nobody
 * else may be at work in root. */
int cart_sweep(struct shelf shelf);

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
int cart_bin_prepare(struct shelf shelf, const struct cart_deletion *deletion,
	char ret_entry[static MEDIA_ENTRY_MAX + 1]);
/* The cartridge goes there, or comes back (-EEXIST: there is another one now): one rename, durable. */
int cart_bin_put(struct shelf shelf, const char *entry, const char *barcode);
int cart_bin_take(struct shelf shelf, const char *entry, const char *barcode);
/* Deletes the place and what is in it. */
int cart_bin_empty(struct shelf shelf, const char *entry);
/* The names of all places; *ret_entries is malloc'd. */
int cart_bin_list(struct shelf shelf, char (**ret_entries)[MEDIA_ENTRY_MAX + 1], size_t *ret_n);
/* What is known of one, and whether the cartridge is there; without a sound record what its label says.
 * -EPROTOTYPE, -EPROTONOSUPPORT: another version of Evertape wrote the record. */
int cart_bin_look(struct shelf shelf, const char *entry, struct cart_deletion *ret_deletion, bool *ret_there);
/* The place as a root for other calls, which find the cartridge there under its barcode. */
int cart_bin_root(const char *root, const char *entry, char *out, size_t size);
