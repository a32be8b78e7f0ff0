/* SPDX-License-Identifier: Apache-2.0 */
/* What an initiator's rule lets it see: read from a request, and told to people. */
#pragma once

#include "admin/rpc/method.h"

bool device_ok(const char *text, char why[static WHY_LEN]); /* "changer", "drive:N", "all" */
/* The call's "libraries" and "devices", where it names some, into a view; false, refused. */
bool sees_change(struct call *call, struct view *view);
/* True for a list of one text, this one. */
bool list_is_only(const json_t *list, const char *text);
/* Adds "libraries" and "devices" (null: all), and "sees" in words. */
void sees_show(json_t *o, const struct view *view);
/* Devices the view names that none of its libraries has now; false when there are none. */
bool sees_nothing_of(struct installation *inst, const struct view *view, char out[static WHY_LEN]);
