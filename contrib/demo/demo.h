/* SPDX-License-Identifier: Apache-2.0 */
/* The demonstration: a host that finds a library, backs files up to it and compares them. */
#pragma once

#include <jansson.h>

#include "admin/initiator/options.h"

enum { DEMO_BLOCK = 256 << 10 };

/* The library as the demonstration uses it: the changer and one drive of one target. */
struct demo {
	struct login login; /* who we are, and how we prove it */
	struct session *session;
	int changer, drive;          /* LUNs */
	uint16_t transport, element; /* of the robot and of the drive */
	char barcode[33];
	uint16_t home; /* slot of the cartridge in use */
	char **files;
	int file_count;
};

/* Each prints what it sees and returns 0, or -1 with a line in why. */
int demo_login(struct demo *d, const char *portal, char why[static WHY_LEN]);
/* Prints slots, drives and cartridges. */
int demo_inventory(struct demo *d, char why[static WHY_LEN]);
/* Moves a named cartridge into the drive, or the n-th of those in slots when barcode is NULL;
 * 1 when there is none. */
int demo_mount(struct demo *d, const char *barcode, unsigned n, char why[static WHY_LEN]);
int demo_unmount(struct demo *d, char why[static WHY_LEN]);

/* True when the loaded tape is blank or an older one of ours; else false, why empty if it just holds
 * something. */
bool demo_tape_free(struct demo *d, char why[static WHY_LEN]);
int demo_write(struct demo *d, char why[static WHY_LEN]);
int demo_compare(struct demo *d, char why[static WHY_LEN]);
