/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for tables of rows, so that all readers can rely on a row. */
#include <string.h>

#include "vtl/scsi/op.h"

/* Bytes of a CDB by its group code (SPC-5 4.2.5.1); 0: vendor specific, any length. */
static const uint8_t group_len[8] = { 6, 10, 10, 0, 16, 12, 0, 0 };

enum { VARIABLE_LENGTH = 0x7f };

static const char *check_length(const struct scsi_op *op)
{
	uint8_t want = group_len[op->code >> 5];

	if (op->code == VARIABLE_LENGTH)
		return "variable-length CDBs have no rows";
	if (want && op->len != want)
		return "the length does not match the operation code's group";
	if (op->len != 6 && op->len != 10 && op->len != 12 && op->len != 16)
		return "no CDB has this length";
	return NULL;
}

static const char *check_fields(const struct scsi_op *op)
{
	uint8_t seen[16] = { 0 };

	if (op->sa != SA_NONE && (op->sa < 0 || op->sa > 0x1f))
		return "the service action does not fit its field";
	if (op->sa != SA_NONE)
		seen[1] = 0x1f;
	for (const struct field *f = op->fields; f->name; f++) {
		uint8_t one[16] = { 0 };
		unsigned last = f->byte + (7u - f->msb + f->width - 1u) / 8;
		if (f->msb > 7 || f->width < 1 || f->width > 64)
			return "a field has no bits, or too many";
		/* Byte 0 is the operation code. The last byte is CONTROL; its bits 7 and 6 are vendor
		 * specific. */
		bool vendor = f->byte == op->len - 1u && f->width <= f->msb - 5;
		if (f->byte < 1 || (last > op->len - 2u && !vendor))
			return "a field lies outside its CDB";
		field_map((const struct field[]){ *f, { 0 } }, one, sizeof one);
		for (unsigned i = 0; i < sizeof one; i++) {
			if (seen[i] & one[i])
				return "two fields overlap";
			seen[i] |= one[i];
		}
	}
	return NULL;
}

static const char *check_gates(const struct scsi_op *op)
{
	if ((op->gates & (GATE_READ_ONLY | GATE_PR_FREE | GATE_OIR)) && !(op->gates & GATE_RESERVED))
		return "a condition on reservations without GATE_RESERVED";
	if ((op->gates & GATE_READ_ONLY) && (op->gates & GATE_WRITE))
		return "a command that writes cannot be read-only";
	return NULL;
}

static const char *check_pair(const struct scsi_op *a, const struct scsi_op *b)
{
	if (a->code != b->code)
		return NULL;
	if (a->sa == b->sa)
		return "two rows for one command";
	if (a->sa == SA_NONE || b->sa == SA_NONE)
		return "one code both with and without service actions";
	return NULL;
}

const char *op_selftest(const struct scsi_op *rows)
{
	for (const struct scsi_op *op = rows; op->name; op++) {
		if (!op->run || !op->fields)
			return "a row without run or fields";
		const char *why = check_length(op);
		if (!why)
			why = check_fields(op);
		if (!why)
			why = check_gates(op);
		for (const struct scsi_op *other = rows; other < op && !why; other++)
			why = check_pair(op, other);
		if (why)
			return why;
	}
	return NULL;
}
