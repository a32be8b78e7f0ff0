/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/ssc: a sequential-access device server (SSC-5) for a drive of the library. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct tape;

/* Makes the LU of a drive, opens it (lu_open) on worker and registers itself as the
 * drive's server; the caller puts it into the target (target_add).  store keeps saved pages and
 * registrations.  engine NULL: the drive does its I/O through the ring of its worker; else through this one,
 * which the tape takes over when 0 is returned.  When the cartridge's files have not answered for patience_s
 * seconds (0: without end), commands and the robot do not wait for them any more. From a fiber. -errno;
 * -EINVAL for a personality without a profile. */
int tape_new(struct drive *drive, struct worker *worker, const struct lu_store *store, struct engine *engine,
	unsigned patience_s, struct tape **ret_tape);
/* Closes the LU, syncs and unthreads whether or not a host prevents removal, and lets go of the
 * drive.  After target_remove(), from a fiber that is not on the LU. */
void tape_close(struct tape *tape);
/* Frees a closed tape: only when no task can be on its way to its LU any more, that is after
 * workers_settle(), or when the sessions of its target have ended. */
void tape_free(struct tape *tape);
struct lu *tape_lu(struct tape *tape);
