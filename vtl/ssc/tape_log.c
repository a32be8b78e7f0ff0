/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a drive and its cartridge in the log, with their actor. */
#include "vtl/ssc/tape_log.h"

#include "vtl/ssc/health.h"

#include <stdio.h>

void tape_log(const struct tape *tape, enum log_event_id id, const struct actor *by, const char *what)
{
	const struct log_fields fields = {
		.cartridge = tape->label.barcode,
		.library = tape->drive->library->name,
		.drive = tape->drive->number,
		.by = *by,
	};
	log_event(id, &fields, "library %s: drive:%u: cartridge %s %s", fields.library, fields.drive,
		fields.cartridge, what);
}

void work_log(const struct work *w, enum log_event_id id, const char *what)
{
	const struct actor by = nexus_actor(w->task->nexus);
	tape_log(w->tape, id, &by, what);
}

bool overwrite_begins(const struct work *w, struct overwrite *ret_overwrite)
{
	struct cart_position at;
	struct cart_usage usage;
	cart_position(w->cart, &at);
	if (at.object)
		return false;
	cart_partition_usage(w->cart, at.partition, &usage);
	*ret_overwrite = (struct overwrite){ .objects = usage.objects, .bytes = usage.used };
	return usage.objects;
}

void overwrite_log(const struct work *w, const struct overwrite *overwrite)
{
	char what[120];
	snprintf(what, sizeof what,
		"overwritten from the beginning of the tape; it held %llu objects, %llu bytes",
		(unsigned long long)overwrite->objects, (unsigned long long)overwrite->bytes);
	work_log(w, EVENT_OVERWRITE, what);
	if (cart_partitions(w->cart) == 1)
		tape_health_renewed(w->tape);
}
