/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets file: found by id, written and overwritten a slot at a time. */
#include "vtl/access/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/crc32c.h"
#include "vtl/base/error_text.h"
#include "vtl/base/file.h"
#include "vtl/base/grow.h"
#include "vtl/catalog/ballast.h"

enum {
	SLOT = 512,
	SLOT_VERSION = 1,
	AT_VERSION = 4,
	AT_LEN = 5,
	AT_ID = 8,
	AT_SECRET = 16,
	AT_SUM = SLOT - 4,
	SLOTS_MORE = 64, /* slots by which the file grows */
	SLOTS_MAX = 65536,
};
_Static_assert(AT_SECRET + CHAP_SECRET_MAX <= AT_SUM, "the longest secret fits");

static const char magic[4] = { 'E', 'V', 'S', 'C' };

/* What is known of a slot without its secret. */
static const uint64_t ID_FREE = 0, ID_DAMAGED = UINT64_MAX;

struct secrets {
	int fd;
	struct ballast *ballast;
	uint64_t *ids; /* by slot: ID_FREE, ID_DAMAGED, or the id */
	size_t n, room;
};

/* --- format of a slot ------------------------------------------------------------------------- */

static void slot_make(uint8_t slot[static SLOT], uint64_t id, const char *secret)
{
	size_t len = strlen(secret);
	memset(slot, 0, SLOT);
	memcpy(slot, magic, sizeof magic);
	slot[AT_VERSION] = SLOT_VERSION;
	slot[AT_LEN] = (uint8_t)len;
	put_le64(slot + AT_ID, id);
	memcpy(slot + AT_SECRET, secret, len);
	put_le32(slot + AT_SUM, crc32c(0, slot, AT_SUM));
}

static bool slot_empty(const uint8_t slot[static SLOT])
{
	return !slot[0] && !memcmp(slot, slot + 1, SLOT - 1);
}

static bool slot_newer(const uint8_t slot[static SLOT])
{
	return !memcmp(slot, magic, sizeof magic) && slot[AT_VERSION] > SLOT_VERSION &&
		get_le32(slot + AT_SUM) == crc32c(0, slot, AT_SUM);
}

static uint64_t slot_id(const uint8_t slot[static SLOT])
{
	if (slot_empty(slot))
		return ID_FREE;
	uint64_t id = get_le64(slot + AT_ID);
	bool good = !memcmp(slot, magic, sizeof magic) && slot[AT_VERSION] == SLOT_VERSION &&
		get_le32(slot + AT_SUM) == crc32c(0, slot, AT_SUM) && slot[AT_LEN] &&
		!memchr(slot + AT_SECRET, 0, slot[AT_LEN]) && id != ID_FREE;
	return good ? id : ID_DAMAGED;
}

static int slot_read(const struct secrets *s, size_t i, uint8_t slot[static SLOT])
{
	ssize_t n = pread(s->fd, slot, SLOT, (off_t)(i * SLOT));
	return n == SLOT ? 0 : n < 0 ? -errno : -EIO;
}

/* --- durable writes; the file is open with O_DSYNC -------------------------------------------- */

struct writing {
	const struct secrets *s;
	const void *bytes;
	size_t len;
	off_t at;
};

static int write_run(void *arg)
{
	const struct writing *w = arg;
	ssize_t n = pwrite(w->s->fd, w->bytes, w->len, w->at);
	return n == (ssize_t)w->len ? 0 : n < 0 ? -errno : -ENOSPC;
}

static int write_at(const struct secrets *s, size_t i, const void *bytes, size_t len)
{
	struct writing w = { s, bytes, len, (off_t)(i * SLOT) };
	return ballast_run(s->ballast, write_run, &w);
}

static int slot_write(struct secrets *s, size_t i, const uint8_t slot[static SLOT])
{
	int err = write_at(s, i, slot, SLOT);
	if (!err)
		s->ids[i] = slot_id(slot);
	return err;
}

static int slot_wipe(struct secrets *s, size_t i)
{
	static const uint8_t zeros[SLOT];
	return slot_write(s, i, zeros);
}

/* Adds slots of zeros, so that a later write needs no disk space. */
static int slots_more(struct secrets *s)
{
	static const uint8_t zeros[SLOTS_MORE * SLOT];
	if (s->n + SLOTS_MORE > SLOTS_MAX)
		return -ENOSPC;
	if (grow(s->ids, s->room, s->n + SLOTS_MORE, SLOTS_MAX))
		return -ENOMEM;
	int err = write_at(s, s->n, zeros, sizeof zeros);
	if (err)
		return err;
	memset(s->ids + s->n, 0, SLOTS_MORE * sizeof *s->ids);
	s->n += SLOTS_MORE;
	return 0;
}

/* --- open ------------------------------------------------------------------------------------- */

/* Reads the ids of all slots; an incomplete last slot is overwritten later. */
static int slots_read(struct secrets *s, const char *path, char why[static WHY_LEN])
{
	struct stat st;
	if (fstat(s->fd, &st) || !S_ISREG(st.st_mode))
		return refuse(why, -EINVAL, "%.120s is not a plain file", path);
	size_t n = (size_t)st.st_size / SLOT;
	if (n > SLOTS_MAX)
		return refuse(why, -EFBIG, "%.120s is too long for a file of secrets", path);
	if (grow(s->ids, s->room, n, SLOTS_MAX))
		return refuse(why, -ENOMEM, "out of memory");
	int err = 0;
	uint8_t slot[SLOT];
	for (; s->n < n && !err; s->n++) {
		err = slot_read(s, s->n, slot);
		if (!err && slot_newer(slot))
			err = refuse(why, -EPROTONOSUPPORT,
				"%.120s was written by a newer version of Evertape; use that version", path);
		else if (err)
			refuse(why, err, "%.120s cannot be read: %s", path, error_text(err));
		s->ids[s->n] = err ? ID_DAMAGED : slot_id(slot);
	}
	explicit_bzero(slot, sizeof slot);
	return err;
}

/* On a read-only file system the secrets can only be read. */
static int file_open(const char *path)
{
	int fd = file_open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_DSYNC | O_NOFOLLOW, 0600);
	return fd == -EROFS || fd == -EACCES ? file_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW, 0) : fd;
}

int secrets_open(const char *dir, struct ballast *ballast, struct secrets **ret_secrets,
	char why[static WHY_LEN])
{
	char path[4300];
	snprintf(path, sizeof path, "%s/" SECRETS_NAME, dir);
	struct secrets *s = calloc(1, sizeof *s);
	if (!s)
		return refuse(why, -ENOMEM, "out of memory");
	s->ballast = ballast;
	s->fd = file_open(path);
	int err = s->fd == -ENOENT || s->fd == -EROFS ? 0 : s->fd < 0 ? s->fd : slots_read(s, path, why);
	if (err && s->fd < 0)
		refuse(why, err, "%.120s cannot be opened: %s", path, error_text(err));
	if (!err && s->fd >= 0 && s->n == 0 && slots_more(s) == 0 && fsync(s->fd))
		err = refuse(why, -errno, "%.120s cannot be written: %s", path, error_text(-errno));
	if (err) {
		secrets_close(s);
		return err;
	}
	*ret_secrets = s;
	return 0;
}

void secrets_close(struct secrets *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->ids);
	free(s);
}

/* --- functions by id -------------------------------------------------------------------------- */

/* Slot of an id, or n. */
static size_t slot_of(const struct secrets *s, uint64_t id)
{
	size_t i = 0;
	while (i < s->n && s->ids[i] != id)
		i++;
	return i;
}

int secrets_get(struct secrets *s, uint64_t id, char ret_secret[static CHAP_SECRET_MAX + 1])
{
	uint8_t slot[SLOT];
	size_t i = slot_of(s, id);
	if (id == ID_FREE || id == ID_DAMAGED || i == s->n)
		return -ENOENT;
	int err = slot_read(s, i, slot);
	if (!err && slot_id(slot) != id)
		err = -ENOENT;
	if (!err) {
		memcpy(ret_secret, slot + AT_SECRET, slot[AT_LEN]);
		ret_secret[slot[AT_LEN]] = '\0';
	}
	explicit_bzero(slot, sizeof slot);
	return err;
}

/* An id that is unused and was not used shortly before. */
static uint64_t id_new(const struct secrets *s)
{
	uint64_t id;
	do {
		if (getrandom(&id, sizeof id, 0) != sizeof id)
			return ID_FREE;
	} while (id == ID_FREE || id == ID_DAMAGED || slot_of(s, id) < s->n);
	return id;
}

int secrets_put(struct secrets *s, const char *secret, uint64_t *ret_id)
{
	uint8_t slot[SLOT];
	size_t len = strnlen(secret, CHAP_SECRET_MAX + 1);
	if (!len || len > CHAP_SECRET_MAX)
		return -EINVAL;
	if (s->fd < 0)
		return -EROFS;
	uint64_t id = id_new(s);
	int err = id == ID_FREE ? -EIO : 0;
	if (!err && slot_of(s, ID_FREE) == s->n)
		err = slots_more(s);
	if (err)
		return err;
	size_t i = slot_of(s, ID_FREE);
	slot_make(slot, id, secret);
	err = slot_write(s, i, slot);
	explicit_bzero(slot, sizeof slot);
	if (err)
		slot_wipe(s, i); /* a part may have been written */
	else
		*ret_id = id;
	return err;
}

int secrets_drop(struct secrets *s, uint64_t id)
{
	size_t i = slot_of(s, id);
	return id == ID_FREE || i == s->n ? 0 : slot_wipe(s, i);
}

int secrets_sweep(struct secrets *s, bool (*keep)(void *arg, uint64_t id), void *arg)
{
	int first = 0;
	for (size_t i = 0; i < s->n; i++) {
		uint64_t id = s->ids[i];
		if (id == ID_FREE || (id != ID_DAMAGED && keep(arg, id)))
			continue;
		int err = slot_wipe(s, i);
		first = first ? first : err;
	}
	return first;
}
