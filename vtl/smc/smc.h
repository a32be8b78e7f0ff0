/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/smc: a medium changer device server (SMC-3) for a library. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct changer;

/* Creates the changer's LU on the calling worker (worker 0) and opens it. -errno. */
int changer_new(struct library *library, const struct lu_store *store, struct changer **ret_changer);
/* Close the LU; then free it, when no task can reach it any more. */
void changer_close(struct changer *changer);
void changer_free(struct changer *changer);
struct lu *changer_lu(struct changer *changer);
/* Library events that cause unit attentions: an operator used a mail slot (28h/01h), or moved cartridges in
 * another way (28h/00h). */
void changer_elements_changed(struct changer *changer);
void changer_mailslot_accessed(struct changer *changer, struct element *mailslot);
