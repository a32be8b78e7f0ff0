/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries, drives and cartridges as JSON. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "admin/rpc/method.h"

/* The status of a drive at one moment; number 0: no such drive. */
struct panel {
	unsigned number;
	struct drive_status status;
};

/* Reads the status of every drive of a library on the drive's worker.  Waits, so the library may be
 * deleted meanwhile: look it up again by name.  The caller frees the array of *ret_n. */
struct panel *panels_read(struct installation *inst, const char *library, size_t *ret_n);
/* Reads the status of one drive.  False: no such drive.  Waits. */
bool panel_read(struct installation *inst, const char *library, unsigned number,
	struct drive_status *ret_status);
/* Returns the status of a drive in panels, or NULL. */
const struct drive_status *panel_of(const struct panel *panels, size_t n, unsigned number);

/* No function of this group waits.  Each returns a new reference; NULL: out of memory. */
json_t *element_view(const struct element *element); /* element, address, cartridge */
json_t *drive_view(const struct drive *drive, const struct drive_status *status); /* status may be NULL */
/* Adds "write_protected", and "write_protected_why": null when hosts can write to the cartridge now. */
void protection_into(json_t *view, enum drive_protection protection);
json_t *drive_detail_view(const struct drive *drive, const struct drive_status *status);
json_t *cartridge_view(const struct cartridge *cartridge);
/* Adds "usage", null for NULL.  With a disk also "writable_bytes": how much of the remaining capacity that
 * disk can hold. */
void usage_into(json_t *view, const struct cart_usage *usage, const struct disk *disk);
json_t *library_view(const struct library *library); /* a row of library list */
/* The same with portals, changer and elements.  Takes the reference to drives, a list of drive_view(). */
json_t *library_detail_view(const struct library *library, const struct rpc_context *context, json_t *drives);
/* Returns a number of bytes; null for UINT64_MAX, which means unknown. */
json_t *bytes_view(uint64_t bytes);
json_t *ratio_json(uint64_t host, uint64_t stored); /* "2.50"; NULL: nothing is stored */
/* Returns the sum of the capacities of a library's cartridges, in bytes. */
uint64_t library_promised(const struct library *library);
json_t *portals_view(const struct rpc_context *context);
/* Returns the disk if the call asks for it, else NULL. */
const struct disk *call_disk(const struct call *call);
/* Returns drive_view() of every drive of every library (drive_methods.c).  Waits. */
json_t *drives_view(struct installation *inst);
/* Adds to each cartridge_view() of a list its "usage" (null: unknown; with a disk also "writable_bytes")
 * and its current "health".  Views of deleted cartridges, which have an "id", get their usage.  Waits. */
void usages_into(struct installation *inst, json_t *cartridges, const struct disk *disk);
/* Returns what programs have stored in the cartridge's memory; null if it cannot be read. Waits. */
json_t *memory_view(struct installation *inst, const struct cart_label *label);
/* How long an answer waits for the cartridge folders to be read; what is known by then is shown. */
enum { CARTRIDGES_LOOK_MS = 3000 };
/* Reads the folders of all cartridges for about ms milliseconds.  *ret_used: the bytes that all files
 * occupy, null if one is unknown.  Returns 0, or -ETIMEDOUT when the files do not respond.  Waits. */
int cartridges_look(struct installation *inst, unsigned ms, json_t **ret_used);
/* Adds to each library_view() of a list its "used_bytes": the bytes that the files of its cartridges
 * occupy; null if one is unknown or not read within ms.  ms 0: null without reading.  Waits. */
void libraries_used_into(struct installation *inst, json_t *libraries, unsigned ms);
/* Writes "slot:3", or "vault" for a cartridge in no element. */
void where_text(const struct cartridge *cartridge, char out[static 16]);
