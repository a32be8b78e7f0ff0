/* SPDX-License-Identifier: Apache-2.0 */
/* A door of vtl/library: the wastebasket. Deleted cartridges are kept for some days, or until the disk is nearly
 * full. From fibers of worker 0 unless a comment says otherwise. */
#pragma once

#include "vtl/library/library.h"

struct deleted_cartridge {
	TAILQ_ENTRY(deleted_cartridge) link;
	struct cart_deletion what;
	char entry[MEDIA_ENTRY_MAX + 1]; /* unique key; several entries may have the same barcode */
	char generation[8]; /* of the label, as the members below; "" when the label cannot be read */
	uint64_t capacity;
	bool worm, write_protected;
	bool seen;        /* set at the start when the entry's folder exists */
	int64_t retry_ms; /* do not try to delete the folder before this time, now_ms() */
};
/* The oldest entry first. Pointers are valid until the caller waits. */
const struct deleted_cartridge *deleted_first(struct installation *inst);
const struct deleted_cartridge *deleted_next(const struct deleted_cartridge *deleted);
/* Puts a deleted cartridge into the first free slot of a library. -EEXIST: another cartridge has the
 * barcode. */
int cartridge_restore(struct installation *inst, struct library *library, const char *entry,
	struct cartridge **ret_cartridge, char why[static WHY_LEN]);
int cartridge_purge(struct installation *inst, const char *entry, char why[static WHY_LEN]);
/* How many days deleted cartridges are kept; 0: cartridge_delete() destroys them. */
void library_wastebasket_keep(struct installation *inst, unsigned days);
unsigned library_wastebasket_kept(const struct installation *inst);
/* Whether a cartridge deleted now would be kept: days are set and disk space is not short. Waits. */
bool library_wastebasket_keeps(struct installation *inst);
/* When the entry expires, in seconds since 1970. */
uint64_t deleted_until(const struct installation *inst, const struct deleted_cartridge *deleted);
/* Both run in a fiber of worker 0 that holds no turn (not within a move or a change). Purges expired entries
 * and, while disk space is short, the oldest ones. Returns how many; 0: nothing to do. */
unsigned library_wastebasket_tidy(struct installation *inst);
/* Purges the oldest entries until so many bytes are available (0: until disk space is not short). */
unsigned library_wastebasket_give_up(struct installation *inst, uint64_t wanted);
/* For a writer that found the cartridges' disk full: purges the oldest entry, at most ms milliseconds. From a
 * fiber of any worker or a thread that may block; concurrent callers share one purge. False: nothing to
 * purge, or too slow. */
bool library_make_room(struct installation *inst, unsigned ms);
/* The highest number that a deleted cartridge had after this prefix, 0: none. It is not given again. */
unsigned number_used(struct installation *inst, const char *prefix);
