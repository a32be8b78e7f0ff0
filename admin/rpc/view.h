/* SPDX-License-Identifier: Apache-2.0 */
/* What a person may see of a library, as JSON with stable names. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "admin/rpc/method.h"

/* A drive's front panel at one moment; number 0 where there is no drive. */
struct panel {
	unsigned number;
	struct drive_status status;
};

/* Asks every drive of the library (found by name) on its own worker; waits, so that the library may
 * be gone afterwards: find it again.  The caller frees the array of *ret_n. */
struct panel *panels_read(struct installation *inst, const char *library, size_t *ret_n);
/* The status of one drive; false when there is no such drive (any more).  Waits. */
bool panel_read(struct installation *inst, const char *library, unsigned number,
	struct drive_status *ret_status);
/* That drive among the panels, or NULL. */
const struct drive_status *panel_of(const struct panel *panels, size_t n, unsigned number);

/* None of these waits.  Each gives a new reference, NULL when memory is out. */
json_t *element_view(const struct element *element);       /* element, address, cartridge */
json_t *elements_view(const struct library *library);      /* all of them */
json_t *element_kinds_view(const struct library *library); /* how many, from which address */
json_t *drive_view(const struct drive *drive, const struct drive_status *status); /* may be NULL */
/* "write_protected", and "write_protected_why": null when hosts can write it now. */
void protection_into(json_t *view, enum drive_protection protection);
json_t *drive_detail_view(const struct drive *drive, const struct drive_status *status);
json_t *cartridge_view(const struct cartridge *cartridge);
/* "usage" of a view, null for NULL; with a disk also "writable_bytes": how much of what remains that disk can take. */
void usage_into(json_t *view, const struct cart_usage *usage, const struct disk *disk);
json_t *changer_view(const struct library *library);
json_t *library_view(const struct library *library); /* one line of the list */
/* A number of bytes; null for UINT64_MAX: nobody knows it. */
json_t *bytes_view(uint64_t bytes);
/* What the library's cartridges could take, in bytes, if all were written full. */
uint64_t library_promised(const struct library *library);
json_t *portals_view(const struct rpc_context *context);
/* A parameter of lists: the caller wants to know what the disk has, which changes by itself. */
#define WITH_DISK                                                                     \
	{                                                                             \
		.name = "disk", .type = PARAM_FLAG, .help = "include free disk space" \
	}
/* That disk when it was asked for, else NULL. */
const struct disk *call_disk(const struct call *call);
/* Gives each cartridge_view() of a list its "usage", null where it cannot be told (with "writable_bytes" when a disk is
 * given), and its "health" as it is found then; also deleted ones, which have an "id", their "usage".  Waits. */
void usages_into(struct installation *inst, json_t *cartridges, const struct disk *disk);
/* How long an answer waits for a look at the folders of all cartridges; what is known already is told all the same. */
enum { CARTRIDGES_LOOK_MS = 3000 };
/* Looks at the folders of all cartridges, for ms or little more: what is missing is known then.  *ret_used:
 * the bytes that the files of all occupy, null when that is not known of one.  -ETIMEDOUT when they do not answer.
 * Waits. */
int cartridges_look(struct installation *inst, unsigned ms, json_t **ret_used);
/* Gives each library_view() of a list its "used_bytes": what the files of its cartridges occupy; null when that is not
 * known of one of them, or not within ms.  ms 0: null without a look.  Waits. */
void libraries_used_into(struct installation *inst, json_t *libraries, unsigned ms);
/* "slot:3", or "vault" for one in no element. */
void where_text(const struct cartridge *cartridge, char out[static 16]);
