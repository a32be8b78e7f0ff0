/* SPDX-License-Identifier: Apache-2.0 */
/* Hosting: gives every library of the installation its targets and logical units, and follows when libraries
 * and drives are added and removed. All functions run on worker 0. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/front.h"

struct hosting;

/* workers[0] must be the caller's; drives are distributed over all workers. */
struct hosting *hosting_new(struct worker *const *workers, unsigned n_workers, unsigned storage_timeout_s);
/* Listens to the installation, hosts every library and opens the cartridges that are in drives. Call from a fiber. -errno. */
int hosting_begin(struct hosting *hosting, struct installation *inst, struct fronts *fronts);
/* Syncs and closes every drive, all at the same time, so that a drive whose files hang does not delay others.
 * False: some drives did not close in time; the log names them. Call from a fiber. Afterwards nothing is
 * hosted. */
bool hosting_let_go(struct hosting *hosting, int64_t until_ms);
/* Closes every LU and every drive that is still open. Call from a fiber. */
void hosting_end(struct hosting *hosting);
void hosting_free(struct hosting *hosting);
