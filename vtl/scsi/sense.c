/* SPDX-License-Identifier: Apache-2.0 */
/* The table of senses, and sense data in fixed and descriptor format (SPC-5 4.4.2, 4.4.3). */
#include "vtl/scsi/sense.h"

#include <assert.h>
#include <string.h>

#include "vtl/base/bytes.h"

static const struct sense_row rows[SENSE_COUNT] = {
#define SENSE(id, key, asc, ascq, text) [SENSE_##id] = { key, asc, ascq, text },
#include "vtl/scsi/sense.def"
#undef SENSE
};

enum {
	CURRENT = 0x70,
	DEFERRED = 0x71,
	VALID = 0x80,
	FILEMARK = 0x80,
	EOM = 0x40,
	ILI = 0x20,
	SKSV = 0x80,
	IN_CDB = 0x40,
	BIT_VALID = 0x08
};

const struct sense_row *sense_row(enum sense id)
{
	assert((unsigned)id < SENSE_COUNT);
	return &rows[id];
}

const char *sense_words(uint8_t key, uint8_t asc, uint8_t ascq)
{
	for (size_t i = 0; i < SENSE_COUNT; i++)
		if (rows[i].key == key && rows[i].asc == asc && rows[i].ascq == ascq)
			return rows[i].text;
	return "";
}

static void build_specific(const struct sense_data *s, uint8_t *p)
{
	if (s->pointer) {
		p[0] = SKSV | (s->in_cdb ? IN_CDB : 0);
		if (s->bit >= 0)
			p[0] |= BIT_VALID | (uint8_t)(s->bit & 7);
		put_be16(p + 1, s->byte);
	} else if (s->progress) {
		p[0] = SKSV;
		put_be16(p + 1, s->progress_done);
	}
}

/* The flags of stream commands are in bits 7 to 5, as in the fixed format. */
static uint8_t flags_of(const struct sense_data *s)
{
	return (uint8_t)((s->filemark ? FILEMARK : 0) | (s->eom ? EOM : 0) | (s->ili ? ILI : 0));
}

void sense_build(const struct sense_data *s, uint8_t out[static SENSE_LEN])
{
	const struct sense_row *row = sense_row(s->id);

	memset(out, 0, SENSE_LEN);
	out[0] = s->deferred ? DEFERRED : CURRENT;
	if (s->valid) {
		out[0] |= VALID;
		put_be32(out + 3, (uint32_t)s->information);
	}
	out[2] = row->key | flags_of(s);
	out[7] = SENSE_LEN - 8;
	out[12] = row->asc;
	out[13] = row->ascq;
	build_specific(s, out + 15);
}

static uint8_t *descriptor(uint8_t **at, uint8_t type, uint8_t len)
{
	uint8_t *d = *at;
	d[0] = type;
	d[1] = (uint8_t)(len - 2);
	*at += len;
	return d;
}

size_t sense_build_descriptors(const struct sense_data *s, uint8_t out[static SENSE_DESCRIPTORS_MAX])
{
	enum { CURRENT_DESCRIPTORS = 0x72, DEFERRED_DESCRIPTORS = 0x73, HEADER = 8 };
	enum { INFORMATION = 0x00, KEY_SPECIFIC = 0x02, STREAM = 0x04 };
	const struct sense_row *row = sense_row(s->id);
	uint8_t *at = out + HEADER;

	memset(out, 0, SENSE_DESCRIPTORS_MAX);
	out[0] = s->deferred ? DEFERRED_DESCRIPTORS : CURRENT_DESCRIPTORS;
	out[1] = row->key;
	out[2] = row->asc;
	out[3] = row->ascq;
	if (s->valid) {
		uint8_t *d = descriptor(&at, INFORMATION, 12);
		d[2] = VALID;
		put_be64(d + 4, (uint64_t)s->information);
	}
	if (s->pointer || s->progress)
		build_specific(s, descriptor(&at, KEY_SPECIFIC, 8) + 4);
	if (flags_of(s))
		descriptor(&at, STREAM, 4)[3] = flags_of(s);
	out[7] = (uint8_t)(at - out - HEADER);
	return (size_t)(at - out);
}
