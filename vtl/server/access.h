/* SPDX-License-Identifier: Apache-2.0 */
/* Who may log in: the catalog's rule, else loopback only. */
#pragma once

#include "vtl/iscsi/iscsi.h"
#include "vtl/library/library.h"

struct access {
	struct worker *home;          /* where the installation lives */
	struct installation *inst;
};

/* iscsi_config.access; arg is a struct access. */
void access_decide(void *arg, const char *initiator, const char *target, bool loopback,
                   struct iscsi_access *ret_access);
