/* SPDX-License-Identifier: Apache-2.0 */
/* The wastebasket, for the files of this room. A deletion creates an entry, commits (then it counts) and
 * moves the folder. A restore commits and moves the folder back. When a crash came between the two steps, the
 * next start completes them: the catalog decides; when the catalog was lost, the place of the folder decides. */
#pragma once

#include "vtl/library/installation.h"

/* --- bin.c: folders; these functions wait for a helper thread --------------------------------- */

int bin_prepare(struct installation *inst, const struct cart_deletion *what,
	char ret_entry[static MEDIA_ENTRY_MAX + 1]);
int bin_put(struct installation *inst, const char *entry, const char *barcode);
int bin_restore(struct installation *inst, const char *entry, const char *barcode);
int bin_empty(struct installation *inst, const char *entry);
int bin_list(struct installation *inst, char (**ret_entries)[MEDIA_ENTRY_MAX + 1], size_t *ret_n);
/* Label and counters stay empty where they cannot be read. */
int bin_look(struct installation *inst, const char *entry, struct cart_deletion *ret_what,
	struct cart_label *ret_label, struct cart_counters *ret_counters, bool *ret_there);

/* --- deleted.c, wastebasket.c -------------------------------------------------------------------------------- */

/* Creates a deleted cartridge in memory, in no list. NULL: out of memory. */
struct deleted_cartridge *deleted_new(const struct cart_deletion *what, const struct cart_label *label,
	const char *entry);
/* Insert into the list, oldest first; remove from it and free. */
void deleted_add(struct installation *inst, struct deleted_cartridge *deleted);
void deleted_forget(struct installation *inst, struct deleted_cartridge *deleted);
struct deleted_cartridge *deleted_find(struct installation *inst, const char *entry);
/* Purges the oldest entry; the caller holds the installation's turn. False: there is none that can be purged. */
bool wastebasket_give_up_one(struct installation *inst);

/* --- bin_agree.c ----------------------------------------------------------------------------------- */

/* At a start, before the folders are read: completes what a crash interrupted and makes the list match the
 * folders. -EPROTOTYPE, -EPROTONOSUPPORT with why: something was written by another version of Evertape. */
int bin_agree(struct installation *inst, bool by_label, struct catalog_txn *txn, char why[static WHY_LEN]);

/* --- number.c --------------------------------------------------------------------------------------- */

/* Record the numbers of a barcode as used: in the catalog with txn, and in memory. */
void numbers_record(struct installation *inst, const char *barcode, struct catalog_txn *txn);
void numbers_use(struct installation *inst, const char *barcode);
void numbers_forget(struct installation *inst);
/* Adds a row of the catalog. False: out of memory. */
bool number_add(struct installation *inst, const char *prefix, uint32_t highest);
