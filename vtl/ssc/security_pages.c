/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of the tape data encryption protocol, 20h (SSC-5 8.5), and the list of protocols, 00h. */
#include <errno.h>
#include <openssl/rand.h>

#include "vtl/ssc/keys.h"
#include "vtl/ssc/work.h"

/* Page code, as the CDB names it, and the bytes that follow the header. */
static void header(const struct task *task, struct wire *w, uint32_t len)
{
	wire_be16(w, (uint32_t)cdb_field(task, "security_protocol_specific"));
	wire_be16(w, len);
}

static bool compliance(struct task *task, struct wire *w)
{
	wire_be32(w, 0); /* no descriptors: nothing was certified */
	return true;
}

/* --- capabilities -------------------------------------------------------------------------------- */

static bool capabilities(struct task *task, struct wire *w)
{
	enum {
		NOT_EXTERNALLY_CONTROLLED = 0x05, /* EXTDECC 01b, CFG_P 01b */
		VALID_FOR_VOLUME = 0x80,          /* AVFMV */
		HARDWARE = 0x3a,                  /* MAC_C, DED_C, DECRYPT_C and ENCRYPT_C 10b */
		NONCE_BY_DRIVE = 0x10,            /* NONCE_C 01b */
		RAW_BY_RECORD = 0x09,             /* RDMC_C 100b, EAREM */
		DESCRIPTOR = 20
	};
	const struct tape *tape = tape_of(task->lu);
	header(task, w, 16 + 4 + DESCRIPTOR);
	wire_u8(w, NOT_EXTERNALLY_CONTROLLED);
	wire_zero(w, 15);
	wire_u8(w, ALGORITHM_INDEX);
	wire_u8(w, 0);
	wire_be16(w, DESCRIPTOR);
	wire_u8(w, (tape->cart ? VALID_FOR_VOLUME : 0) | HARDWARE);
	wire_u8(w, NONCE_BY_DRIVE);
	wire_be16(w, KAD_PLAIN_MAX);
	wire_be16(w, KAD_AUTHENTICATED_MAX);
	wire_be16(w, CART_KEY);
	wire_u8(w, RAW_BY_RECORD);
	wire_zero(w, 7);
	wire_be32(w, 0x00010014); /* AES-256-GCM */
	return true;
}

static bool key_formats(struct task *task, struct wire *w)
{
	bool wrapped = key_wrap_offered(task->lu);
	header(task, w, wrapped ? 2 : 1);
	wire_u8(w, 0x00); /* the key itself */
	if (wrapped)
		wire_u8(w, 0x02); /* wrapped with the public key */
	return true;
}

/* The pair is made when a host asks for it the first time. */
static bool public_key(struct task *task, struct wire *w)
{
	enum { RSA_2048 = 0, RSA_2048_FORMAT = 0, HEAD = 10 };
	struct keys *keys = tape_of(task->lu)->keys;
	if (!keys->wrap)
		keys->wrap = key_wrap_new();
	if (!keys->wrap) {
		task_fail(task, SENSE_TARGET_FAILURE);
		return false;
	}
	header(task, w, HEAD + 2 * KEY_WRAP_LEN);
	wire_be32(w, RSA_2048);
	wire_be32(w, RSA_2048_FORMAT);
	wire_be16(w, 2 * KEY_WRAP_LEN);
	wire_mem(w, keys->wrap->modulus, KEY_WRAP_LEN);
	wire_mem(w, keys->wrap->exponent, KEY_WRAP_LEN);
	return true;
}

static bool key_management(struct task *task, struct wire *w)
{
	header(task, w, 12);
	wire_u8(w, 0x01); /* LOCK_C */
	wire_u8(w, 0x07); /* CKOD_C, CKORP_C, CKORL_C */
	wire_u8(w, 0);
	wire_u8(w, 0x07); /* AITN_C, LOCAL_C, PUBLIC_C */
	wire_zero(w, 8);
	return true;
}

static bool random_number(struct task *task, struct wire *w)
{
	enum { LEN = 32 };
	uint8_t bytes[LEN];
	if (RAND_bytes(bytes, LEN) != 1) {
		task_fail(task, SENSE_TARGET_FAILURE);
		return false;
	}
	header(task, w, LEN);
	wire_mem(w, bytes, LEN);
	return true;
}

/* --- status -------------------------------------------------------------------------------------- */

static const uint8_t kad_types[CART_KADS] = { 0x00, 0x01 };

static uint32_t kads_len(const struct cart_kad *kad)
{
	uint32_t len = 0;
	for (unsigned i = 0; i < CART_KADS; i++)
		len += kad[i].there ? 4u + kad[i].len : 0;
	return len;
}

/* authenticated: what is said of data that the tag of a record covers. */
static void kads_put(struct wire *w, const struct cart_kad *kad, uint8_t authenticated)
{
	for (unsigned i = 0; i < CART_KADS; i++) {
		if (!kad[i].there)
			continue;
		wire_u8(w, kad_types[i]);
		wire_u8(w, i == CART_KAD_AUTHENTICATED ? authenticated : 0);
		wire_be16(w, kad[i].len);
		wire_mem(w, kad[i].bytes, kad[i].len);
	}
}

static bool encryption_status(struct task *task, struct wire *w)
{
	enum { LEN = 20, NOT_EXTERNALLY_CONTROLLED = 1 };
	const struct lu_nexus *nexus = task->lu_nexus;
	const struct key_set *set = keys_of(tape_of(task->lu), nexus);
	const struct key_params *p = &set->params;
	enum key_scope key_scope = keys_scope(nexus) == SCOPE_LOCAL ? SCOPE_LOCAL
		: set->established                                  ? SCOPE_ALL
								    : SCOPE_PUBLIC;
	header(task, w, LEN + kads_len(p->kad));
	wire_u8(w, keys_scope(nexus) << 5 | key_scope);
	wire_u8(w, p->encryption);
	wire_u8(w, p->decryption);
	wire_u8(w, set->number ? ALGORITHM_INDEX : 0);
	wire_be32(w, set->instance);
	wire_u8(w,
		NOT_EXTERNALLY_CONTROLLED << 4 | (p->ceem & 3) << 1 |
			(set->number && p->rdmc != RDMC_ENABLE));
	wire_zero(w, 11); /* the format of the key-associated data is 0, and there are no supplemental keys */
	kads_put(w, p->kad, 0);
	return true;
}

/* Values of the COMPRESSION STATUS and ENCRYPTION STATUS fields. */
enum { CANNOT_TELL_NOW = 1, NO_RECORD = 2, UNCOMPRESSED = 3, COMPRESSED = 4 };
enum { NOT_ENCRYPTED = 3, RIGHT_KEY = 5, NOT_RIGHT_KEY = 6 };

static void next_block_put(const struct task *task, struct wire *w, uint64_t object,
	const struct cart_block *block, bool known, bool raw)
{
	enum { LEN = 12, NOT_ATTEMPTED = 1 };
	unsigned compression = !known ? CANNOT_TELL_NOW
		: !block->record      ? NO_RECORD
		: block->compressed   ? COMPRESSED
				      : UNCOMPRESSED;
	unsigned encryption = !known      ? CANNOT_TELL_NOW
		: !block->record          ? NO_RECORD
		: !block->encrypted       ? NOT_ENCRYPTED
		: block->readable && !raw ? RIGHT_KEY
					  : NOT_RIGHT_KEY;
	header(task, w, LEN + kads_len(block->kad));
	wire_be64(w, object);
	wire_u8(w, compression << 4 | encryption);
	wire_u8(w, block->encrypted ? ALGORITHM_INDEX : 0);
	wire_u8(w, block->never_raw); /* EMES 0, RDMDS */
	wire_u8(w, 0);
	kads_put(w, block->kad, NOT_ATTEMPTED);
}

static bool next_block(struct task *task, struct wire *w)
{
	struct cart_block block = { 0 };
	struct cart_position at;
	struct work work;
	if (!work_begin(&work, task, DRIVE_IDLE))
		return false;
	bool done = work_sync(&work) && work_keys(&work, false);
	if (done) {
		int err = cart_look(work.cart, &block);
		cart_position(work.cart, &at);
		const struct key_set *set = keys_of(work.tape, task->lu_nexus);
		next_block_put(task, w, at.object, &block, !err, set->params.decryption == DECRYPTION_RAW);
	}
	work_end(&work);
	return done;
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* clang-format off */
#define INFORMATION \
	{ 0x00, 0x0000, "Supported Security Protocol List", security_protocols, NULL }, \
	{ 0x00, 0x0001, "Certificate Data", security_certificate, NULL }
#define COMPLIANCE \
	{ 0x00, 0x0002, "Security Compliance Information", compliance, NULL }
#define TAPE_DATA_ENCRYPTION \
	{ 0x20, 0x0000, "Tape Data Encryption In Support", security_pages_in, NULL }, \
	{ 0x20, 0x0001, "Tape Data Encryption Out Support", security_pages_out, NULL }, \
	{ 0x20, 0x0010, "Data Encryption Capabilities", capabilities, NULL }, \
	{ 0x20, 0x0010, "Set Data Encryption", NULL, ssc_set_encryption }, \
	{ 0x20, 0x0011, "Supported Key Formats", key_formats, NULL }, \
	{ 0x20, 0x0012, "Data Encryption Management Capabilities", key_management, NULL }, \
	{ 0x20, 0x0020, "Data Encryption Status", encryption_status, NULL }, \
	{ 0x20, 0x0021, "Next Block Encryption Status", next_block, NULL }
#define RANDOM \
	{ 0x20, 0x0030, "Random Number", random_number, NULL }
#define PUBLIC_KEY \
	{ 0x20, 0x0031, "Device Server Key Wrapping Public Key", public_key, NULL }

/* HP drives up to LTO-6: the list of pages in the HP LTO-5 Ultrium technical reference manual, volume 3. */
const struct security_page security_pages_hp[] = { INFORMATION, TAPE_DATA_ENCRYPTION, { 0 } };
/* Since LTO-7: 00h/0002h and 20h/0031h (IBM LTO SCSI Reference, GA32-0928-06, table A.1). */
const struct security_page security_pages_lto5[] = { INFORMATION, TAPE_DATA_ENCRYPTION, RANDOM, { 0 } };
const struct security_page security_pages_lto7[] = {
	INFORMATION, COMPLIANCE, TAPE_DATA_ENCRYPTION, RANDOM, PUBLIC_KEY, { 0 } };
/* clang-format on */
