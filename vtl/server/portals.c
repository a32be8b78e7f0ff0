/* SPDX-License-Identifier: Apache-2.0 */
/* Listening on all addresses, and messages when an address cannot be bound. */
#include "vtl/server/portals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/server/holder.h"

/* A port in use may be our own predecessor's: the kernel closes the sockets of a killed process some time
 * after its end. */
enum { LISTEN_MS = 3000, LISTEN_PAUSE_MS = 100 };

static const struct {
	int err;
	const char *words;
} reasons[] = {
	{ -EADDRNOTAVAIL, "this machine has no such address" },
	{ -EAFNOSUPPORT, "this machine has no IPv6" },
	{ -EACCES, "ports below 1024 are for root and CAP_NET_BIND_SERVICE" },
	{ -ENODEV, "the network interface of this address does not exist" },
};

static int explain_taken(const struct listen *l, char why[static WHY_LEN])
{
	char name[32];
	pid_t pid = holder_find((const struct sockaddr *)&l->address, name, sizeof name);
	if (pid == getpid())
		snprintf(why, WHY_LEN, "cannot listen on %s: another listen address uses the same port",
			l->text);
	else if (pid)
		snprintf(why, WHY_LEN, "cannot listen on %s: the port is in use by process %d (%s)", l->text,
			(int)pid, name);
	else
		snprintf(why, WHY_LEN,
			"cannot listen on %s: the port is in use by another program; run ss -ltnp "
			"as root to see which",
			l->text);
	return -EADDRINUSE;
}

static int explain(const struct listen *l, int err, char why[static WHY_LEN])
{
	const char *words = error_text(err);
	if (err == -EADDRINUSE)
		return explain_taken(l, why);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].err == err)
			words = reasons[i].words;
	snprintf(why, WHY_LEN, "cannot listen on %s: %s", l->text, words);
	return err;
}

static bool is_ours(const struct listen *l)
{
	char name[32];
	return holder_find((const struct sockaddr *)&l->address, name, sizeof name) == getpid();
}

/* Retries until the time is over, unless this process itself uses the port. */
static int listen_on(struct iscsi *iscsi, const struct listen *l, bool absent, int64_t until,
	uint16_t *ret_port)
{
	for (bool first = true;; first = false) {
		int err = iscsi_listen(iscsi, (const struct sockaddr *)&l->address, l->len, absent, ret_port);
		if (err != -EADDRINUSE || now_ms() >= until || (first && is_ours(l)))
			return err;
		fiber_sleep(LISTEN_PAUSE_MS);
	}
}

/* Binds existing addresses first, then the others, for addresses that will exist later. */
int portals_open(struct iscsi *iscsi, const struct options *options, struct portals *ret_portals,
	char why[static WHY_LEN])
{
	struct portals portals = { .n = options->n_listen };
	uint16_t ports[LISTEN_MAX];
	bool bound[LISTEN_MAX] = { false }, any = false;
	int64_t until = now_ms() + LISTEN_MS;
	for (int absent = 0; absent <= 1; absent++) {
		for (unsigned i = 0; i < portals.n; i++) {
			const struct listen *l = &options->listen[i];
			if (bound[i])
				continue;
			int err = listen_on(iscsi, l, absent && any, until, &ports[i]);
			if (err && (absent || err != -EADDRNOTAVAIL))
				return explain(l, err, why);
			bound[i] = !err;
			any = any || (bound[i] && !absent);
			if (absent)
				log_warn(
					"this machine has no address %s yet; hosts can log in there as soon as the "
					"address exists",
					l->text);
		}
	}
	for (unsigned i = 0; i < portals.n; i++)
		listen_write(&options->listen[i], ports[i], portals.text[i], PORTAL_LEN);
	*ret_portals = portals;
	return 0;
}
