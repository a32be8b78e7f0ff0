/* SPDX-License-Identifier: Apache-2.0 */
/* A daemon started as root becomes another user before it starts a thread or reads anything but its settings.
 * It keeps no capability of root, except the one to bind ports below 1024 until they are bound. */
#pragma once

#include "vtl/library/library.h"
#include "vtl/server/options.h"

struct worker;

/* Becomes options->user ("": stays), who then owns the state directory; a missing directory is created for
 * that user. Call before the first thread. 0, or -errno with why. */
int privileges_drop(const struct options *options, char why[static WHY_LEN]);
/* After the start: logs advice when the daemon runs as root without --user. */
void privileges_advise(const struct options *options);
/* Drops the capability to bind ports. Call from a fiber on worker 0, after the ports are bound. */
void privileges_drop_rest(struct worker *const *workers, unsigned n);
