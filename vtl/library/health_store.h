/* SPDX-License-Identifier: Apache-2.0 */
/* Storage of health: in memory, and in rows of the catalog that are written in the background. */
#pragma once

#include "vtl/base/mail.h"
#include "vtl/library/health.h"
#include "vtl/library/installation.h"

/* The health record of a cartridge or drive. */
struct ward {
	char id[37]; /* uuid of a cartridge or id of a drive */
	struct health health;
	bool changed; /* differs from the catalog */
	UT_hash_handle hh;
};

/* A report of a drive, on its way to worker 0. */
struct telling {
	struct msg msg;
	struct installation *inst;
	struct health_report report;
	char drive_id[37], drive[16];
	char uuid[37], barcode[BARCODE_LEN + 1]; /* cartridge in the drive; "": none */
};

/* Finds or creates the record for this id. NULL: out of memory. */
struct ward *ward_get(struct installation *inst, const char *id);
/* Marks the record as changed; it is written soon, together with others. */
void wards_write(struct installation *inst, struct ward *ward);
