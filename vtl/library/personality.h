/* SPDX-License-Identifier: Apache-2.0 */
/* The device models that drives and changers report: constant data. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vtl/base/why.h"

enum device_kind { KIND_CHANGER, KIND_DRIVE };

struct personality {
	const char *name; /* as typed on the command line: "IBM ULT3580-TD8" */
	enum device_kind kind;
	const char *vendor, *product, *revision;
	uint8_t generation;  /* drives: 5..9 for LTO-5..9 */
	const char *instead; /* not for new devices, which take this one */
	/* changers: first element addresses of transports, slots, mail slots, drives */
	uint16_t first_transport, first_slot, first_mailslot, first_drive;
};
/* Of new libraries whose devices are not named. */
#define DRIVE_DEFAULT   "IBM ULT3580-TD8"
#define CHANGER_DEFAULT "STK L700"
/* Ignores case and spaces. Also finds those that only existing devices may have. */
const struct personality *personality_find(const char *name);
/* The personality that somebody asked for. -EINVAL with why. */
int personality_wanted(const char *name, enum device_kind kind, const struct personality **ret_personality,
	char why[static WHY_LEN]);
const struct personality *personality_at(size_t i); /* NULL past the last */
