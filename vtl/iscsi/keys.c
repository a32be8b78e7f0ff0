/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of all text keys, and how an offered value and ours give the result. */
#include "vtl/iscsi/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct params params_default = {
	.max_connections = 1,
	.initial_r2t = 1,
	.immediate_data = 1,
	.max_send = SEGMENT_DEFAULT,
	.max_burst = 262144,
	.first_burst = 65536,
	.time2wait = 2,
	.time2retain = 20,
	.max_r2t = 1,
	.data_in_order = 1,
	.sequence_in_order = 1,
	.protocol_level = 1,
};

enum key_rule {
	KEY_AND, /* Yes when both say Yes */
	KEY_OR,  /* Yes when one says Yes */
	KEY_MIN,
	KEY_MAX,
	KEY_LIST,    /* the first offered value that we support */
	KEY_DECLARE, /* a number declared by each side for itself */
	KEY_TEXT,    /* stored for the login or SendTargets; not answered here */
	KEY_NAME,    /* the same, folded as an iSCSI name */
	KEY_IGNORE,  /* a declaration that is not used */
	KEY_REFUSE,  /* only a target may send it */
};

/* NORMAL_ONLY: answered Irrelevant in a discovery session (13). */
enum { NORMAL_ONLY = 1 << 0, LARGE = 1 << 1 };

struct key {
	const char *name;
	enum key_rule rule;
	uint8_t phases, flags;
	uint32_t least, most, ours;
	size_t at, has;          /* offsets: in params for numbers, in negotiation for text */
	const char *const *list; /* KEY_LIST: values, indexed by the number they stand for */
	uint16_t room;           /* KEY_TEXT: size at the offset */
};

#define AT(member) .at = offsetof(struct params, member)
#define TEXT(member) \
	.at = offsetof(struct negotiation, member), .room = sizeof(((struct negotiation *)0)->member)
#define HAS(member) .has = offsetof(struct negotiation, member)
/* clang-format off */
#define LIST(...) .list = (const char *const[]){ __VA_ARGS__, NULL }
/* clang-format on */

enum {
	S = PHASE_SECURITY,
	O = PHASE_OPERATIONAL,
	F = PHASE_FULL,
	SEGMENT_MOST = (1 << 24) - 1,
};

/* clang-format off */
static const struct key keys[] = {
	{ "InitiatorName",     KEY_NAME, S | O, TEXT(initiator), HAS(has_initiator) },
	{ "TargetName",        KEY_NAME, S | O, TEXT(target), HAS(has_target) },
	{ "SessionType",       KEY_TEXT, S | O, HAS(has_session_type) },
	{ "InitiatorAlias",    KEY_IGNORE, S | O | F },
	{ "X#NodeArchitecture", KEY_IGNORE, S | O | F },
	{ "TargetAlias",       KEY_REFUSE, S | O | F },
	{ "TargetAddress",     KEY_REFUSE, S | O | F },
	{ "TargetPortalGroupTag", KEY_REFUSE, S | O | F },
	{ "SendTargets",       KEY_TEXT, F, TEXT(send_targets), HAS(has_send_targets) },
	{ "AuthMethod",        KEY_TEXT, S, TEXT(auth) },
	{ "CHAP_A",            KEY_TEXT, S, TEXT(chap_a) },
	{ "CHAP_N",            KEY_TEXT, S, TEXT(chap_n) },
	{ "CHAP_I",            KEY_TEXT, S, TEXT(chap_i) },
	{ "CHAP_R",            KEY_TEXT, S, LARGE, TEXT(chap_r) },
	{ "CHAP_C",            KEY_TEXT, S, LARGE, TEXT(chap_c) },
	{ "HeaderDigest",      KEY_LIST, O, AT(header_digest), LIST("None", "CRC32C") },
	{ "DataDigest",        KEY_LIST, O, AT(data_digest), LIST("None", "CRC32C") },
	{ "TaskReporting",     KEY_LIST, O, NORMAL_ONLY, AT(task_reporting), LIST("RFC3720") },
	{ "MaxRecvDataSegmentLength", KEY_DECLARE, O | F, 0, 512, SEGMENT_MOST, AT(max_send) },
	{ "MaxConnections",    KEY_MIN, O, NORMAL_ONLY, 1, 65535, 1, AT(max_connections) },
	{ "InitialR2T",        KEY_OR,  O, NORMAL_ONLY, 0, 1, 0, AT(initial_r2t) },
	{ "ImmediateData",     KEY_AND, O, NORMAL_ONLY, 0, 1, 1, AT(immediate_data) },
	{ "MaxBurstLength",    KEY_MIN, O, NORMAL_ONLY, 512, SEGMENT_MOST, 1 << 20, AT(max_burst) },
	{ "FirstBurstLength",  KEY_MIN, O, NORMAL_ONLY, 512, SEGMENT_MOST, 262144, AT(first_burst) },
	{ "DefaultTime2Wait",  KEY_MAX, O, 0, 0, 3600, 0, AT(time2wait) },
	{ "DefaultTime2Retain", KEY_MIN, O, 0, 0, 3600, 0, AT(time2retain) },
	{ "MaxOutstandingR2T", KEY_MIN, O, NORMAL_ONLY, 1, 65535, 8, AT(max_r2t) },
	{ "DataPDUInOrder",    KEY_OR,  O, NORMAL_ONLY, 0, 1, 1, AT(data_in_order) },
	{ "DataSequenceInOrder", KEY_OR, O, NORMAL_ONLY, 0, 1, 1, AT(sequence_in_order) },
	{ "ErrorRecoveryLevel", KEY_MIN, O, 0, 0, 2, 0, AT(recovery) },
	{ "iSCSIProtocolLevel", KEY_MIN, O, NORMAL_ONLY, 0, 31, 1, AT(protocol_level) },
	/* Markers are obsolete, but must not be answered NotUnderstood (13.25); old initiators expect No. */
	{ "IFMarker",          KEY_AND, O, 0, 0, 1, 0, AT(markers) },
	{ "OFMarker",          KEY_AND, O, 0, 0, 1, 0, AT(markers) },
	{ "IFMarkInt",         KEY_REFUSE, O },
	{ "OFMarkInt",         KEY_REFUSE, O },
};
/* clang-format on */
enum { N_KEYS = sizeof keys / sizeof keys[0] };
_Static_assert(N_KEYS <= 64, "negotiation.seen has a bit per row");

/* Windows: an R2T after an unsolicited burst made its initiator drop the session. Other targets give it
 * InitialR2T=Yes, ImmediateData=Yes and one R2T at a time. */
static const struct profile profiles[] = {
	{ .name = "iqn.1991-05.com.microsoft:", .initial_r2t = true, .max_r2t = 1 },
	{ .name = "" },
};

const struct profile *profile_find(const char *initiator)
{
	const struct profile *p = profiles;
	while (strncmp(initiator, p->name, strlen(p->name)) != 0)
		p++;
	return p;
}

void key_write(struct wire *out, const char *key, const char *value)
{
	wire_mem(out, key, strlen(key));
	wire_u8(out, '=');
	wire_mem(out, value, strlen(value) + 1);
}

static void key_write_number(struct wire *out, const char *key, uint32_t value)
{
	char text[16];
	snprintf(text, sizeof text, "%u", value);
	key_write(out, key, text);
}

bool key_list_has(const char *list, const char *value)
{
	size_t len = strlen(value);
	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, value, len) == 0 && (p[len] == ',' || !p[len]))
			return true;
	}
	return false;
}

bool iscsi_name_fold(char *name)
{
	size_t len = strlen(name);
	if (len == 0 || len > ISCSI_NAME_MAX)
		return false;
	for (char *p = name; *p; p++) {
		if (*p <= ' ' || *p > '~' || *p == ',')
			return false;
		*p = (char)tolower((unsigned char)*p);
	}
	return true;
}

/* --- values --------------------------------------------------------------------------------- */

static bool value_number(const char *text, uint32_t *ret_value)
{
	const char *digits = text;
	int base = 10;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		digits = text + 2;
		base = 16;
	}
	if (!isxdigit((unsigned char)digits[0]) || strlen(digits) > 10)
		return false;
	char *end;
	unsigned long long v = strtoull(digits, &end, base);
	if (*end || v > UINT32_MAX)
		return false;
	*ret_value = (uint32_t)v;
	return true;
}

static bool value_bool(const char *text, uint32_t *ret_value)
{
	*ret_value = strcmp(text, "Yes") == 0;
	return *ret_value || strcmp(text, "No") == 0;
}

static uint32_t *number_at(struct negotiation *n, const struct key *key)
{
	return (uint32_t *)(void *)((char *)&n->params + key->at);
}

static uint32_t our_value(const struct negotiation *n, const struct key *key)
{
	if (key->at == offsetof(struct params, initial_r2t) && n->profile)
		return n->profile->initial_r2t;
	if (key->at == offsetof(struct params, max_r2t) && n->profile && n->profile->max_r2t)
		return n->profile->max_r2t;
	return key->ours;
}

/* --- rules ---------------------------------------------------------------------------------- */

static void rule_list(struct negotiation *n, const struct key *key, const char *offer, struct wire *out)
{
	for (const char *p = offer; p; p = strchr(p, ',')) {
		p += *p == ',';
		size_t len = strcspn(p, ",");
		for (uint32_t i = 0; key->list[i]; i++) {
			if (strlen(key->list[i]) != len || strncmp(p, key->list[i], len) != 0)
				continue;
			*number_at(n, key) = i;
			key_write(out, key->name, key->list[i]);
			return;
		}
	}
	key_write(out, key->name, "Reject");
}

static void rule_bool(struct negotiation *n, const struct key *key, const char *offer, struct wire *out)
{
	uint32_t theirs;
	if (!value_bool(offer, &theirs)) {
		key_write(out, key->name, "Reject");
		return;
	}
	uint32_t ours = our_value(n, key);
	uint32_t v = key->rule == KEY_AND ? (theirs && ours) : (theirs || ours);
	*number_at(n, key) = v;
	key_write(out, key->name, v ? "Yes" : "No");
}

static void rule_number(struct negotiation *n, const struct key *key, const char *offer, struct wire *out)
{
	uint32_t theirs;
	if (!value_number(offer, &theirs) || theirs < key->least || theirs > key->most) {
		key_write(out, key->name, "Reject");
		return;
	}
	if (key->rule == KEY_DECLARE) {
		*number_at(n, key) = theirs;
		n->max_recv_changed = true;
		if (!n->declared)
			key_write_number(out, key->name, n->max_recv);
		n->declared = true;
		return;
	}
	uint32_t ours = our_value(n, key), v = theirs;
	if (key->rule == KEY_MIN ? ours < theirs : ours > theirs)
		v = ours;
	/* FirstBurstLength must not exceed MaxBurstLength (13.14). */
	if (key->at == offsetof(struct params, first_burst) && v > n->params.max_burst)
		v = n->params.max_burst;
	*number_at(n, key) = v;
	key_write_number(out, key->name, v);
}

static bool rule_text(struct negotiation *n, const struct key *key, const char *offer)
{
	if (key->has)
		*(bool *)((char *)n + key->has) = true;
	if (!key->room) { /* SessionType */
		n->discovery = strcmp(offer, "Discovery") == 0;
		n->bad_session_type = !n->discovery && strcmp(offer, "Normal") != 0;
		return true;
	}
	char *to = (char *)n + key->at;
	if (strlen(offer) >= key->room)
		return false;
	memcpy(to, offer, strlen(offer) + 1);
	return key->rule != KEY_NAME || iscsi_name_fold(to);
}

static bool key_apply(struct negotiation *n, const struct key *key, const char *offer, struct wire *out)
{
	if (!(key->phases & n->phase) || key->rule == KEY_REFUSE) {
		key_write(out, key->name, "Reject");
		return true;
	}
	if (n->discovery && key->flags & NORMAL_ONLY) {
		key_write(out, key->name, "Irrelevant");
		return true;
	}
	switch (key->rule) {
	case KEY_AND:
	case KEY_OR: rule_bool(n, key, offer, out); return true;
	case KEY_MIN:
	case KEY_MAX:
	case KEY_DECLARE: rule_number(n, key, offer, out); return true;
	case KEY_LIST: rule_list(n, key, offer, out); return true;
	case KEY_TEXT:
	case KEY_NAME: return rule_text(n, key, offer);
	case KEY_IGNORE:
	case KEY_REFUSE: return true;
	}
	return false;
}

/* --- text ----------------------------------------------------------------------------------- */

/* Checks a key name (6.1): a capital letter (or iSCSI), then letters, digits and . - + @ _ #; at most 63
 * characters. */
static bool name_ok(const char *name, size_t len)
{
	if (len == 0 || len > KEY_NAME_MAX)
		return false;
	if (!isupper((unsigned char)name[0]) && strncmp(name, "iSCSI", 5) != 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr(".-+@_#", name[i]))
			return false;
	return true;
}

static const struct key *key_find(const char *name, size_t len)
{
	for (const struct key *key = keys; key < keys + N_KEYS; key++)
		if (strlen(key->name) == len && memcmp(key->name, name, len) == 0)
			return key;
	return NULL;
}

/* Handles one NUL-terminated key=value. */
static enum key_result pair(struct negotiation *n, const char *text, struct wire *out)
{
	const char *equals = strchr(text, '=');
	if (!equals || !name_ok(text, (size_t)(equals - text)))
		return KEYS_BAD;
	if (++n->keys > KEYS_MAX)
		return KEYS_TOO_MANY;
	size_t name_len = (size_t)(equals - text), value_len = strlen(equals + 1);
	const struct key *key = key_find(text, name_len);
	if (value_len > (key && key->flags & LARGE ? KEY_BIG_VALUE_MAX : KEY_VALUE_MAX))
		return KEYS_BAD;
	if (!key) {
		char name[KEY_NAME_MAX + 1];
		memcpy(name, text, name_len);
		name[name_len] = '\0';
		key_write(out, name, "NotUnderstood");
		return KEYS_OK;
	}
	uint64_t bit = (uint64_t)1 << (key - keys);
	if (n->seen & bit)
		return KEYS_BAD; /* a key may be negotiated only once (6.3) */
	n->seen |= bit;
	return key_apply(n, key, equals + 1, out) ? KEYS_OK : KEYS_BAD;
}

/* The value of a key anywhere in the text, or NULL. */
static const char *peek(const uint8_t *text, size_t len, const char *name)
{
	size_t name_len = strlen(name);
	const uint8_t *end = text + len;

	for (const uint8_t *p = text; p < end && memchr(p, '\0', (size_t)(end - p)); p++) {
		size_t n = strlen((const char *)p);
		if (n > name_len && memcmp(p, name, name_len) == 0 && p[name_len] == '=')
			return (const char *)p + name_len + 1;
		p += n;
	}
	return NULL;
}

/* InitiatorName and SessionType decide how other keys are answered, so they are read first, wherever they are
 * in the text. */
static void look_ahead(struct negotiation *n, const uint8_t *text, size_t len)
{
	char name[ISCSI_NAME_MAX + 1];
	const char *initiator = peek(text, len, "InitiatorName");
	const char *type = peek(text, len, "SessionType");

	if (type && strcmp(type, "Discovery") == 0)
		n->discovery = true;
	if (!initiator || strlen(initiator) > ISCSI_NAME_MAX)
		return;
	memcpy(name, initiator, strlen(initiator) + 1);
	if (iscsi_name_fold(name))
		n->profile = profile_find(name);
}

enum key_result keys_negotiate(struct negotiation *n, const uint8_t *text, size_t len, struct wire *out)
{
	if (n->phase != PHASE_FULL && !n->profile)
		look_ahead(n, text, len);
	for (size_t at = 0; at < len;) {
		const uint8_t *end = memchr(text + at, '\0', len - at);
		if (!end)
			return KEYS_BAD;
		if (end != text + at) { /* some initiators count the padding as text */
			enum key_result result = pair(n, (const char *)text + at, out);
			if (result != KEYS_OK)
				return result;
		}
		at = (size_t)(end - text) + 1;
	}
	return out->over ? KEYS_BAD : KEYS_OK;
}
