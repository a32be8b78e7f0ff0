// SPDX-License-Identifier: Apache-2.0
/* The wastebasket: deleted cartridges, kept so that they can be restored (FORMAT.md section 7). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "media/shelf/members.h"
#include "vtl/base/cleanup.h"

#define BIN         ".deleted"
#define RECORD_FILE "deleted.json"

enum { RECORD_FORMAT = 2, RECORD_MAX = 65536, ENTRY_TRIES = 100, PATH_LEN = 4096 };

static const struct member members[] = {
	MEMBER_TEXT_OF(struct cart_deletion, barcode),
	MEMBER_TEXT_OF(struct cart_deletion, uuid),
	MEMBER_TEXT_OF(struct cart_deletion, library),
	MEMBER_TEXT_OF(struct cart_deletion, by),
	MEMBER_TEXT_OF(struct cart_deletion, reason),
	MEMBER_NUMBER_OF(struct cart_deletion, deleted),
};
enum { MEMBERS = sizeof members / sizeof members[0] };

static bool entry_is_sound(const char *entry)
{
	size_t len = strnlen(entry, MEDIA_ENTRY_MAX + 1);
	return len >= 1 && len <= MEDIA_ENTRY_MAX && entry[0] != '.' &&
		strspn(entry, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

int cart_bin_root(const char *root, const char *entry, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/" BIN "/%s", root, entry);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int dir_open(struct engine *e, const char *path)
{
	return e->ops->open(e, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
}

static int entry_open(struct shelf shelf, const char *entry)
{
	char path[PATH_LEN];
	int err = entry_is_sound(entry) ? cart_bin_root(shelf.root, entry, path, sizeof path) : -EINVAL;
	return err ? err : dir_open(shelf.engine, path);
}

/* --- in ---------------------------------------------------------------------------------------- */

static int bin_make(struct engine *e, int rootfd)
{
	int err = e->ops->mkdir(e, rootfd, BIN, 0750);
	return err == -EEXIST ? 0 : err ? err : e->ops->fsync(e, rootfd);
}

/* A folder of its own in the wastebasket; the same cartridge may have been there before. */
static int entry_make(struct engine *e, int binfd, const char *uuid, char entry[static MEDIA_ENTRY_MAX + 1])
{
	int err = -EEXIST;
	for (unsigned i = 0; i < ENTRY_TRIES && err == -EEXIST; i++) {
		if (i == 0)
			snprintf(entry, MEDIA_ENTRY_MAX + 1, "%.36s", uuid);
		else
			snprintf(entry, MEDIA_ENTRY_MAX + 1, "%.36s-%u", uuid, i);
		err = e->ops->mkdir(e, binfd, entry, 0750);
	}
	return err;
}

static int record_write(struct engine *e, int dirfd, const struct cart_deletion *deletion)
{
	autofree char *text = members_build(members, MEMBERS, RECORD_FORMAT, deletion);
	return text ? file_replace(e, dirfd, RECORD_FILE, text, strlen(text)) : -ENOMEM;
}

static int prepare_in(struct shelf shelf, int rootfd, const struct cart_deletion *deletion,
	char entry[static MEDIA_ENTRY_MAX + 1])
{
	struct engine *e = shelf.engine;
	int err = bin_make(e, rootfd);
	int binfd = err ? err : e->ops->open(e, rootfd, BIN, O_RDONLY | O_DIRECTORY, 0);
	if (binfd < 0)
		return binfd;
	err = entry_make(e, binfd, deletion->uuid, entry);
	int dirfd = err ? err : entry_open(shelf, entry);
	if (dirfd >= 0) {
		err = record_write(e, dirfd, deletion);
		e->ops->close(e, dirfd);
	} else {
		err = dirfd;
	}
	if (!err)
		err = e->ops->fsync(e, binfd);
	e->ops->close(e, binfd);
	return err;
}

int cart_bin_prepare(struct shelf shelf, const struct cart_deletion *deletion,
	char ret_entry[static MEDIA_ENTRY_MAX + 1])
{
	struct engine *e = shelf.engine;
	uint8_t uuid[16];
	char entry[MEDIA_ENTRY_MAX + 1] = "";
	if (!barcode_is_sound(deletion->barcode) || !uuid_bytes(deletion->uuid, uuid) ||
		!members_sound(members, MEMBERS, deletion))
		return -EINVAL;
	int rootfd = dir_open(e, shelf.root);
	if (rootfd < 0)
		return rootfd;
	int err = prepare_in(shelf, rootfd, deletion, entry);
	e->ops->close(e, rootfd);
	if (err && *entry)
		cart_bin_empty(shelf, entry);
	if (!err)
		memcpy(ret_entry, entry, sizeof entry);
	return err;
}

/* --- in and out: one rename, durable in both folders ------------------------------------------------ */

static int bin_move(struct shelf shelf, const char *entry, const char *barcode, bool in)
{
	struct engine *e = shelf.engine;
	char inside[MEDIA_ENTRY_MAX + MEDIA_BARCODE_MAX + 16];
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	int dirfd = entry_open(shelf, entry);
	if (dirfd < 0)
		return dirfd;
	int rootfd = dir_open(e, shelf.root);
	int err = rootfd < 0 ? rootfd : 0;
	snprintf(inside, sizeof inside, BIN "/%s/%s", entry, barcode);
	if (!err)
		err = e->ops->rename(e, rootfd, in ? barcode : inside, in ? inside : barcode);
	if (err == -ENOTEMPTY || err == -ENOTDIR)
		err = -EEXIST;
	/* Sync the destination first: a crash between the two syncs then leaves it in both places, not in none. */
	if (!err)
		err = e->ops->fsync(e, in ? dirfd : rootfd);
	if (!err)
		err = e->ops->fsync(e, in ? rootfd : dirfd);
	if (rootfd >= 0)
		e->ops->close(e, rootfd);
	e->ops->close(e, dirfd);
	return err;
}

int cart_bin_put(struct shelf shelf, const char *entry, const char *barcode)
{
	return bin_move(shelf, entry, barcode, true);
}

int cart_bin_take(struct shelf shelf, const char *entry, const char *barcode)
{
	return bin_move(shelf, entry, barcode, false);
}

/* --- for good -------------------------------------------------------------------------------------- */

/* Folders are cartridges, or what a crash left of one; they go first, so that the record is there as long
 * as there is something it speaks of. */
static int entry_clear(struct engine *e, const char *path, int dirfd)
{
	char(*names)[256] = NULL;
	size_t n = 0;
	int err = folder_names(e, dirfd, &names, &n);
	for (size_t i = 0; !err && i < n; i++) {
		int fd = folder_open(shelf_at(e, path), names[i]);
		if (fd < 0)
			continue;
		e->ops->close(e, fd);
		err = folder_delete(shelf_at(e, path), names[i]);
		names[i][0] = 0;
	}
	for (size_t i = 0; !err && i < n; i++)
		if (names[i][0])
			err = e->ops->unlink(e, dirfd, names[i]);
	free(names);
	return err;
}

int cart_bin_empty(struct shelf shelf, const char *entry)
{
	struct engine *e = shelf.engine;
	char path[PATH_LEN], inside[MEDIA_ENTRY_MAX + 16];
	int err = cart_bin_root(shelf.root, entry, path, sizeof path);
	int dirfd = err ? err : entry_open(shelf, entry);
	if (dirfd < 0)
		return dirfd;
	err = entry_clear(e, path, dirfd);
	e->ops->close(e, dirfd);
	int rootfd = err ? err : dir_open(e, shelf.root);
	if (rootfd < 0)
		return rootfd;
	snprintf(inside, sizeof inside, BIN "/%s", entry);
	err = e->ops->unlink(e, rootfd, inside);
	if (!err)
		e->ops->unlink(e, rootfd, BIN); /* fails while another place is there */
	e->ops->close(e, rootfd);
	return err;
}

/* --- looking ------------------------------------------------------------------------------------------ */

int cart_bin_list(struct shelf shelf, char (**ret_entries)[MEDIA_ENTRY_MAX + 1], size_t *ret_n)
{
	struct engine *e = shelf.engine;
	char path[PATH_LEN], (*names)[256] = NULL;
	size_t n = 0, kept = 0;
	int len = snprintf(path, sizeof path, "%s/" BIN, shelf.root);
	int fd = len < 0 || (size_t)len >= sizeof path ? -ENAMETOOLONG : dir_open(e, path);
	int err = fd < 0 ? fd : folder_names(e, fd, &names, &n);
	if (fd >= 0)
		e->ops->close(e, fd);
	if (err && err != -ENOENT)
		return err;
	char(*entries)[MEDIA_ENTRY_MAX + 1] = calloc(n + 1, sizeof *entries);
	for (size_t i = 0; entries && i < n; i++)
		if (entry_is_sound(names[i]))
			snprintf(entries[kept++], sizeof *entries, "%.*s", MEDIA_ENTRY_MAX, names[i]);
	free(names);
	if (!entries)
		return -ENOMEM;
	*ret_entries = entries;
	*ret_n = kept;
	return 0;
}

/* -ENOENT: there is none, or it is not sound. */
static int record_read(struct engine *e, int dirfd, struct cart_deletion *ret)
{
	autofree void *text = NULL;
	size_t len = 0;
	struct cart_deletion deletion = { 0 };
	int err = file_read(e, dirfd, RECORD_FILE, RECORD_MAX, &text, &len);
	if (err)
		return err == -EUCLEAN ? -ENOENT : err;
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const char *fault;
	err = members_take(object, members, MEMBERS, RECORD_FORMAT, &deletion, &fault);
	json_decref(object);
	if (media_other_version(err))
		return err;
	if (err || !barcode_is_sound(deletion.barcode))
		return -ENOENT;
	*ret = deletion;
	return 0;
}

struct time_job {
	int fd;
	uint64_t seconds;
};

static void time_run(void *arg)
{
	struct time_job *job = arg;
	struct stat st;
	job->seconds = fstat(job->fd, &st) < 0 || st.st_mtim.tv_sec < 0 ? 0 : (uint64_t)st.st_mtim.tv_sec;
}

/* Without a record: the time is that of the place's folder, the rest is taken from the label. */
static void deletion_guess(struct engine *e, const char *path, int dirfd, const char *barcode,
	struct cart_deletion *deletion)
{
	struct cart_label label;
	struct time_job job = { .fd = dirfd };
	e->ops->call(e, time_run, &job);
	*deletion = (struct cart_deletion){ .deleted = job.seconds };
	snprintf(deletion->barcode, sizeof deletion->barcode, "%s", barcode);
	if (cart_label_read(shelf_at(e, path), barcode, &label))
		return;
	memcpy(deletion->uuid, label.uuid, sizeof deletion->uuid);
	memcpy(deletion->library, label.library, sizeof deletion->library);
}

/* The first folder in it that can be a cartridge; "" when there is none. */
static int entry_cartridge(struct engine *e, const char *path, int dirfd,
	char ret[static MEDIA_BARCODE_MAX + 1])
{
	char(*names)[256] = NULL;
	size_t n = 0;
	int err = folder_names(e, dirfd, &names, &n);
	*ret = 0;
	for (size_t i = 0; !err && i < n && !*ret; i++) {
		int fd = barcode_is_sound(names[i]) ? folder_open(shelf_at(e, path), names[i]) : -EINVAL;
		if (fd < 0)
			continue;
		e->ops->close(e, fd);
		snprintf(ret, MEDIA_BARCODE_MAX + 1, "%.*s", MEDIA_BARCODE_MAX, names[i]);
	}
	free(names);
	return err;
}

int cart_bin_look(struct shelf shelf, const char *entry, struct cart_deletion *ret_deletion, bool *ret_there)
{
	struct engine *e = shelf.engine;
	char path[PATH_LEN], barcode[MEDIA_BARCODE_MAX + 1];
	struct cart_deletion deletion;
	int err = cart_bin_root(shelf.root, entry, path, sizeof path);
	int dirfd = err ? err : entry_open(shelf, entry);
	if (dirfd < 0)
		return dirfd;
	err = entry_cartridge(e, path, dirfd, barcode);
	int record = err ? err : record_read(e, dirfd, &deletion);
	if (record == -ENOENT)
		deletion_guess(e, path, dirfd, barcode, &deletion);
	else if (!record && *barcode && strcmp(barcode, deletion.barcode) != 0)
		deletion_guess(e, path, dirfd, barcode, &deletion);
	else
		err = record;
	e->ops->close(e, dirfd);
	if (err)
		return err;
	*ret_deletion = deletion;
	*ret_there = *barcode;
	return 0;
}
