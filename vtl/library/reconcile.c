/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciles the catalog with the cartridges' folders. A label decides what a cartridge is; the catalog
 * decides where it is, unless it was lost. Every difference is logged, and nothing is deleted. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vtl/base/error_text.h"
#include "vtl/base/grow.h"
#include "vtl/base/log.h"
#include "vtl/library/wastebasket.h"

struct agreeing {
	struct installation *inst;
	struct catalog_txn txn;
	char *why; /* message when the start must fail */
	bool by_label;
	size_t folders, lost, found;
};

/* A place for a cartridge that cannot be where its label says. */
static struct element *place_other(struct library_private *lib, const char *barcode)
{
	struct element *slot = slot_free(lib);
	char text[16] = "the vault";
	if (slot)
		element_text(slot, text);
	log_warn("library %s: cartridge %s cannot be where its label says; moved to %s", lib->pub.name,
		barcode, text);
	return slot;
}

/* The element that a label names, when it exists and is free. */
static struct element *place_of_label(struct library *library, const struct cart_label *label)
{
	char why[WHY_LEN];
	struct element *at = *label->element ? element_find(library, label->element, why) : NULL;
	if (!at || at->cartridge || (at->kind == ELEMENT_DRIVE && !at->drive) ||
		at->kind == ELEMENT_TRANSPORT)
		return NULL;
	return at;
}

static struct library *library_of_label(struct installation *inst, const struct cart_label *label)
{
	struct library *library;
	TAILQ_FOREACH(library, &inst->libraries, link)
		if (!strcmp(library->name, label->library))
			return library;
	library = TAILQ_FIRST(&inst->libraries);
	return library && !TAILQ_NEXT(library, link) ? library : NULL;
}

/* Writes the label when it names another place than the present one. */
static void label_correct(struct agreeing *a, struct cartridge_private *priv)
{
	const struct cart_label *label = &priv->pub.label;
	char text[16] = "";
	if (priv->pub.at)
		element_text(priv->pub.at, text);
	if (strcmp(label->library, priv->pub.library->name) || strcmp(label->element, text))
		label_follow(a->inst, priv);
}

/* Handles a label that cannot be used. 0: the cartridge is ignored; for a label of another version, an error
 * with why, and the daemon does not start. */
static int label_refused(struct agreeing *a, const char *barcode, int err)
{
	if (media_other_version(err))
		return refuse(a->why, err, "cartridge %s: %s; or move its folder away", barcode,
			media_error_text(err));
	log_cartridge(LOG_ERROR, barcode, " ignored: its label cannot be read: %s",
		err ? media_error_text(err) : "unknown generation");
	return 0;
}

/* A folder that is not in the catalog: adds the cartridge at the place of its label. */
static int folder_enter(struct agreeing *a, const char *barcode)
{
	struct cart_label label;
	struct cart_counters counters = { 0 };
	int64_t stamp;
	int err = label_read(a->inst, barcode, &label, &counters, &stamp);
	if (err || !generation_find(label.generation))
		return label_refused(a, barcode, err);
	struct library *library = library_of_label(a->inst, &label);
	if (!library) {
		log_cartridge(LOG_WARN, barcode,
			" ignored: its label names library '%.64s', which does not exist", label.library);
		return 0;
	}
	struct cartridge_private *priv = cartridge_new(a->inst, library, &label);
	if (!priv)
		return -ENOMEM;
	priv->seen = true;
	priv->pub.counters = counters;
	struct element *at = place_of_label(library, &label);
	if (!at && *label.element)
		at = place_other(lib_of(library), barcode);
	if (at)
		element_put(&priv->pub, at, NULL);
	priv->stamp = stamp;
	label_correct(a, priv);
	record_cartridge_here(priv, &a->txn);
	a->found++;
	if (!a->by_label)
		log_cartridge(LOG_WARN, barcode, " added to the catalog, in library %s: its folder was found",
			library->name);
	return 0;
}

static bool same_cartridge(const struct cart_label *a, const struct cart_label *b)
{
	return !strcmp(a->uuid, b->uuid) && !strcmp(a->generation, b->generation) &&
		a->capacity == b->capacity && a->worm == b->worm && a->write_protected == b->write_protected;
}

/* The catalog decides the place, since a label may be late; the difference is logged. */
static void place_tell(const struct cartridge_private *priv, const struct cart_label *label)
{
	char text[16] = "the vault";
	if (priv->pub.at)
		element_text(priv->pub.at, text);
	if (*label->element &&
		(strcmp(label->library, priv->pub.library->name) || strcmp(label->element, text)))
		log_cartridge(LOG_WARN, priv->pub.label.barcode,
			": the label says %.64s of library %.64s, the catalog says %s; the catalog "
			"is used",
			label->element, label->library, text);
}

/* The folder has changed since the catalog was written: its label decides. */
static int folder_agree(struct agreeing *a, struct cartridge_private *priv)
{
	struct cart_label label, *known = &priv->pub.label;
	struct library *library = priv->pub.library;
	int64_t stamp;
	int err = label_read(a->inst, known->barcode, &label, &priv->pub.counters, &stamp);
	if (err || !generation_find(label.generation))
		return label_refused(a, known->barcode, err);
	if (!same_cartridge(known, &label))
		log_cartridge(LOG_WARN, known->barcode,
			": the label says %s, uuid %s%s%s, the catalog says %s, uuid %s; the label "
			"is used",
			label.generation, label.uuid, label.worm ? ", worm" : "",
			label.write_protected ? ", protected" : "", known->generation, known->uuid);
	*known = label;
	priv->stamp = stamp;
	if (a->by_label && !strcmp(label.library, library->name)) {
		struct element *at = place_of_label(library, &label);
		if (at || !*label.element)
			element_put(&priv->pub, at, NULL);
	} else if (!a->by_label) {
		place_tell(priv, &label);
	}
	record_cartridge_here(priv, &a->txn);
	priv->touched = false;
	label_correct(a, priv);
	return 0;
}

/* Completes a deletion that a crash interrupted. */
static void folder_delete(struct agreeing *a, struct cartridge_private *priv)
{
	int err = label_delete(a->inst, priv->pub.label.barcode);
	if (err && err != -ENOENT) {
		log_cartridge(LOG_ERROR, priv->pub.label.barcode, ": its folder cannot be deleted: %s",
			error_text(err));
	} else {
		catalog_drop(&a->txn, TABLE_CARTRIDGES, priv->pub.label.barcode);
		health_drop(priv->pub.label.uuid, &a->txn);
	}
	cartridge_retire(a->inst, priv);
}

/* Most folders have not changed: their modification time tells, without reading the label. */
static bool folder_known(struct agreeing *a, int dirfd, const char *name)
{
	struct cartridge_private *priv = cartridge_lookup(a->inst, name);
	struct stat st;
	if (!priv || priv->deleted || priv->touched || !priv->stamp || a->by_label ||
		fstatat(dirfd, name, &st, 0) || priv->stamp != label_time(&st))
		return false;
	priv->seen = true;
	a->folders++;
	return true;
}

static int folder_visit(struct agreeing *a, const char *name)
{
	char why[WHY_LEN];
	if (!barcode_ok(name, why)) {
		log_warn("cartridges/%s ignored: %s", name, why);
		return 0;
	}
	a->folders++;
	struct cartridge_private *priv = cartridge_lookup(a->inst, name);
	if (!priv)
		return folder_enter(a, name);
	priv->seen = true;
	if (!priv->deleted)
		return folder_agree(a, priv);
	folder_delete(a, priv);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum { FOLDERS_MAX = 1 << 24 };

/* Names of folders to be read. */
struct names {
	char **rows;
	size_t n, size;
};

static int names_add(struct names *names, const char *name)
{
	char *copy = grow(names->rows, names->size, names->n + 1, FOLDERS_MAX) ? NULL : strdup(name);
	if (!copy)
		return -ENOMEM;
	names->rows[names->n++] = copy;
	return 0;
}

/* Names that are not cartridges, and need no message. */
static bool not_ours(const char *name)
{
	return *name == '.' || !strcmp(name, ROOT_MARKER) || !strcmp(name, ROOT_MARKER ".new") ||
		!strcmp(name, "lost+found");
}

static int names_read(struct agreeing *a, struct names *names)
{
	DIR *dir = opendir(a->inst->root);
	if (!dir)
		return -errno;
	struct dirent *entry;
	int err = 0;
	while (!err && (errno = 0, entry = readdir(dir)))
		if (!not_ours(entry->d_name) && !folder_known(a, dirfd(dir), entry->d_name))
			err = names_add(names, entry->d_name);
	if (!err && errno)
		err = -errno;
	closedir(dir);
	/* In order, so that two cartridges with one place are handled the same at every start. */
	if (names->n)
		qsort(names->rows, names->n, sizeof *names->rows, by_text);
	return err;
}

/* Cartridges whose folders are missing are removed from memory; their rows stay in case the folders return. */
static void cartridges_lost(struct agreeing *a)
{
	struct cartridge_private *priv, *next;
	HASH_ITER(hh, a->inst->all_cartridges, priv, next) {
		if (priv->seen)
			continue;
		if (priv->deleted) {
			folder_delete(a, priv);
			continue;
		}
		a->lost++;
		log_cartridge(LOG_ERROR, priv->pub.label.barcode,
			": folder missing; its place stays reserved until the folder returns");
		lost_add(a->inst, priv);
		cartridge_retire(a->inst, priv);
	}
}

/* What the folders say counts in memory; the next start records it. */
static void unrecorded(struct installation *inst, int err)
{
	struct cartridge_private *priv, *next;
	log_error("%s: changes found in the cartridges' labels cannot be recorded: %s", inst->dir,
		error_text(err));
	HASH_ITER(hh, inst->all_cartridges, priv, next)
		priv->touched = true;
}

int reconcile(struct installation *inst, bool by_label, char why[static WHY_LEN])
{
	struct agreeing a = { .inst = inst, .by_label = by_label, .why = why };
	struct names names = { 0 };
	catalog_begin(inst->catalog, &a.txn);
	int err = bin_agree(inst, by_label, &a.txn, why); /* it may move folders */
	if (!err)
		err = names_read(&a, &names);
	if (by_label) {
		struct cartridge_private *priv, *next;
		HASH_ITER(hh, inst->all_cartridges, priv, next)
			element_put(&priv->pub, NULL, NULL);
	}
	size_t known = HASH_COUNT(inst->all_cartridges);
	for (size_t i = 0; i < names.n; i++) {
		if (!err)
			err = folder_visit(&a, names.rows[i]);
		free(names.rows[i]);
	}
	free(names.rows);
	if (!err && known && !a.folders) {
		catalog_abandon(&a.txn);
		return refuse(why, -ENOENT,
			"%.120s is empty, but the catalog has %zu cartridges: is its file system mounted?",
			inst->root, known);
	}
	if (!err)
		cartridges_lost(&a);
	if (media_other_version(err)) {
		catalog_abandon(&a.txn);
		return err; /* why is set */
	}
	if (err) {
		catalog_abandon(&a.txn);
		return refuse(why, err, "%.120s cannot be read: %s", inst->root, error_text(err));
	}
	err = commit_or_keep(inst, &a.txn);
	if (err)
		unrecorded(inst, err);
	if (by_label && (known || a.found))
		log_warn("%zu cartridges placed according to their labels", known + a.found - a.lost);
	return 0;
}
