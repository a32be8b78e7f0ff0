/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a state directory: decides between catalog, identity.json and labels, and makes them match. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/library/installation.h"
#include "vtl/library/open.h"

enum { ASIDE_TRIES = 1000 };

/* LMDB syncs its files, not their directory entries. */
static int names_keep(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? -errno : 0;
}

struct opening {
	struct installation *inst;
	const char *path;
};

static int catalog_try(void *arg)
{
	struct opening *o = arg;
	return catalog_open(o->path, &o->inst->ballast, &o->inst->catalog);
}

/* On a read-only file system a missing or damaged catalog counts as one without rows. */
static int catalog_frozen(struct installation *inst, const char *path, char why[static WHY_LEN])
{
	int err = catalog_check(path);
	if (err == -EUCLEAN)
		log_error("%s is damaged; the inventory is read from identity.json and the "
			  "cartridges' labels",
			path);
	bool none = err == -ENOENT || err == -EUCLEAN;
	if (!err || none)
		err = catalog_open_read_only(none ? NULL : path, &inst->catalog);
	if (!err)
		err = access_open(path, inst->catalog, NULL, &inst->access, why);
	else
		refuse(why, err, "%.120s cannot be read: %s", path, error_text(err));
	return err;
}

/* On a full disk the daemon runs with what space there is. */
static void reserve_make(struct installation *inst, int ballast)
{
	int err = catalog_reserve(inst->catalog);
	if (ballast || no_room(err))
		log_warn("%s: no disk space can be reserved for the catalog: %s; moves may fail "
			 "while the disk is full",
			inst->dir, error_text(ballast ? ballast : err));
}

static int catalog_reopen(struct installation *inst, char why[static WHY_LEN])
{
	char path[4200];
	snprintf(path, sizeof path, "%s/catalog", inst->dir);
	if (inst->frozen)
		return catalog_frozen(inst, path, why);
	int err = dir_make(path, 0700, why);
	if (err)
		return err;
	struct opening opening = { inst, path };
	err = catalog_check(path);
	bool fresh = err == -ENOENT;
	if (!err || fresh)
		err = ballast_run(&inst->ballast, catalog_try, &opening);
	if (err == -EUCLEAN)
		return refuse(why, err, "%.120s is damaged", path);
	if (err)
		return refuse(why, err, "%.120s cannot be opened: %s", path, error_text(err));
	err = access_open(path, inst->catalog, &inst->ballast, &inst->access, why);
	if (!err && fresh && (err = names_keep(path)))
		refuse(why, err, "%.120s cannot be created: %s", path, error_text(err));
	return err;
}

/* --- identities ---------------------------------------------------------------------------------- */

/* Records every identity in memory over the rows of the catalog. */
static int identities_record(struct installation *inst, char why[static WHY_LEN])
{
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	record_identities(inst, &txn);
	record_installation(inst->id, inst->revision, &txn);
	int err = commit_or_keep(inst, &txn);
	return err ? refuse(why, err, "%.120s: the catalog cannot be written: %s", inst->dir, error_text(err))
		   : 0;
}

/* Reads identity.json into memory that has no library. -ENOENT: no such file. */
static int identities_read(struct installation *inst, char why[static WHY_LEN])
{
	char *text;
	size_t len;
	int err = identity_read(inst, &text, &len);
	if (err)
		return refuse(why, err, "%.120s/identity.json cannot be read: %s", inst->dir,
			error_text(err));
	err = identity_parse(inst, text, len, why);
	free(text);
	return err;
}

static int installation_begin(struct installation *inst, char why[static WHY_LEN])
{
	uuid_t id;
	if (inst->frozen)
		return refuse(why, -EROFS,
			"%.120s is read-only, and there is neither catalog nor identity.json", inst->dir);
	uuid_generate_random(id);
	/* When all else is lost, the marker in the state directory's cartridges folder still has the id. */
	if (inst->root_given || root_owner(inst, inst->id))
		uuid_unparse_lower(id, inst->id);
	return identities_record(inst, why);
}

/* The catalog was never written, or was lost: identity.json has the identities. */
static int identities_rebuild(struct installation *inst, bool *ret_by_label, char why[static WHY_LEN])
{
	int err = identities_read(inst, why);
	if (err == -ENOENT)
		return installation_begin(inst, why);
	if (err)
		return err;
	log_warn("%s: the catalog is lost; rebuilding the catalog from identity.json and "
		 "the cartridges' labels",
		inst->dir);
	*ret_by_label = true;
	return identities_record(inst, why);
}

/* The catalog is older, perhaps from a backup: identity.json has later changes. */
static int identities_advance(struct installation *inst, char why[static WHY_LEN])
{
	struct catalog_txn txn;
	struct library *library;
	struct drive *drive;
	catalog_begin(inst->catalog, &txn);
	while ((library = TAILQ_FIRST(&inst->libraries))) {
		catalog_drop(&txn, TABLE_LIBRARIES, library->id);
		TAILQ_FOREACH(drive, &library->drives, link)
			catalog_drop(&txn, TABLE_DRIVES, drive->identity.id);
		TAILQ_FOREACH(drive, &lib_of(library)->removed, link)
			catalog_drop(&txn, TABLE_DRIVES, drive->identity.id);
		TAILQ_REMOVE(&inst->libraries, library, link);
		lib_free(lib_of(library));
	}
	int err = commit_or_keep(inst, &txn);
	if (err)
		return refuse(why, err, "%.120s: the catalog cannot be written: %s", inst->dir,
			error_text(err));
	err = identities_read(inst, why);
	return err ? err : identities_record(inst, why);
}

/* The catalog exists; compares identity.json with it. */
static int identities_agree(struct installation *inst, bool *ret_by_label, char why[static WHY_LEN])
{
	struct installation *file = installation_new(inst->dir);
	if (!file)
		return refuse(why, -ENOMEM, "out of memory");
	int err = identities_read(file, why), said = 0;
	if (err == -EPROTONOSUPPORT)
		said = err;
	else if (err && err != -ENOENT)
		log_error("%s; rewriting identity.json from the catalog", why);
	else if (!err && strcmp(file->id, inst->id))
		said = refuse(why, -EINVAL,
			"%.120s: catalog and identity.json are of two installations; remove the wrong one",
			inst->dir);
	else if (!err && file->revision > inst->revision)
		*ret_by_label = true;
	installation_free(file);
	if (said || !*ret_by_label)
		return said;
	log_error("%s: the catalog is older than identity.json; rebuilding the catalog from "
		  "identity.json and the labels",
		inst->dir);
	return identities_advance(inst, why);
}

/* Makes identity.json match the catalog. */
static int file_agree(struct installation *inst, char why[static WHY_LEN])
{
	char *is = NULL, *should = identity_export(inst);
	size_t len;
	int err = should ? 0 : -ENOMEM;
	if (!err && !inst->frozen && (identity_read(inst, &is, &len) || strcmp(is, should)))
		err = identity_write(inst);
	free(is);
	free(should);
	if (err == -ENOMEM)
		return refuse(why, err, "out of memory");
	/* The catalog is current, so libraries can be served without the file. */
	if (err)
		log_error("%s/identity.json is older than the catalog and cannot be written: %s", inst->dir,
			error_text(err));
	return 0;
}

/* --- all steps -------------------------------------------------------------------------------- */

static int identities_open(struct installation *inst, bool *ret_by_label, char why[static WHY_LEN])
{
	int err = load_versions(inst, why);
	if (!err)
		err = load_identities(inst, why);
	if (err == -ENOENT)
		return identities_rebuild(inst, ret_by_label, why);
	if (!err)
		err = identity_verify(inst, why);
	if (!err)
		err = identities_agree(inst, ret_by_label, why);
	if (!err)
		err = load_rest(inst, why);
	return err;
}

static int open_all(struct installation *inst, char why[static WHY_LEN])
{
	bool by_label = false;
	int err = identities_open(inst, &by_label, why);
	if (!err)
		err = load_cartridges(inst, why);
	if (!err)
		err = guards_acquire(inst, why);
	if (!err)
		err = root_check(inst, why);
	if (!err)
		err = file_agree(inst, why);
	return err ? err : reconcile(inst, by_label, why);
}

/* Renames the catalog to an unused name, whatever the clock says. */
static int catalog_away(const char *path, char *aside, size_t size)
{
	for (unsigned i = 0; i < ASIDE_TRIES; i++) {
		long long when = (long long)time(NULL);
		if (i == 0)
			snprintf(aside, size, "%s.damaged-%lld", path, when);
		else
			snprintf(aside, size, "%s.damaged-%lld-%u", path, when, i);
		if (!rename(path, aside))
			return 0;
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			break;
	}
	return -errno;
}

/* Keeps a damaged catalog under another name and creates a new one, but only when identity.json has the
 * identities. */
static int catalog_aside(struct installation *inst, char why[static WHY_LEN])
{
	char path[4200], aside[4300], unused[WHY_LEN];
	struct installation *file = installation_new(inst->dir);
	int err = file ? identities_read(file, unused) : -ENOMEM;
	if (file)
		installation_free(file);
	if (err)
		return -EUCLEAN; /* why already names the damage */
	snprintf(path, sizeof path, "%s/catalog", inst->dir);
	installation_forget(inst);
	access_close(inst->access);
	catalog_close(inst->catalog);
	inst->catalog = NULL;
	inst->access = NULL;
	err = catalog_away(path, aside, sizeof aside);
	if (err)
		return refuse(why, err, "damaged catalog %.120s cannot be renamed: %s", path,
			error_text(err));
	log_error("%s; the catalog was moved to %s", why, aside);
	return catalog_reopen(inst, why);
}

/* The same when nothing can be renamed. */
static int catalog_without(struct installation *inst, char why[static WHY_LEN])
{
	log_error("%s; the inventory is read from identity.json and the cartridges' labels", why);
	char path[4200];
	snprintf(path, sizeof path, "%s/catalog", inst->dir);
	installation_forget(inst);
	access_close(inst->access);
	catalog_close(inst->catalog);
	inst->access = NULL;
	inst->catalog = NULL;
	int err = catalog_open_read_only(NULL, &inst->catalog);
	return err ? err : access_open(path, inst->catalog, NULL, &inst->access, why);
}

int installation_load(struct installation *inst, char why[static WHY_LEN])
{
	int ballast = inst->frozen ? 0 : ballast_open(&inst->ballast, inst->dir);
	int err = catalog_reopen(inst, why);
	if (!err)
		err = open_all(inst, why);
	if (err == -EUCLEAN) {
		err = inst->frozen ? catalog_without(inst, why) : catalog_aside(inst, why);
		if (!err)
			err = open_all(inst, why);
	}
	if (!err)
		err = root_mark(inst, why);
	if (!err && inst->frozen)
		log_error("%s is on a read-only file system; hosts are served, but moves are lost at "
			  "the next start",
			inst->dir);
	if (!err && !inst->frozen) {
		access_sweep(inst->access);
		reserve_make(inst, ballast);
	}
	return err;
}
