/* SPDX-License-Identifier: Apache-2.0 */
/* Who does something: a host in its session, a person at the command line, or nobody but the daemon. */
#pragma once

/*
 * Borrowed texts: the giver keeps them alive until the call that takes the actor has returned.  A zeroed
 * actor is the daemon itself.
 */
struct actor {
	const char *initiator; /* a host's name as it says it; NULL or "": not known (yet) */
	const char *address;   /* and where it comes from, with port */
	unsigned session;      /* and its session's number (TSIH), 0: none */
	const char *user;      /* a person, in words; NULL: it is a host, or the daemon itself */
};

/* A copy that needs nobody else, for work that outlives whoever asked for it. */
struct kept_actor {
	struct actor actor;
	char initiator[224], address[64], user[256];
};
/* Texts that are too long are cut.  kept must not be moved in memory afterwards. */
void actor_keep(const struct actor *actor, struct kept_actor *kept);
