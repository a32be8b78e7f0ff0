/* SPDX-License-Identifier: Apache-2.0 */
/* The errors in log page 16h. They are kept since the daemon started; LOG SELECT does not clear them. */
#include "vtl/ssc/diagnostics.h"

#include <stdio.h>
#include <string.h>

#include "vtl/ssc/tape.h"

static bool same(const struct diagnostic_record *a, const struct diagnostic_record *b)
{
	return a->key == b->key && a->asc == b->asc && a->ascq == b->ascq && a->opcode == b->opcode &&
		!strcmp(a->barcode, b->barcode);
}

void diagnostics_add(struct tape *tape, enum sense id)
{
	enum { MEDIUM_ERROR = 3, HARDWARE_ERROR = 4 };
	struct diagnostic_record *records = tape->diagnostics.records;
	const struct sense_row *row = sense_row(id);
	if (row->key != MEDIUM_ERROR && row->key != HARDWARE_ERROR)
		return;
	struct diagnostic_record now = { .key = row->key,
		.asc = row->asc,
		.ascq = row->ascq,
		.opcode = tape->doing };
	now.time_ms = tape_time(tape, &now.time_origin);
	if (tape->state != TAPE_EMPTY && tape->generation) {
		snprintf(now.barcode, sizeof now.barcode, "%s", tape->label.barcode);
		now.density = density_code(tape->generation);
		now.medium_type = medium_type_code(tape->profile, tape->generation->number, tape->label.worm);
	}
	now.repeat = same(&now, &records[0]);
	if (!now.repeat)
		memmove(records + 1, records, sizeof *records * (DIAGNOSTIC_RECORDS - 1));
	records[0] = now;
}

/* SSC-5 8.3.6; IBM's drives return zeros in place of a record that does not exist. */
void log_diagnostic_record(struct lu *lu, uint16_t code, struct wire *w)
{
	enum {
		REPEAT = 0x80,
		EMPTY_LEN = 68,
		HOURS_OF_MOTION = 4,
		VENDOR_CODE = 4,
		HOURS_SINCE_CLEANING = 4
	};
	const struct diagnostic_record *r = &tape_of(lu)->diagnostics.records[code];
	if (!r->key) {
		wire_zero(w, EMPTY_LEN);
		return;
	}
	wire_be16(w, 0);
	wire_u8(w, r->density);
	wire_u8(w, r->medium_type);
	wire_zero(w, HOURS_OF_MOTION);
	wire_u8(w, 0);
	wire_u8(w, (uint32_t)(r->key | (r->repeat ? REPEAT : 0)));
	wire_u8(w, r->asc);
	wire_u8(w, r->ascq);
	wire_zero(w, VENDOR_CODE);
	wire_ascii(w, lu->id.revision, 4);
	wire_zero(w, HOURS_SINCE_CLEANING);
	wire_u8(w, r->opcode);
	wire_zero(w, 3); /* no command that uses the medium has a service action */
	wire_ascii(w, r->barcode, 32);
	wire_u8(w, r->time_origin);
	wire_u8(w, 0);
	wire_be16(w, (uint32_t)(r->time_ms >> 32) & 0xffff);
	wire_be32(w, (uint32_t)r->time_ms);
}
