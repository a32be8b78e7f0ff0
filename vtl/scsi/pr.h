/* SPDX-License-Identifier: Apache-2.0 */
/* Persistent reservations (SPC-5 5.13): registrations and the holder. The state is one flat value. PERSISTENT
 * RESERVE OUT changes a copy and puts it in place after it is saved, so a failure changes nothing. */
#pragma once

#include "vtl/scsi/core.h"

enum { PR_REGISTRATIONS_MAX = 64 };

enum pr_type {
	PR_NONE = 0,
	PR_WRITE_EXCLUSIVE = 1,
	PR_EXCLUSIVE_ACCESS = 3,
	PR_WRITE_EXCLUSIVE_REGISTRANTS = 5,
	PR_EXCLUSIVE_ACCESS_REGISTRANTS = 6,
	PR_WRITE_EXCLUSIVE_ALL = 7,
	PR_EXCLUSIVE_ACCESS_ALL = 8,
};

/* A registered I_T nexus, by its names. It outlives sessions. */
struct pr_registration {
	uint64_t key;
	uint16_t target_port;
	char initiator_port[PORT_NAME_MAX + 1];
};

struct pr_state {
	uint32_t generation;
	bool aptpl; /* kept through power loss */
	unsigned count;
	int holder;        /* index; -1: no holder, or all registrants */
	enum pr_type type; /* PR_NONE: no reservation */
	struct pr_registration regs[PR_REGISTRATIONS_MAX];
};

int pr_open(struct lu *lu);
void pr_close(struct lu *lu);
/* Saves the state when aptpl is set. -errno. May wait. */
int pr_save(struct lu *lu, const struct pr_state *pr);

bool pr_type_ok(unsigned type);
/* pr_type_all: all registrants hold (7, 8). pr_type_registrants: registrants have full access (5..8). */
bool pr_type_all(enum pr_type type);
bool pr_type_registrants(enum pr_type type);
/* Index of the registration of a nexus, or -1. */
int pr_find(const struct pr_state *pr, const struct nexus *nexus);
bool pr_holds(const struct pr_state *pr, int i);
/* True when the reservation forbids the nexus a command with these gates (SPC-5 tables 69, 70). */
bool pr_conflict(const struct pr_state *pr, const struct nexus *nexus, unsigned gates);
