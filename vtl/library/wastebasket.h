/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wastebasket, as the files of this room share it.  A deletion makes a
 * place in it, commits (that is the moment it happened) and moves the folder;
 * a return commits and moves it back.  What a crash leaves between the two,
 * the next start does: the catalog decides, and where that was lost, the place
 * the folder is in.
 */
#pragma once

#include "vtl/library/installation.h"

/* --- bin.c: folders; these wait on a helper thread ----------------------------------------------- */

int bin_prepare(struct installation *inst, const struct cart_deletion *what,
	char ret_entry[static MEDIA_ENTRY_MAX + 1]);
int bin_put(struct installation *inst, const char *entry, const char *barcode);
int bin_take(struct installation *inst, const char *entry, const char *barcode);
int bin_empty(struct installation *inst, const char *entry);
int bin_list(struct installation *inst, char (**ret_entries)[MEDIA_ENTRY_MAX + 1], size_t *ret_n);
/* The label stays empty where it cannot be read. */
int bin_look(struct installation *inst, const char *entry, struct cart_deletion *ret_what,
	struct cart_label *ret_label, bool *ret_there);

/* --- wastebasket.c -------------------------------------------------------------------------------- */

/* A deleted cartridge in memory, in no list. NULL: no memory. */
struct deleted_cartridge *deleted_new(const struct cart_deletion *what, const struct cart_label *label,
	const char *entry);
/* Into the list, the oldest first; and out of it, freed. */
void deleted_add(struct installation *inst, struct deleted_cartridge *deleted);
void deleted_forget(struct installation *inst, struct deleted_cartridge *deleted);
struct deleted_cartridge *deleted_find(struct installation *inst, const char *entry);
/* With the installation's turn: gives up the oldest one. False: there is none that can be. */
bool wastebasket_give_up_one(struct installation *inst);

/* --- bin_agree.c ----------------------------------------------------------------------------------- */

/* At a start, before the folders are looked at: ends what a crash cut short, and makes the list say what
 * there is.  -EPROTOTYPE, -EPROTONOSUPPORT with why: something was written by another version of Evertape. */
int bin_agree(struct installation *inst, bool by_label, struct catalog_txn *txn, char why[static WHY_LEN]);

/* --- number.c --------------------------------------------------------------------------------------- */

/* The numbers in a barcode are used from now on: into the catalog with txn; and into memory. */
void numbers_record(struct installation *inst, const char *barcode, struct catalog_txn *txn);
void numbers_use(struct installation *inst, const char *barcode);
void numbers_forget(struct installation *inst);
/* A row of the catalog; false: no memory. */
bool number_add(struct installation *inst, const char *prefix, uint32_t highest);
