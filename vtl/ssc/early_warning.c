/* SPDX-License-Identifier: Apache-2.0 */
/* Where a partition ends: writes hear of the programmable zone once, before early warning, and of early warning each
 * time (IBM LTO SCSI Reference GA32-0928-06, 4.8 and table 16). */
#include "vtl/ssc/early_warning.h"

enum { SIZE_AT = 6, MEGABYTE = 1000000, REW_AT = 8, REW = 0x01 };

/* Bytes of the zone; 0: there is none. */
static uint64_t zone_of(const struct tape *tape)
{
	const uint8_t *page = lu_mode(&tape->lu, 0x10, 0x01);
	return page ? (uint64_t)get_be16(page + SIZE_AT) * MEGABYTE : 0;
}

bool in_warning_zone(const struct tape *tape, const struct cart_position *at)
{
	uint64_t zone = zone_of(tape);
	return zone && at->before_warning <= zone;
}

static bool is_told(const struct tape *tape, const struct cart_position *at)
{
	return tape->zone_told && tape->zone_partition == at->partition;
}

void warn_of_end(struct work *w)
{
	struct cart_position at;
	struct sense_data sense = { .id = SENSE_EARLY_WARNING, .eom = true, .valid = true };
	cart_position(w->cart, &at);
	if (in_warning_zone(w->tape, &at) && !is_told(w->tape, &at)) {
		w->tape->zone_told = true;
		w->tape->zone_partition = at.partition;
		sense.id = SENSE_PROGRAMMABLE_WARNING;
	} else if (!at.early_warning) {
		return;
	}
	work_fail(w, &sense);
}

bool warns_readers(const struct tape *tape)
{
	const uint8_t *page = lu_mode(&tape->lu, 0x10, 0x00);
	return page && page[REW_AT] & REW;
}

bool warn_reader(struct work *w, int64_t left)
{
	struct cart_position at;
	cart_position(w->cart, &at);
	if (!at.early_warning || !warns_readers(w->tape))
		return false;
	work_fail(w,
		&(struct sense_data){ .id = SENSE_VOLUME_OVERFLOW,
			.eom = true,
			.valid = true,
			.information = left });
	return true;
}

void warning_settle(struct tape *tape)
{
	struct cart_position at;
	if (!zone_of(tape))
		tape->zone_told = false;
	if (!zone_of(tape) || !tape->cart || cart_position_settle(tape->cart))
		return;
	cart_position(tape->cart, &at);
	if (!in_warning_zone(tape, &at) || !is_told(tape, &at))
		tape->zone_told = false;
}

void warning_zone_set(struct tape *tape)
{
	if (tape->zone == zone_of(tape))
		return;
	tape->zone = zone_of(tape);
	tape->zone_told = false;
	tape_acquire(tape, 0);
	warning_settle(tape);
	tape_release(tape);
}

void warning_reset(struct tape *tape)
{
	tape->zone = 0;
	tape->zone_told = false;
}
