/* SPDX-License-Identifier: Apache-2.0 */
/* The 96 bytes of sense data that IBM's LTO drives return to REQUEST SENSE: what follows the standard's 18 bytes tells
 * about the cartridge and the place on the tape (IBM LTO-8 SCSI Reference, REQUEST SENSE). */
#include <string.h>

#include "vtl/ssc/tape.h"

enum { LENGTH_AT = 7, FULL_LEN = 96 };
enum { FLAGS_AT = 21, VOLUME_VALID = 0x01, DUMP_PRESENT = 0x02, LABEL_AT = 22, LABEL_LEN = 7 };
enum { WRAP_AT = 29, POSITION_AT = 30, PARTITION_AT = 36, PORT_AT = 40, DIRECTORY_VALID = 0x80 };
enum { GENERATION_AT = 42, TYPE_AT = 43, TYPE_LEN = 2, BLOCK_AT = 45, SERIAL_AT = 86, SERIAL_SIZE = 10 };

/* The position along the tape counts marks that are 7.2 mm apart; even wraps lead away from its beginning. */
static void put_place(const struct tape *tape, uint8_t *out)
{
	enum { MARKS = 133333, WRAPS_SHOWN = 0xff };
	struct cart_usage usage;
	struct cart_position at;
	cart_position(tape->cart, &at);
	cart_partition_usage(tape->cart, at.partition, &usage);
	const struct stretch stretch = tape_stretch(tape, at.partition);
	out[PARTITION_AT] = (uint8_t)at.partition;
	put_be32(out + BLOCK_AT, at.object > UINT32_MAX ? UINT32_MAX : (uint32_t)at.object);
	if (!stretch.wraps || !usage.capacity || !usage.objects)
		return;
	__uint128_t marks = (__uint128_t)usage.used * at.object / usage.objects * stretch.wraps * MARKS /
		usage.capacity;
	uint64_t wrap = stretch.first + (uint64_t)(marks / MARKS);
	uint32_t along = (uint32_t)(marks % MARKS);
	out[WRAP_AT] = wrap < WRAPS_SHOWN ? (uint8_t)wrap : WRAPS_SHOWN;
	put_be32(out + POSITION_AT, wrap % 2 ? MARKS - along : along);
}

static void put_cartridge(const struct tape *tape, uint8_t *out)
{
	const char *barcode = tape->label.barcode;
	size_t len = strlen(barcode);
	struct wire w = wire_over(out + LABEL_AT, LABEL_LEN);
	wire_ascii(&w, barcode, LABEL_LEN);
	if (len > TYPE_LEN)
		memcpy(out + TYPE_AT, barcode + len - TYPE_LEN, TYPE_LEN);
	out[FLAGS_AT] |= VOLUME_VALID;
	memset(out + SERIAL_AT, ' ', SERIAL_SIZE);
	size_t n = len < SERIAL_SIZE ? len : SERIAL_SIZE;
	memcpy(out + SERIAL_AT + SERIAL_SIZE - n, barcode + len - n, n);
	if (tape->generation)
		out[GENERATION_AT] = (uint8_t)((tape->generation->number - 1) << 4);
}

size_t tape_full_sense(struct lu *lu, uint8_t out[static SENSE_FULL_MAX])
{
	_Static_assert((int)FULL_LEN <= (int)SENSE_FULL_MAX, "the sense fits");
	const struct tape *tape = tape_of(lu);
	if (!tape->profile->type_by_generation)
		return SENSE_LEN;
	out[LENGTH_AT] = FULL_LEN - LENGTH_AT - 1;
	if (tape->buffers)
		out[FLAGS_AT] |= DUMP_PRESENT;
	if (tape->state != TAPE_EMPTY)
		put_cartridge(tape, out);
	if (tape->cart) {
		out[PORT_AT] |= DIRECTORY_VALID;
		put_place(tape, out);
	}
	return FULL_LEN;
}
