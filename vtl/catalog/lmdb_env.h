/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the catalog share about LMDB. */
#pragma once

#include <lmdb.h>

#include "vtl/base/fiber.h"
#include "vtl/catalog/catalog.h"

enum { CATALOG_KEY_MAX = 500, OP_HEADER = 8 };

/* Size of the map: address space only; the file grows with its contents. */
static const size_t CATALOG_MAP = (size_t)256 << 20;
static const size_t CATALOG_MAP_MAX = (size_t)16 << 30; /* no installation reaches it */

struct catalog {
	MDB_env *env;
	MDB_dbi tables[N_TABLES];
	bool missing[N_TABLES]; /* read-only: the table was never created */
	bool read_only;         /* then env may be NULL: no rows */
	size_t map;
	uint64_t held; /* bytes of the file with allocated blocks; see reserve.c */
	struct ballast *ballast;
	struct turn turn; /* serializes commits: the map may grow only while it is not in use */
};

/* LMDB's own errors as -errno: -EUCLEAN for a damaged file, -EIO for others. */
int catalog_errno(int mdb_err);
