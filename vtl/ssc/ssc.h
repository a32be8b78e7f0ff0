/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/ssc: a sequential-access device server (SSC-5) for a drive of the library. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct tape;

/* Makes the LU of a drive for lun of target, opens it (lu_open) on worker and registers itself as the
 * drive's server; the caller puts it into the target (target_add).  store keeps saved pages and
 * registrations.  The drive does its I/O through the ring of its worker.  From a fiber. -errno;
 * -EINVAL for a personality without a profile. */
int tape_new(struct drive *drive, struct target *target, uint16_t lun, struct worker *worker,
             const struct lu_store *store, struct tape **ret_tape);
/* The same with an engine of the caller's choice, which the tape takes over when this returns 0. */
int tape_new_with(struct drive *drive, struct target *target, uint16_t lun, struct worker *worker,
                  const struct lu_store *store, struct engine *engine, struct tape **ret_tape);
/* Closes the LU, syncs and unthreads whether or not a host prevents removal, and lets go of the
 * drive.  After target_remove(), from a fiber that is not on the LU. */
void tape_close(struct tape *tape);
/* Frees a closed tape: only when no task can be on its way to its LU any more, that is after
 * workers_settle(), or when the sessions of its target have ended. */
void tape_free(struct tape *tape);
struct lu *tape_lu(struct tape *tape);
