/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of admin/rpc: the daemon's control socket.  A client sends one
 * JSON object per line and gets lines back; what can be asked is a table of
 * methods.  Everything runs in fibers of worker 0.
 *
 *   > {"method":"library.show","params":{"name":"demo"}}
 *   < {"progress":{"done":1048576,"total":4194304}}     (long methods, now and then)
 *   < {"result":{...}}   or   {"error":{"code":"not-found","message":"one clear line"}}
 *
 * A client that is root may say in "sudo_user" who became root: it goes into the log, as its claim.
 * A file travels as a descriptor in the request's SCM_RIGHTS, so it is the
 * user's own permissions that open it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "vtl/library/library.h"

struct iscsi;
struct rpc;

/* What the server lends to the methods; the pointers stay valid until rpc_stop() has returned. */
struct rpc_context {
	struct installation *inst;
	struct iscsi *iscsi; /* sessions; NULL: there are none */
	const char *version;
	const char *state_dir;
	unsigned workers;   /* how many worker threads run */
	int64_t started_ms; /* now_ms() when the daemon began; uptime */
	/* Calls visit() with every address listened on, "127.0.0.1:3260".  May be NULL. */
	void (*portals)(void *arg, void (*visit)(const char *portal, void *to), void *to);
	void *arg;
};

/* Where clients come to when STATE is on a read-only file system: an abstract socket named after the
 * directory.  Anybody can take such a name: the client looks whose process answers. */
static inline socklen_t rpc_abstract_address(const struct stat *state, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(ret_address->sun_path + 1, sizeof ret_address->sun_path - 1,
		"evertape/control/%llx-%llx", (unsigned long long)state->st_dev,
		(unsigned long long)state->st_ino);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* Makes STATE/control.sock (0660) and serves it.  From a fiber on worker 0, with the state directory
 * owned (installation_open).  -errno with why. */
int rpc_start(const struct rpc_context *context, struct rpc **ret_rpc, char why[static WHY_LEN]);
/* Closes the socket, hangs up on every client, stops long work and waits for it, but no longer than until
 * then (now_ms()): false when somebody is still at work.  May be called again.  NULL is fine. */
bool rpc_stop(struct rpc *rpc, int64_t until_ms);
/* Whether a text could be a "sudo_user". */
bool person_claim_ok(const char *claim);
/* After rpc_stop() was true. */
void rpc_free(struct rpc *rpc);
