/* SPDX-License-Identifier: Apache-2.0 */
/* One row per command. The row names every CDB bit that is honoured. Usage map, reserved-bit check with its
 * field pointer, REPORT SUPPORTED OPERATION CODES, reference tables, traces and tests use it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/base/field.h"
#include "vtl/scsi/opcode.h"

struct lu;
struct task;

enum { SA_NONE = -1 };
enum op_dir { DIR_NONE, DIR_IN, DIR_OUT };

/* Conditions for run(), checked in SAM's order of precedence. */
enum op_gate {
	GATE_UA = 1 << 0,        /* a pending unit attention is reported instead */
	GATE_RESERVED = 1 << 1,  /* refused while another nexus holds a conflicting reservation */
	GATE_READ_ONLY = 1 << 2, /* with GATE_RESERVED: allowed by a write-exclusive reservation */
	GATE_READY = 1 << 3,     /* lu_type.ready() must agree */
	GATE_WRITE = 1 << 4,     /* lu_type.writable() must agree */
	GATE_DEFERRED = 1 << 5,  /* a deferred error is reported instead */
	GATE_PR_FREE = 1 << 6,   /* with GATE_RESERVED: allowed by every persistent reservation */
	GATE_OIR = 1 << 7        /* with GATE_RESERVED: refused without any when lu_type.only_reserved() */
};

struct scsi_op {
	uint8_t code;
	int16_t sa;  /* SA_NONE, or the service action */
	uint8_t len; /* CDB bytes */
	enum op_dir dir;
	uint16_t gates;
	bool at_once;     /* runs in a fiber of its own, not through the queue; must not use the medium */
	uint16_t timeout; /* recommended, seconds, for the timeouts descriptor */
	const char *name; /* name in the standard */
	void (*run)(struct task *task);
	const struct field *fields; /* every honoured bit, by name; not opcode, SA or control */
	const char *partly;         /* what of the standard's command is missing, and why; NULL: nothing */
	const char *note;           /* one phrase for the reference page, third person: "returns 20 bytes" */
};

/* A command of the standard that the units of a type do not have.  It is refused as an unknown one; logs and the
 * reference page know its name. */
struct scsi_refused {
	uint8_t code;
	int16_t sa; /* SA_NONE, or the service action */
	const char *name, *why;
};

/* Calls visit for every command that the unit names as refused, in order of (code, service action). */
void refused_each(const struct lu *lu, void (*visit)(const struct scsi_refused *row, void *arg), void *arg);
/* The row of a CDB, or NULL. */
const struct scsi_refused *refused_find(const struct lu *lu, const uint8_t *cdb);

/* The usage map: a bit is set where the CDB may have a one; map[0] is the operation code. */
void op_usage(const struct scsi_op *op, uint8_t map[static 16]);
/* Finds the row of a CDB among the LU's own rows and the core's, or NULL. *ret_code_known: the code exists
 * with other service actions (the sense is then 5/24/00, else 5/20/00). */
const struct scsi_op *op_find(const struct lu *lu, const uint8_t *cdb, bool *ret_code_known);
/* False when the CDB sets a bit that the row does not name; returns its place. Bits 7-5 of byte 1 of 6- and
 * 10-byte CDBs may have any value: old initiators put the LUN there. */
bool op_cdb_ok(const struct scsi_op *op, const uint8_t *cdb, unsigned *ret_byte, int *ret_bit);
/* False when the length field of the CDB is zero. */
bool op_moves(const struct scsi_op *op, const uint8_t *cdb);
/* Value of the field with this name, which must exist in the task's row. */
uint64_t cdb_field(const struct task *task, const char *name);
/* Calls visit for every row that the LU answers, in order of (code, service action). */
void op_each(const struct lu *lu, void (*visit)(const struct scsi_op *op, void *arg), void *arg);
/* Checks a table of rows (rules in op_selftest.c). Returns the first fault, or NULL. */
const char *op_selftest(const struct scsi_op *rows);
