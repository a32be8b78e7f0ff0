/* SPDX-License-Identifier: Apache-2.0 */
/* Element status data, as READ ELEMENT STATUS and REQUEST VOLUME ELEMENT ADDRESS send it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/smc/elements.h"

struct task;

struct status_query {
	uint8_t type;        /* enum element_type */
	uint16_t start, max; /* from this address on, at most so many elements */
	bool voltag, dvcid;
	uint8_t action; /* header byte 4: the send action code of a volume tag search */
	/* Which elements are meant; NULL: all. */
	bool (*match)(const struct element *element, const void *arg);
	const void *arg;
};

/* Answers the task with what the query finds, at most alloc bytes, all counts those of the whole.
 * Nothing waits while it is built: it is one moment of the library. */
void element_status_reply(struct task *task, const struct status_query *query, uint32_t alloc);
