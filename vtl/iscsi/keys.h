/* SPDX-License-Identifier: Apache-2.0 */
/* Text negotiation (RFC 7143 6 and 13): keys are rows, values end up in struct params. */
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
	SEGMENT_DEFAULT = 8192, /* MaxRecvDataSegmentLength until declared */
};

/* What a session negotiated.  The numbers are what RFC 7143 13 says when nobody speaks. */
struct params {
	uint32_t header_digest, data_digest; /* DIGEST_NONE or DIGEST_CRC32C */
	uint32_t max_connections, recovery;
	uint32_t initial_r2t, immediate_data;
	uint32_t max_send; /* the peer's MaxRecvDataSegmentLength */
	uint32_t max_burst, first_burst;
	uint32_t time2wait, time2retain;
	uint32_t max_r2t;
	uint32_t data_in_order, sequence_in_order;
	uint32_t task_reporting, protocol_level;
	uint32_t markers; /* obsolete: always 0 */
};
enum { DIGEST_NONE, DIGEST_CRC32C };
extern const struct params params_default;

/* When a key may come. */
enum key_phase {
	PHASE_SECURITY = 1 << 0,
	PHASE_OPERATIONAL = 1 << 1,
	PHASE_FULL = 1 << 2, /* Text Requests of the full feature phase */
};

enum key_result {
	KEYS_OK,
	KEYS_BAD, /* not a list of key=value, or against its rules */
	KEYS_TOO_MANY,
};

/* One negotiation: what was said and what we answer. */
struct negotiation {
	struct params params;
	enum key_phase phase;
	bool discovery; /* session type */
	const struct profile *profile;
	uint32_t max_recv; /* what we declare when the peer does */
	uint64_t seen;     /* bit per row of the key table, to refuse repetition */
	unsigned keys;     /* so far, over the whole login */
	bool declared;     /* our MaxRecvDataSegmentLength is said */
	/* Keys with a meaning beyond numbers, by row; values are NUL-terminated. */
	char initiator[ISCSI_NAME_MAX + 1], target[ISCSI_NAME_MAX + 1];
	bool has_initiator, has_target, has_session_type, bad_session_type;
	char auth[KEY_VALUE_MAX + 1]; /* AuthMethod as offered; empty: not offered */
	char chap_a[KEY_VALUE_MAX + 1], chap_n[KEY_VALUE_MAX + 1], chap_i[KEY_VALUE_MAX + 1];
	char chap_r[KEY_BIG_VALUE_MAX + 1], chap_c[KEY_BIG_VALUE_MAX + 1];
	char send_targets[KEY_VALUE_MAX + 1];
	bool has_send_targets;
	bool max_recv_changed; /* MaxRecvDataSegmentLength came in the full feature phase */
};

/* Exceptions for initiators that need them, found by the beginning of their name. */
struct profile {
	const char *name; /* "" is everybody else and comes last */
	bool initial_r2t; /* we ask for InitialR2T=Yes */
	uint32_t max_r2t; /* MaxOutstandingR2T, at most; 0: as for everybody */
};
const struct profile *profile_find(const char *initiator);

/* Reads text (key=value NUL ...) of one request or of several joined, and writes the answers to
 * operational keys into out.  What only login or SendTargets can answer is left in n. */
enum key_result keys_negotiate(struct negotiation *n, const uint8_t *text, size_t len, struct wire *out);
/* Writes key=value NUL. */
void key_write(struct wire *out, const char *key, const char *value);
/* True when a comma-separated list of values has this one. */
bool key_list_has(const char *list, const char *value);
/* An iSCSI name that can be what it says: 1..223 printable characters without space and comma.
 * Upper case becomes lower case, as names compare (RFC 3722). */
bool iscsi_name_fold(char *name);
