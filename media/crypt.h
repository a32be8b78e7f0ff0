/* SPDX-License-Identifier: Apache-2.0 */
/* The stage that encrypts records (FORMAT.md section 4.5), and what a cartridge does about encryption. */
#pragma once

#include "media/envelope.h"
#include "media/media.h"
#include "media/stages.h"

enum { SALT = 16, KEY_ID = 16 };

/* A key of records that was derived from the host's. */
struct derived {
	bool there;
	uint8_t salt[SALT], record_key[CART_KEY], key_id[KEY_ID];
};

/* Items of an envelope's attached data, by kind. */
enum crypt_item { ITEM_KAD_PLAIN = 1, ITEM_KAD_AUTHENTICATED, ITEM_SALT, ITEM_MANNER };
enum { MANNER_NEVER_RAW = 1 << 0 }; /* bits of ITEM_MANNER's byte */

/* In memory that is locked and wiped.  Threads of the crew read it, and change what belongs to the slot of their job. */
struct crypt {
	enum cart_decryption decryption;
	bool encrypt, external;
	uint8_t key[CART_KEY];
	/* Of the records being written: */
	uint8_t record_key[CART_KEY], key_id[KEY_ID];
	_Atomic uint64_t records; /* encrypted so far: no nonce is used twice */
	uint8_t attached[ENVELOPE_ATTACHED];
	uint32_t attached_len;
	/* Of the records being read, as most of them have the key of the one before: for can_undo, and for each slot of
	 * the stages. */
	struct derived at_hand, of_slot[STAGED_SLOTS];
};

/* The bytes of a record's key and key id, of the host's key and a salt.  0, -ENOMEM. */
int crypt_derive(const uint8_t key[static CART_KEY], const uint8_t salt[static SALT],
	uint8_t ret_record_key[static CART_KEY], uint8_t ret_key_id[static KEY_ID]);
/* The bytes of the first item of that kind in the envelope, *ret_len of them; NULL: none. */
const uint8_t *crypt_item(const struct envelope *envelope, enum crypt_item kind, uint8_t *ret_len);
/* Decides how the record is given to the host; envelope NULL: it is stored as it came. */
void crypt_judge(const struct crypt *crypt, const struct envelope *envelope, struct stored *how);
/* What the envelope says of its record. */
void crypt_tell(const struct envelope *envelope, struct cart_block *block);
/* Wipes and frees it; NULL is allowed. */
void crypt_free(struct crypt *crypt);

/* cipher.c: AES-256-GCM.  The tag covers the data, the envelope, and where the record is.  arg: a struct crypt. */
extern const struct stage stage_cipher;
