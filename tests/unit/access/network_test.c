/* SPDX-License-Identifier: Apache-2.0 */
/* Networks as people write them: what is taken, how it is written back, who is in it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/library/bench.h"
#include "vtl/access/access.h"

static const struct {
	const char *text, *shown; /* shown NULL: refused, */
	const char *why;          /* with these words */
} texts[] = {
	{ "192.0.2.10", "192.0.2.10" },
	{ "192.0.2.10/32", "192.0.2.10" },
	{ "192.0.2.0/24", "192.0.2.0/24" },
	{ "192.0.2.128/25", "192.0.2.128/25" },
	{ "0.0.0.0/0", "0.0.0.0/0" },
	{ "::/0", "::/0" },
	{ "::1", "::1" },
	{ "2001:DB8::/32", "2001:db8::/32" },
	{ "2001:db8:0:0:0:0:0:a/128", "2001:db8::a" },
	{ "::ffff:192.0.2.10", "192.0.2.10" },
	{ "::ffff:192.0.2.0/120", "192.0.2.0/24" },
	{ "192.0.2.0/33", NULL, "192.0.2.0/33: the prefix may have at most 32 bits" },
	{ "2001:db8::/129", NULL, "2001:db8::/129: the prefix may have at most 128 bits" },
	{ "192.0.2.0/4294967320", NULL, "at most 32 bits" },
	{ "192.0.2.0/-1", NULL, "at most 32 bits" },
	{ "192.0.2.0/+8", NULL, "at most 32 bits" },
	{ "192.0.2.0/024", NULL, "at most 32 bits" },
	{ "192.0.2.0/ 8", NULL, "at most 32 bits" },
	{ "192.0.2.0/", NULL, "at most 32 bits" },
	{ "192.0.2.0/24/8", NULL, "at most 32 bits" },
	{ "192.0.2.0/255.255.255.0", NULL, "at most 32 bits" },
	{ "192.0.2.5/24", NULL, "the network is 192.0.2.0/24" },
	{ "2001:db8::5/64", NULL, "the network is 2001:db8::/64" },
	{ "10.1.2.3/0", NULL, "the network is 0.0.0.0/0" },
	{ "", NULL, "not an address" },
	{ "/24", NULL, "not an address" },
	{ "192.0.2", NULL, "not an address" },
	{ "192.0.2.256", NULL, "not an address" },
	{ "192.0.2.1 ", NULL, "not an address" },
	{ "[::1]", NULL, "not an address" },
	{ "fe80::1%eth0", NULL, "not an address" },
	{ "backup01", NULL, "not an address" },
	{ "1:2:3:4:5:6:7:8:9", NULL, "not an address" },
	{ "000000000000000000000000000000000000000000000000000000000000:1", NULL, "not an address" },
};

static void networks_are_taken_or_refused_with_why(void **state)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char why[WHY_LEN] = "", shown[NETWORK_TEXT];
		struct network n = { .family = 99 };
		bool good = network_parse(texts[i].text, &n, why);
		if (good != (texts[i].shown != NULL))
			fail_msg("'%s': %s, %s", texts[i].text, good ? "taken" : "refused", why);
		if (!good && (!strstr(why, texts[i].why) || n.family != 99))
			fail_msg("'%s': %s", texts[i].text, why);
		if (!good)
			continue;
		network_text(&n, shown);
		assert_string_equal(shown, texts[i].shown);
		assert_true(network_is_whole(&n));
	}
}

static const struct {
	const char *network, *peer;
	bool in;
} peers[] = {
	{ "192.0.2.10", "192.0.2.10", true },
	{ "192.0.2.10", "192.0.2.11", false },
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "192.0.2.1", false },
	{ "::/0", "2001:db8::1", true },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "192.0.2.0/24", "::ffff:192.0.2.1", true },
	{ "::ffff:192.0.2.0/120", "192.0.2.1", true },
	{ "127.0.0.0/8", "127.3.2.1", true },
	{ "::1", "::1", true },
	{ "::1", "127.0.0.1", false },
};

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in *in = (void *)&a;
	struct sockaddr_in6 *in6 = (void *)&a;
	a.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(a.ss_family, text,
				 a.ss_family == AF_INET ? (void *)&in->sin_addr : (void *)&in6->sin6_addr),
		1);
	return a;
}

static void a_peer_is_in_a_network_or_not(void **state)
{
	char why[WHY_LEN];
	for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
		struct network n;
		struct sockaddr_storage peer = address_of(peers[i].peer);
		assert_true(network_parse(peers[i].network, &n, why));
		if (network_has(&n, &peer) != peers[i].in)
			fail_msg("%s in %s", peers[i].peer, peers[i].network);
	}
}

static void loopback_is_known(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} rows[] = {
		{ "127.0.0.0/8", true },
		{ "127.0.0.1", true },
		{ "::1", true },
		{ "126.0.0.0/7", false },
		{ "0.0.0.0/0", false },
		{ "::/0", false },
		{ "192.0.2.1", false },
		{ "::ffff:127.0.0.1", true },
	};
	char why[WHY_LEN];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct network n;
		assert_true(network_parse(rows[i].text, &n, why));
		assert_int_equal(network_is_loopback(&n), rows[i].loopback);
	}
}

static void what_is_no_network_is_noticed(void **state)
{
	static const struct network rows[] = {
		{ 0, 0, { 0 } },
		{ 5, 8, { 10 } },
		{ 4, 33, { 10 } },
		{ 6, 129, { 10 } },
		{ 4, 8, { 10, 1 } },
		{ 4, 32, { 10, 0, 0, 1, 9 } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_false(network_is_whole(&rows[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_taken_or_refused_with_why),
		cmocka_unit_test(a_peer_is_in_a_network_or_not),
		cmocka_unit_test(loopback_is_known),
		cmocka_unit_test(what_is_no_network_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
