/* SPDX-License-Identifier: Apache-2.0 */
/* Making cartridges, one or a row of numbered ones, all or none; and whether a plan is sound. */
#pragma once

#include "admin/rpc/method.h"

json_t *cartridges_create(struct call *call);
bool prefix_ok(const char *text, char why[static WHY_LEN]);
bool drive_personality_ok(const char *text, char why[static WHY_LEN]);
bool changer_personality_ok(const char *text, char why[static WHY_LEN]);
bool generation_ok(const char *text, char why[static WHY_LEN]);
