/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of evertaped. The command line has precedence over the settings file, and that over the defaults. */
#pragma once

#include <stdbool.h>

#include "vtl/server/listen.h"

enum { LISTEN_MAX = 16, WORKERS_MAX = 64, USER_NAME_MAX = 63, LOG_SPEC_MAX = 255 };

struct options {
	char state[4096]; /* the state directory */
	struct listen listen[LISTEN_MAX];
	unsigned n_listen;
	char cartridges[4096];        /* folder of the cartridges; "": STATE/cartridges */
	char user[USER_NAME_MAX + 1]; /* user to become when started as root; "": none */
	unsigned workers;             /* number of worker threads; 0: one per core */
	unsigned ping_s;              /* seconds without a request before a NOP-In; 0: never */
	unsigned login_timeout_s;
	unsigned discovery_s; /* seconds a discovery session may be idle */
	unsigned max_connections, max_per_address;
	unsigned storage_timeout_s;
	unsigned keep_deleted_days;          /* how long deleted cartridges are kept; 0: not at all */
	unsigned floor_mib, nearly_full_mib; /* limits for the cartridges' disk; 0: by its size */
	char log[LOG_SPEC_MAX + 1];          /* log levels as log_levels_set() takes them; "": as they are */
};

/* Fills ret_options from argv and STATE/evertaped.conf. -1: continue; else the exit code: 0 after --help or
 * --version, 2 for bad usage or settings, with a message. */
int options_read(int argc, char **argv, struct options *ret_options);
