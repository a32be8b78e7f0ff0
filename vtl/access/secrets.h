/* SPDX-License-Identifier: Apache-2.0 */
/* CHAP secrets on disk: a file of slots beside the catalog's tables. A rule's row has the id of its secret.
 * LMDB keeps the bytes of dropped rows in free pages and in memory; a slot is overwritten in place, which
 * needs no space on a full disk. A slot has 512 bytes, so that its write is atomic: "EVSC", version (1 byte),
 * length of the secret (1), 0 (2), id (8, little-endian), the secret, zeros, CRC32C of the bytes before (4,
 * at 508). A free slot is all zeros. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/access/access.h"

struct ballast;
struct secrets;

#define SECRETS_NAME "secrets"

/* Opens or creates the file in an existing directory. A write without disk space removes the ballast (may be
 * NULL). 0 or -errno with why; -EPROTONOSUPPORT: written by a newer version. Blocks, as all functions below. */
int secrets_open(const char *dir, struct ballast *ballast, struct secrets **ret_secrets,
	char why[static WHY_LEN]);
void secrets_close(struct secrets *secrets);
/* Reads the secret with this id; the caller must wipe it. -ENOENT: missing or damaged. */
int secrets_get(struct secrets *secrets, uint64_t id, char ret_secret[static CHAP_SECRET_MAX + 1]);
/* Stores a secret of 1 to 255 bytes durably under a new id. 0; or -errno: nothing has changed. */
int secrets_put(struct secrets *secrets, const char *secret, uint64_t *ret_id);
/* Overwrites the secret with this id durably. A missing id is not an error. */
int secrets_drop(struct secrets *secrets, uint64_t id);
/* Overwrites every used slot whose id keep() refuses, and damaged slots. 0 or the first -errno. */
int secrets_sweep(struct secrets *secrets, bool (*keep)(void *arg, uint64_t id), void *arg);
