/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in front of the stored bytes of a transformed record: FORMAT.md section 4.4. */
#pragma once

#include "media/media.h"

enum {
	ENVELOPE_FIXED = 68,
	ENVELOPE_MIN = 72,
	ENVELOPE_MAX = 256,
	ENVELOPE_ATTACHED = ENVELOPE_MAX - ENVELOPE_FIXED,
	TRANSFORMED_MIN = ENVELOPE_MIN + 1, /* of the whole: envelope and stored bytes */
	TRANSFORMED_MAX = ENVELOPE_MAX + MEDIA_RECORD_MAX + LBP_VALUE,
};

enum compression { COMPRESSION_NONE, COMPRESSION_LZ4, COMPRESSION_ZSTD, N_COMPRESSIONS };
enum cipher { CIPHER_NONE, CIPHER_AES_256_GCM, N_CIPHERS };

struct envelope {
	uint32_t size; /* of the envelope itself; set by both */
	enum compression compression;
	enum cipher cipher;
	enum lbp_method lbp;
	uint32_t host_len, stored_len;
	uint32_t lbp_value; /* 0 with a cipher, where it stands behind the data */
	uint32_t host_crc;  /* of the host's bytes; 0: not known */
	uint8_t key_id[16], nonce[12], tag[16];
	/* Data that belong to the key, items {kind, length, bytes}. */
	uint8_t attached[ENVELOPE_ATTACHED];
	uint32_t attached_len;
};

/* Puts it in front of the stored bytes, which begin at out + the size it returns. */
uint32_t envelope_put(struct envelope *envelope, uint8_t out[static ENVELOPE_MAX]);
/* The envelope at the beginning of a record that is total bytes long as it is stored, of which `there` are in
 * memory.  -EBADMSG: it is not sound. */
int envelope_decode(const uint8_t *p, size_t there, uint32_t total, struct envelope *ret_envelope);
/* Bytes that are encrypted behind the data. */
static inline uint32_t envelope_tail(const struct envelope *envelope)
{
	return envelope->cipher && envelope->lbp ? LBP_VALUE : 0;
}
/* Whether the stored bytes are the host's: 0; -ENOKEY they are encrypted, -ENOPKG compressed. */
int envelope_plain(const struct envelope *envelope);
