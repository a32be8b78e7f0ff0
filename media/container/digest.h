/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of a stream, shown to people who compare files and tapes. */
#pragma once

#include <stddef.h>

enum { DIGEST_TEXT = 65 }; /* hexadecimal and the NUL; MEDIA_DIGEST_TEXT of the door */

struct digest {
	void *ctx; /* libcrypto's; NULL: nothing is computed */
};

/* -ENOMEM; the digest then computes nothing. */
int digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *data, size_t len);
/* From here on nothing is computed. */
void digest_drop(struct digest *d);
/* Writes the result (or "" when nothing was computed) and frees what the digest holds. */
void digest_end(struct digest *d, char out[static DIGEST_TEXT]);
