/* SPDX-License-Identifier: Apache-2.0 */
/* Text negotiation: every rule by rows, and text that nobody should send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/seed.h"
#include "vtl/iscsi/keys.h"

static struct negotiation begin(enum key_phase phase)
{
	return (struct negotiation){ .params = params_default, .phase = phase, .max_recv = 262144 };
}

/* Text with ';' for NUL; the answer the same way. */
static enum key_result say(struct negotiation *n, const char *text, char answer[static 1024])
{
	uint8_t in[1024], out[1024];
	size_t len = strlen(text);
	struct wire w = wire_over(out, sizeof out);

	for (size_t i = 0; i < len; i++)
		in[i] = text[i] == ';' ? 0 : (uint8_t)text[i];
	enum key_result result = keys_negotiate(n, in, len, &w);
	for (size_t i = 0; i < wire_len(&w); i++)
		answer[i] = out[i] ? (char)out[i] : ';';
	answer[wire_len(&w)] = '\0';
	return result;
}

static void answers_follow_the_rules(void **state)
{
	static const struct {
		const char *offer, *answer;
	} rows[] = {
		{ "InitialR2T=Yes;", "InitialR2T=Yes;" },
		{ "InitialR2T=No;", "InitialR2T=No;" },
		{ "ImmediateData=No;", "ImmediateData=No;" },
		{ "MaxBurstLength=512;", "MaxBurstLength=512;" },
		{ "MaxBurstLength=16777215;", "MaxBurstLength=1048576;" },
		{ "MaxBurstLength=16777216;", "MaxBurstLength=Reject;" },
		{ "MaxBurstLength=0xffffffffff;", "MaxBurstLength=Reject;" },
		{ "DefaultTime2Wait=3600;", "DefaultTime2Wait=3600;" },
		{ "DefaultTime2Wait=3601;", "DefaultTime2Wait=Reject;" },
		{ "HeaderDigest=CRC32C;", "HeaderDigest=CRC32C;" },
		{ "HeaderDigest=CRC32,None;", "HeaderDigest=None;" },
		{ "HeaderDigest=,;", "HeaderDigest=Reject;" },
		{ "ErrorRecoveryLevel=2;MaxConnections=32;", "ErrorRecoveryLevel=0;MaxConnections=1;" },
		{ "Nonsense=1;", "Nonsense=NotUnderstood;" },
		{ ";;InitialR2T=No;;", "InitialR2T=No;" },
		{ "", "" },
	};
	char answer[1024];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct negotiation n = begin(PHASE_OPERATIONAL);
		assert_int_equal(say(&n, rows[i].offer, answer), KEYS_OK);
		assert_string_equal(answer, rows[i].answer);
	}
}

static void bad_text_is_refused(void **state)
{
	static const char *const rows[] = {
		"InitialR2T", "InitialR2T;", "=Yes;", "InitialR2T=Yes;InitialR2T=Yes;", "initialR2T=Yes;",
		"1=2;", "Max Burst=1;", "InitialR2T=Yes;x",
		"Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1;", /* 64 */
	};
	char answer[1024];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct negotiation n = begin(PHASE_OPERATIONAL);
		assert_int_equal(say(&n, rows[i], answer), KEYS_BAD);
	}
}

static void what_was_agreed_is_kept(void **state)
{
	struct negotiation n = begin(PHASE_OPERATIONAL);
	char answer[1024];
	assert_int_equal(say(&n,
				 "MaxBurstLength=8192;FirstBurstLength=65536;MaxOutstandingR2T=3;"
				 "MaxRecvDataSegmentLength=4096;DataDigest=CRC32C;InitialR2T=No;",
				 answer),
		KEYS_OK);
	assert_string_equal(answer,
		"MaxBurstLength=8192;FirstBurstLength=8192;MaxOutstandingR2T=3;"
		"MaxRecvDataSegmentLength=262144;DataDigest=CRC32C;InitialR2T=No;");
	assert_int_equal(n.params.max_burst, 8192);
	assert_int_equal(n.params.first_burst, 8192);
	assert_int_equal(n.params.max_r2t, 3);
	assert_int_equal(n.params.max_send, 4096);
	assert_int_equal(n.params.data_digest, DIGEST_CRC32C);
	assert_int_equal(n.params.initial_r2t, 0);
	assert_int_equal(n.params.immediate_data, 1);
}

static void windows_asks_for_r2t_always(void **state)
{
	struct negotiation n = begin(PHASE_OPERATIONAL);
	char answer[1024];
	assert_int_equal(say(&n, "InitialR2T=No;InitiatorName=IQN.1991-05.com.Microsoft:a;", answer),
		KEYS_OK);
	assert_string_equal(answer, "InitialR2T=Yes;");
	assert_string_equal(n.initiator, "iqn.1991-05.com.microsoft:a");
}

static void discovery_has_irrelevant_keys(void **state)
{
	struct negotiation n = begin(PHASE_OPERATIONAL);
	char answer[1024];
	assert_int_equal(say(&n, "MaxBurstLength=8192;SessionType=Discovery;", answer), KEYS_OK);
	assert_string_equal(answer, "MaxBurstLength=Irrelevant;");
	assert_true(n.discovery);
}

static void names_are_checked_and_folded(void **state)
{
	char good[] = "IQN.2026-01.Test:A_b", space[] = "iqn.a b", comma[] = "iqn.a,b", empty[] = "",
	     escape[] = "iqn.\x1b", utf8[] = "iqn.\xc3\xa4", longest[300];
	assert_true(iscsi_name_fold(good));
	assert_string_equal(good, "iqn.2026-01.test:a_b");
	assert_false(iscsi_name_fold(space));
	assert_false(iscsi_name_fold(comma));
	assert_false(iscsi_name_fold(empty));
	assert_false(iscsi_name_fold(escape));
	assert_false(iscsi_name_fold(utf8));
	memset(longest, 'a', sizeof longest);
	longest[223] = '\0';
	assert_true(iscsi_name_fold(longest));
	longest[223] = 'a';
	longest[224] = '\0';
	assert_false(iscsi_name_fold(longest));
}

/* Random text made of what keys are made of: whatever it is, it stays inside its bounds. */
static void random_text_does_no_harm(void **state)
{
	static const char *const words[] = { "InitiatorName", "=", "Yes", "\0", "CHAP_C", "0x", "None,CRC32C",
		"MaxBurstLength", "SessionType", "Discovery", ",", "~", "4294967296", "iqn.2026-01.a:b",
		"X-" };
	enum { WORDS = sizeof words / sizeof words[0], ROOM = 6000 };
	unsigned seed = (unsigned)seed_new();
	for (int round = 0; round < 20000; round++) {
		size_t len = 0, most = (size_t)(rand_r(&seed) % ROOM);
		uint8_t *text = malloc(ROOM + 64), *out = malloc(512);
		while (len < most) {
			const char *word = words[rand_r(&seed) % WORDS];
			size_t n = word[0] ? strlen(word) : 1;
			if (rand_r(&seed) % 8 == 0)
				text[len++] = (uint8_t)rand_r(&seed);
			memcpy(text + len, word, n);
			len += n;
			if (rand_r(&seed) % 400 == 0)
				break;
		}
		uint8_t *exact = malloc(len ? len : 1); /* its end is its end for the sanitizer too */
		memcpy(exact, text, len);
		struct negotiation n = begin(1 << rand_r(&seed) % 3);
		struct wire w = wire_over(out, 512);
		keys_negotiate(&n, exact, len, &w);
		assert_true(strlen(n.initiator) <= ISCSI_NAME_MAX && strlen(n.chap_c) <= KEY_BIG_VALUE_MAX);
		assert_in_range(n.params.max_burst, 512, 1 << 20);
		assert_in_range(n.params.max_send, 512, (1 << 24) - 1);
		free(exact);
		free(text);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_follow_the_rules),
		cmocka_unit_test(bad_text_is_refused),
		cmocka_unit_test(what_was_agreed_is_kept),
		cmocka_unit_test(windows_asks_for_r2t_always),
		cmocka_unit_test(discovery_has_irrelevant_keys),
		cmocka_unit_test(names_are_checked_and_folded),
		cmocka_unit_test(random_text_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
