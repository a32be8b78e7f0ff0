/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/ssc: a sequential-access device server (SSC-5) for a drive of the library. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct tape;

/* Makes the LU of a drive at lun of target, opens it (lu_open) on worker and registers itself as the
 * drive's server.  store keeps saved pages and registrations.  From a fiber. -errno. */
int tape_new(struct drive *drive, struct target *target, uint16_t lun, struct worker *worker,
             const struct lu_store *store, struct tape **ret_tape);
/* Syncs, unthreads, closes the LU.  From a fiber. */
void tape_free(struct tape *tape);
struct lu *tape_lu(struct tape *tape);
