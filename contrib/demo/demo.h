/* SPDX-License-Identifier: Apache-2.0 */
/* The demonstration: a host that finds a library, backs up files to it and compares them. */
#pragma once

#include <jansson.h>

#include "admin/initiator/options.h"

enum { DEMO_BLOCK = 256 << 10 };

/* The library in use: the changer and one drive of one target. */
struct demo {
	struct login login; /* login options */
	struct session *session;
	int changer, drive;          /* LUNs */
	uint16_t transport, element; /* element addresses of the transport and the drive */
	char barcode[33];
	uint16_t home; /* source element of the loaded cartridge */
	char **files;
	int file_count;
};

/* Each function prints what it does.  Returns 0, or -1 with one line in why. */
int demo_login(struct demo *d, const char *portal, char why[static WHY_LEN]);
/* Prints slots, drives and cartridges. */
int demo_inventory(struct demo *d, char why[static WHY_LEN]);
/* Moves the named cartridge into the drive, or if barcode is NULL the n-th usable one in a slot.  Returns
 * 1 when there is none. */
int demo_mount(struct demo *d, const char *barcode, unsigned n, char why[static WHY_LEN]);
int demo_unmount(struct demo *d, char why[static WHY_LEN]);

/* Returns whether the loaded tape is blank or an earlier demonstration tape.  False: an error if why is
 * not empty, else the tape holds other data or is not writable. */
bool demo_tape_free(struct demo *d, char why[static WHY_LEN]);
int demo_write(struct demo *d, char why[static WHY_LEN]);
int demo_compare(struct demo *d, char why[static WHY_LEN]);
