/* SPDX-License-Identifier: Apache-2.0 */
/* Element status data of READ ELEMENT STATUS and REQUEST VOLUME ELEMENT ADDRESS. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/smc/elements.h"

struct task;

struct status_query {
	uint8_t type;        /* enum element_type */
	uint16_t start, max; /* first address, and maximum number of elements */
	bool voltag, dvcid;
	uint8_t action; /* header byte 4: the send action code of a volume tag search */
	/* Which elements are included; NULL: all. */
	bool (*match)(const struct element *element, const void *arg);
	const void *arg;
};

/* Answers the task with the result of the query, at most alloc bytes; counts are those of the whole result.
 * Nothing waits while it is built, so it is a snapshot of the library. */
void element_status_reply(struct task *task, const struct status_query *query, uint32_t alloc);
