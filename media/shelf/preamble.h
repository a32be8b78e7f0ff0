/* SPDX-License-Identifier: Apache-2.0 */
/* The first 32 bytes of every binary structure: what it is, its version, its checksum, the features it
 * needs.  FORMAT.md section 2. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	PREAMBLE_SIZE = 32,
	MAGIC_NAME = 7, /* characters of a magic before its digit */
	FEATURE_TRANSFORMED = 1 << 0,
	FEATURE_ENCRYPTED = 1 << 1,
	FEATURE_LAYOUT = 1 << 2,
	FEATURE_COMPRESSED = 1 << 3,
	/* Those that say what records may be. */
	FEATURES_RECORDS = FEATURE_TRANSFORMED | FEATURE_ENCRYPTED | FEATURE_COMPRESSED,
	/* The bits that this version knows. */
	FEATURES_READ = FEATURES_RECORDS | FEATURE_LAYOUT,
	FEATURES_WRITE = 0,
};

/* Who reads must know every bit of `read`, who writes also every bit of `write`. */
struct features {
	uint32_t read, write;
};

/* Begins the structure at head, of which everything behind the preamble is in place.  name: seven letters.
 * units: the size of its head in its unit.  The checksum covers len bytes. */
void preamble_put(uint8_t *head, const char *name, uint32_t units, struct features features, size_t len);
/* Checks the preamble of a structure whose checksum covers len bytes, at least PREAMBLE_SIZE.  0; -EBADMSG: no
 * sound structure of this name; -EPROTOTYPE: a sound one of format 1; -EPROTONOSUPPORT: a sound one of a later
 * version, or one that needs a feature this version does not know. */
int preamble_check(const uint8_t *head, const char *name, size_t len, struct features *ret_features);
/* Size of the head in its unit, as the preamble says. */
uint32_t preamble_units(const uint8_t *head);
/* The lowest bit of these that is not among the known ones, or -1. */
int feature_unknown(uint32_t features, uint32_t known);
/* The read feature for which preamble_check() refused a structure, or -1: it is of another version. */
int preamble_feature(const uint8_t *head);
