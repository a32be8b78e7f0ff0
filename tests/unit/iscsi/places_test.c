/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a place before login, who gives way, and who is remembered. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/seed.h"
#include "vtl/iscsi/places.h"

enum { MOST = 1024, PER_HOST = 512, CROWD = 2048 };

static struct places places;
static struct place crowd[CROWD];
static unsigned n;
static int64_t now;

static int begin(void **state)
{
	places_init(&places, MOST, PER_HOST);
	n = 0;
	now = 1000000;
	return 0;
}

static int end(void **state)
{
	for (unsigned i = 0; i < n; i++)
		places_leave(&places, &crowd[i]);
	assert_int_equal(places.total, 0);
	assert_int_equal(places.logins[0], 0);
	assert_int_equal(places.logins[1], 0);
	assert_int_equal(places.evicted, 0);
	places_fini(&places);
	for (unsigned i = 0; i < PLACE_BUCKETS; i++)
		assert_true(LIST_EMPTY(&places.buckets[i])); /* every host is forgotten */
	return 0;
}

static struct sockaddr_storage v4(unsigned host)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in *in = (void *)&a;
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(0x0a000000 + host);
	in->sin_port = htons((uint16_t)(1024 + n));
	return a;
}

static struct sockaddr_storage v6(const char *text, unsigned scope)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in6 *in6 = (void *)&a;
	in6->sin6_family = AF_INET6;
	in6->sin6_scope_id = scope;
	in6->sin6_port = htons((uint16_t)(1024 + n));
	assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	return a;
}

/* One that must get a place; who gave way for it. */
static struct place *comes(struct sockaddr_storage from)
{
	struct place *victim = NULL;
	assert_true(n < CROWD);
	assert_null(places_enter(&places, &crowd[n++], &from, ++now, &victim));
	assert_true(!victim || victim->state == PLACE_EVICTED);
	return victim;
}

static const char *refused(struct sockaddr_storage from)
{
	struct place place = { 0 }, *victim;
	return places_enter(&places, &place, &from, ++now, &victim);
}

static void gone(struct place *place)
{
	places_leave(&places, place);
}

static void logs_in(struct place *place)
{
	places_busy(&places, place);
	places_prove(&places, place);
}

/* As many strangers as there are places for, each from another host unless hosts says how many. */
static void strangers(unsigned hosts)
{
	for (unsigned i = 0; i < LOGINS_STRANGERS; i++)
		assert_null(comes(v4(1000 + i % hosts)));
}

/* --- who gives way -------------------------------------------------------------------------------- */

static void the_longest_silent_gives_way_not_the_newcomer(void **state)
{
	strangers(LOGINS_STRANGERS);
	now += LOGIN_SILENT_MS;
	for (unsigned i = 0; i < 300; i++)
		assert_ptr_equal(comes(v4(5000 + i)), &crowd[i]);
	assert_int_equal(places.logins[0], LOGINS_STRANGERS);
}

static void who_has_spoken_stays_before_who_has_not(void **state)
{
	strangers(LOGINS_STRANGERS);
	now += LOGIN_SILENT_MS;
	for (unsigned i = 0; i < LOGINS_STRANGERS; i += 2)
		places_heard(&places, &crowd[i], now);
	for (unsigned i = 1; i < LOGINS_STRANGERS; i += 2)
		assert_ptr_equal(comes(v4(5000 + i)), &crowd[i]);
}

static void one_that_waits_for_us_does_not_give_way(void **state)
{
	strangers(LOGINS_STRANGERS);
	places_busy(&places, &crowd[0]);
	now += LOGIN_SILENT_MS;
	assert_ptr_equal(comes(v4(5000)), &crowd[1]);
	for (unsigned i = 1; i < n; i++)
		if (crowd[i].state == PLACE_LOGIN)
			places_busy(&places, &crowd[i]);
	assert_non_null(strstr(refused(v4(6000)), "simultaneous logins"));
}

static void one_address_takes_only_from_itself(void **state)
{
	assert_null(comes(v4(1)));
	for (unsigned i = 0; i < LOGINS_PER_HOST; i++)
		assert_null(comes(v4(2)));
	now += LOGIN_SILENT_MS;
	for (unsigned i = 0; i < 200; i++)
		assert_ptr_equal(comes(v4(2)), &crowd[1 + i]);
	assert_int_equal(crowd[0].state, PLACE_LOGIN);
	assert_int_equal(places.logins[0], LOGINS_PER_HOST + 1);
}

static void a_flood_of_few_hosts_takes_from_itself(void **state)
{
	strangers(4); /* three of 48 each */
	assert_ptr_equal(comes(v4(7)), &crowd[0]);
	struct place *quiet = &crowd[n - 1];
	for (unsigned i = 0; i < 1500; i++) {
		now--; /* all in a moment */
		assert_ptr_not_equal(comes(v4(1000 + i % 4)), quiet);
	}
	assert_int_equal(quiet->state, PLACE_LOGIN);
}

static void a_few_logins_of_one_host_are_no_flood(void **state)
{
	strangers(LOGINS_STRANGERS);
	for (unsigned i = 0; i < LOGINS_FAIR; i++)
		assert_ptr_equal(comes(v4(1)), &crowd[i]);
	now -= n;
	assert_ptr_equal(comes(v4(5000)), &crowd[LOGINS_FAIR]);
}

static void one_that_gave_way_and_logs_in_in_time_is_back(void **state)
{
	for (unsigned i = 0; i < LOGINS_PER_HOST; i++)
		assert_null(comes(v4(2)));
	struct place *victim = comes(v4(2));
	assert_ptr_equal(victim, &crowd[0]);
	assert_int_equal(places.total, LOGINS_PER_HOST);
	assert_int_equal(places.evicted, 1);
	logs_in(victim);
	assert_int_equal(places.total, LOGINS_PER_HOST + 1);
	assert_int_equal(places.logins[0], LOGINS_PER_HOST);
	assert_int_equal(places.evicted, 0);
}

/* --- sessions --------------------------------------------------------------------------------------- */

static void sessions_keep_their_places(void **state)
{
	places.most = 100;
	places.most_per_host = 60;
	for (unsigned i = 0; i < 60; i++) {
		assert_null(comes(v4(1)));
		logs_in(&crowd[i]);
	}
	assert_non_null(strstr(refused(v4(1)), "from this address"));
	for (unsigned i = 60; i < 100; i++)
		assert_null(comes(v4(2)));
	now += LOGIN_SILENT_MS;
	assert_ptr_equal(comes(v4(3)), &crowd[60]); /* one that has not logged in */
	for (unsigned i = 60; i < n; i++)
		if (crowd[i].state != PLACE_EVICTED)
			logs_in(&crowd[i]);
	assert_string_equal(refused(v4(4)), "too many connections");
	assert_int_equal(places.total, 100);
}

static void a_silent_one_makes_room_for_a_session_of_its_address(void **state)
{
	places.most_per_host = 10;
	for (unsigned i = 0; i < 9; i++) {
		assert_null(comes(v4(1)));
		logs_in(&crowd[i]);
	}
	assert_null(comes(v4(1)));
	assert_ptr_equal(comes(v4(1)), &crowd[9]);
	logs_in(&crowd[10]);
	assert_non_null(strstr(refused(v4(1)), "from this address"));
}

/* --- who is known ---------------------------------------------------------------------------------- */

static void hosts_that_have_logged_in_keep_places(void **state)
{
	assert_null(comes(v4(1)));
	assert_false(crowd[0].known);
	logs_in(&crowd[0]);
	gone(&crowd[0]);
	unsigned first = n;
	strangers(LOGINS_STRANGERS);
	for (unsigned i = 0; i < LOGINS_PER_HOST; i++) {
		assert_null(comes(v4(1)));
		assert_true(crowd[n - 1].known);
	}
	now += LOGIN_SILENT_MS;
	assert_ptr_equal(comes(v4(5000)), &crowd[first]); /* the others only take from each other */
	assert_int_equal(places.logins[1], LOGINS_PER_HOST);
}

static void known_hosts_take_from_strangers_not_the_other_way(void **state)
{
	for (unsigned i = 0; i < 8; i++) {
		assert_null(comes(v4(i)));
		logs_in(&crowd[i]);
		gone(&crowd[i]);
	}
	unsigned first = n;
	for (unsigned i = 0; i < LOGINS_MOST; i++)
		assert_null(comes(v4(i % 8)));
	now += LOGIN_SILENT_MS;
	assert_non_null(refused(v4(5000)));
	assert_ptr_equal(comes(v4(0)), &crowd[first]); /* itself: it has 32, and the oldest */
	gone(&crowd[first + 1]);
	assert_null(comes(v4(5000)));
	struct place *stranger = &crowd[n - 1];
	assert_ptr_equal(comes(v4(2)), stranger);
}

static bool known(unsigned host)
{
	struct place place = { 0 }, *victim = NULL;
	struct sockaddr_storage from = v4(host);
	assert_null(places_enter(&places, &place, &from, ++now, &victim));
	bool is = place.known;
	gone(&place);
	return is;
}

static void the_least_recently_used_host_is_forgotten(void **state)
{
	struct place place = { 0 }, *victim;
	for (unsigned i = 0; i < PROVEN_MOST + 10; i++) {
		struct sockaddr_storage from = v4(i);
		assert_null(places_enter(&places, &place, &from, ++now, &victim));
		logs_in(&place);
		gone(&place);
		if (i == PROVEN_MOST - 1) { /* one comes again */
			from = v4(3);
			assert_null(places_enter(&places, &place, &from, ++now, &victim));
			logs_in(&place);
			gone(&place);
		}
	}
	assert_int_equal(places.proven, PROVEN_MOST);
	assert_true(known(3));
	assert_false(known(0));
	assert_false(known(10));
	assert_true(known(11));
	assert_true(known(PROVEN_MOST + 9));
	assert_int_equal(places.proven, PROVEN_MOST);
}

static void a_session_that_ends_is_a_use(void **state)
{
	struct place place = { 0 }, *victim;
	assert_null(comes(v4(1)));
	logs_in(&crowd[0]);
	for (unsigned i = 0; i < PROVEN_MOST; i++) {
		struct sockaddr_storage from = v4(100 + i);
		assert_null(places_enter(&places, &place, &from, ++now, &victim));
		logs_in(&place);
		gone(&place);
	}
	assert_false(known(1));
	gone(&crowd[0]);
	assert_true(known(1));
}

/* --- addresses --------------------------------------------------------------------------------------- */

static void hosts_are_told_apart_by_address_or_network(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned scope_a, scope_b;
		bool same;
	} rows[] = {
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", 0, 0, true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", 0, 0, false },
		{ "2001:db8::", "2001:db8:1::", 0, 0, false },
		{ "fe80::1", "fe80::2", 2, 2, true },
		{ "fe80::1", "fe80::1", 2, 3, false },
		{ "::1", "::1", 0, 0, true },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.2", 0, 0, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		comes(v6(rows[i].a, rows[i].scope_a));
		comes(v6(rows[i].b, rows[i].scope_b));
		assert_int_equal(places_same_host(&crowd[n - 2], &crowd[n - 1]), rows[i].same);
	}
	comes(v4(1));
	assert_true(places_same_host(&crowd[n - 1], &crowd[n - 3])); /* 10.0.0.1, the mapped one */
	comes(v4(2));
	assert_true(places_same_host(&crowd[n - 1], &crowd[n - 3]));
}

static void a_network_of_ipv6_is_one_host(void **state)
{
	char text[64];
	for (unsigned i = 0; i < 300; i++) {
		snprintf(text, sizeof text, "2001:db8::%x:%x", i, i + 1);
		struct place *victim = comes(v6(text, 0));
		assert_true(!victim == (i < LOGINS_PER_HOST));
	}
	assert_int_equal(places.logins[0], LOGINS_PER_HOST);
}

/* --- anything ----------------------------------------------------------------------------------------- */

/* What the counts must be, from the places themselves. */
static void add_up(void)
{
	unsigned total = 0, logins[2] = { 0, 0 }, evicted = 0;
	for (unsigned i = 0; i < CROWD; i++) {
		enum place_state s = crowd[i].state;
		total += s == PLACE_LOGIN || s == PLACE_BUSY || s == PLACE_SESSION;
		logins[crowd[i].known] += s == PLACE_LOGIN || s == PLACE_BUSY;
		evicted += s == PLACE_EVICTED;
	}
	assert_int_equal(places.total, total);
	assert_int_equal(places.logins[0], logins[0]);
	assert_int_equal(places.logins[1], logins[1]);
	assert_int_equal(places.evicted, evicted);
	assert_true(places.proven <= PROVEN_MOST);
}

static void any_order_adds_up(void **state)
{
	unsigned seed = (unsigned)seed_new();
	memset(crowd, 0, sizeof crowd);
	for (unsigned step = 0; step < 60000; step++) {
		struct place *place = &crowd[rand_r(&seed) % CROWD], *victim = NULL;
		unsigned act = (unsigned)rand_r(&seed) % 6;
		struct sockaddr_storage from = v4((unsigned)rand_r(&seed) % (step < 30000 ? 20 : 900));
		now += rand_r(&seed) % 40;
		if (place->state == PLACE_NONE && act < 3)
			places_enter(&places, place, &from, now, &victim);
		else if (place->state == PLACE_LOGIN && act == 1)
			places_heard(&places, place, now);
		else if (place->state == PLACE_LOGIN && act == 2)
			places_busy(&places, place);
		else if ((place->state == PLACE_BUSY || place->state == PLACE_EVICTED) && act == 3)
			places_prove(&places, place);
		else if (act == 4)
			places_leave(&places, place);
		if (step % 64 == 0)
			add_up();
	}
	for (unsigned i = 0; i < CROWD; i++)
		places_leave(&places, &crowd[i]);
	add_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_longest_silent_gives_way_not_the_newcomer),
		TEST(who_has_spoken_stays_before_who_has_not),
		TEST(one_that_waits_for_us_does_not_give_way),
		TEST(one_address_takes_only_from_itself),
		TEST(a_flood_of_few_hosts_takes_from_itself),
		TEST(a_few_logins_of_one_host_are_no_flood),
		TEST(one_that_gave_way_and_logs_in_in_time_is_back),
		TEST(sessions_keep_their_places),
		TEST(a_silent_one_makes_room_for_a_session_of_its_address),
		TEST(hosts_that_have_logged_in_keep_places),
		TEST(known_hosts_take_from_strangers_not_the_other_way),
		TEST(the_least_recently_used_host_is_forgotten),
		TEST(a_session_that_ends_is_a_use),
		TEST(hosts_are_told_apart_by_address_or_network),
		TEST(a_network_of_ipv6_is_one_host),
		TEST(any_order_adds_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
