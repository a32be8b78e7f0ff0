/* SPDX-License-Identifier: Apache-2.0 */
/* The person behind a control client, as text for the log. */
#pragma once

#include <sys/types.h>

#include "admin/rpc/rpc.h"

enum { PERSON_NAME_MAX = 64, PERSON_MAX = 250 };

/* Writes "anna (uid 1000, pid 77)".  For a root client it adds who became root: "root (uid 0, pid 77,
 * logged in as anna)" if the kernel knows (loginuid), else the client's own claim: "root (uid 0, pid 77,
 * claims sudo by anna)".  claim: NULL, or a text that person_claim_ok() accepts.  Waits; call it from a
 * fiber. */
void person_text(uid_t uid, pid_t pid, const char *claim, char out[static PERSON_MAX + 1]);
