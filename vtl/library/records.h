/* SPDX-License-Identifier: Apache-2.0 */
/* What writer and reader of the catalog's rows agree on. */
#pragma once

enum { RECORD_VERSION = 1 };
/* An initiator's row: 2 adds what it sees, 3 where it may come from; in 4 the secrets are in a file of
 * their own. */
enum {
	RECORD_INITIATOR_VIEW = 2,
	RECORD_INITIATOR_FROM = 3,
	RECORD_INITIATOR_SECRETS = 4,
	RECORD_INITIATOR_NEWEST = RECORD_INITIATOR_SECRETS
};

/* The newest version of each table's rows; RECORD_VERSION where nothing stands.  A catalog with a newer row is not
 * opened: whoever wrote it knows more than we do. */
#define RECORDS_NEWEST                                       \
	{                                                    \
		[TABLE_INITIATORS] = RECORD_INITIATOR_NEWEST \
	}

#define META_INSTALLATION "installation"
#define META_MARKED       "marked" /* the cartridges' folder carries our marker */

/* Flags of a cartridge's row. */
enum {
	RECORD_BY_OPERATOR = 1 << 0, /* a person put it into its mail slot */
	RECORD_DELETING = 1 << 1,    /* its folder is being deleted */
	RECORD_FLAGS = RECORD_BY_OPERATOR | RECORD_DELETING,
};
