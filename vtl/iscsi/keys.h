/* SPDX-License-Identifier: Apache-2.0 */
/* Text negotiation (RFC 7143 6 and 13). Keys are rows; negotiated values are in struct params. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/base/wire.h"

enum {
	KEY_NAME_MAX = 63,
	KEY_VALUE_MAX = 255,
	KEY_BIG_VALUE_MAX = 2 * 1024 + 2, /* CHAP_C and CHAP_R: 1024 bytes in hexadecimal */
	KEYS_MAX = 64,
	ISCSI_NAME_MAX = 223,
	SEGMENT_DEFAULT = 8192, /* MaxRecvDataSegmentLength until it is declared */
};

/* What a session negotiated; initialized to the defaults of RFC 7143 13. */
struct params {
	uint32_t header_digest, data_digest; /* DIGEST_NONE or DIGEST_CRC32C */
	uint32_t max_connections, recovery;
	uint32_t initial_r2t, immediate_data;
	uint32_t max_send; /* MaxRecvDataSegmentLength of the peer */
	uint32_t max_burst, first_burst;
	uint32_t time2wait, time2retain;
	uint32_t max_r2t;
	uint32_t data_in_order, sequence_in_order;
	uint32_t task_reporting, protocol_level;
	uint32_t markers; /* obsolete: always 0 */
};
enum { DIGEST_NONE, DIGEST_CRC32C };
extern const struct params params_default;

/* When a key is allowed. */
enum key_phase {
	PHASE_SECURITY = 1 << 0,
	PHASE_OPERATIONAL = 1 << 1,
	PHASE_FULL = 1 << 2, /* Text Requests of the full feature phase */
};

enum key_result {
	KEYS_OK,
	KEYS_BAD, /* the text is not a list of key=value, or breaks the rules */
	KEYS_TOO_MANY,
};

/* One negotiation: what was offered and how it was answered. */
struct negotiation {
	struct params params;
	enum key_phase phase;
	bool discovery; /* SessionType=Discovery */
	const struct profile *profile;
	uint32_t max_recv; /* MaxRecvDataSegmentLength we declare when the peer declares its own */
	uint64_t seen;     /* one bit per row of the key table, to refuse repeated keys */
	unsigned keys;     /* number of keys in the whole login */
	bool declared;     /* we have declared MaxRecvDataSegmentLength */
	/* Values of text keys, by row; NUL-terminated. */
	char initiator[ISCSI_NAME_MAX + 1], target[ISCSI_NAME_MAX + 1];
	bool has_initiator, has_target, has_session_type, bad_session_type;
	char auth[KEY_VALUE_MAX + 1]; /* AuthMethod as offered; "": not offered */
	char chap_a[KEY_VALUE_MAX + 1], chap_n[KEY_VALUE_MAX + 1], chap_i[KEY_VALUE_MAX + 1];
	char chap_r[KEY_BIG_VALUE_MAX + 1], chap_c[KEY_BIG_VALUE_MAX + 1];
	char send_targets[KEY_VALUE_MAX + 1];
	bool has_send_targets;
	bool max_recv_changed; /* MaxRecvDataSegmentLength changed in the full feature phase */
};

/* Exceptions for certain initiators, found by a prefix of their name. */
struct profile {
	const char *name; /* "" matches every other initiator; last row */
	bool initial_r2t; /* the target asks for InitialR2T=Yes */
	uint32_t max_r2t; /* limit of MaxOutstandingR2T; 0: no exception */
};
const struct profile *profile_find(const char *initiator);

/* Reads text (key=value NUL ...) of one request, or of several that were joined, and writes the answers to
 * operational keys into out. Keys that only the login or SendTargets can answer are left in n. */
enum key_result keys_negotiate(struct negotiation *n, const uint8_t *text, size_t len, struct wire *out);
/* Writes key=value NUL. */
void key_write(struct wire *out, const char *key, const char *value);
/* True when a comma-separated list of values has this one. */
bool key_list_has(const char *list, const char *value);
/* Checks an iSCSI name (1 to 223 printable characters without space and comma) and folds it to lower case, as
 * names compare (RFC 3722). */
bool iscsi_name_fold(char *name);
