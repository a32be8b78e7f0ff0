/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses the daemon listens on. */
#pragma once

#include "vtl/iscsi/iscsi.h"
#include "vtl/library/library.h"
#include "vtl/server/options.h"

enum { PORTAL_LEN = 96 };

struct portals {
	unsigned n;
	char text[LISTEN_MAX][PORTAL_LEN]; /* as they were given, with the ports bound */
};

/* Binds every address of the options, or none: a port that is taken gets some seconds to become free.
 * An address this machine does not have is bound too, with a warning, unless it has none of them at all.
 * From a fiber on worker 0.  -errno with one line in why. */
int portals_open(struct iscsi *iscsi, const struct options *options, struct portals *ret_portals,
	char why[static WHY_LEN]);
