/* SPDX-License-Identifier: Apache-2.0 */
/* CHAP (RFC 1994, RFC 7143 12.1): hashes, challenges, responses, and binary values as text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHAP_DIGEST_MAX = 32, CHAP_CHALLENGE_MAX = 1024 };

struct chap_hash;

/* The first offered algorithm (CHAP_A: numbers and commas) that is supported, or NULL. */
const struct chap_hash *chap_hash_find(const char *offer);
unsigned chap_hash_number(const struct chap_hash *hash);
size_t chap_hash_len(const struct chap_hash *hash);

/* Makes an identifier and a challenge as long as the digest, from random numbers of the kernel. False:
 * failed. */
bool chap_challenge(const struct chap_hash *hash, uint8_t *ret_id, uint8_t *ret_challenge);
/* hash(id, secret, challenge); writes chap_hash_len() bytes. */
bool chap_respond(const struct chap_hash *hash, uint8_t id, const char *secret, const uint8_t *challenge,
	size_t len, uint8_t *ret_response);
/* Compares in constant time. */
bool chap_equal(const void *a, const void *b, size_t len);

/* Decodes a binary value: 0x and hexadecimal, or 0b and base64. Returns its length, or -1. */
int binary_decode(const char *text, uint8_t *out, size_t size);
/* Writes 0x and hexadecimal digits; out has room for 2 * len + 3 bytes. */
void binary_encode(const uint8_t *p, size_t len, char *out);
