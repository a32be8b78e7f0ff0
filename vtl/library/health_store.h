/* SPDX-License-Identifier: Apache-2.0 */
/* How health is kept: in memory, and as rows of the catalog that are written behind. */
#pragma once

#include "vtl/base/mail.h"
#include "vtl/library/health.h"
#include "vtl/library/installation.h"

/* Whose health is known. */
struct ward {
	char id[37]; /* a cartridge's uuid or a drive's id */
	struct health health;
	bool changed; /* the catalog has it otherwise */
	UT_hash_handle hh;
};

/* What a drive told, on its way to worker 0. */
struct telling {
	struct msg msg;
	struct installation *inst;
	struct health_report report;
	char drive_id[37], drive[16];
	char uuid[37], barcode[BARCODE_LEN + 1]; /* of the cartridge in it; "": none */
};

/* The one of this id, made when there is none.  NULL: no memory. */
struct ward *ward_get(struct installation *inst, const char *id);
/* It has changed: it is written soon, with others that change until then. */
void wards_write(struct installation *inst, struct ward *ward);
