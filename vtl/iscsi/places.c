/* SPDX-License-Identifier: Apache-2.0 */
/* Places for connections, and the choice of the one to evict. */
#include "vtl/iscsi/places.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Padding is zero; keys are compared as bytes. */
struct key {
	uint64_t family;
	uint64_t prefix;
	uint64_t scope;
};

/* A host that has connections, or is known. */
struct place_host {
	LIST_ENTRY(place_host) bucket;
	TAILQ_ENTRY(place_host) lru;
	struct key key;
	unsigned refs; /* places, including evicted ones */
	unsigned total, logins;
	bool proven;
};

/* --- hosts --------------------------------------------------------------------------------- */

static struct key key_of(const struct sockaddr_storage *peer)
{
	struct key key = { .family = peer->ss_family };
	const struct sockaddr_in6 *in6 = (const void *)peer;
	const struct sockaddr_in *in = (const void *)peer;

	if (peer->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		key.family = AF_INET;
		memcpy(&key.prefix, &in6->sin6_addr.s6_addr[12], 4);
	} else if (peer->ss_family == AF_INET6) {
		memcpy(&key.prefix, &in6->sin6_addr, 8);
		if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			key.scope = in6->sin6_scope_id;
	} else {
		memcpy(&key.prefix, &in->sin_addr, 4);
	}
	return key;
}

static unsigned bucket_of(const struct places *p, const struct key *key)
{
	uint64_t h = p->seed ^ key->family;
	h = (h ^ key->prefix) * 0x9e3779b97f4a7c15U;
	h = (h ^ h >> 32 ^ key->scope ^ p->seed) * 0xd6e8feb86659fd93U;
	return (unsigned)(h >> 32) % PLACE_BUCKETS;
}

static struct place_host *host_get(struct places *p, const struct sockaddr_storage *peer)
{
	struct key key = key_of(peer);
	unsigned bucket = bucket_of(p, &key);
	struct place_host *host;

	LIST_FOREACH(host, &p->buckets[bucket], bucket)
		if (memcmp(&host->key, &key, sizeof key) == 0)
			return host;
	host = calloc(1, sizeof *host);
	if (!host)
		return NULL;
	host->key = key;
	LIST_INSERT_HEAD(&p->buckets[bucket], host, bucket);
	return host;
}

/* Frees the host unless something refers to it. */
static void host_put(struct place_host *host)
{
	if (host->refs || host->proven)
		return;
	LIST_REMOVE(host, bucket);
	free(host);
}

/* Makes the host the most recently used of the known hosts. */
static void host_prove(struct places *p, struct place_host *host)
{
	if (host->proven)
		TAILQ_REMOVE(&p->lru, host, lru);
	else
		p->proven++;
	host->proven = true;
	TAILQ_INSERT_TAIL(&p->lru, host, lru);
	if (p->proven <= PROVEN_MOST)
		return;
	struct place_host *oldest = TAILQ_FIRST(&p->lru);
	TAILQ_REMOVE(&p->lru, oldest, lru);
	oldest->proven = false;
	p->proven--;
	host_put(oldest);
}

/* --- counts: a place counts unless it was evicted; a login counts until it is a session ------- */

static void count_login(struct places *p, struct place *place, int by)
{
	p->logins[place->known] += (unsigned)by;
	place->host->logins += (unsigned)by;
}

static void count_all(struct places *p, struct place *place, int by)
{
	p->total += (unsigned)by;
	place->host->total += (unsigned)by;
}

/* --- eviction --------------------------------------------------------------------------------- */

static struct place *oldest_of(const struct places *p, const struct place_host *host)
{
	struct place *oldest = NULL, *place;

	for (int known = 0; known <= 1; known++)
		TAILQ_FOREACH(place, &p->waiting[known], link)
			if (place->host == host) {
				if (!oldest || place->heard_ms < oldest->heard_ms)
					oldest = place;
				break;
			}
	return oldest;
}

/* The place that has been silent longest. When all have spoken or arrived within LOGIN_SILENT_MS this is a
 * flood: then the oldest of the host with the most logins, so that a host with few connections need not be
 * faster than the flood. */
static struct place *oldest_in(const struct place_list *list, int64_t now_ms)
{
	struct place *oldest = TAILQ_FIRST(list), *place, *most = NULL;

	if (!oldest || now_ms - oldest->heard_ms >= LOGIN_SILENT_MS)
		return oldest;
	TAILQ_FOREACH(place, list, link)
		if (!most || place->host->logins > most->host->logins)
			most = place;
	return most->host->logins > LOGINS_FAIR ? most : oldest;
}

/* Evicts connections from unknown hosts first; for an unknown host, only those. */
static struct place *oldest_for(const struct places *p, bool known, int64_t now_ms)
{
	struct place *place = oldest_in(&p->waiting[0], now_ms);
	return place || !known ? place : oldest_in(&p->waiting[1], now_ms);
}

/* Which place must be evicted for a new one of this host. NULL: none is needed, or (with *ret_why) none can
 * be. */
static struct place *victim_for(const struct places *p, const struct place_host *host, int64_t now_ms,
	const char **ret_why)
{
	bool known = host->proven;
	unsigned logins = p->logins[0] + p->logins[1];

	*ret_why = NULL;
	if (host->total >= p->most_per_host)
		*ret_why = "too many connections from this address";
	else if (host->logins >= LOGINS_PER_HOST)
		*ret_why = "too many simultaneous logins from this address";
	if (*ret_why)
		return oldest_of(p, host);
	if (p->total >= p->most)
		*ret_why = "too many connections";
	else if (logins >= LOGINS_MOST || (!known && p->logins[0] >= LOGINS_STRANGERS))
		*ret_why = "too many simultaneous logins";
	return *ret_why ? oldest_for(p, known, now_ms) : NULL;
}

static void evict(struct places *p, struct place *place)
{
	TAILQ_REMOVE(&p->waiting[place->known], place, link);
	count_login(p, place, -1);
	count_all(p, place, -1);
	place->state = PLACE_EVICTED;
	p->evicted++;
}

/* --- life -------------------------------------------------------------------------------------- */

void places_init(struct places *p, unsigned most, unsigned most_per_host)
{
	*p = (struct places){ .most = most, .most_per_host = most_per_host };
	if (getrandom(&p->seed, sizeof p->seed, GRND_NONBLOCK) != sizeof p->seed)
		p->seed = (uintptr_t)p;
	TAILQ_INIT(&p->waiting[0]);
	TAILQ_INIT(&p->waiting[1]);
	TAILQ_INIT(&p->lru);
}

void places_fini(struct places *p)
{
	struct place_host *host;

	while ((host = TAILQ_FIRST(&p->lru))) {
		TAILQ_REMOVE(&p->lru, host, lru);
		host->proven = false;
		host_put(host);
	}
}

const char *places_enter(struct places *p, struct place *place, const struct sockaddr_storage *peer,
	int64_t now_ms, struct place **ret_victim)
{
	struct place_host *host = host_get(p, peer);
	const char *why;

	if (!host)
		return "out of memory";
	struct place *victim = victim_for(p, host, now_ms, &why);
	if (why && !victim) {
		host_put(host);
		return why;
	}
	if (victim)
		evict(p, victim);
	*place = (struct place){ .host = host,
		.state = PLACE_LOGIN,
		.known = host->proven,
		.heard_ms = now_ms };
	TAILQ_INSERT_TAIL(&p->waiting[place->known], place, link);
	host->refs++;
	count_login(p, place, 1);
	count_all(p, place, 1);
	*ret_victim = victim;
	return NULL;
}

void places_heard(struct places *p, struct place *place, int64_t now_ms)
{
	place->heard_ms = now_ms;
	if (place->state != PLACE_LOGIN)
		return;
	TAILQ_REMOVE(&p->waiting[place->known], place, link);
	TAILQ_INSERT_TAIL(&p->waiting[place->known], place, link);
}

void places_busy(struct places *p, struct place *place)
{
	if (place->state == PLACE_LOGIN) {
		TAILQ_REMOVE(&p->waiting[place->known], place, link);
	} else if (place->state == PLACE_EVICTED) {
		p->evicted--;
		count_login(p, place, 1);
		count_all(p, place, 1);
	}
	place->state = PLACE_BUSY;
}

void places_prove(struct places *p, struct place *place)
{
	places_busy(p, place);
	count_login(p, place, -1);
	place->state = PLACE_SESSION;
	host_prove(p, place->host);
}

void places_leave(struct places *p, struct place *place)
{
	struct place_host *host = place->host;

	if (place->state == PLACE_NONE)
		return;
	if (place->state == PLACE_SESSION)
		host_prove(p, host); /* it has just been used */
	else if (place->state != PLACE_EVICTED)
		count_login(p, place, -1);
	if (place->state == PLACE_LOGIN)
		TAILQ_REMOVE(&p->waiting[place->known], place, link);
	if (place->state == PLACE_EVICTED)
		p->evicted--;
	else
		count_all(p, place, -1);
	place->state = PLACE_NONE;
	host->refs--;
	host_put(host);
}

bool places_same_host(const struct place *a, const struct place *b)
{
	return a->host == b->host;
}
