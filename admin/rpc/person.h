/* SPDX-License-Identifier: Apache-2.0 */
/* The person behind a control client, in words for the log. */
#pragma once

#include <sys/types.h>

#include "admin/rpc/rpc.h"

enum { PERSON_NAME_MAX = 64, PERSON_MAX = 250 };

/*
 * "anna (uid 1000, pid 77)"; for a root client also who became root: "root (uid 0, pid 77, logged in as
 * anna)" when the kernel tells, else what the client says of itself, marked as its claim: "root (uid 0,
 * pid 77, sudo by anna as it says)".  Waits: from a fiber.  claim: NULL, or what person_claim_ok() allows.
 */
void person_text(uid_t uid, pid_t pid, const char *claim, char out[static PERSON_MAX + 1]);
