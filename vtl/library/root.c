/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the cartridges. It may be on a file system of its own, so it has a marker with the id of its
 * installation. Without that, an unmounted disk would look like an empty folder, and new cartridges would be
 * written below the mount point. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/file.h"
#include "vtl/base/log.h"
#include "vtl/library/installation.h"
#include "vtl/library/open.h"
#include "vtl/library/catalog_rows.h"
#include "vtl/catalog/row.h"

enum { MARKER_MAX = 4096, MARKER_VERSION = 1 };

#define FIRST_LINE "evertape cartridges "
#define ID_LINE    "installation "

/* --- path ------------------------------------------------------------------------------------- */

static int root_default(struct installation *inst, char why[static WHY_LEN])
{
	char target[MARKER_MAX];
	ssize_t n = readlink(inst->root, target, sizeof target - 1);
	if (n < 0)
		return dir_make(inst->root, 0750, why);
	target[n] = 0;
	return refuse(why, -ELOOP,
		"%.60s is a symbolic link; put 'cartridges = %.60s' into evertaped.conf "
		"and remove the link",
		inst->root, target);
}

int root_find(struct installation *inst, const char *given, char why[static WHY_LEN])
{
	struct stat st, state;
	int err = given ? 0 : root_default(inst, why);
	if (err)
		return err;
	autofree char *path = realpath(given ? given : inst->root, NULL);
	if (!path || stat(path, &st) || stat(inst->dir, &state))
		return refuse(why, -errno,
			"cartridges = %.80s: %s; create the folder, or mount its file system",
			given ? given : inst->root, error_text(-errno));
	if (!S_ISDIR(st.st_mode))
		return refuse(why, -ENOTDIR, "cartridges = %.120s: not a folder", path);
	if (st.st_dev == state.st_dev && st.st_ino == state.st_ino)
		return refuse(why, -EINVAL,
			"cartridges = %.80s: this is the state directory itself; use a folder of its own",
			path);
	if (given && (size_t)snprintf(inst->root, sizeof inst->root, "%s", path) >= ROOT_MAX)
		return refuse(why, -ENAMETOOLONG, "cartridges = %.80s: %s", path, error_text(-ENAMETOOLONG));
	inst->root_dev = st.st_dev;
	inst->root_ino = st.st_ino;
	return 0;
}

int root_there(const struct installation *inst)
{
	struct stat st;
	if (stat(inst->root, &st))
		return errno == EIO ? -EIO : -ESTALE;
	return st.st_dev == inst->root_dev && st.st_ino == inst->root_ino ? 0 : -ESTALE;
}

int root_writable(const struct installation *inst, char why[static WHY_LEN])
{
	if (!inst->frozen && !inst->root_read_only)
		return 0;
	return refuse(why, -EROFS, "%.120s is on a read-only file system",
		inst->frozen ? inst->dir : inst->root);
}

/* --- owner ------------------------------------------------------------------------------------ */

static void marker_path(const struct installation *inst, char path[static 4200])
{
	snprintf(path, 4200, "%s/" ROOT_MARKER, inst->root);
}

/* Reads the marker as NUL-terminated lines. -ENOENT; -EINVAL: not a marker. */
static int marker_read(const struct installation *inst, char text[static MARKER_MAX])
{
	char path[4200];
	struct stat st;
	marker_path(inst, path);
	autoclose int fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd == -ELOOP || fd == -EUCLEAN ? -EINVAL : fd;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size >= MARKER_MAX)
		return -EINVAL;
	ssize_t n = pread(fd, text, MARKER_MAX - 1, 0);
	if (n < 0)
		return -errno;
	text[n] = 0;
	if (memchr(text, 0, (size_t)n))
		return -EINVAL;
	unsigned long version = strncmp(text, FIRST_LINE, strlen(FIRST_LINE))
		? MARKER_VERSION
		: strtoul(text + strlen(FIRST_LINE), NULL, 10);
	return version > MARKER_VERSION ? -EPROTONOSUPPORT : strstr(text, ID_LINE) ? 0 : -EINVAL;
}

/* The id in the n-th line that has one. */
static bool marker_id(const char *text, unsigned n, char ret_id[static 37])
{
	for (const char *at = text; (at = strstr(at, ID_LINE)); n--) {
		at += strlen(ID_LINE);
		size_t len = strcspn(at, "\r\n \t");
		if (n || len != 36)
			continue;
		memcpy(ret_id, at, len);
		ret_id[len] = 0;
		return true;
	}
	return false;
}

static bool marker_names(const char *text, const char *id)
{
	char said[37];
	for (unsigned i = 0; i < 2; i++) /* two during an import of identities */
		if (marker_id(text, i, said) && !strcmp(said, id))
			return true;
	return false;
}

int root_owner(const struct installation *inst, char ret_id[static 37])
{
	char text[MARKER_MAX];
	int err = marker_read(inst, text);
	return err ? err : marker_id(text, 0, ret_id) ? 0 : -EINVAL;
}

static int marker_missing(const struct installation *inst, char why[static WHY_LEN])
{
	size_t known = HASH_COUNT(inst->all_cartridges);
	if (!inst->marked || !known)
		return 0;
	log_error("if %s is the right folder, create its marker: echo '" ID_LINE "%s' >'%s/" ROOT_MARKER "'",
		inst->root, inst->id, inst->root);
	return refuse(why, -ENOENT,
		"%.80s has no file " ROOT_MARKER ", but the catalog has %zu cartridges: "
		"is its file system mounted?",
		inst->root, known);
}

static int marker_foreign(const struct installation *inst, const char *text, char why[static WHY_LEN])
{
	char id[37] = "?";
	marker_id(text, 0, id);
	return refuse(why, -EPERM,
		"%.60s belongs to another installation, %s (file " ROOT_MARKER "); use another folder",
		inst->root, id);
}

/* Locks the marker: one owner at a time, also when two state directories name the same folder. */
static int marker_lock(struct installation *inst, char why[static WHY_LEN])
{
	char path[4200];
	if (inst->marker >= 0)
		return 0;
	marker_path(inst, path);
	autoclose int fd = file_open_at(AT_FDCWD, path, O_RDWR | O_NOFOLLOW, 0);
	if (fd < 0)
		fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return refuse(why, -EBUSY, "%.120s is in use by another evertaped", inst->root);
	inst->marker = fd < 0 ? -1 : take_fd(fd);
	return 0;
}

int root_check(struct installation *inst, char why[static WHY_LEN])
{
	char text[MARKER_MAX];
	int err = marker_read(inst, text);
	switch (err) {
	case 0:
		return marker_names(text, inst->id) ? marker_lock(inst, why)
						    : marker_foreign(inst, text, why);
	case -ENOENT: return marker_missing(inst, why);
	case -EIO:
		log_error("%s/" ROOT_MARKER " cannot be read: %s; the folder is used all the same",
			inst->root, error_text(err));
		return 0;
	case -EINVAL:
		return refuse(why, err, "%.80s/" ROOT_MARKER " is not a marker of a cartridges folder",
			inst->root);
	case -EPROTONOSUPPORT:
		return refuse(why, err, "%.80s/" ROOT_MARKER " was written by a newer version of Evertape",
			inst->root);
	}
	return refuse(why, err, "%.80s/" ROOT_MARKER " cannot be read: %s", inst->root, error_text(err));
}

/* --- writing the marker ----------------------------------------------------------------------- */

struct marking {
	const struct installation *inst;
	const char *id;
	const char *also; /* a second id that is accepted, or NULL */
};

static int marker_write(void *arg)
{
	const struct marking *m = arg;
	char path[4200], made[4200 + 8], text[MARKER_MAX];
	marker_path(m->inst, path);
	snprintf(made, sizeof made, "%s.new", path);
	int len = snprintf(text, sizeof text, FIRST_LINE "%d\n" ID_LINE "%s\n%s%s%s", MARKER_VERSION, m->id,
		m->also ? ID_LINE : "", m->also ? m->also : "", m->also ? "\n" : "");
	autoclose int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	int err = fd < 0 ? -errno : 0;
	if (!err && write(fd, text, (size_t)len) != len)
		err = errno ? -errno : -EIO;
	if (!err && (fsync(fd) || rename(made, path)))
		err = -errno;
	if (err && fd >= 0)
		unlink(made);
	return err;
}

static void marked_record(struct installation *inst)
{
	struct catalog_txn txn;
	struct row r;
	catalog_begin(inst->catalog, &txn);
	row_begin(&r, RECORD_VERSION);
	catalog_put_row(&txn, TABLE_META, META_MARKED, &r);
	inst->marked = !catalog_commit(&txn);
}

int root_mark(struct installation *inst, char why[static WHY_LEN])
{
	char id[37];
	struct marking marking = { .inst = inst, .id = inst->id };
	int err = root_owner(inst, id);
	if (err == -ENOENT)
		err = ballast_run(&inst->ballast, marker_write, &marking);
	if (err && inst->marker < 0) {
		log_warn(
			"the marker of %s cannot be written: %s; a start will not notice a missing file system",
			inst->root, error_text(err));
		return 0;
	}
	err = marker_lock(inst, why);
	if (!err && !inst->marked)
		marked_record(inst);
	return err;
}

int root_remark(struct installation *inst, const char *id, const char *also)
{
	struct marking marking = { .inst = inst, .id = id, .also = also };
	int err = marker_write(&marking);
	/* The lock is on the old file; no other process can have locked the new one yet. */
	char why[WHY_LEN];
	if (inst->marker >= 0)
		close(inst->marker);
	inst->marker = -1;
	int said = marker_lock(inst, why);
	return err ? err : said;
}
