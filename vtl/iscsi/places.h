/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places for connections: how many there are, of whom, and which one gives way to a newcomer.  What is
 * counted by address is counted by host: an IPv4 address, or the /64 an IPv6 address is in (on one
 * interface when it is link-local), since that is what one machine can have at will.
 *
 * Before login a connection proves nothing, so those places are few, and a newcomer is never turned away
 * because of silent ones: the one that has been silent longest gives way.  A host that has logged in
 * before is known: strangers can never take the last places from it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum {
	LOGINS_MOST = 256,      /* connections that have not logged in */
	LOGINS_STRANGERS = 192, /* of these, from hosts that never have */
	LOGINS_PER_HOST = 64,
	LOGINS_FAIR = 8,        /* so many of one host are no flood */
	LOGINS_EVICTED = 256,   /* that were told to hurry, and have not ended */
	LOGIN_SILENT_MS = 1000, /* a login that is under way is never silent for longer */
	PROVEN_MOST = 512,      /* hosts that have logged in, the least recently used goes first */
	PLACE_BUCKETS = 512,
};

struct place_host;

enum place_state { PLACE_NONE, PLACE_LOGIN, PLACE_BUSY, PLACE_EVICTED, PLACE_SESSION };

/* A connection's; zeroed at first. */
struct place {
	TAILQ_ENTRY(place) link;
	struct place_host *host;
	enum place_state state;
	bool known; /* its host had logged in before it came */
	int64_t heard_ms;
};

struct places {
	unsigned most, most_per_host;
	unsigned total;     /* all but those that were evicted */
	unsigned logins[2]; /* that have not logged in: of strangers, of known hosts */
	unsigned evicted, proven;
	uint64_t seed;
	TAILQ_HEAD(place_list, place) waiting[2]; /* of both; longest silent first */
	TAILQ_HEAD(, place_host) lru;             /* proven hosts, least recently used first */
	LIST_HEAD(, place_host) buckets[PLACE_BUCKETS];
};

void places_init(struct places *p, unsigned most, unsigned most_per_host);
/* When every place has left. */
void places_fini(struct places *p);

/* Gives a connection from peer its place.  NULL, with the one that gives way for it in *ret_victim (NULL:
 * none; it is evicted already, and has to be told).  Else why there is none. */
const char *places_enter(struct places *p, struct place *place, const struct sockaddr_storage *peer,
	int64_t now_ms, struct place **ret_victim);
/* The peer has said something that brings its login forward. */
void places_heard(struct places *p, struct place *place, int64_t now_ms);
/* What remains of its login does not wait for the peer: it gives way to nobody.  One that was evicted and
 * got so far nevertheless is back. */
void places_busy(struct places *p, struct place *place);
/* It has logged in. */
void places_prove(struct places *p, struct place *place);
void places_leave(struct places *p, struct place *place);
/* Does it count as the same host? */
bool places_same_host(const struct place *a, const struct place *b);
