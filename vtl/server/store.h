/* SPDX-License-Identifier: Apache-2.0 */
/* Saved state of a logical unit (mode pages, registrations), stored in the catalog. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct store {
	struct worker *home; /* worker of the installation */
	struct installation *inst;
	const char *device_id; /* of the identity; must outlive the store */
};

/* The LU's interface to the store. The caller owns store, which must outlive the LU. */
struct lu_store store_for_lu(struct store *store);
