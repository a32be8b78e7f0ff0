/* SPDX-License-Identifier: Apache-2.0 */
/* Places for control clients.  Places are reserved for root; when all are taken, the client that is idle
 * longest is disconnected. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/rpc/rpc_internal.h"
#include "vtl/base/log.h"

static const char TOO_MANY[] = "{\"error\":{\"code\":\"busy\",\"message\":\"too many control clients: "
			       "this one was idle longest and is disconnected\"}}\n";

struct counts {
	unsigned all, owners;
};

static struct counts clients_count(const struct rpc *rpc)
{
	const struct client *client;
	struct counts n = { 0, 0 };
	LIST_FOREACH(client, &rpc->clients, link)
		if (!client->disconnecting) {
			n.all++;
			n.owners += client->owner;
		}
	return n;
}

/* Returns the client that is idle longest; clients with work in progress are not considered.  The list has
 * the newest client first. */
static struct client *longest_idle(const struct rpc *rpc, bool owners_too)
{
	struct client *client, *found = NULL;
	LIST_FOREACH(client, &rpc->clients, link)
		if (client->idle_since_ms && !client->disconnecting && (owners_too || !client->owner) &&
			(!found || client->idle_since_ms <= found->idle_since_ms))
			found = client;
	return found;
}

static void client_disconnect(struct client *client)
{
	char who[64];
	snprintf(who, sizeof who, "uid %u, pid %d", (unsigned)client->uid, (int)client->pid);
	log_few(LOG_WARN, &(struct actor){ .user = *client->person ? client->person : who },
		"too many control clients: disconnected this one, which was idle for %lld s",
		(long long)(now_ms() - client->idle_since_ms) / 1000);
	client->disconnecting = true;
	if (!client->sends) { /* otherwise the message would be inserted into a line */
		ssize_t n = send(client->fd, TOO_MANY, strlen(TOO_MANY), MSG_DONTWAIT | MSG_NOSIGNAL);
		(void)n; /* the connection is closed in either case */
	}
	shutdown(client->fd, SHUT_RDWR);
}

bool clients_room(struct rpc *rpc, bool owner)
{
	struct counts n = clients_count(rpc);
	bool full = n.all >= CLIENTS_MAX + CLIENTS_RESERVED;
	if (!full && (owner || n.all - n.owners < CLIENTS_MAX))
		return true;
	struct client *client = longest_idle(rpc, owner || (full && n.owners > CLIENTS_RESERVED));
	if (client)
		client_disconnect(client);
	return client;
}
