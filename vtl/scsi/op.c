/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of an LU as one sorted table: lookup, usage maps, the reserved-bit check. */
#include "vtl/scsi/op.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/scsi/core.h"

enum { SA_MASK = 0x1f, OLD_LUN = 0xe0 };

void op_usage(const struct scsi_op *op, uint8_t map[static 16])
{
	memset(map, 0, 16);
	map[0] = op->code;
	if (op->sa != SA_NONE)
		map[1] = (uint8_t)op->sa;
	field_map(op->fields, map, 16);
}

static int entry_order(const void *a, const void *b)
{
	const struct scsi_op *x = ((const struct op_entry *)a)->op;
	const struct scsi_op *y = ((const struct op_entry *)b)->op;

	return x->code != y->code ? x->code - y->code : x->sa - y->sa;
}

/* Adds rows to the table. A row that exists already (the device type's own) stays. */
static void table_add(struct op_table *table, const struct scsi_op *rows)
{
	for (const struct scsi_op *op = rows; op->name; op++) {
		bool there = false;
		for (unsigned i = 0; i < table->count && !there; i++)
			there = table->entries[i].op->code == op->code && table->entries[i].op->sa == op->sa;
		if (there)
			continue;
		struct op_entry *e = &table->entries[table->count++];
		e->op = op;
		op_usage(op, e->usage);
	}
}

static unsigned rows_count(const struct scsi_op *rows)
{
	unsigned n = 0;
	while (rows[n].name)
		n++;
	return n;
}

int op_table_new(const struct lu *lu, struct op_table **ret_table)
{
	unsigned room = rows_count(primary_ops);
	for (const struct scsi_op *const *rows = lu->ops; *rows; rows++) {
		if (op_selftest(*rows))
			return -EINVAL;
		room += rows_count(*rows);
	}
	struct op_table *table = calloc(1, sizeof *table + room * sizeof table->entries[0]);
	if (!table)
		return -ENOMEM;
	for (const struct scsi_op *const *rows = lu->ops; *rows; rows++)
		table_add(table, *rows);
	table_add(table, primary_ops);
	qsort(table->entries, table->count, sizeof table->entries[0], entry_order);
	for (unsigned i = table->count; i-- > 0;)
		table->first[table->entries[i].op->code] = (uint16_t)(i + 1);
	*ret_table = table;
	return 0;
}

const struct op_entry *op_entry_find(const struct op_table *table, uint8_t code, int sa)
{
	if (!table->first[code])
		return NULL;
	for (unsigned i = table->first[code] - 1u; i < table->count; i++) {
		const struct op_entry *e = &table->entries[i];
		if (e->op->code != code)
			break;
		if (e->op->sa == sa)
			return e;
	}
	return NULL;
}

bool op_code_known(const struct op_table *table, uint8_t code, bool *ret_has_sa)
{
	if (!table->first[code])
		return false;
	*ret_has_sa = table->entries[table->first[code] - 1u].op->sa != SA_NONE;
	return true;
}

const struct scsi_op *op_find(const struct lu *lu, const uint8_t *cdb, bool *ret_code_known)
{
	bool has_sa = false;

	*ret_code_known = op_code_known(lu->table, cdb[0], &has_sa);
	if (!*ret_code_known)
		return NULL;
	const struct op_entry *e = op_entry_find(lu->table, cdb[0], has_sa ? cdb[1] & SA_MASK : SA_NONE);
	return e ? e->op : NULL;
}

const struct scsi_op *op_find_in(const struct scsi_op *rows, const uint8_t *cdb)
{
	for (const struct scsi_op *op = rows; op->name; op++)
		if (op->code == cdb[0] && (op->sa == SA_NONE || op->sa == (cdb[1] & SA_MASK)))
			return op;
	return NULL;
}

bool op_usage_ok(const struct scsi_op *op, const uint8_t usage[static 16], const uint8_t *cdb,
	unsigned *ret_byte, int *ret_bit)
{
	for (unsigned i = 1; i < op->len; i++) {
		uint8_t bad = cdb[i] & (uint8_t)~usage[i];
		if (i == 1 && op->sa != SA_NONE)
			bad &= (uint8_t)~SA_MASK;
		if (i == 1 && op->len <= 10)
			bad &= (uint8_t)~OLD_LUN;
		if (!bad)
			continue;
		*ret_byte = i;
		*ret_bit = 31 - __builtin_clz(bad);
		return false;
	}
	return true;
}

bool op_cdb_ok(const struct scsi_op *op, const uint8_t *cdb, unsigned *ret_byte, int *ret_bit)
{
	uint8_t usage[16];

	op_usage(op, usage);
	return op_usage_ok(op, usage, cdb, ret_byte, ret_bit);
}

bool op_moves(const struct scsi_op *op, const uint8_t *cdb)
{
	static const char *const lengths[] = { "transfer_length", "allocation_length",
		"parameter_list_length" };
	for (const struct field *f = op->fields; f->name; f++)
		for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
			if (!strcmp(f->name, lengths[i]))
				return field_get(f, cdb) != 0;
	return op->dir != DIR_NONE;
}

uint64_t cdb_field(const struct task *task, const char *name)
{
	for (const struct field *f = task->op->fields; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return field_get(f, task->cdb);
	assert(!"the row names no such field");
	return 0;
}

void op_each(const struct lu *lu, void (*visit)(const struct scsi_op *op, void *arg), void *arg)
{
	for (unsigned i = 0; i < lu->table->count; i++)
		visit(lu->table->entries[i].op, arg);
}
