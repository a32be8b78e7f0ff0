/* SPDX-License-Identifier: Apache-2.0 */
/* The small memory of a logical unit (saved pages, registrations), kept in the catalog. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct store {
	struct worker *home; /* where the installation lives */
	struct installation *inst;
	const char *device_id; /* the identity's, outlives the store */
};

/* The LU's view of it; store stays the caller's and must outlive the LU. */
struct lu_store store_for_lu(struct store *store);
