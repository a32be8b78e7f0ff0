/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/ssc: a sequential-access device server (SSC-5) for a drive of the library. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct tape;

/* Makes the LU of a drive, opens it (lu_open) on worker and registers it as the drive's server; the caller
 * adds it to a target (target_add). store keeps saved pages and registrations. engine NULL: the drive does
 * its I/O through the ring of its worker; otherwise through this engine, which the tape owns after 0 is
 * returned. When the cartridge's files have not responded for patience_s seconds (0: no limit), commands and
 * the changer stop waiting. Call from a fiber. -errno; -EINVAL for a personality without a profile. */
int tape_new(struct drive *drive, struct worker *worker, const struct lu_store *store, struct engine *engine,
	unsigned patience_s, struct tape **ret_tape);
/* Closes the LU, then syncs and closes the cartridge, also when a host prevents removal, and releases the
 * drive. Call after target_remove(), from a fiber that is not the LU's. */
void tape_close(struct tape *tape);
/* Frees a closed tape. Call when no task can reach its LU any more: after workers_settle(), or when the
 * sessions of its target have ended. */
void tape_free(struct tape *tape);
struct lu *tape_lu(struct tape *tape);
