/* SPDX-License-Identifier: Apache-2.0 */
/* CHAP by known answers, the security stage step by step, and binary values as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vtl/iscsi/auth.h"
#include "vtl/iscsi/status.h"

/* hash(2Ah, "secret-twelve", 00 01 .. 0f), by another implementation. */
static void responses_are_the_known_ones(void **state)
{
	static const struct {
		const char *number, *response;
	} rows[] = {
		{ "5", "0xefd598ea98a0933c54408392f539b1ef" },
		{ "6", "0xd74b1f8c640c58f7da5457349e418ca548d8f41d" },
		{ "7", "0x5a802e493406d08f63126c713bda9607f5712293b2518e21087011abb1953210" },
		{ "8", "0x8049b748c771ae6589414c2e8fa15ff96b13add820571e6fd90e58da33a42488" },
	};
	uint8_t challenge[16], response[CHAP_DIGEST_MAX];
	char text[2 * CHAP_DIGEST_MAX + 3];
	for (uint8_t i = 0; i < 16; i++)
		challenge[i] = i;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct chap_hash *hash = chap_hash_find(rows[i].number);
		assert_true(chap_respond(hash, 0x2a, "secret-twelve", challenge, 16, response));
		binary_encode(response, chap_hash_len(hash), text);
		assert_string_equal(text, rows[i].response);
	}
}

static void algorithms_are_chosen_in_order(void **state)
{
	assert_int_equal(chap_hash_number(chap_hash_find("7,5")), 7);
	assert_int_equal(chap_hash_number(chap_hash_find("1,2,99,6")), 6);
	static const char *const bad[] = { "", "1", "x", "5x", "-5", ",5", " 5", "99999999999999999999" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_null(chap_hash_find(bad[i]));
}

static void binary_values_are_decoded(void **state)
{
	static const struct {
		const char *text;
		int len;
		const char *bytes;
	} rows[] = {
		{ "0x00ff", 2, "\x00\xff" }, { "0Xabc", 2, "\x0a\xbc" }, { "0bAAEC", 3, "\x00\x01\x02" },
		{ "0BAAE=", 2, "\x00\x01" }, { "0bAA==", 1, "\x00" }, { "0x", -1, "" }, { "0b", -1, "" },
		{ "0bAAE", -1, "" }, { "0b!!!!", -1, "" }, { "0xgg", -1, "" }, { "", -1, "" },
		{ "00ff", -1, "" }, { "0x000102030405060708", -1, "" }, /* nine bytes where eight fit */
	};
	uint8_t out[8];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(binary_decode(rows[i].text, out, sizeof out), rows[i].len);
		if (rows[i].len > 0)
			assert_memory_equal(out, rows[i].bytes, (size_t)rows[i].len);
	}
}

static uint16_t step(struct auth *auth, struct negotiation *n, const struct iscsi_access *access)
{
	uint8_t out[2048];
	struct wire w = wire_over(out, sizeof out);
	return auth_step(auth, n, access, &w);
}

/* Goes up to the response; says n->chap_r right. */
static void up_to_response(struct auth *auth, struct negotiation *n, const struct iscsi_access *access)
{
	uint8_t response[CHAP_DIGEST_MAX];
	strcpy(n->auth, "CHAP");
	assert_int_equal(step(auth, n, access), LOGIN_OK);
	strcpy(n->chap_a, "7");
	assert_int_equal(step(auth, n, access), LOGIN_OK);
	assert_int_equal(auth->state, AUTH_RESPONSE);
	strcpy(n->chap_n, access->chap_user);
	chap_respond(auth->hash, auth->id, access->chap_secret, auth->challenge, 32, response);
	binary_encode(response, 32, n->chap_r);
}

static void the_right_answer_is_needed(void **state)
{
	const struct iscsi_access access = { .allowed = true,
		.chap_user = "u",
		.chap_secret = "secret-twelve",
		.target_user = "t",
		.target_secret = "another-secret" };
	static struct negotiation n;
	struct auth auth = { 0 };

	n = (struct negotiation){ 0 };
	up_to_response(&auth, &n, &access);
	assert_int_equal(step(&auth, &n, &access), LOGIN_OK);
	assert_int_equal(auth.state, AUTH_DONE);

	for (int wrong = 0; wrong < 3; wrong++) {
		n = (struct negotiation){ 0 };
		auth = (struct auth){ 0 };
		up_to_response(&auth, &n, &access);
		if (wrong == 0)
			n.chap_r[5] ^= 1;
		else if (wrong == 1)
			n.chap_n[0]++;
		else
			n.chap_r[strlen(n.chap_r) - 2] = '\0';
		assert_int_equal(step(&auth, &n, &access), LOGIN_AUTH_FAILED);
		assert_int_not_equal(auth.state, AUTH_DONE);
	}
}

static void our_challenge_played_back_is_refused(void **state)
{
	struct iscsi_access access = { .allowed = true,
		.chap_user = "u",
		.chap_secret = "secret-twelve",
		.target_user = "t",
		.target_secret = "another-secret" };
	static struct negotiation n;
	struct auth auth = { 0 };

	n = (struct negotiation){ 0 };
	up_to_response(&auth, &n, &access);
	strcpy(n.chap_i, "1");
	binary_encode(auth.challenge, 32, n.chap_c);
	assert_int_equal(step(&auth, &n, &access), LOGIN_AUTH_FAILED);

	n = (struct negotiation){ 0 };
	auth = (struct auth){ 0 };
	strcpy(access.target_secret, access.chap_secret);
	up_to_response(&auth, &n, &access);
	strcpy(n.chap_i, "1");
	strcpy(n.chap_c, "0x00112233445566778899aabbccddeeff");
	assert_int_equal(step(&auth, &n, &access), LOGIN_AUTH_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(responses_are_the_known_ones),
		cmocka_unit_test(algorithms_are_chosen_in_order),
		cmocka_unit_test(binary_values_are_decoded),
		cmocka_unit_test(the_right_answer_is_needed),
		cmocka_unit_test(our_challenge_played_back_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
