/* SPDX-License-Identifier: Apache-2.0 */
/* Places for connections: how many there are, for which hosts, and which connection is evicted for a new one.
 * Limits by address count hosts: an IPv4 address, or the /64 of an IPv6 address (on one interface when it is
 * link-local), because one machine can use all addresses of a /64. A connection that has not logged in proves
 * nothing, so places for logins are few; a new connection is never refused because of silent ones: the
 * connection that has been silent longest is evicted. A host that has logged in before is known; connections
 * from unknown hosts cannot take the last places from it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum {
	LOGINS_MOST = 256,      /* connections that have not logged in */
	LOGINS_STRANGERS = 192, /* of these, connections from hosts that have never logged in */
	LOGINS_PER_HOST = 64,
	LOGINS_FAIR = 8,        /* up to this many of one host are not a flood */
	LOGINS_EVICTED = 256,   /* evicted connections that have not ended yet */
	LOGIN_SILENT_MS = 1000, /* a login in progress is never silent for longer */
	PROVEN_MOST = 512,      /* hosts that have logged in; the least recently used is forgotten first */
	PLACE_BUCKETS = 512,
};

struct place_host;

enum place_state { PLACE_NONE, PLACE_LOGIN, PLACE_BUSY, PLACE_EVICTED, PLACE_SESSION };

/* Member of a connection; zero at first. */
struct place {
	TAILQ_ENTRY(place) link;
	struct place_host *host;
	enum place_state state;
	bool known; /* its host had logged in before the connection arrived */
	int64_t heard_ms;
};

struct places {
	unsigned most, most_per_host;
	unsigned total;     /* all places, without evicted ones */
	unsigned logins[2]; /* not logged in: [0] unknown hosts, [1] known hosts */
	unsigned evicted, proven;
	uint64_t seed;
	TAILQ_HEAD(place_list, place) waiting[2]; /* the same, the longest silent first */
	TAILQ_HEAD(, place_host) lru;             /* known hosts, the least recently used first */
	LIST_HEAD(, place_host) buckets[PLACE_BUCKETS];
};

void places_init(struct places *p, unsigned most, unsigned most_per_host);
/* Call when every place has been left. */
void places_fini(struct places *p);

/* Gives a connection from peer a place. Returns NULL, with the evicted place in *ret_victim (NULL: none); the
 * caller must tell the evicted connection. Otherwise returns why there is no place. */
const char *places_enter(struct places *p, struct place *place, const struct sockaddr_storage *peer,
	int64_t now_ms, struct place **ret_victim);
/* The peer sent something that advances its login. */
void places_heard(struct places *p, struct place *place, int64_t now_ms);
/* The rest of the login does not wait for the peer, so the place cannot be evicted any more. A place that was
 * evicted counts again. */
void places_busy(struct places *p, struct place *place);
/* The connection has logged in. */
void places_prove(struct places *p, struct place *place);
void places_leave(struct places *p, struct place *place);
/* Whether both places count for the same host. */
bool places_same_host(const struct place *a, const struct place *b);
