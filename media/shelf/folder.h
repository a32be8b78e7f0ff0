/* SPDX-License-Identifier: Apache-2.0 */
/* Folders and small files of cartridges: names, locks, atomic replacement. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/shelf/shelf.h"

struct engine;

enum { FOLDER_NAME_MAX = MEDIA_BARCODE_MAX + 16, EXTENT_NAME_MAX = 32 };
/* A cartridge being made, being deleted; what a crash leaves of either, cart_sweep() removes. */
#define MADE_PREFIX ".new-"
#define GONE_PREFIX ".gone-"
#define LOCK_NAME   "lock"

/* Whether it may be a cartridge's folder: FORMAT.md section 2. */
bool barcode_is_sound(const char *barcode);
/* Opens the folder root/name.  A descriptor; -ENOENT, -EUCLEAN when it is none. */
int folder_open(struct shelf shelf, const char *name);
/* Locks byte 0 (who has it mounted: alone, or as one of several who only read) or byte 1 (who replaces
 * the label or mam) of the folder's lock file.  A descriptor to close; -EBUSY when byte 0 is taken, or byte 1
 * for a minute.  The file is made when missing, but not for who only reads: then -ENOENT, and nobody
 * else has it. */
enum folder_lock { LOCK_MOUNT, LOCK_SHARE, LOCK_LABEL };
int folder_lock(struct engine *e, int dirfd, enum folder_lock which);
/* Replaces the file atomically and durably. */
int file_replace(struct engine *e, int dirfd, const char *name, const void *buf, size_t len);
/* Reads a whole regular file of at most max bytes; *ret_buf is malloc'd. -EUCLEAN when larger. */
int file_read(struct engine *e, int dirfd, const char *name, size_t max, void **ret_buf, size_t *ret_len);
/* Every name in a folder, in no order; *ret_names is malloc'd. */
int folder_names(struct engine *e, int dirfd, char (**ret_names)[256], size_t *ret_count);
/* The same of those that are wanted; NULL: all. */
int folder_names_if(struct engine *e, int dirfd, bool (*wanted)(const char *name), char (**ret_names)[256],
	size_t *ret_count);
/* Deletes the folder root/name with everything in it; first under a name that is no cartridge. */
int folder_delete(struct shelf shelf, const char *name);
/* Gives the folder its final name, durably.  -EEXIST. */
int folder_publish(struct shelf shelf, const char *from, const char *to);

/* An extent file found in a folder. */
struct extent_file {
	uint32_t generation, number;
	uint64_t size;
	bool garbage;  /* found to be nothing we can judge: stays as it is */
	bool prepared; /* a file made of an earlier extent, for one that never began */
};
void extent_name(char name[static EXTENT_NAME_MAX], uint32_t partition, uint32_t generation, uint32_t number);
/* Lists the partition's extents in order of generation and number; *ret_files is malloc'd. */
int folder_extents(struct engine *e, int dirfd, uint32_t partition, struct extent_file **ret_files,
	size_t *ret_count);
/* The same, but only the last of them gets its size: the others are not asked. */
int folder_extents_unsized(struct engine *e, int dirfd, uint32_t partition, struct extent_file **ret_files,
	size_t *ret_count);
/* Whether that extent is among them. */
bool extent_is_there(const struct extent_file *files, size_t count, uint32_t generation, uint32_t number);
