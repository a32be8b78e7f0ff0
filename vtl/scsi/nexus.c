/* SPDX-License-Identifier: Apache-2.0 */
/* An LU's records of I_T nexuses, and of the initiator ports it has seen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/scsi/core.h"

enum { KNOWN_PORTS = 128 };

struct known_port {
	uint64_t used; /* sequence number of the last use; 0: free entry */
	char name[PORT_NAME_MAX + 1];
};

struct known_ports {
	uint64_t clock;
	struct known_port ports[KNOWN_PORTS];
};

int known_ports_new(struct lu *lu)
{
	lu->known = calloc(1, sizeof *lu->known);
	return lu->known ? 0 : -ENOMEM;
}

/* True when the port was seen before. Remembers the port; replaces the one not seen for longest. */
static bool known_before(struct known_ports *known, const char *name)
{
	struct known_port *oldest = &known->ports[0];

	known->clock++;
	for (unsigned i = 0; i < KNOWN_PORTS; i++) {
		struct known_port *p = &known->ports[i];
		if (p->used && strcmp(p->name, name) == 0) {
			p->used = known->clock;
			return true;
		}
		if (p->used < oldest->used)
			oldest = p;
	}
	oldest->used = known->clock;
	memcpy(oldest->name, name, strlen(name) + 1);
	return false;
}

struct actor nexus_actor(const struct nexus *nexus)
{
	return (struct actor){ .initiator = nexus->initiator,
		.address = nexus->address,
		.session = nexus->session };
}

struct lu_nexus *lu_nexus_of(struct lu *lu, const struct nexus *nexus)
{
	struct lu_nexus *n;

	TAILQ_FOREACH(n, &lu->nexuses, link)
		if (n->nexus == nexus)
			return n;
	return NULL;
}

int lu_attach(struct lu *lu, struct nexus *nexus)
{
	if (lu->state != LU_OPEN || lu_nexus_of(lu, nexus))
		return 0;
	struct lu_nexus *n = calloc(1, sizeof *n);
	if (!n)
		return -ENOMEM;
	n->nexus = nexus;
	int err = mode_attach(lu, n);
	if (err) {
		free(n);
		return err;
	}
	bool before = known_before(lu->known, nexus->initiator_port);
	ua_raise(n, before ? SENSE_UA_NEXUS_LOSS : SENSE_UA_POWER_ON);
	TAILQ_INSERT_TAIL(&lu->nexuses, n, link);
	return 0;
}

static void drop(struct lu *lu, struct lu_nexus *n)
{
	TAILQ_REMOVE(&lu->nexuses, n, link);
	bool reserved = lu->reserved_by == n;
	if (reserved)
		lu->reserved_by = NULL;
	if (lu->type->nexus_gone)
		lu->type->nexus_gone(lu, n);
	if (reserved)
		reservations_changed(lu, false);
	free(n->mode);
	free(n);
	waitq_wake(&lu->idle); /* lu_detach_all() waits for this detach */
}

static void detach(struct lu *lu, struct nexus *nexus, bool removal)
{
	struct lu_nexus *n = lu_nexus_of(lu, nexus);

	if (!n || n->leaving)
		return;
	n->leaving = true;
	queue_abort(lu, (struct task_set){ .nexus = nexus, .removal = removal });
	drop(lu, n);
}

void lu_detach(struct lu *lu, struct nexus *nexus)
{
	detach(lu, nexus, false);
}

/* A nexus of that target (NULL: any) that no fiber is detaching; *ret_any: the LU has a nexus of that target. */
static struct lu_nexus *next_of(struct lu *lu, const struct target *target, bool *ret_any)
{
	struct lu_nexus *n;

	*ret_any = false;
	TAILQ_FOREACH(n, &lu->nexuses, link) {
		if (target && n->nexus->target != target)
			continue;
		*ret_any = true;
		if (!n->leaving)
			return n;
	}
	return NULL;
}

void lu_detach_all(struct lu *lu, const struct target *target)
{
	struct lu_nexus *n;
	bool any;

	while ((n = next_of(lu, target, &any)) || any) {
		if (n)
			detach(lu, n->nexus, true);
		else
			waitq_wait(&lu->idle); /* another fiber detaches the nexuses */
	}
}

bool lu_removal_prevented(const struct lu *lu)
{
	const struct lu_nexus *n;

	TAILQ_FOREACH(n, &lu->nexuses, link)
		if (n->prevent)
			return true;
	return false;
}

void lu_allow_removal(struct lu *lu)
{
	struct lu_nexus *n;

	TAILQ_FOREACH(n, &lu->nexuses, link)
		n->prevent = false;
}
