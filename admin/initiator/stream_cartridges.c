/* SPDX-License-Identifier: Apache-2.0 */
/* The cartridges of a run: printed before anything is written, printed afterwards, and as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "admin/initiator/stream.h"

enum { NAME_SIZE = TARGET_NAME_LEN + 80 };

/* Writes a name for the cartridge in a lane's drive. */
static const char *name_of(const struct lane *l, char text[static NAME_SIZE])
{
	char place[32];
	if (*l->barcode)
		snprintf(text, NAME_SIZE, "%s", l->barcode);
	else if (l->moved_in)
		snprintf(text, NAME_SIZE, "the cartridge without a barcode from %s",
			robot_place(l->robot, l->home, place));
	else
		snprintf(text, NAME_SIZE, "the cartridge at LUN %d of %s (no changer reports its barcode)",
			l->portal.lun, l->portal.target);
	return text;
}

void cartridges_announce(const struct stream_plan *plan, const struct lane *lanes, size_t count)
{
	const char *verb = stream_writes(plan) ? "will write" : "will read";
	for (size_t i = 0; i < count; i++) {
		const struct lane *l = &lanes[i];
		char name[NAME_SIZE], place[32], from[32];
		printf("%s %s", verb, name_of(l, name));
		if (l->robot && l->moved_in)
			printf(" from %s,", robot_place(l->robot, l->home, from));
		if (l->robot)
			printf(" in %s (LUN %d)", robot_place(l->robot, l->element, place), l->portal.lun);
		putchar('\n');
	}
	fflush(stdout);
}

void cartridges_conclude(const struct stream_plan *plan, const struct lane *lanes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct lane *l = &lanes[i];
		char name[NAME_SIZE], place[32];
		if (*l->home_said)
			fputs(l->home_said, stdout);
		else if (l->robot)
			printf("%s is in %s", name_of(l, name), robot_place(l->robot, l->element, place));
		else
			printf("LUN %d of %s", l->portal.lun, l->portal.target);
		if (stream_writes(plan))
			printf(", %" PRIu64 " bytes written", l->written);
		putchar('\n');
	}
}

static json_t *place_json(const struct lane *l, uint16_t address)
{
	char place[32];
	return l->robot ? json_string(robot_place(l->robot, address, place)) : json_null();
}

json_t *cartridges_report(const struct lane *lanes, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct lane *l = &lanes[i];
		bool brought = l->moved_in || *l->home_said;
		json_t *j = json_pack("{s:s, s:i, s:o, s:o, s:o, s:I, s:b}", "target", l->portal.target,
			"lun", l->portal.lun, "barcode", *l->barcode ? json_string(l->barcode) : json_null(),
			"drive", place_json(l, l->element), "loaded_from",
			brought ? place_json(l, l->home) : json_null(), "bytes_written",
			(json_int_t)l->written, "stays_in_drive", !brought || l->stays);
		json_array_append_new(list, j);
	}
	return list;
}
