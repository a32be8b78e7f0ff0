/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of admin/rpc share about the server and its clients. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "admin/rpc/person.h"
#include "admin/rpc/rpc.h"
#include "vtl/base/fiber.h"
#include "vtl/base/timer.h"

enum {
	REQUEST_MAX = 64 << 10,     /* bytes of a line, its newline not counted */
	REQUEST_DEPTH = 8,          /* brackets inside brackets */
	CLIENTS_MAX = 32,           /* of the group */
	CLIENTS_RESERVED = 8,       /* and so many more, for root and the daemon's own user */
	CLIENT_PATIENCE_MS = 30000, /* for a first request, a whole line, and for a reply to be read */
	CLIENT_IDLE_MS = 120000,    /* between two requests */
	PROGRESS_MS = 250,
};

struct client {
	LIST_ENTRY(client) link;
	struct rpc *rpc;
	int fd;
	int passed; /* a descriptor waiting for its request, or -1 */
	uid_t uid;
	pid_t pid;
	char person[PERSON_MAX + 1]; /* for the log; "" until it was needed */
	bool owner;                  /* root, or the daemon's own user */
	struct timer patience;
	int64_t waits_since_ms; /* we wait for it; 0: it waits for us */
	bool sends;             /* and a line to it is on its way */
	bool gives_way;         /* to another, and is about to end */
	bool asked;             /* at least once */
	bool gone;              /* nothing can be sent any more */
	size_t len;
	char line[REQUEST_MAX + 1];
};

struct rpc {
	struct rpc_context context;
	int fd, state_fd;
	bool abstract; /* the socket has no file */
	bool stopping, accepting;
	unsigned n_clients;
	LIST_HEAD(, client) clients;
	struct turn writers;
	struct waitq ended; /* a client's fiber, or the accepting one, has */
};

/* client.c: serves one client until it hangs up, in a fiber of its own; owns fd. */
int client_start(struct rpc *rpc, int fd, uid_t uid, pid_t pid, bool owner);
/* Sends the value and a newline; drop it rather than wait when it is only progress. */
void client_send(struct client *client, const json_t *value, bool wait);
/* long.c: it has hung up; nobody waits for an answer any more. */
bool client_has_left(const struct client *client);

/* clients.c: whether one more has a place, an owner's or another's; the one that is idle longest may have to
 * give it away. */
bool clients_room(struct rpc *rpc, bool owner);

/* dispatch.c: answers one line (NUL-terminated, may hold anything). */
void dispatch(struct client *client, char *line, size_t len);
