/* SPDX-License-Identifier: Apache-2.0 */
/* A passport: every byte of identity a host sees at a portal, as one JSON document. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "admin/initiator/initiator.h"

enum { PASSPORT_VERSION = 1 };

/* Logs in to every target of the portal (or the one it names) and reads its identities; NULL with
 * a line in why.  The caller owns the document. */
json_t *passport_read(const struct portal *p, const struct session_options *o, char why[static WHY_LEN]);

/* Writes the document to an open file: 0 or -errno. */
int passport_write(const json_t *passport, int fd);
/* Reads a passport from a file, or from stdin when it is called "-".  NULL, with a line in why, for
 * anything that is not a whole passport.  The caller owns the document. */
json_t *passport_load(const char *file, char why[static WHY_LEN]);

void passport_show(const json_t *passport, FILE *out);

/* What compare found: an array of {where, what, was, is, effect} in each. */
struct passport_difference {
	json_t *differences; /* of what the older passport names */
	json_t *additions;   /* what it does not name */
};
void passport_compare(const json_t *was, const json_t *is, bool allow_removed,
	struct passport_difference *ret);
