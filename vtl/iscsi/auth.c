/* SPDX-License-Identifier: Apache-2.0 */
/* The security stage: the initiator authenticates, and with mutual CHAP the target too. */
#include "vtl/iscsi/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/iscsi/status.h"

enum { HEX_MAX = 2 * CHAP_DIGEST_MAX + 3 };

bool auth_required(const struct iscsi_access *access)
{
	return access->chap_user[0] != '\0';
}

static uint16_t choose_method(struct auth *auth, const struct negotiation *n, bool required, struct wire *out)
{
	if (!n->auth[0]) {
		auth->state = required ? AUTH_START : AUTH_DONE;
		return LOGIN_OK;
	}
	const char *method = required ? "CHAP" : "None";
	if (!key_list_has(n->auth, method))
		return LOGIN_AUTH_FAILED;
	key_write(out, "AuthMethod", method);
	auth->state = required ? AUTH_ALGORITHM : AUTH_DONE;
	return LOGIN_OK;
}

static void write_binary(struct wire *out, const char *key, const uint8_t *p, size_t len)
{
	char text[HEX_MAX];
	binary_encode(p, len, text);
	key_write(out, key, text);
}

static uint16_t send_challenge(struct auth *auth, const struct negotiation *n, struct wire *out)
{
	char number[8];

	auth->hash = chap_hash_find(n->chap_a);
	if (!auth->hash)
		return LOGIN_AUTH_FAILED;
	if (!chap_challenge(auth->hash, &auth->id, auth->challenge))
		return LOGIN_TARGET_ERROR;
	snprintf(number, sizeof number, "%u", chap_hash_number(auth->hash));
	key_write(out, "CHAP_A", number);
	snprintf(number, sizeof number, "%u", auth->id);
	key_write(out, "CHAP_I", number);
	write_binary(out, "CHAP_C", auth->challenge, chap_hash_len(auth->hash));
	auth->state = AUTH_RESPONSE;
	return LOGIN_OK;
}

/* Compares names in constant time, so that the time does not tell how much of a name is right. */
static bool same_name(const char *a, const char *b)
{
	char x[256] = "", y[256] = "";

	snprintf(x, sizeof x, "%s", a);
	snprintf(y, sizeof y, "%s", b);
	return chap_equal(x, y, sizeof x);
}

static bool response_ok(const struct auth *auth, const struct negotiation *n,
	const struct iscsi_access *access)
{
	uint8_t theirs[CHAP_DIGEST_MAX], right[CHAP_DIGEST_MAX];
	size_t len = chap_hash_len(auth->hash);

	if (!chap_respond(auth->hash, auth->id, access->chap_secret, auth->challenge, len, right))
		return false;
	bool known = same_name(n->chap_n, access->chap_user);
	return binary_decode(n->chap_r, theirs, sizeof theirs) == (int)len &&
		chap_equal(theirs, right, len) && known;
}

/* Mutual CHAP: answers the initiator's challenge. */
static uint16_t answer_challenge(const struct auth *auth, const struct negotiation *n,
	const struct iscsi_access *access, struct wire *out)
{
	uint8_t challenge[CHAP_CHALLENGE_MAX], response[CHAP_DIGEST_MAX];
	int len = binary_decode(n->chap_c, challenge, sizeof challenge);
	char *end;
	unsigned long id = strtoul(n->chap_i, &end, 0);

	if (len <= 0 || !n->chap_i[0] || *end || id > 255 || !access->target_user[0])
		return LOGIN_AUTH_FAILED;
	/* If our own challenge came back, or both sides had the same secret, an attacker could use one side's
	 * response for the other side (RFC 7143 12.1.3). */
	if ((size_t)len == chap_hash_len(auth->hash) && chap_equal(challenge, auth->challenge, (size_t)len))
		return LOGIN_AUTH_FAILED;
	if (strcmp(access->chap_secret, access->target_secret) == 0) {
		log_error("initiator '%s': the CHAP secrets of initiator and target are equal; set "
			  "different ones with: evertape initiator allow",
			n->initiator);
		return LOGIN_AUTH_FAILED;
	}
	if (!chap_respond(auth->hash, (uint8_t)id, access->target_secret, challenge, (size_t)len, response))
		return LOGIN_TARGET_ERROR;
	key_write(out, "CHAP_N", access->target_user);
	write_binary(out, "CHAP_R", response, chap_hash_len(auth->hash));
	return LOGIN_OK;
}

static uint16_t check_response(struct auth *auth, const struct negotiation *n,
	const struct iscsi_access *access, struct wire *out)
{
	if (!n->chap_n[0] || !n->chap_r[0] || !response_ok(auth, n, access))
		return LOGIN_AUTH_FAILED;
	uint16_t status = n->chap_c[0] ? answer_challenge(auth, n, access, out) : LOGIN_OK;
	if (status == LOGIN_OK)
		auth->state = AUTH_DONE;
	return status;
}

uint16_t auth_step(struct auth *auth, const struct negotiation *n, const struct iscsi_access *access,
	struct wire *out)
{
	switch (auth->state) {
	case AUTH_START: return choose_method(auth, n, auth_required(access), out);
	case AUTH_ALGORITHM: return send_challenge(auth, n, out);
	case AUTH_RESPONSE: return check_response(auth, n, access, out);
	case AUTH_DONE: return LOGIN_OK;
	}
	return LOGIN_TARGET_ERROR;
}
