/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, for the methods that need them. */
#pragma once

#include <jansson.h>

#include "admin/rpc/rpc.h"
#include "vtl/scsi/front.h"

enum { SESSIONS_MAX = FRONTS_MAX << 16 };

/* Returns the number of normal sessions of an initiator; NULL: of any. */
unsigned sessions_of(const struct rpc_context *context, const char *initiator);
/* Refuses logins to the target with status 0301h (RFC 7143 11.13.5), which initiators retry, until
 * sessions_release().  The caller owns *hold. */
void sessions_hold(const struct rpc_context *context, const char *target, struct front_hold *hold);
void sessions_release(const struct rpc_context *context, struct front_hold *hold);
/* Returns a row of session list, a new reference; NULL: out of memory. */
json_t *session_view(const struct front_session *session);
/* Returns a name chosen by a peer as JSON; bytes that are not UTF-8 become '?'. */
json_t *peer_text(const char *text);
