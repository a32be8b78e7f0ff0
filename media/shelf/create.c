// SPDX-License-Identifier: Apache-2.0
/* Making and deleting cartridges. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "media/shelf/create.h"
#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"

/* Makes the lock file now: on a full disk a mount could not make it. */
static int lock_make(struct engine *e, int dirfd)
{
	int fd = e->ops->open(e, dirfd, LOCK_NAME, O_RDWR | O_CREAT, 0640);
	if (fd >= 0)
		e->ops->close(e, fd);
	return fd < 0 ? fd : 0;
}

int cart_create_folder(struct shelf shelf, const char *folder, const struct cart_label *label)
{
	struct engine *e = shelf.engine;
	int err = label_check(label);
	if (err)
		return err;
	int rootfd = e->ops->open(e, AT_FDCWD, shelf.root, O_RDONLY | O_DIRECTORY, 0);
	if (rootfd < 0)
		return rootfd;
	err = e->ops->mkdir(e, rootfd, folder, 0750);
	e->ops->close(e, rootfd);
	if (err == -EEXIST) { /* left over from a crash */
		err = folder_delete(shelf, folder);
		return err ? err : cart_create_folder(shelf, folder, label);
	}
	if (err)
		return err;
	int dirfd = folder_open(shelf, folder);
	if (dirfd >= 0) {
		err = lock_make(e, dirfd);
		if (!err)
			err = label_write_in(e, dirfd, label);
		e->ops->close(e, dirfd);
	} else {
		err = dirfd;
	}
	if (err)
		folder_delete(shelf, folder);
	return err;
}

int cart_create(struct shelf shelf, const struct cart_label *label)
{
	struct engine *e = shelf.engine;
	if (label_check(label))
		return -EINVAL;
	int dirfd = folder_open(shelf, label->barcode);
	if (dirfd >= 0) {
		e->ops->close(e, dirfd);
		return -EEXIST;
	}
	if (dirfd != -ENOENT)
		return dirfd == -EUCLEAN ? -EEXIST : dirfd;
	char folder[FOLDER_NAME_MAX];
	snprintf(folder, sizeof folder, MADE_PREFIX "%s", label->barcode);
	int err = cart_create_folder(shelf, folder, label);
	if (err)
		return err;
	err = folder_publish(shelf, folder, label->barcode);
	if (err)
		folder_delete(shelf, folder);
	return err;
}

int cart_delete(struct shelf shelf, const char *barcode)
{
	struct engine *e = shelf.engine;
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	int dirfd = folder_open(shelf, barcode);
	if (dirfd < 0)
		return dirfd;
	int lock = folder_lock(e, dirfd, LOCK_MOUNT);
	int err = lock < 0 ? lock : folder_delete(shelf, barcode);
	if (lock >= 0)
		e->ops->close(e, lock);
	e->ops->close(e, dirfd);
	return err;
}

int cart_in_use(struct shelf shelf, const char *barcode)
{
	struct engine *e = shelf.engine;
	int dirfd = barcode_is_sound(barcode) ? folder_open(shelf, barcode) : -EINVAL;
	if (dirfd < 0)
		return dirfd;
	int lock = folder_lock(e, dirfd, LOCK_MOUNT);
	if (lock >= 0)
		e->ops->close(e, lock);
	e->ops->close(e, dirfd);
	return lock < 0 ? lock : 0;
}
