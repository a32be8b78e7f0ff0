/* SPDX-License-Identifier: Apache-2.0 */
/* What an initiator's rule lets it access: parsed from a request, and shown. */
#pragma once

#include "admin/rpc/method.h"
#include "vtl/access/access.h"

/* Applies the call's "libraries" and "devices" to a view.  False: refused. */
bool sees_change(struct call *call, struct view *view);
/* Returns whether a list holds exactly this one text. */
bool list_is_only(const json_t *list, const char *text);
/* Adds "libraries" and "devices" (null: all), and "sees" as text. */
void sees_show(json_t *o, const struct view *view);
/* Writes the devices that the view names and that none of its libraries has.  False: there are none. */
bool sees_absent_devices(struct installation *inst, const struct view *view, char out[static WHY_LEN]);
