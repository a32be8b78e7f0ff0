/* SPDX-License-Identifier: Apache-2.0 */
/* Creates cartridges, all or none. */
#pragma once

#include "admin/rpc/method.h"

json_t *cartridges_create(struct call *call);
