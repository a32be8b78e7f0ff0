/* SPDX-License-Identifier: Apache-2.0 */
/* What evertaped was asked to do: its command line over its settings file over the defaults. */
#pragma once

#include <stdbool.h>

#include "vtl/server/listen.h"

enum { LISTEN_MAX = 16, WORKERS_MAX = 64, USER_NAME_MAX = 63 };

struct options {
	char state[4096]; /* the state directory */
	struct listen listen[LISTEN_MAX];
	unsigned n_listen;
	char cartridges[4096];        /* their folder; "": STATE/cartridges */
	char user[USER_NAME_MAX + 1]; /* to become when started as root; "": none */
	unsigned workers;             /* threads; 0: one per core */
	unsigned ping_s;              /* NOP-In after this much silence, 0: never */
	unsigned login_timeout_s;
	unsigned discovery_s; /* a discovery session ends after so long without a request */
	unsigned max_connections, max_per_address;
	unsigned storage_timeout_s;
	unsigned keep_deleted_days;          /* how long deleted cartridges are kept, 0: not at all */
	unsigned floor_mib, nearly_full_mib; /* of the cartridges' disk; 0: by its size */
	bool verbose;
};

/* Fills ret_options from argv and STATE/evertaped.conf.  -1 to go on, else the exit code: 0 after
 * --help or --version, 2 for bad usage or bad settings, with one line that says what. */
int options_read(int argc, char **argv, struct options *ret_options);
