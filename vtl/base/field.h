/* SPDX-License-Identifier: Apache-2.0 */
/* Named bits of a CDB, a mode page or a parameter list. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* width bits, the most significant of them at bit msb (7..0) of byte. */
struct field {
	const char *name;
	uint16_t byte;
	uint8_t msb, width;
};

/* A list of fields, which a row without a name ends: .fields = FIELDS({ "fixed", 1, 0, 1 }, ...) */
#define FIELDS(...) ((const struct field[]){ __VA_ARGS__, { 0 } })
#define NO_FIELDS   ((const struct field[]){ { 0 } })

/* The value of a field of at most 64 bits.  The caller has checked that p is long enough. */
uint64_t field_get(const struct field *f, const uint8_t *p);
void field_put(const struct field *f, uint8_t *p, uint64_t value);
/* Sets each bit of these fields in a map of size bytes. */
void field_map(const struct field *f, uint8_t *map, size_t size);
