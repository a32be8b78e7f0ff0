/* SPDX-License-Identifier: Apache-2.0 */
/* The last errors of a changer, for log page 07h (SPC-5 7.3.14), the oldest first. */
#pragma once

#include "vtl/library/robot.h"
#include "vtl/scsi/scsi.h"

enum { EVENTS_MAX = 20, EVENT_TEXT = 44 };

struct changer;
struct events {
	unsigned n;
	char texts[EVENTS_MAX][EVENT_TEXT + 1]; /* time (UTC) and what failed */
};

/* Adds the failure of a move; the oldest event gives way. */
void events_add(struct events *events, enum move_result result);
/* Parameters of page 07h: whether there is such an event; its text, or blanks. */
bool event_there(struct lu *lu, uint16_t code);
void event_text(struct lu *lu, uint16_t code, struct wire *w);
