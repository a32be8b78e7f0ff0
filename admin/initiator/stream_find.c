/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the drives at a portal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin/initiator/stream.h"

static struct session_options options_of(const struct stream_plan *plan)
{
	struct session_options o = plan->login.session;
	o.chap_secret = plan->login.chap_secret;
	o.target_secret = plan->login.target_secret;
	o.isid = stream_isid(0);
	return o;
}

/* Returns the peripheral device type of a unit, or -1. */
static int unit_type(struct session *s, int lun)
{
	uint8_t inquiry[96];
	char why[WHY_LEN];
	return device_inquiry(s, lun, inquiry, sizeof inquiry, why) < 0 ? -1 : inquiry[0] & 0x1f;
}

static int target_search(struct stream_plan *plan, const struct portal *p, bool also_empty, size_t *empty,
	char why[static WHY_LEN])
{
	autosession struct session *s = NULL;
	struct session_options o = options_of(plan);
	int luns[LUNS_MAX];
	int err = session_open(p, &o, &s, why);
	if (err)
		return err;
	int count = device_luns(s, luns, why);
	if (count < 0)
		return count;
	for (int i = 0; i < count && plan->drive_count < LANES_MAX; i++) {
		char text[WHY_LEN];
		if (unit_type(s, luns[i]) != TYPE_TAPE)
			continue;
		if (!also_empty && device_ready(s, luns[i], text)) {
			++*empty;
			continue;
		}
		plan->drives[plan->drive_count] = *p;
		plan->drives[plan->drive_count++].lun = luns[i];
	}
	return 0;
}

int stream_find(struct stream_plan *plan, char why[static WHY_LEN])
{
	struct session_options o = options_of(plan);
	struct target_list list;
	bool also_empty = plan->load || plan->barcode_count;
	size_t empty = 0;
	int err = portal_discover(&plan->portal, &o, &list, why);
	for (size_t i = 0; !err && i < list.count; i++) {
		struct portal p = plan->portal;
		if (*p.target && strcmp(p.target, list.targets[i].name))
			continue;
		snprintf(p.target, sizeof p.target, "%s", list.targets[i].name);
		err = target_search(plan, &p, also_empty, &empty, why);
	}
	if (err)
		return err;
	target_list_fini(&list);
	if (plan->drive_count)
		return 0;
	if (empty)
		snprintf(why, WHY_LEN,
			"none of the %zu drives at %.200s is loaded; load one, "
			"or use --load",
			empty, plan->portal.address);
	else
		snprintf(why, WHY_LEN, "%.200s: no tape drive is visible to this initiator",
			plan->portal.address);
	return -ENOENT;
}
