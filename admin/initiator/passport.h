/* SPDX-License-Identifier: Apache-2.0 */
/* A passport: all identity data that a host sees at a portal, as one JSON document. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "admin/initiator/initiator.h"

enum { PASSPORT_VERSION = 1 };

/* Logs in to every target of the portal, or to the target it names, and reads the identities.  The caller
 * owns the document.  NULL: why holds one line. */
json_t *passport_read(const struct portal *p, const struct session_options *o, char why[static WHY_LEN]);

/* Writes the document to an open file.  Returns 0 or -errno. */
int passport_write(const json_t *passport, int fd);
/* Reads a passport from a file; "-" is stdin.  The caller owns the document.  NULL: the file is not a
 * complete passport; why holds one line. */
json_t *passport_load(const char *file, char why[static WHY_LEN]);

void passport_show(const json_t *passport, FILE *out);

/* The result of a comparison: arrays of {where, what, was, is, effect}. */
struct passport_difference {
	json_t *differences; /* of things that the older passport holds */
	json_t *additions;   /* things that the older passport does not hold */
};
void passport_compare(const json_t *was, const json_t *is, bool allow_removed,
	struct passport_difference *ret);
