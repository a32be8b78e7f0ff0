/* SPDX-License-Identifier: Apache-2.0 */
/* Formats of catalog rows, for writer and reader. */
#pragma once

#include "vtl/access/access.h"

enum { RECORD_VERSION = 1 };
/* The newest version of each table's rows; RECORD_VERSION by default. A catalog with a newer row is not
 * opened, because this version cannot know what it means. */
/* clang-format off */
#define RECORDS_NEWEST { [TABLE_INITIATORS] = ACCESS_ROW_NEWEST }
/* clang-format on */

#define META_INSTALLATION "installation"
#define META_MARKED       "marked" /* the cartridges' folder has a marker */

/* Flags of a cartridge's row. */
enum {
	RECORD_BY_OPERATOR = 1 << 0, /* an operator put it into its mail slot */
	RECORD_DELETING = 1 << 1,    /* its folder is being deleted */
	RECORD_FLAGS = RECORD_BY_OPERATOR | RECORD_DELETING,
};
