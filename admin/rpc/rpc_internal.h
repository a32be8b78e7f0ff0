/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of admin/rpc share: the server and its clients. */
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
	REQUEST_MAX = 64 << 10, /* bytes of a line without its newline */
	REQUEST_DEPTH = 8,      /* levels of nested brackets */
	CLIENTS_MAX = 32,       /* clients of the socket's group */
	CLIENTS_RESERVED = 8,   /* further clients, for root and the daemon's own user */
	CLIENT_PATIENCE_MS =
		30000, /* limit for the first request, for a whole line, and for a reply to be read */
	CLIENT_IDLE_MS = 120000, /* limit between two requests */
	PROGRESS_MS = 250,
};

struct client {
	LIST_ENTRY(client) link;
	struct rpc *rpc;
	int fd;
	int passed; /* a descriptor for the next request, or -1 */
	uid_t uid;
	pid_t pid;
	char person[PERSON_MAX + 1]; /* for the log; "": not determined yet */
	bool owner;                  /* root, or the daemon's own user */
	struct timer patience;
	int64_t idle_since_ms; /* since when the daemon waits for the client; 0: it works for the client */
	bool sends;            /* a line is being sent */
	bool disconnecting;    /* disconnected to make room for another client */
	bool asked;            /* has sent a request */
	bool gone;             /* the connection is lost */
	size_t len;
	char line[REQUEST_MAX + 1];
};

struct rpc {
	struct rpc_context context;
	int fd, state_fd;
	bool abstract; /* an abstract socket, without a file */
	bool stopping, accepting;
	unsigned n_clients;
	LIST_HEAD(, client) clients;
	struct turn writers;
	struct waitq ended; /* woken when a client's fiber or the accepting fiber has ended */
};

/* client.c: serves one client in a fiber of its own until it disconnects.  Owns fd if it returns 0. */
int client_start(struct rpc *rpc, int fd, uid_t uid, pid_t pid, bool owner);
/* Sends the value and a newline.  wait false: drops the line rather than wait. */
void client_send(struct client *client, const json_t *value, bool wait);
/* long.c: returns whether the client has disconnected. */
bool client_has_left(const struct client *client);

/* clients.c: makes room for one more client by disconnecting the one that is idle longest, if needed.
 * False: no room; every client has work in progress. */
bool clients_room(struct rpc *rpc, bool owner);

/* dispatch.c: reads one request, of len bytes, untrusted: its method and parameters are checked and set.  The
 * request, a new reference that has the parameters, or NULL; what is wrong is in call->code and why. */
struct call;
json_t *request_read(struct call *call, const char *line, size_t len);
/* dispatch.c: answers one line; it is NUL-terminated and untrusted. */
void dispatch(struct client *client, char *line, size_t len);
