/* SPDX-License-Identifier: Apache-2.0 */
/* Who is logged in, for the methods that care. */
#pragma once

#include <jansson.h>

#include "admin/rpc/rpc.h"
#include "vtl/iscsi/iscsi.h"

/* Normal sessions of that initiator name, NULL: any. */
unsigned sessions_of(const struct rpc_context *context, const char *initiator);
/* No login to that target until sessions_release().  The memory is the caller's. */
void sessions_hold(const struct rpc_context *context, const char *target, struct iscsi_hold *hold);
void sessions_release(const struct rpc_context *context, struct iscsi_hold *hold);
/* One line of the list; a new reference, NULL when memory is out. */
json_t *session_view(const struct iscsi_session_info *session);
/* A name that comes from a peer: what is not UTF-8 is shown as what can be. */
json_t *peer_text(const char *text);
