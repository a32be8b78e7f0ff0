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

/* Now, so that a full disk does not keep it from being mounted. */
static int lock_make(struct engine *e, int dirfd)
{
	int fd = e->ops->open(e, dirfd, LOCK_NAME, O_RDWR | O_CREAT, 0640);
	if (fd >= 0)
		e->ops->close(e, fd);
	return fd < 0 ? fd : 0;
}

int cart_create_folder(struct engine *e, const char *root, const char *folder, const struct cart_label *label)
{
	int err = label_check(label);
	if (err)
		return err;
	int rootfd = e->ops->open(e, AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
	if (rootfd < 0)
		return rootfd;
	err = e->ops->mkdir(e, rootfd, folder, 0750);
	e->ops->close(e, rootfd);
	if (err == -EEXIST) { /* left over from a crash */
		err = folder_delete(e, root, folder);
		return err ? err : cart_create_folder(e, root, folder, label);
	}
	if (err)
		return err;
	int dirfd = folder_open(e, root, folder);
	if (dirfd >= 0) {
		err = lock_make(e, dirfd);
		if (!err)
			err = label_write_in(e, dirfd, label);
		e->ops->close(e, dirfd);
	} else {
		err = dirfd;
	}
	if (err)
		folder_delete(e, root, folder);
	return err;
}

int cart_create(struct engine *engine, const char *root, const struct cart_label *label)
{
	if (label_check(label))
		return -EINVAL;
	int dirfd = folder_open(engine, root, label->barcode);
	if (dirfd >= 0) {
		engine->ops->close(engine, dirfd);
		return -EEXIST;
	}
	if (dirfd != -ENOENT)
		return dirfd == -EUCLEAN ? -EEXIST : dirfd;
	char folder[FOLDER_NAME_MAX];
	snprintf(folder, sizeof folder, MADE_PREFIX "%s", label->barcode);
	int err = cart_create_folder(engine, root, folder, label);
	if (err)
		return err;
	err = folder_publish(engine, root, folder, label->barcode);
	if (err)
		folder_delete(engine, root, folder);
	return err;
}

int cart_delete(struct engine *engine, const char *root, const char *barcode)
{
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	int dirfd = folder_open(engine, root, barcode);
	if (dirfd < 0)
		return dirfd;
	int lock = folder_lock(engine, dirfd, LOCK_MOUNT);
	int err = lock < 0 ? lock : folder_delete(engine, root, barcode);
	if (lock >= 0)
		engine->ops->close(engine, lock);
	engine->ops->close(engine, dirfd);
	return err;
}

int cart_in_use(struct engine *engine, const char *root, const char *barcode)
{
	int dirfd = barcode_is_sound(barcode) ? folder_open(engine, root, barcode) : -EINVAL;
	if (dirfd < 0)
		return dirfd;
	int lock = folder_lock(engine, dirfd, LOCK_MOUNT);
	if (lock >= 0)
		engine->ops->close(engine, lock);
	engine->ops->close(engine, dirfd);
	return lock < 0 ? lock : 0;
}
