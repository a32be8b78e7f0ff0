/* SPDX-License-Identifier: Apache-2.0 */
/* Deleted cartridges, for the methods that list them. */
#pragma once

#include "admin/rpc/method.h"

/* Returns {"cartridges": [...]} of the wastebasket, or those of the library the call names.  Waits. */
json_t *deleted_list(struct call *call);
