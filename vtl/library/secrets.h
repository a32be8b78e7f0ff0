/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CHAP secrets on disk: a file of slots beside the catalog's tables.  A secret
 * has an id, which the rule's row names.  LMDB keeps the bytes of what is
 * dropped, in free pages and in memory; a slot is overwritten in place, which
 * also needs no room on a full disk.
 *
 * A slot has 512 bytes, so that a write of it is whole or not: "EVSC", version
 * (1 byte), length of the secret (1), 0 (2), id (8, little-endian), the secret,
 * zeros, CRC32C of what is before (4, at 508).  A free slot is all zeros.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/library/library.h"

struct ballast;
struct secrets;

#define SECRETS_NAME "secrets"

/* Opens or makes the file in a directory that exists.  A write that finds no room gives up the ballast (may
 * be NULL).  0 or -errno with why: -EPROTONOSUPPORT when a newer version wrote it.  Blocks; so do all below. */
int secrets_open(const char *dir, struct ballast *ballast, struct secrets **ret_secrets,
	char why[static WHY_LEN]);
void secrets_close(struct secrets *secrets);
/* The secret of an id, to be wiped by the caller.  -ENOENT: it is not there, or damaged. */
int secrets_get(struct secrets *secrets, uint64_t id, char ret_secret[static CHAP_SECRET_MAX + 1]);
/* Keeps a secret of 1 to 255 bytes, durably, under a new id.  0 or -errno; nothing has changed then. */
int secrets_put(struct secrets *secrets, const char *secret, uint64_t *ret_id);
/* Overwrites the secret of an id, durably.  One that is not there is no error. */
int secrets_drop(struct secrets *secrets, uint64_t id);
/* Overwrites every slot in use whose id keep() does not want, damaged ones too.  0 or the first -errno. */
int secrets_sweep(struct secrets *secrets, bool (*keep)(void *arg, uint64_t id), void *arg);
