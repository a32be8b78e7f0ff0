/* SPDX-License-Identifier: Apache-2.0 */
/* Deleted cartridges, for the methods that list them. */
#pragma once

#include "admin/rpc/method.h"

/* {"cartridges": [...]} of the wastebasket, those of the call's library if it names one; waits. */
json_t *deleted_list(struct call *call);
