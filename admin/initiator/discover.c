/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery: the targets that a portal reports to SendTargets, and their addresses. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <iscsi/iscsi.h>

#include "admin/initiator/initiator.h"
#include "admin/initiator/session.h"

enum { TARGETS_MAX = 4096, ADDRESSES_MAX = 64, DISCOVERY_TIMEOUT_S = 20 };

struct discovery {
	struct target_list *list;
	int error;
	bool done;
};

static int text_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int target_order(const void *a, const void *b)
{
	return strcmp(((const struct target_found *)a)->name, ((const struct target_found *)b)->name);
}

static int target_copy(struct target_found *to, const struct iscsi_discovery_address *from)
{
	size_t count = 0;
	for (const struct iscsi_target_portal *p = from->portals; p; p = p->next)
		count += count < ADDRESSES_MAX;
	to->name = strdup(from->target_name);
	to->addresses = calloc(count + 1, sizeof *to->addresses);
	if (!to->name || !to->addresses)
		return -ENOMEM;
	for (const struct iscsi_target_portal *p = from->portals; p && to->address_count < count;
		p = p->next) {
		to->addresses[to->address_count] = strdup(p->portal);
		if (!to->addresses[to->address_count])
			return -ENOMEM;
		to->address_count++;
	}
	qsort(to->addresses, to->address_count, sizeof *to->addresses, text_order);
	return 0;
}

static int list_copy(struct target_list *list, const struct iscsi_discovery_address *first)
{
	size_t count = 0;
	for (const struct iscsi_discovery_address *a = first; a; a = a->next)
		count++;
	if (count > TARGETS_MAX)
		return -E2BIG;
	list->targets = calloc(count + 1, sizeof *list->targets);
	if (!list->targets)
		return -ENOMEM;
	for (const struct iscsi_discovery_address *a = first; a; a = a->next) {
		int err = target_copy(&list->targets[list->count++], a);
		if (err)
			return err;
	}
	qsort(list->targets, list->count, sizeof *list->targets, target_order);
	return 0;
}

static void discovered(struct iscsi_context *iscsi, int status, void *data, void *arg)
{
	struct discovery *d = arg;
	(void)iscsi;
	d->error = status == SCSI_STATUS_GOOD ? list_copy(d->list, data) : -EIO;
	d->done = true;
}

int portal_discover(const struct portal *p, const struct session_options *o, struct target_list *ret_list,
	char why[static WHY_LEN])
{
	autosession struct session *s = NULL;
	struct target_list list = { 0 };
	struct discovery d = { .list = &list };
	struct portal bare = *p;

	bare.target[0] = '\0';
	int err = session_prepare(o, true, &s, why);
	if (!err)
		err = session_start(s, &bare, why);
	if (err)
		return err;
	err = iscsi_discovery_async(s->iscsi, discovered, &d) < 0 ? -EIO : 0;
	if (!err)
		err = session_wait(s, &d.done, DISCOVERY_TIMEOUT_S);
	if (!err)
		err = d.error;
	if (err) {
		/* The answer may still arrive while the session is closed: close it before freeing the
		 * list. */
		session_vanish(s);
		s = NULL;
		target_list_fini(&list);
		snprintf(why, WHY_LEN, "%.200s: SendTargets failed: %s", p->address,
			err == -ETIMEDOUT ? "no answer in time" : "invalid answer");
		return err;
	}
	*ret_list = list;
	return 0;
}

void target_list_fini(struct target_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		for (size_t k = 0; k < l->targets[i].address_count; k++)
			free(l->targets[i].addresses[k]);
		free(l->targets[i].addresses);
		free(l->targets[i].name);
	}
	free(l->targets);
	*l = (struct target_list){ 0 };
}
