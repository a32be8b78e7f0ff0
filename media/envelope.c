// SPDX-License-Identifier: Apache-2.0
/* The envelope of a transformed record (FORMAT.md section 4.4). */
#include "media/envelope.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "media/format.h"
#include "media/media.h"
#include "vtl/base/bytes.h"

enum { SIZE_UNIT = 8, AT_KEY = 24, AT_NONCE = 40, AT_TAG = 52, ITEM_HEAD = 2 };

uint32_t envelope_put(struct envelope *v, uint8_t out[static ENVELOPE_MAX])
{
	v->size = (uint32_t)round_up(ENVELOPE_FIXED + v->attached_len, SIZE_UNIT);
	memset(out, 0, v->size);
	put_le16(out, v->size);
	out[2] = (uint8_t)v->compression;
	out[3] = (uint8_t)v->cipher;
	out[4] = (uint8_t)v->lbp;
	put_le32(out + 8, v->host_len);
	put_le32(out + 12, v->stored_len);
	put_le32(out + 16, v->lbp_value);
	put_le32(out + 20, v->host_crc);
	memcpy(out + AT_KEY, v->key_id, sizeof v->key_id);
	memcpy(out + AT_NONCE, v->nonce, sizeof v->nonce);
	memcpy(out + AT_TAG, v->tag, sizeof v->tag);
	memcpy(out + ENVELOPE_FIXED, v->attached, v->attached_len);
	return v->size;
}

/* The items fill len bytes up to zeros at the end.  *ret_len: without those. */
static bool items_sound(const uint8_t *p, uint32_t len, uint32_t *ret_len)
{
	uint32_t at = 0;
	while (at < len && p[at] != 0) {
		if (len - at < ITEM_HEAD || p[at + 1] > len - at - ITEM_HEAD)
			return false;
		at += ITEM_HEAD + p[at + 1];
	}
	*ret_len = at;
	return len - at < SIZE_UNIT && (at == len || is_blank(p + at, len - at));
}

/* Whether what it says fits together. */
static bool is_sound(const struct envelope *v, uint32_t total)
{
	static const uint8_t none[16];
	uint32_t tail = envelope_tail(v);
	if (v->compression >= N_COMPRESSIONS || v->cipher >= N_CIPHERS || v->lbp >= N_LBP_METHODS ||
		v->host_len == 0 || v->host_len > MEDIA_RECORD_MAX || v->stored_len <= tail ||
		v->stored_len - tail > MEDIA_RECORD_MAX || v->size + v->stored_len != total)
		return false;
	uint32_t len = v->stored_len - tail;
	if (v->compression == COMPRESSION_NONE ? len != v->host_len : len >= v->host_len)
		return false;
	if ((v->lbp == LBP_NONE || v->cipher != CIPHER_NONE) && v->lbp_value != 0)
		return false;
	return v->cipher != CIPHER_NONE ||
		(memcmp(v->key_id, none, sizeof v->key_id) == 0 &&
			memcmp(v->nonce, none, sizeof v->nonce) == 0 &&
			memcmp(v->tag, none, sizeof v->tag) == 0 && v->attached_len == 0);
}

int envelope_decode(const uint8_t *p, size_t there, uint32_t total, struct envelope *ret_envelope)
{
	uint32_t size = there < ENVELOPE_MIN ? 0 : get_le16(p);
	if (size < ENVELOPE_MIN || size > ENVELOPE_MAX || size % SIZE_UNIT != 0 || size > there ||
		!is_blank(p + 5, 3))
		return -EBADMSG;
	struct envelope v = {
		.size = size,
		.compression = p[2],
		.cipher = p[3],
		.lbp = p[4],
		.host_len = get_le32(p + 8),
		.stored_len = get_le32(p + 12),
		.lbp_value = get_le32(p + 16),
		.host_crc = get_le32(p + 20),
	};
	memcpy(v.key_id, p + AT_KEY, sizeof v.key_id);
	memcpy(v.nonce, p + AT_NONCE, sizeof v.nonce);
	memcpy(v.tag, p + AT_TAG, sizeof v.tag);
	if (!items_sound(p + ENVELOPE_FIXED, size - ENVELOPE_FIXED, &v.attached_len) || !is_sound(&v, total))
		return -EBADMSG;
	memcpy(v.attached, p + ENVELOPE_FIXED, v.attached_len);
	*ret_envelope = v;
	return 0;
}

int envelope_plain(const struct envelope *v)
{
	return v->cipher != CIPHER_NONE ? -ENOKEY : v->compression != COMPRESSION_NONE ? -ENOPKG : 0;
}
