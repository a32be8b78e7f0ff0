/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosting: gives every library of the installation its targets and logical
 * units, and follows when libraries and drives come and go.  All on worker 0.
 */
#pragma once

#include "vtl/iscsi/iscsi.h"
#include "vtl/library/library.h"

struct hosting;

/* workers[0] is the caller's; drives are spread over all of them. */
struct hosting *hosting_new(struct worker *const *workers, unsigned n_workers, unsigned storage_timeout_s);
/* The listener to open the installation with; its events need hosting_begin() first to act. */
const struct library_listener *hosting_listener(struct hosting *hosting);
/* Hosts every library there is and threads the cartridges that were in drives. From a fiber. -errno. */
int hosting_begin(struct hosting *hosting, struct installation *inst, struct iscsi *iscsi);
/* Syncs and unthreads every drive, each without waiting for another: one whose files hang holds up none.
 * False, with their names in the log, when some have not let go in time.  From a fiber; nothing is hosted
 * any more then. */
bool hosting_let_go(struct hosting *hosting, int64_t until_ms);
/* Closes every LU, and lets go of what is still threaded.  From a fiber. */
void hosting_end(struct hosting *hosting);
void hosting_free(struct hosting *hosting);
