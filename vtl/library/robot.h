/* SPDX-License-Identifier: Apache-2.0 */
/* A door of vtl/library: moves of cartridges. One move at a time runs in a library; the commit of the catalog decides
 * whether it has happened. From fibers of worker 0. */
#pragma once

#include "vtl/library/library.h"

/* Each move is an event in the log, with its actor. An actor with a user is an operator (by_operator). */

enum move_result {
	MOVE_DONE,
	MOVE_SOURCE_EMPTY,
	MOVE_DESTINATION_FULL,
	MOVE_NO_ELEMENT,   /* no such element, or no drive installed there */
	MOVE_PREVENTED,    /* a host prevents removal from this drive */
	MOVE_LOCKED,       /* a host prevents operators from using the mail slots */
	MOVE_INCOMPATIBLE, /* the drive does not support this cartridge; the cartridge was not moved */
	MOVE_IN_USE,       /* the cartridge is being verified or copied; the cartridge was not moved */
	MOVE_LOAD_FAILED,  /* the cartridge could not be opened; the cartridge was not moved */
	MOVE_NO_ANSWER,    /* the cartridge's files do not respond; nothing has changed */
	MOVE_FAILED,       /* the catalog could not be written; nothing has changed */
	MOVE_DISK_FULL, /* the catalog could not be written because the disk is full; nothing has changed */
};
const char *move_result_text(enum move_result result);
enum move_result library_move(struct library *library, struct element *from, struct element *to,
	const struct actor *by);
/* EXCHANGE MEDIUM (SMC): the cartridge of source to first, the cartridge of first to second; both or none. */
enum move_result library_exchange(struct library *library, struct element *source, struct element *first,
	struct element *second, const struct actor *by);
/* After a start, with the device servers running: opens in one drive, or in all, the cartridges the catalog
 * records there. A cartridge that cannot be opened stays in its drive, not ready. -errno. */
int drive_rethread(struct drive *drive);
void library_rethread(struct library *library);
/* Whether a host prevents operators from using the mail slots. */
bool library_locked(const struct library *library);
/* Move a cartridge from a mail slot to the vault, and back through a free mail slot. */
enum move_result library_vault(struct library *library, struct cartridge *cartridge, const struct actor *by);
enum move_result library_unvault(struct library *library, struct cartridge *cartridge,
	const struct actor *by);
