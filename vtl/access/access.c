/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a catalog: open, read, close. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "vtl/access/rules.h"

int access_open(const char *dir, struct catalog *catalog, struct ballast *ballast, struct access **ret_access,
	char why[static WHY_LEN])
{
	struct access *access = calloc(1, sizeof *access);
	if (!access)
		return refuse(why, -ENOMEM, "out of memory");
	snprintf(access->dir, sizeof access->dir, "%s", dir);
	access->catalog = catalog;
	turn_init(&access->turn);
	int err = secrets_open(dir, ballast, &access->secrets, why);
	if (err)
		free(access);
	else
		*ret_access = access;
	return err;
}

void access_forget(struct access *access)
{
	struct initiator_row *rule, *next;
	HASH_ITER(hh, access->rules, rule, next) {
		HASH_DEL(access->rules, rule);
		rule_free(rule);
	}
}

void access_close(struct access *access)
{
	if (!access)
		return;
	access_forget(access);
	secrets_close(access->secrets);
	free(access);
}
