/* SPDX-License-Identifier: Apache-2.0 */
/* The security stage of a login: AuthMethod None or CHAP (RFC 7143 12.1). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/wire.h"
#include "vtl/iscsi/chap.h"
#include "vtl/iscsi/iscsi.h"
#include "vtl/iscsi/keys.h"

enum auth_state { AUTH_START, AUTH_ALGORITHM, AUTH_RESPONSE, AUTH_DONE };

struct auth {
	enum auth_state state;
	const struct chap_hash *hash;
	uint8_t id, challenge[CHAP_DIGEST_MAX];
};

/* True when the initiator must authenticate. */
bool auth_required(const struct iscsi_access *access);
/* Handles one request of the security stage: reads the keys in n and writes the answers. Returns a login
 * status. */
uint16_t auth_step(struct auth *auth, const struct negotiation *n, const struct iscsi_access *access,
	struct wire *out);
