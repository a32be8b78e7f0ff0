/* SPDX-License-Identifier: Apache-2.0 */
/* The description of the control methods: what the daemon checks, what the command offers as options and shows
 * as help, and what docs/json.md says all come from these rows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/library/library.h"

enum param_type {
	PARAM_TEXT,
	PARAM_SECRET, /* a string that is wiped after the call */
	PARAM_NUMBER, /* an integer from min to max */
	PARAM_FLAG,
	PARAM_TEXTS, /* a list of min to max strings */
};

/* What a number counts or a text names; the command reads its own spelling of it. */
enum param_unit {
	UNIT_NONE,
	UNIT_BYTES,   /* on the command line with a unit: 1.5TiB */
	UNIT_DRIVE,   /* a drive's number; on the command line also drive:N */
	UNIT_BARCODE, /* on the command line also a range of barcodes */
};

struct param {
	const char *name;
	enum param_type type;
	enum param_unit unit;
	bool required;
	/* Checks each string of the parameter.  False: why says what is wrong.  NULL: any string without
	 * control characters. */
	bool (*check)(const char *text, char why[static WHY_LEN]);
	int64_t min, max;
	const char *default_value; /* what the method uses if the parameter is not given; NULL: none */
	const char *option;        /* "--drives", or "NAME" for a positional argument; NULL: no option */
	const char *placeholder;   /* for the value of an option in the help */
	/* A flag whose result changes by itself: the command sets it for tables, with --json only on request,
	 * because JSON documents are compared over time. */
	bool in_tables;
	const char *help; /* no full stop at the end, no default */
};
#define PARAMS(...) ((const struct param[]){ __VA_ARGS__, { 0 } })
#define NO_PARAMS   ((const struct param[]){ { 0 } })

enum role {
	ROLE_READ,
	ROLE_WRITE, /* takes the writers' turn, and is logged with the person who asked */
	ROLE_LONG,  /* logged too; its function takes the turn itself, for the part that needs it */
};

struct method {
	const char *name; /* "noun.verb" */
	enum role role;
	bool wants_fd; /* a descriptor must be sent with the request */
	const struct param *params;
	const char *help;
};

/* All methods; a row without a name ends the table. */
extern const struct method methods[];
const struct method *method_find(const char *name); /* NULL: there is none */
const char *role_name(enum role role);              /* "read" */
const char *param_type_name(enum param_type type);  /* "text" */
const char *param_unit_name(enum param_unit unit);  /* "bytes"; "" for UNIT_NONE */
/* Returns the method's parameter of that name, or NULL. */
const struct param *param_find(const struct method *method, const char *name);
