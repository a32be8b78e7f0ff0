/* SPDX-License-Identifier: Apache-2.0 */
/* What a passport says of the devices of a library that another one takes the place of. */
#pragma once

#include "admin/rpc/method.h"

struct passport_names {
	size_t n;
	struct adopted rows[DRIVES_MAX + 1]; /* texts belong to the passport, or are below */
	char naas[DRIVES_MAX + 1][17];
};

/* Reads the names that the devices of the library take over: the changer's, then the drives', in the order of their
 * elements. The passport (NULL: no JSON) must have one changer, as many drives as the library, and the same products and
 * layout. False: the call is refused. */
bool passport_names_read(struct call *call, const json_t *passport, const struct library *library,
	struct passport_names *ret);
