/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of log page 07h: one parameter for each event. */
#include "vtl/smc/events.h"
#include "vtl/smc/log_rows.h"

enum { ASCII_LIST = 0x41 };

/* clang-format off */
#define ROW(c, ...) { .code = (c), .len = EVENT_TEXT, .control = ASCII_LIST, .build = event_text, .name = "error, the oldest first", __VA_ARGS__ }
#define ROWS(...) \
	ROW(0, __VA_ARGS__), ROW(1, __VA_ARGS__), ROW(2, __VA_ARGS__), ROW(3, __VA_ARGS__), ROW(4, __VA_ARGS__), \
	ROW(5, __VA_ARGS__), ROW(6, __VA_ARGS__), ROW(7, __VA_ARGS__), ROW(8, __VA_ARGS__), ROW(9, __VA_ARGS__), \
	ROW(10, __VA_ARGS__), ROW(11, __VA_ARGS__), ROW(12, __VA_ARGS__), ROW(13, __VA_ARGS__), ROW(14, __VA_ARGS__), \
	ROW(15, __VA_ARGS__), ROW(16, __VA_ARGS__), ROW(17, __VA_ARGS__), ROW(18, __VA_ARGS__), ROW(19, __VA_ARGS__)

const struct log_param events_there[] = { ROWS(.present = event_there), { 0 } };
const struct log_param events_all[] = { ROWS(.unit = NULL), { 0 } };
/* clang-format on */
_Static_assert(sizeof events_all / sizeof *events_all == EVENTS_MAX + 1, "a row for each event");
