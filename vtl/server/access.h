/* SPDX-License-Identifier: Apache-2.0 */
/* Who may log in: whom a rule of the catalog allows, nobody else. */
#pragma once

#include "vtl/iscsi/iscsi.h"
#include "vtl/library/library.h"

struct access {
	struct worker *home; /* where the installation lives */
	struct installation *inst;
};

/* iscsi_config.access; arg is a struct access. */
void access_decide(void *arg, const char *initiator, const char *target, const struct sockaddr_storage *peer,
	struct iscsi_access *ret_access);
