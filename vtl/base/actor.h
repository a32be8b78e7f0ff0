/* SPDX-License-Identifier: Apache-2.0 */
/* Who does something: a host in its session, a person at the command line, or the daemon itself. */
#pragma once

/*
 * The texts belong to the caller and must live until the call that gets the actor has returned.  An actor of
 * zeros is the daemon itself.
 */
struct actor {
	const char *initiator; /* the host's name as the host gives it; NULL or "": not known */
	const char *address;   /* its address, with port */
	unsigned session;      /* its session's number (TSIH); 0: none */
	const char *user;      /* a person; NULL: a host, or the daemon itself */
};

/* A copy that owns its texts, for work that goes on after the call. */
struct kept_actor {
	struct actor actor;
	char initiator[224], address[64], user[256];
};
/* Cuts texts that are too long.  kept points into itself: do not copy or move it afterwards. */
void actor_keep(const struct actor *actor, struct kept_actor *kept);
