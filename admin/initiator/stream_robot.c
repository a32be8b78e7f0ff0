/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the changer of each drive, and its inventory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/stream.h"

enum { SERIAL_MAX = 64 };

static int robot_open(struct robot *r, const struct stream_plan *plan, char why[static WHY_LEN])
{
	if (r->session && !session_lost(r->session))
		return 0;
	*why = '\0';
	if (r->session)
		return session_reopen(r->session, why);
	struct session_options o = plan->login.session;
	o.chap_secret = plan->login.chap_secret;
	o.target_secret = plan->login.target_secret;
	o.isid = r->isid;
	o.reopen = true;
	return session_open(&r->portal, &o, &r->session, why);
}

/* Returns the LUN of the changer at a target, or LUN_UNNAMED. */
static int changer_lun(struct session *s)
{
	char why[WHY_LEN];
	int luns[LUNS_MAX];
	int count = device_luns(s, luns, why);
	for (int i = 0; i < count; i++) {
		uint8_t inquiry[96];
		if (device_inquiry(s, luns[i], inquiry, sizeof inquiry, why) > 0 &&
			(inquiry[0] & 0x1f) == TYPE_CHANGER)
			return luns[i];
	}
	return LUN_UNNAMED;
}

int robot_look(struct robot *r, char why[static WHY_LEN])
{
	struct inventory now;
	*why = '\0';
	if (!r->session || (session_lost(r->session) && session_reopen(r->session, why))) {
		if (!*why)
			snprintf(why, WHY_LEN, "the connection to the changer was lost");
		return -ECONNRESET;
	}
	int err = changer_inventory(r->session, r->portal.lun, &now, why);
	if (err)
		return err;
	inventory_fini(&r->inventory);
	r->inventory = now;
	return 0;
}

/* Returns the changer of a target; it is searched for once.  A changer that cannot be read counts as none. */
static struct robot *robot_at(struct lane_group *c, const char *address, const char *target)
{
	char why[WHY_LEN];
	unsigned count = 0;
	for (struct robot *r = c->robots; r; r = r->next, count++)
		if (!strcmp(r->portal.address, address) && !strcmp(r->portal.target, target))
			return r;
	struct robot *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	snprintf(r->portal.address, sizeof r->portal.address, "%s", address);
	snprintf(r->portal.target, sizeof r->portal.target, "%s", target);
	r->portal.lun = LUN_UNNAMED;
	r->isid = stream_isid(LANES_MAX + count % LANES_MAX);
	r->next = c->robots;
	c->robots = r;
	if (!robot_open(r, c->plan, why))
		r->portal.lun = changer_lun(r->session);
	if (r->portal.lun == LUN_UNNAMED || robot_look(r, why)) {
		session_close(r->session);
		r->session = NULL;
		r->portal.lun = LUN_UNNAMED;
	}
	return r;
}

/* A drive is in the element whose identifier ends with the drive's serial number.  A changer without
 * identifiers is used only if it has one drive and is at the drive's own target. */
static const struct element_seen *element_of(const struct robot *r, const struct lane *l, const char *serial)
{
	const struct element_seen *only = NULL;
	size_t drives = 0, named = 0, k = strlen(serial);
	for (size_t i = 0; r->portal.lun != LUN_UNNAMED && i < r->inventory.count; i++) {
		const struct element_seen *e = &r->inventory.elements[i];
		char id[SERIAL_MAX];
		if (e->type != ELEMENT_DRIVE)
			continue;
		drives++;
		only = e;
		if (e->id_len < 4)
			continue;
		named++;
		text_trim(id, sizeof id, e->id + 4, e->id_len - 4);
		size_t n = strlen(id);
		if (k && k <= n && !strcmp(id + n - k, serial))
			return e;
	}
	return drives == 1 && !named && !strcmp(r->portal.target, l->portal.target) ? only : NULL;
}

static bool robot_assign(struct robot *r, struct lane *l, const char *serial)
{
	const struct element_seen *e = r ? element_of(r, l, serial) : NULL;
	if (!e)
		return false;
	l->robot = r;
	l->element = e->address;
	if (e->full)
		snprintf(l->barcode, sizeof l->barcode, "%s", e->barcode);
	return true;
}

static void targets_find(struct lane_group *c, const struct portal *p)
{
	char why[WHY_LEN];
	struct session_options o = c->plan->login.session;
	if (!strcmp(c->discovered, p->address))
		return;
	o.chap_secret = c->plan->login.chap_secret;
	o.target_secret = c->plan->login.target_secret;
	o.isid = stream_isid(LANES_MAX);
	target_list_fini(&c->targets);
	c->targets = (struct target_list){ 0 };
	snprintf(c->discovered, sizeof c->discovered, "%s", p->address);
	if (portal_discover(p, &o, &c->targets, why))
		c->targets = (struct target_list){ 0 };
}

int lane_robot(struct lane_group *c, struct lane *l, char why[static WHY_LEN])
{
	uint8_t page[256];
	char serial[SERIAL_MAX] = "";
	int len = device_page(l->session, l->portal.lun, 0x80, page, sizeof page, why);
	if (session_lost(l->session))
		return -ECONNRESET;
	if (len > 4)
		text_trim(serial, sizeof serial, page + 4, (size_t)len - 4);
	if (robot_assign(robot_at(c, l->portal.address, l->portal.target), l, serial))
		return 0;
	targets_find(c, &l->portal);
	for (size_t i = 0; i < c->targets.count && !stop_asked(c->stop); i++)
		if (robot_assign(robot_at(c, l->portal.address, c->targets.targets[i].name), l, serial))
			break;
	return 0;
}

const struct element_seen *lane_cartridge(const struct lane *l)
{
	const struct element_seen *e = l->robot ? inventory_at(&l->robot->inventory, l->element) : NULL;
	return e && e->full ? e : NULL;
}

const char *robot_place(const struct robot *r, uint16_t address, char text[static 32])
{
	unsigned number = 0;
	const struct element_seen *e = inventory_at(&r->inventory, address);
	for (size_t i = 0; e && i < r->inventory.count; i++) {
		const struct element_seen *other = &r->inventory.elements[i];
		number += other->type == e->type && other->address <= address;
	}
	if (e)
		snprintf(text, 32, "%s:%u", element_type_name(e->type), number);
	else
		snprintf(text, 32, "element %u", address);
	return text;
}

void lane_group_fini(struct lane_group *c)
{
	for (struct robot *next, *r = c->robots; r; r = next) {
		next = r->next;
		session_close(r->session);
		inventory_fini(&r->inventory);
		free(r);
	}
	target_list_fini(&c->targets);
	free(c->rejected);
}
