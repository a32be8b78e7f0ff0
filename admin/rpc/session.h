/* SPDX-License-Identifier: Apache-2.0 */
/* Who is logged in, for the methods that care. */
#pragma once

#include "admin/rpc/rpc.h"
#include "vtl/iscsi/iscsi.h"

/* Normal sessions at any target of the library; of that initiator name (library NULL: any). */
unsigned sessions_at(const struct rpc_context *context, const struct library *library);
/* Normal sessions at that target. */
unsigned sessions_on(const struct rpc_context *context, const char *target);
/* No login to that target until sessions_release().  The memory is the caller's. */
void sessions_hold(const struct rpc_context *context, const char *target, struct iscsi_hold *hold);
void sessions_release(const struct rpc_context *context, struct iscsi_hold *hold);
unsigned sessions_of(const struct rpc_context *context, const char *initiator);
