/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon started as root becomes another user before it makes a thread or
 * reads anything but its settings.  Of root's capabilities it keeps none, but
 * the one to bind ports below 1024 until they are bound.
 */
#pragma once

#include "vtl/library/library.h"
#include "vtl/server/options.h"

struct worker;

/* Becomes options->user ("": nobody else), who then owns the state directory: it is made for him when it is
 * missing.  Before the first thread.  0, or -errno with one line in why. */
int privileges_drop(const struct options *options, char why[static WHY_LEN]);
/* Once started: a line when it is root that nobody asked to stay. */
void privileges_advise(const struct options *options);
/* Gives up what was kept for ports.  From a fiber on worker 0, once the ports are bound. */
void privileges_drop_rest(struct worker *const *workers, unsigned n);
