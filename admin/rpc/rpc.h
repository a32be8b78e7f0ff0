/* SPDX-License-Identifier: Apache-2.0 */
/* The door of admin/rpc: the daemon's control socket.  A client sends one JSON object per line and receives
 * JSON lines.  The methods are a table of rows.  Everything runs in fibers of worker 0.
 *
 *   > {"method":"library.show","params":{"library":"demo"}}
 *   < {"progress":{"done":1048576,"total":4194304}}     (long methods, a few per second)
 *   < {"result":{...}}   or   {"error":{"code":"not-found","message":"one line"}}
 *
 * A root client may name the user who became root in "sudo_user"; the log shows that as a claim.  A file is
 * sent as a descriptor (SCM_RIGHTS) that the client has opened with the user's own permissions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "vtl/library/library.h"

struct fronts;
struct rpc;

/* What the server provides to the methods; the pointers stay valid until rpc_stop() has returned true. */
struct rpc_context {
	struct installation *inst;
	struct fronts *fronts; /* sessions */
	const char *version;
	const char *state_dir;
	unsigned workers;   /* number of worker threads */
	int64_t started_ms; /* now_ms() of the start, for the uptime */
	/* Calls visit() for each address that is listened on, "127.0.0.1:3260".  May be NULL. */
	void (*portals)(void *arg, void (*visit)(const char *portal, void *to), void *to);
	void *arg;
};

/* The abstract socket that is used when STATE is on a read-only file system; its name is made from the
 * directory's device and inode.  Any process can take an abstract name, so the client checks the peer. */
static inline socklen_t rpc_abstract_address(const struct stat *state, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(ret_address->sun_path + 1, sizeof ret_address->sun_path - 1,
		"evertape/control/%llx-%llx", (unsigned long long)state->st_dev,
		(unsigned long long)state->st_ino);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* Creates STATE/control.sock (mode 0660) and serves it.  Call it from a fiber of worker 0 with the state
 * directory locked (installation_open).  Returns 0, or -errno with a text in why. */
int rpc_start(const struct rpc_context *context, struct rpc **ret_rpc, char why[static WHY_LEN]);
/* Closes the socket, disconnects all clients, stops long work and waits for it until until_ms (now_ms()).
 * False: some work has not ended; call again.  NULL is allowed. */
bool rpc_stop(struct rpc *rpc, int64_t until_ms);
/* Returns whether a text can be a "sudo_user". */
bool person_claim_ok(const char *claim);
/* Frees a server for which rpc_stop() has returned true. */
void rpc_free(struct rpc *rpc);
