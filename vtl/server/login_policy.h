/* SPDX-License-Identifier: Apache-2.0 */
/* Login policy: an initiator may log in only when a rule of the catalog allows it. */
#pragma once

#include "vtl/iscsi/iscsi.h"
#include "vtl/library/library.h"

struct login_policy {
	struct worker *home; /* worker of the installation */
	struct installation *inst;
};

/* For iscsi_config.access; arg is a struct login_policy. */
void login_decide(void *arg, const char *initiator, const char *target, const struct sockaddr_storage *peer,
	struct iscsi_access *ret_access);
