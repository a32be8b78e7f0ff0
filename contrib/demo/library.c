/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the library at a portal and moves its cartridges. */
#include <stdio.h>
#include <string.h>

#include "contrib/demo/demo.h"

enum { ISID_DEMO = 0x7002 };

static struct session_options demo_session(const struct demo *d)
{
	struct session_options o = d->login.session;
	o.isid = ISID_DEMO;
	o.chap_secret = d->login.chap_secret;
	o.target_secret = d->login.target_secret;
	return o;
}

static int unit_look(struct demo *d, int lun, char why[static WHY_LEN])
{
	uint8_t inquiry[96], page[256];
	char vendor[9], product[17], serial[64] = "";
	if (device_inquiry(d->session, lun, inquiry, sizeof inquiry, why) < 36)
		return -1;
	int len = device_page(d->session, lun, 0x80, page, sizeof page, why);
	if (len > 4)
		text_trim(serial, sizeof serial, page + 4, (size_t)len - 4);
	text_trim(vendor, sizeof vendor, inquiry + 8, 8);
	text_trim(product, sizeof product, inquiry + 16, 16);
	uint8_t type = inquiry[0] & 0x1f;
	printf("  LUN %d  %-12s %s %s, serial %s\n", lun,
		type == TYPE_CHANGER        ? "changer"
			: type == TYPE_TAPE ? "tape drive"
					    : "other",
		vendor, product, serial);
	if (type == TYPE_CHANGER && d->changer < 0)
		d->changer = lun;
	if (type == TYPE_TAPE && d->drive < 0)
		d->drive = lun;
	return 0;
}

/* A target that has both a changer and a drive is a library. */
static int target_look(struct demo *d, const struct portal *p, char why[static WHY_LEN])
{
	struct session_options o = demo_session(d);
	int luns[LUNS_MAX];
	if (session_open(p, &o, &d->session, why))
		return -1;
	printf("Logged in to %s at %s\n", p->target, p->address);
	int count = device_luns(d->session, luns, why);
	for (int i = 0; i < count; i++)
		if (unit_look(d, luns[i], why))
			return -1;
	return count < 0 ? -1 : 0;
}

int demo_login(struct demo *d, const char *portal, char why[static WHY_LEN])
{
	struct portal p;
	struct target_list list;
	struct session_options o = demo_session(d);
	if (!portal_parse(portal, &p, why) || portal_discover(&p, &o, &list, why))
		return -1;
	int err = 0;
	d->changer = d->drive = -1;
	for (size_t i = 0; i < list.count && !err; i++) {
		if (*p.target && strcmp(p.target, list.targets[i].name))
			continue;
		struct portal here = p;
		snprintf(here.target, sizeof here.target, "%s", list.targets[i].name);
		session_close(d->session);
		d->session = NULL;
		d->changer = d->drive = -1;
		err = target_look(d, &here, why);
		if (err || (d->changer >= 0 && d->drive >= 0))
			break;
	}
	target_list_fini(&list);
	if (err || (d->changer >= 0 && d->drive >= 0))
		return err;
	snprintf(why, WHY_LEN, "%s: no target with a changer and a drive is visible", portal);
	return -1;
}

/* Returns the element whose identifier ends with the serial number of the unit. */
static const struct element_seen *drive_element(struct demo *d, const struct inventory *inv)
{
	uint8_t page[256];
	char serial[64], id[64], why[WHY_LEN];
	int len = device_page(d->session, d->drive, 0x80, page, sizeof page, why);
	if (len <= 4)
		return NULL;
	text_trim(serial, sizeof serial, page + 4, (size_t)len - 4);
	for (size_t i = 0; i < inv->count; i++) {
		const struct element_seen *e = &inv->elements[i];
		if (e->type != ELEMENT_DRIVE || e->id_len <= 4)
			continue;
		text_trim(id, sizeof id, e->id + 4, e->id_len - 4);
		size_t n = strlen(id), k = strlen(serial);
		if (k && k <= n && !strcmp(id + n - k, serial))
			return e;
	}
	return NULL;
}

static int inventory_read(struct demo *d, struct inventory *inv, char why[static WHY_LEN])
{
	if (device_ready(d->session, d->changer, why) || changer_inventory(d->session, d->changer, inv, why))
		return -1;
	for (size_t i = 0; i < inv->count; i++)
		if (inv->elements[i].type == ELEMENT_TRANSPORT)
			d->transport = inv->elements[i].address;
	const struct element_seen *e = drive_element(d, inv);
	if (e) {
		d->element = e->address;
		return 0;
	}
	inventory_fini(inv);
	snprintf(why, WHY_LEN, "the changer does not report the drive element of LUN %d", d->drive);
	return -1;
}

int demo_inventory(struct demo *d, char why[static WHY_LEN])
{
	struct inventory inv;
	unsigned all[5] = { 0 }, full[5] = { 0 };
	if (inventory_read(d, &inv, why))
		return -1;
	for (size_t i = 0; i < inv.count; i++)
		if (inv.elements[i].type <= ELEMENT_DRIVE) {
			all[inv.elements[i].type]++;
			full[inv.elements[i].type] += inv.elements[i].full;
		}
	printf("The changer reports %u slots (%u full), %u mail slots (%u full), %u drives (%u loaded)\n",
		all[ELEMENT_SLOT], full[ELEMENT_SLOT], all[ELEMENT_MAILSLOT], full[ELEMENT_MAILSLOT],
		all[ELEMENT_DRIVE], full[ELEMENT_DRIVE]);
	printf("  LUN %d is in drive element %u (matched by serial)\n  cartridges:", d->drive, d->element);
	for (size_t i = 0; i < inv.count; i++)
		if (inv.elements[i].full)
			printf(" %s", inv.elements[i].barcode);
	putchar('\n');
	inventory_fini(&inv);
	return 0;
}

static int move(struct demo *d, uint16_t from, uint16_t to, char why[static WHY_LEN])
{
	if (changer_move(d->session, d->changer, d->transport, from, to, why))
		return -1;
	printf("Moved %s from element %u to element %u\n", d->barcode, from, to);
	return 0;
}

/* Moves a cartridge that an interrupted run left in the drive to its source element, or to the first empty
 * slot. */
static int drive_clear(struct demo *d, const struct inventory *inv, char why[static WHY_LEN])
{
	const struct element_seen *drive = inventory_at(inv, d->element);
	if (!drive->full)
		return 0;
	snprintf(d->barcode, sizeof d->barcode, "%s", drive->barcode);
	const struct element_seen *home = drive->source_valid ? inventory_at(inv, drive->source) : NULL;
	for (size_t i = 0; i < inv->count && (!home || home->full || home->type != ELEMENT_SLOT); i++)
		home = &inv->elements[i];
	if (!home || home->full || home->type != ELEMENT_SLOT) {
		snprintf(why, WHY_LEN, "cannot unload %s: no slot is empty", d->barcode);
		return -1;
	}
	/* The result does not matter: the command clears the unit attentions of a new session. */
	device_ready(d->session, d->drive, why);
	if (tape_load(d->session, d->drive, false, why))
		return -1;
	return move(d, d->element, home->address, why);
}

static const struct element_seen *cartridge_find(const struct inventory *inv, const char *barcode, unsigned n)
{
	for (size_t i = 0; i < inv->count; i++) {
		const struct element_seen *e = &inv->elements[i];
		if (e->type != ELEMENT_SLOT || !e->full || e->except)
			continue;
		bool usable = !barcode_is_cleaning(e->barcode) && !barcode_is_worm(e->barcode);
		if (barcode ? !strcmp(e->barcode, barcode) : usable && !n--)
			return e;
	}
	return NULL;
}

int demo_mount(struct demo *d, const char *barcode, unsigned n, char why[static WHY_LEN])
{
	struct inventory inv;
	if (inventory_read(d, &inv, why))
		return -1;
	int err = drive_clear(d, &inv, why);
	inventory_fini(&inv);
	if (err || inventory_read(d, &inv, why))
		return -1;
	const struct element_seen *e = cartridge_find(&inv, barcode, n);
	if (e) {
		d->home = e->address;
		snprintf(d->barcode, sizeof d->barcode, "%s", e->barcode);
		err = move(d, d->home, d->element, why);
		if (!err &&
			(device_ready(d->session, d->drive, why) || tape_variable(d->session, d->drive, why)))
			err = -1;
	}
	inventory_fini(&inv);
	if (!e)
		snprintf(why, WHY_LEN, "no slot holds %s", barcode ? barcode : "another usable cartridge");
	return e ? err : 1;
}

int demo_unmount(struct demo *d, char why[static WHY_LEN])
{
	if (tape_load(d->session, d->drive, false, why))
		return -1;
	printf("Unloaded the drive\n");
	return move(d, d->element, d->home, why);
}
