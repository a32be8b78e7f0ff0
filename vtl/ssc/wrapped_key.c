/* SPDX-License-Identifier: Apache-2.0 */
/* The KEY field with KEY FORMAT 02h (SSC-4 8.5.3.2): parameter set, label, wrapped key, signature. */
#include <string.h>

#include "vtl/ssc/key_wrap.h"
#include "vtl/ssc/keys.h"

enum { RSA_2048 = 0x0000, LENGTH = 2, AT_KEY_LENGTH = 18 };
/* Wrapped key descriptors, of which the label consists. */
enum { DEVICE_SERVER = 0x00, WRAPPED_KEY_LENGTH = 0x04, N_DESCRIPTORS, DESCRIPTOR_HEAD = 4 };

/* The field, and how far it has been read. */
struct cursor {
	const uint8_t *list;
	size_t at, end; /* offsets in the list */
	struct list_fault *fault;
};

static bool wrong(const struct cursor *c, size_t byte)
{
	*c->fault = (struct list_fault){ SENSE_FIELD_IN_PARAMETER_LIST, true, (unsigned)byte, 7 };
	return false;
}

/* A length of 2 bytes, which what follows has. */
static bool take_length(struct cursor *c, size_t *ret_len)
{
	if (c->end - c->at < LENGTH)
		return wrong(c, AT_KEY_LENGTH);
	*ret_len = get_be16(c->list + c->at);
	if (*ret_len > c->end - c->at - LENGTH)
		return wrong(c, c->at);
	c->at += LENGTH;
	return true;
}

/* A name that page 83h has for the unit: vendor, product and serial number, or the NAA designator. */
static bool is_unit(const struct lu_identity *id, const uint8_t *name, size_t len)
{
	uint8_t known[24 + sizeof id->serial], naa[8];
	struct wire w = wire_over(known, sizeof known);
	wire_ascii(&w, id->vendor, 8);
	wire_ascii(&w, id->product, 16);
	wire_mem(&w, id->serial, strlen(id->serial));
	put_be64(naa, id->naa);
	return (len == wire_len(&w) && !memcmp(name, known, len)) ||
		(len == sizeof naa && !memcmp(name, naa, len));
}

/* The descriptor at `at` of the list, which is whole. */
static bool descriptor_ok(const struct lu_identity *id, const struct cursor *c, size_t at, size_t len)
{
	const uint8_t *value = c->list + at + DESCRIPTOR_HEAD;
	if (c->list[at] == DEVICE_SERVER && !is_unit(id, value, len))
		return wrong(c, at + DESCRIPTOR_HEAD);
	if (c->list[at] == WRAPPED_KEY_LENGTH && len != LENGTH)
		return wrong(c, at + 2);
	if (c->list[at] == WRAPPED_KEY_LENGTH && get_be16(value) != KEY_WRAP_LEN)
		return wrong(c, at + DESCRIPTOR_HEAD);
	return true;
}

/* Descriptors ascend by type, none is there twice, and the first says for which drive the key was wrapped. */
static bool label_ok(const struct lu_identity *id, const struct cursor *c, size_t label_len)
{
	size_t end = c->at + label_len;
	unsigned least = DEVICE_SERVER;
	if (!label_len)
		return wrong(c, c->at - LENGTH);
	for (size_t at = c->at, len; at < end; at += DESCRIPTOR_HEAD + len) {
		unsigned type = c->list[at];
		if (type >= N_DESCRIPTORS || type < least || (at == c->at && type != DEVICE_SERVER))
			return wrong(c, at);
		if (end - at < DESCRIPTOR_HEAD)
			return wrong(c, c->at - LENGTH);
		len = get_be16(c->list + at + 2);
		if (c->list[at + 1])
			return wrong(c, at + 1);
		if (len > end - at - DESCRIPTOR_HEAD)
			return wrong(c, at + 2);
		if (!descriptor_ok(id, c, at, len))
			return false;
		least = type + 1;
	}
	return true;
}

bool wrapped_key_parse(const struct lu_identity *id, const uint8_t *list, size_t at, size_t len,
	struct wrapped_key *ret, struct list_fault *fault)
{
	struct cursor c = { list, at, at + len, fault };
	size_t n;
	if (len < LENGTH)
		return wrong(&c, AT_KEY_LENGTH);
	if (get_be16(list + at) != RSA_2048)
		return wrong(&c, at);
	c.at += LENGTH;
	if (!take_length(&c, &n) || !label_ok(id, &c, n))
		return false;
	*ret = (struct wrapped_key){ .label = list + c.at, .label_len = n };
	c.at += n;
	if (!take_length(&c, &n))
		return false;
	if (n != KEY_WRAP_LEN)
		return wrong(&c, c.at - LENGTH);
	ret->bytes = list + c.at;
	c.at += n;
	if (!take_length(&c, &n))
		return false;
	if (c.at + n != c.end)
		return wrong(&c, AT_KEY_LENGTH);
	if (n)
		*fault = (struct list_fault){ SENSE_UNKNOWN_SIGNATURE_KEY, false, 0, -1 };
	return n == 0;
}
