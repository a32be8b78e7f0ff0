/* SPDX-License-Identifier: Apache-2.0 */
/* The device models that drives and changers report: constant data. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum device_kind { KIND_CHANGER, KIND_DRIVE };

struct personality {
	const char *name; /* as typed on the command line: "IBM ULT3580-TD8" */
	enum device_kind kind;
	const char *vendor, *product, *revision;
	uint8_t generation; /* drives: 5..9 for LTO-5..9 */
	/* changers: first element addresses of transports, slots, mail slots, drives */
	uint16_t first_transport, first_slot, first_mailslot, first_drive;
};
/* Of new libraries whose devices are not named. */
#define DRIVE_DEFAULT   "IBM ULT3580-TD8"
#define CHANGER_DEFAULT "STK L700"
const struct personality *personality_find(const char *name); /* ignores case and spaces */
const struct personality *personality_at(size_t i);           /* NULL past the last */
