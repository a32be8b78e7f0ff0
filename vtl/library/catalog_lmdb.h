/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the catalog share about LMDB. */
#pragma once

#include <lmdb.h>

#include "vtl/base/fiber.h"
#include "vtl/library/catalog.h"

enum { CATALOG_KEY_MAX = 500, OP_HEADER = 8 };

/* Address space only: the file grows with what is in it. */
static const size_t CATALOG_MAP = (size_t)256 << 20;
static const size_t CATALOG_MAP_MAX = (size_t)16 << 30; /* no installation comes near it */

struct catalog {
	MDB_env *env;
	MDB_dbi tables[N_TABLES];
	bool missing[N_TABLES]; /* of a read-only one: the table has never been made */
	bool read_only;         /* then env may be NULL: there are no rows */
	size_t map;
	uint64_t held; /* bytes of the file that have their blocks; see catalog_reserve.c */
	struct ballast *ballast;
	struct turn turn; /* one commit at a time: the map may only grow while nobody uses it */
};

/* LMDB's own errors have no errno: -EUCLEAN for a damaged file, -EIO for the rest. */
int catalog_errno(int mdb_err);
