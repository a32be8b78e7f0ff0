/* SPDX-License-Identifier: Apache-2.0 */
/* The parameter list of the SET DATA ENCRYPTION page (SSC-5 8.5.3.2): every field is checked before anything is used. */
#include <string.h>

#include "vtl/ssc/key_wrap.h"
#include "vtl/ssc/keys.h"

enum {
	PAGE = 0x0010,
	HEADER = 4,
	AT_SCOPE = 4,
	AT_CONTROL = 5,
	AT_ENCRYPTION = 6,
	AT_DECRYPTION = 7,
	AT_ALGORITHM = 8,
	AT_KEY_FORMAT = 9,
	AT_KAD_FORMAT = 10,
	AT_KEY_LENGTH = 18,
	AT_KEY = 20,
	KAD_HEAD = 4,
};
enum { SDK = 0x08, CKOD = 0x04, CKORP = 0x02, CKORL = 0x01, LOCK = 0x01, SCOPE_RESERVED = 0x1e };
enum { RDMC_RESERVED = 1 };
enum { FORMAT_PLAIN = 0x00, FORMAT_WRAPPED = 0x02 };

static bool wrong(struct list_fault *fault, unsigned byte, int bit)
{
	*fault = (struct list_fault){ SENSE_FIELD_IN_PARAMETER_LIST, true, byte, bit };
	return false;
}

static bool wrong_length(struct list_fault *fault)
{
	*fault = (struct list_fault){ SENSE_PARAMETER_LIST_LENGTH, false, 0, -1 };
	return false;
}

static bool header_ok(const uint8_t *list, size_t len, struct list_fault *fault)
{
	if (len < HEADER)
		return wrong_length(fault);
	if (get_be16(list) != PAGE)
		return wrong(fault, 0, 7);
	size_t whole = HEADER + (size_t)get_be16(list + 2);
	if (len < AT_KEY || whole > len)
		return wrong_length(fault);
	return whole == len || wrong(fault, 2, 7);
}

static bool scope_ok(const uint8_t *list, struct key_request *r, struct list_fault *fault)
{
	unsigned scope = list[AT_SCOPE] >> 5;
	if (scope >= N_KEY_SCOPES)
		return wrong(fault, AT_SCOPE, 7);
	if (list[AT_SCOPE] & SCOPE_RESERVED)
		return wrong(fault, AT_SCOPE, 4);
	r->scope = (enum key_scope)scope;
	r->lock = list[AT_SCOPE] & LOCK;
	return true;
}

static bool modes_ok(const uint8_t *list, struct key_params *p, struct list_fault *fault)
{
	uint8_t control = list[AT_CONTROL];
	p->ceem = control >> 6;
	p->rdmc = control >> 4 & 3;
	p->ckod = control & CKOD;
	p->ckorp = control & CKORP;
	p->ckorl = control & CKORL;
	p->encryption = list[AT_ENCRYPTION];
	p->decryption = list[AT_DECRYPTION];
	if (p->rdmc == RDMC_RESERVED)
		return wrong(fault, AT_CONTROL, 5);
	if (control & SDK) /* the capabilities say: no supplemental keys */
		return wrong(fault, AT_CONTROL, 3);
	/* The capabilities name no external encryption mode (EEMC_C 00b). */
	if (p->encryption != ENCRYPTION_OFF && p->encryption != ENCRYPTION_ON)
		return wrong(fault, AT_ENCRYPTION, 7);
	if (p->decryption >= N_DECRYPTIONS)
		return wrong(fault, AT_DECRYPTION, 7);
	return true;
}

static bool needs_key(const struct key_params *p)
{
	return p->encryption == ENCRYPTION_ON || p->decryption >= DECRYPTION_ON;
}

static bool fixed_ok(const uint8_t *list, bool wrapped_too, struct list_fault *fault)
{
	if (list[AT_KEY_FORMAT] != FORMAT_PLAIN && (list[AT_KEY_FORMAT] != FORMAT_WRAPPED || !wrapped_too))
		return wrong(fault, AT_KEY_FORMAT, 7);
	if (list[AT_KAD_FORMAT] != 0)
		return wrong(fault, AT_KAD_FORMAT, 7);
	for (unsigned i = AT_KAD_FORMAT + 1; i < AT_KEY_LENGTH; i++)
		if (list[i])
			return wrong(fault, i, 7);
	return true;
}

/* Where no key is needed, hosts send none, or one of zeros. */
static bool key_ok(const struct lu_identity *wraps, const uint8_t *list, size_t len, struct key_request *r,
	struct list_fault *fault)
{
	struct key_params *p = &r->params;
	unsigned n = get_be16(list + AT_KEY_LENGTH);
	bool off = p->encryption == ENCRYPTION_OFF && p->decryption == DECRYPTION_OFF;
	bool wrapped = list[AT_KEY_FORMAT] == FORMAT_WRAPPED;
	if (list[AT_ALGORITHM] != ALGORITHM_INDEX && !off)
		return wrong(fault, AT_ALGORITHM, 7);
	if (!fixed_ok(list, wraps, fault))
		return false;
	if (n == 0 ? needs_key(p) : !wrapped && n != CART_KEY)
		return wrong(fault, AT_KEY_LENGTH, 7);
	if (n > len - AT_KEY)
		return wrong_length(fault);
	if (n && wrapped && !wrapped_key_parse(wraps, list, AT_KEY, n, &r->wrapped, fault))
		return false;
	if (!needs_key(p))
		r->wrapped = (struct wrapped_key){ 0 };
	else if (!wrapped)
		memcpy(p->key, list + AT_KEY, CART_KEY);
	return true;
}

/* Descriptors ascend by type, and none is there twice.  What byte 1 of one says is for answers only. */
static bool kads_ok(const uint8_t *list, size_t len, size_t at, struct key_params *p,
	struct list_fault *fault)
{
	static const uint8_t max[CART_KADS] = { KAD_PLAIN_MAX, KAD_AUTHENTICATED_MAX };
	unsigned least = 0;
	for (; at < len; at += KAD_HEAD + p->kad[least - 1].len) {
		unsigned type = list[at];
		if (len - at < KAD_HEAD) {
			*fault = (struct list_fault){ SENSE_INCOMPLETE_KAD, false, 0, -1 };
			return false;
		}
		if (type >= CART_KADS || type < least)
			return wrong(fault, (unsigned)at, 7);
		unsigned n = get_be16(list + at + 2);
		if (n > max[type])
			return wrong(fault, (unsigned)at + 2, 7);
		if (n > len - at - KAD_HEAD) {
			*fault = (struct list_fault){ SENSE_INCOMPLETE_KAD, false, 0, -1 };
			return false;
		}
		struct cart_kad *kad = &p->kad[type];
		kad->there = true;
		kad->len = (uint8_t)n;
		memcpy(kad->bytes, list + at + KAD_HEAD, n);
		least = type + 1;
	}
	return true;
}

bool set_encryption_parse(const struct lu_identity *wraps, const uint8_t *list, size_t len,
	struct key_request *ret, struct list_fault *fault)
{
	struct key_params *p = &ret->params;
	memset(ret, 0, sizeof *ret);
	if (!header_ok(list, len, fault) || !scope_ok(list, ret, fault))
		return false;
	if (ret->scope == SCOPE_PUBLIC)
		return true; /* all other fields are ignored */
	return modes_ok(list, p, fault) && key_ok(wraps, list, len, ret, fault) &&
		kads_ok(list, len, AT_KEY + get_be16(list + AT_KEY_LENGTH), p, fault);
}
