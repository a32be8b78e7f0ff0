/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses on which the daemon listens. */
#pragma once

#include "vtl/iscsi/iscsi.h"
#include "vtl/library/library.h"
#include "vtl/server/options.h"

enum { PORTAL_LEN = 96 };

struct portals {
	unsigned n;
	char text[LISTEN_MAX][PORTAL_LEN]; /* as they were given, with the ports that were bound */
};

/* Binds every address of the options, or none. A port in use gets some seconds to become free. An address
 * that this machine does not have is bound too, with a warning, unless it has none of the addresses. Call
 * from a fiber on worker 0. -errno with why. */
int portals_open(struct iscsi *iscsi, const struct options *options, struct portals *ret_portals,
	char why[static WHY_LEN]);
