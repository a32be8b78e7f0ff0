/* SPDX-License-Identifier: Apache-2.0 */
/* Creates cartridges, all or none; and checks parameters of cartridges and libraries. */
#pragma once

#include "admin/rpc/method.h"

json_t *cartridges_create(struct call *call);
bool prefix_ok(const char *text, char why[static WHY_LEN]);
bool drive_personality_ok(const char *text, char why[static WHY_LEN]);
bool changer_personality_ok(const char *text, char why[static WHY_LEN]);
bool generation_ok(const char *text, char why[static WHY_LEN]);
