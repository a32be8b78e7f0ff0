/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that hosts send wrapped with the public key of the drive (SSC-4 8.5.2.10 and 8.5.3.2). Only the public key ever
 * leaves the drive; the private one is in locked memory, and new after each start of the daemon. */
#pragma once

#include "vtl/ssc/tape.h"

enum { KEY_WRAP_LEN = 256 }; /* bytes of the modulus, and of a wrapped key: RSA-2048 */

struct key_wrap {
	uint8_t modulus[KEY_WRAP_LEN], exponent[KEY_WRAP_LEN];
	uint8_t pair[2048]; /* DER */
	size_t pair_len;
};

/* The parts of a wrapped key, in the parameter list. */
struct wrapped_key {
	const uint8_t *label;
	size_t label_len;
	const uint8_t *bytes; /* KEY_WRAP_LEN */
};

/* The drive has the page of the public key, and takes keys wrapped with it. */
bool key_wrap_offered(const struct lu *lu);
/* Makes a key pair, on a helper thread. NULL: it could not be made. */
struct key_wrap *key_wrap_new(void);
void key_wrap_free(struct key_wrap *wrap);
/* Unwraps on a helper thread. False: the key was not wrapped with this public key and this label, or is not of this
 * length. */
bool key_unwrap(const struct key_wrap *wrap, const struct wrapped_key *from, uint8_t *ret_key, size_t len);

/* wrapped_key.c: the KEY field of a wrapped key for the unit `id`, `len` bytes at `at` of the parameter list. False: *ret_fault
 * is why. */
struct list_fault;
bool wrapped_key_parse(const struct lu_identity *id, const uint8_t *list, size_t at, size_t len,
	struct wrapped_key *ret_key, struct list_fault *ret_fault);
