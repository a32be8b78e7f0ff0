/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of this room: rules in memory, in the catalog, and their secrets. */
#pragma once

#include <uthash.h>

#include "vtl/access/access.h"
#include "vtl/access/secrets.h"
#include "vtl/base/fiber.h"
#include "vtl/catalog/catalog.h"

/* Where the secrets of a rule are: ids in the secrets file; 0: no secret. */
struct rule_ids {
	uint64_t chap, target;
};

/* A rule has memory of its own that is locked against swap and left out of core dumps. */
struct initiator_row {
	struct initiator pub;
	struct rule_ids ids;
	UT_hash_handle hh; /* by pub.name */
};

struct access {
	char dir[4200]; /* of the catalog, for messages */
	struct secrets *secrets;
	struct catalog *catalog;
	struct initiator_row *rules;
	struct turn turn; /* one change at a time */
};

/* --- rule_check.c ------------------------------------------------------------------------------- */

/* Checks a rule and sets name to its name in normal form. -errno with why. */
int rule_check(const struct initiator *initiator, char name[static IQN_MAX + 1], char why[static WHY_LEN]);

/* --- rows.c: the catalog ------------------------------------------------------------------------- */

void record_initiator(const struct initiator *initiator, const struct rule_ids *ids, struct catalog_txn *txn);

/* --- rule_secrets.c: rules in memory, their secrets on disk -------------------------------------- */

/* An empty rule; NULL: out of memory. */
struct initiator_row *rule_new(const struct access *access);
/* Wipes the secrets and frees the rule. */
void rule_free(struct initiator_row *rule);
/* Reads the secrets of a rule by its ids. A rule whose secrets cannot be read refuses all logins. */
void rule_read_secrets(struct access *access, struct initiator_row *rule);
/* Stores the secrets of a new rule; secrets equal to those of before (may be NULL) keep their ids. 0 or
 * -errno. */
int rule_keep_secrets(struct access *access, const struct initiator_row *before,
	const struct initiator *will_be, struct rule_ids *ret_ids);
/* Overwrites the secrets in gone that are not in kept. On failure the next start overwrites them. */
void rule_drop_secrets(struct access *access, const char *name, struct rule_ids gone, struct rule_ids kept);
