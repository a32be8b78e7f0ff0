/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the loaded drives behind a portal, and brings cartridges into empty ones. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/initiator/stream.h"

enum { SERIAL_MAX = 64 };

static struct session_options options_of(const struct stream_plan *plan)
{
	struct session_options o = plan->login.session;
	o.chap_secret = plan->login.chap_secret;
	o.target_secret = plan->login.target_secret;
	o.isid = (uint16_t)((unsigned)getpid() * LANES_MAX);
	return o;
}

/* The type of a unit, or -1 when it does not say. */
static int unit_type(struct session *s, int lun)
{
	uint8_t inquiry[96];
	char why[WHY_LEN];
	return device_inquiry(s, lun, inquiry, sizeof inquiry, why) < 0 ? -1 : inquiry[0] & 0x1f;
}

static int target_search(struct stream_plan *plan, const struct portal *p, size_t *empty,
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
		if (!plan->load && device_ready(s, luns[i], text)) {
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
	size_t empty = 0;
	int err = portal_discover(&plan->portal, &o, &list, why);
	for (size_t i = 0; !err && i < list.count; i++) {
		struct portal p = plan->portal;
		if (*p.target && strcmp(p.target, list.targets[i].name))
			continue;
		snprintf(p.target, sizeof p.target, "%s", list.targets[i].name);
		err = target_search(plan, &p, &empty, why);
	}
	if (err)
		return err;
	target_list_fini(&list);
	if (plan->drive_count)
		return 0;
	if (empty)
		snprintf(why, WHY_LEN, "none of the %zu drives at %.200s has a cartridge in it; load one, "
			"or let --load do it", empty, plan->portal.address);
	else
		snprintf(why, WHY_LEN, "%.200s shows us no tape drive", plan->portal.address);
	return -ENOENT;
}

/* The changer of a target, or -1. */
static int changer_lun(struct session *s, char why[static WHY_LEN])
{
	int luns[LUNS_MAX];
	int count = device_luns(s, luns, why);
	for (int i = 0; i < count; i++)
		if (unit_type(s, luns[i]) == TYPE_CHANGER)
			return luns[i];
	if (count >= 0)
		snprintf(why, WHY_LEN, "there is no changer beside the drive to load it");
	return -1;
}

/* The drive's element is the one whose identifier ends with the drive's serial. */
static const struct element_seen *drive_element(struct lane *l, const struct inventory *inv)
{
	uint8_t page[256];
	char serial[SERIAL_MAX], id[SERIAL_MAX], why[WHY_LEN];
	int len = device_page(l->session, l->portal.lun, 0x80, page, sizeof page, why);
	if (len <= 4)
		return NULL;
	text_trim(serial, sizeof serial, page + 4, (size_t)len - 4);
	for (size_t i = 0; i < inv->count; i++) {
		const struct element_seen *e = &inv->elements[i];
		if (e->type != ELEMENT_DRIVE || e->id_len < 4)
			continue;
		text_trim(id, sizeof id, e->id + 4, e->id_len - 4);
		size_t n = strlen(id), k = strlen(serial);
		if (k && k <= n && !strcmp(id + n - k, serial))
			return e;
	}
	return NULL;
}

/* Cleaning cartridges are no place for data. */
static const struct element_seen *free_cartridge(const struct inventory *inv, unsigned number)
{
	for (size_t i = 0; i < inv->count; i++) {
		const struct element_seen *e = &inv->elements[i];
		if (e->type == ELEMENT_SLOT && e->full && !e->except && strncmp(e->barcode, "CLN", 3) &&
			!number--)
			return e;
	}
	return NULL;
}

static uint16_t transport_of(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->count; i++)
		if (inv->elements[i].type == ELEMENT_TRANSPORT)
			return inv->elements[i].address;
	return 0;
}

static int load_from(struct lane *l, int changer, const struct inventory *inv, unsigned n,
	char why[static WHY_LEN])
{
	const struct element_seen *drive = drive_element(l, inv);
	const struct element_seen *slot = free_cartridge(inv, n);
	if (!drive || (!drive->full && !slot)) {
		snprintf(why, WHY_LEN, drive ? "no slot has a blank cartridge for LUN %d"
			: "the changer does not say which of its drives LUN %d is", l->portal.lun);
		return -ENOENT;
	}
	if (drive->full)
		return 0;
	l->transport = transport_of(inv);
	l->home = slot->address;
	l->element = drive->address;
	int err = changer_move(l->session, changer, l->transport, l->home, l->element, why);
	l->moved_in = !err;
	return err;
}

int lane_load(struct lane *l, unsigned n, char why[static WHY_LEN])
{
	struct inventory inv;
	int changer = changer_lun(l->session, why);
	if (changer < 0)
		return -ENODEV;
	int err = changer_inventory(l->session, changer, &inv, why);
	if (err)
		return err;
	err = load_from(l, changer, &inv, n, why);
	inventory_fini(&inv);
	return err;
}

void lane_unload(struct lane *l)
{
	char why[WHY_LEN];
	int changer = l->session ? changer_lun(l->session, why) : -1;
	l->moved_in = false;
	if (changer < 0 || tape_load(l->session, l->portal.lun, false, why) ||
		changer_move(l->session, changer, l->transport, l->element, l->home, why))
		fprintf(stderr, "evertape: the cartridge stays in the drive at LUN %d: %s\n", l->portal.lun,
			l->session ? why : "the connection was lost");
}
