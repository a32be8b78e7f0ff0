/* SPDX-License-Identifier: Apache-2.0 */
/* The units of a target that a view shows. */
#include <string.h>

#include "vtl/access/access.h"
#include "vtl/library/installation.h"

enum { WORDS = DRIVES_MAX / 64 + 1 };
_Static_assert((int)DRIVES_MAX == (int)VIEW_DEVICES_MAX, "a view can name every drive");

static void set_bit(uint64_t bits[static WORDS], unsigned n)
{
	bits[n / 64] |= (uint64_t)1 << n % 64;
}

static void add_drives(const struct view *view, const struct drives *drives, uint64_t *units)
{
	const struct drive *drive;
	TAILQ_FOREACH(drive, drives, link)
		if (view_has_device(view, drive->number))
			set_bit(units, drive->lun);
}

/* The device that has a target of its own: 0 the changer, N drive:N; -1: none of this library. */
static int device_of(const struct library *library, const char *target)
{
	const struct drive *drive;
	if (strcmp(library->target, target) == 0)
		return 0;
	if (library->layout == LAYOUT_TARGET_PER_DEVICE)
		TAILQ_FOREACH(drive, &library->drives, link)
			if (strcmp(drive->target, target) == 0)
				return drive->number;
	return -1;
}

bool view_of_target(struct installation *inst, const struct view *view, const char *target,
	uint64_t ret_units[static WORDS])
{
	uint64_t units[WORDS] = { 0 };
	struct library *library;
	int device = -1;
	TAILQ_FOREACH(library, &inst->libraries, link)
		if ((device = device_of(library, target)) >= 0)
			break;
	if (!library || !view_has_library(view, library->name))
		return false;
	if (view_has_all_devices(view)) { /* including devices added later */
		memset(ret_units, 0xff, sizeof units);
		return true;
	}
	if (view_has_device(view, (unsigned)device))
		set_bit(units, 0); /* the changer, or the only unit of its own target */
	if (library->layout == LAYOUT_ONE_TARGET) {
		add_drives(view, &library->drives, units);
		add_drives(view, &lib_of(library)->removed, units); /* a drive that is being restored */
	}
	memcpy(ret_units, units, sizeof units);
	uint64_t any = 0;
	for (size_t i = 0; i < WORDS; i++)
		any |= units[i];
	return any;
}
