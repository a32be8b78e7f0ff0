/* SPDX-License-Identifier: Apache-2.0 */
/* Creates cartridges, one or many: folders in parallel, then all rows in one transaction. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uuid/uuid.h>

#include "vtl/base/cleanup.h"
#include "vtl/library/change.h"
#include "vtl/library/wastebasket.h"

enum {
	/* a cleaning cartridge has a capacity only because every cartridge has one */
	CLEANING_CAPACITY = 1 << 20,
	SIDE_BY_SIDE = 16, /* folders in parallel: as many as helper threads */
};

/* --- plan ------------------------------------------------------------------------------------- */

static int generation_check(const struct cartridge_plan *plan, struct cart_label *label,
	char why[static WHY_LEN])
{
	bool worm, cleaning;
	const struct generation *of_label = generation_of_barcode(plan->barcode, &worm, &cleaning);
	const struct generation *g = of_label;
	if (plan->generation && !generation_named(plan->generation, &g, why))
		return -EINVAL;
	if (!g)
		return refuse(why, -EINVAL,
			"the end of barcode %s names no generation (L5 to L9, M8, WORM LV to LZ); give "
			"the generation",
			plan->barcode);
	if (of_label && g != of_label)
		return refuse(why, -EINVAL, "barcode %s stands for %s, not for %s", plan->barcode,
			of_label->name, g->name);
	if (g->number && plan->worm && !g->worm_suffix)
		return refuse(why, -EINVAL, "there are no WORM cartridges of %s", g->name);
	if (of_label && !cleaning && plan->worm && !worm)
		return refuse(why, -EINVAL, "the barcode of a WORM cartridge of %s must end with %s, not %s",
			g->name, g->worm_suffix, plan->barcode + strlen(plan->barcode) - 2);
	if (!g->number && (plan->worm || !cleaning))
		return refuse(why, -EINVAL,
			"the barcode of a cleaning cartridge must begin with CLN or CLR, and the "
			"cartridge cannot be WORM");
	snprintf(label->generation, sizeof label->generation, "%s", g->name);
	label->worm = plan->worm || worm;
	label->capacity = plan->capacity ? plan->capacity : g->number ? g->capacity : CLEANING_CAPACITY;
	return 0;
}

static int label_plan(const struct cartridge_plan *plan, struct cart_label *label, char why[static WHY_LEN])
{
	uuid_t uuid;
	*label = (struct cart_label){ 0 };
	if (!plan->barcode || !barcode_ok(plan->barcode, why))
		return plan->barcode ? -EINVAL : refuse(why, -EINVAL, "a cartridge needs a barcode");
	int err = generation_check(plan, label, why);
	if (err)
		return err;
	strcpy(label->barcode, plan->barcode);
	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, label->uuid);
	label->created = (uint64_t)time(NULL);
	return 0;
}

/* --- a batch ----------------------------------------------------------------------------------------- */

struct batch {
	struct installation *inst;
	struct library_private *lib;
	size_t n, next; /* cartridges; the first whose folder is not being created */
	struct cart_label *labels;
	struct element **slots;
	bool *made;    /* folders that this call created */
	int err;       /* error of a folder that could not be created */
	size_t failed; /* its index */
	unsigned fibers;
	struct waitq ended;
};

static int batch_new(struct batch *b, size_t n)
{
	b->n = n;
	b->labels = calloc(n, sizeof *b->labels);
	b->slots = calloc(n, sizeof(struct element *));
	b->made = calloc(n, sizeof *b->made);
	waitq_init(&b->ended);
	return b->labels && b->slots && b->made ? 0 : -ENOMEM;
}

static void batch_free(struct batch *b)
{
	free(b->labels);
	free(b->slots);
	free(b->made);
}

/* Checks that no barcode exists or is given twice. */
static int barcodes_check(const struct batch *b, char why[static WHY_LEN])
{
	for (size_t i = 0; i < b->n; i++) {
		const char *barcode = b->labels[i].barcode;
		const struct cartridge_private *other = cartridge_lookup(b->inst, barcode);
		if (other)
			return refuse(why, -EEXIST, "there is already a cartridge %s, in library %s", barcode,
				other->pub.library->name);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(b->labels[k].barcode, barcode))
				return refuse(why, -EEXIST, "the barcode %s is given twice", barcode);
	}
	return 0;
}

/* Finds the first free slots, one for each. */
static int slots_find(struct batch *b, char why[static WHY_LEN])
{
	struct library *library = &b->lib->pub;
	size_t found = 0;
	struct element *first = slot_free(b->lib);
	for (struct element *e = first; e && e < library->slots + library->n_slots && found < b->n; e++)
		if (!e->cartridge)
			b->slots[found++] = e;
	if (found == b->n)
		return 0;
	if (!found)
		return refuse(why, -ENOSPC, "library %s has no free slot", library->name);
	return refuse(why, -ENOSPC, "library %s has %zu free slots, %zu are needed", library->name, found,
		b->n);
}

static void folders_make(void *arg)
{
	struct batch *b = arg;
	while (b->next < b->n && !b->err) {
		size_t i = b->next++;
		int err = label_create(b->inst, &b->labels[i]);
		b->made[i] = !err;
		if (err && !b->err) {
			b->err = err;
			b->failed = i;
		}
	}
	b->fibers--;
	waitq_wake(&b->ended);
}

static void folders_try(struct batch *b)
{
	b->next = 0;
	b->err = 0;
	for (size_t i = 1; i < b->n && i < SIDE_BY_SIDE; i++) {
		b->fibers++;
		if (fiber_start("create", folders_make, b)) {
			b->fibers--;
			break;
		}
	}
	b->fibers++;
	folders_make(b);
	while (b->fibers)
		waitq_wait(&b->ended);
}

static void folders_delete(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->made[i])
			label_delete(b->inst, b->labels[i].barcode);
		b->made[i] = false;
	}
}

/* Creates all folders; purges deleted cartridges when the disk has no space. */
static int folders_all(struct batch *b, char why[static WHY_LEN])
{
	folders_try(b);
	while (no_room(b->err)) {
		folders_delete(b);
		if (!wastebasket_give_up_one(b->inst))
			break;
		folders_try(b);
	}
	const char *barcode = b->labels[b->failed].barcode;
	if (b->err == -EEXIST)
		return refuse(why, b->err, "there is already a folder %s/%s", b->inst->root, barcode);
	if (b->err)
		return refuse(why, b->err, "cartridge %s cannot be created: %s", barcode,
			media_error_text(b->err));
	return 0;
}

static int batch_make(struct batch *b, struct change *c)
{
	int err = root_writable(b->inst, c->why);
	if (!err)
		err = barcodes_check(b, c->why);
	if (!err)
		err = slots_find(b, c->why);
	if (err)
		return err;
	for (size_t i = 0; i < b->n; i++)
		label_locate(&b->labels[i], b->lib, b->slots[i]);
	err = folders_all(b, c->why);
	if (!err) {
		err = cartridges_enter(c, b->n, b->labels, NULL, b->slots);
		if (err)
			refuse(c->why, err, "cartridge %s cannot be recorded: %s", b->labels[0].barcode,
				media_error_text(err));
	}
	if (err)
		folders_delete(b);
	return err;
}

static int create_locked(struct change *c, const struct cartridge_plan *plans, size_t n)
{
	struct batch b = { .inst = c->inst, .lib = c->lib };
	int err = batch_new(&b, n);
	if (err)
		refuse(c->why, err, "library %s: out of memory", c->lib->pub.name);
	for (size_t i = 0; i < n && !err; i++)
		err = label_plan(&plans[i], &b.labels[i], c->why);
	if (!err)
		err = batch_make(&b, c);
	batch_free(&b);
	return err;
}

int cartridge_create_all(struct installation *inst, struct library *library,
	const struct cartridge_plan *plans, size_t n, char why[static WHY_LEN])
{
	struct change c;
	if (!n || n > CARTRIDGE_BATCH_MAX)
		return refuse(why, -ERANGE, "the number of cartridges must be 1 to %d", CARTRIDGE_BATCH_MAX);
	int err = change_begin_elements(&c, inst, library, why);
	if (!err)
		err = create_locked(&c, plans, n);
	return change_end_elements(&c, err);
}

int cartridge_create(struct installation *inst, struct library *library, const struct cartridge_plan *plan,
	struct cartridge **ret_cartridge, char why[static WHY_LEN])
{
	int err = cartridge_create_all(inst, library, plan, 1, why);
	if (!err && ret_cartridge)
		*ret_cartridge = cartridge_find(library, plan->barcode);
	return err;
}
