// SPDX-License-Identifier: Apache-2.0
/* A folder with a file for each object, named by its number from 0 on: 00000000.rec is a record, .bad what is left of
 * a damaged one, .mark (empty) a filemark. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/container/folders.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"
#include "vtl/base/grow.h"

enum { NAME_LEN = 24, DIGITS_MAX = 12, FILES_MAX = 1 << 28 };
enum kind { KIND_RECORD, KIND_DAMAGED, KIND_MARK, KINDS };
static const char *const suffixes[KINDS] = { ".rec", ".bad", ".mark" };

struct entry {
	uint64_t number;
	enum kind kind;
	char name[NAME_LEN];
};

static bool entry_parse(const char *name, struct entry *ret)
{
	size_t digits = strspn(name, "0123456789");
	if (digits == 0 || digits > DIGITS_MAX || strlen(name) >= NAME_LEN)
		return false;
	for (unsigned k = 0; k < KINDS; k++)
		if (strcmp(name + digits, suffixes[k]) == 0) {
			*ret = (struct entry){ .number = strtoull(name, NULL, 10), .kind = (enum kind)k };
			memcpy(ret->name, name, strlen(name));
			return true;
		}
	return false;
}

static int by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Lists the folder's objects in their order.  0, -ENOMEM, or -EBADMSG with why. */
static int entries_list(struct packing *p, struct entry **ret, size_t *ret_count)
{
	size_t capacity = 0;
	const struct dirent *d;
	int fd = dup(p->dirfd), err = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	*ret = NULL;
	*ret_count = 0;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return pack_bad(p, "the folder cannot be read");
	}
	rewinddir(dir);
	while (!err && (d = readdir(dir))) {
		struct entry entry;
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (!entry_parse(d->d_name, &entry))
			err = pack_bad(p, "the folder holds other files than NNNNNNNN.rec, .bad and .mark");
		else if (!(err = grow(*ret, capacity, *ret_count + 1, FILES_MAX)))
			(*ret)[(*ret_count)++] = entry;
	}
	closedir(dir);
	if (!err && *ret_count > 0)
		qsort(*ret, *ret_count, sizeof **ret, by_number);
	return err;
}

static int entry_pack(struct packing *p, const struct entry *entry)
{
	uint64_t size = 0;
	if (entry->kind == KIND_MARK) {
		simh_writer.mark(&p->out);
		return p->s.err;
	}
	autoclose int fd = pack_open(p, entry->name, &size);
	if (fd < 0)
		return fd;
	if (size > MEDIA_RECORD_MAX || (size == 0 && entry->kind == KIND_RECORD))
		return pack_bad(p, "a record has 1 byte to 8 MiB");
	int err = pack_read(p, fd, p->data, size, 0, entry->name);
	if (!err)
		err = simh_writer.record(&p->out, p->data, (uint32_t)size, entry->kind == KIND_DAMAGED,
			p->why);
	return err ? err : p->s.err;
}

int files_pack(struct packing *p)
{
	autofree struct entry *entries = NULL;
	size_t count;
	int err = entries_list(p, &entries, &count);
	for (size_t i = 0; i < count && !err; i++) {
		if (entries[i].number != p->object)
			err = pack_bad(p,
				entries[i].number > p->object ? "its file is missing"
							      : "a file has the same number");
		else
			err = entry_pack(p, &entries[i]);
		p->object++;
	}
	return err;
}

/* --- writing ----------------------------------------------------------------------------------------- */

struct unpacking {
	int dirfd;
	uint64_t object;
	char *why;
};

static int file_make(struct unpacking *u, enum kind kind, const void *data, uint32_t len)
{
	char name[NAME_LEN];
	snprintf(name, sizeof name, "%08" PRIu64 "%s", u->object, suffixes[kind]);
	autoclose int fd = openat(u->dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int err = fd < 0 ? -errno : 0;
	for (uint32_t at = 0; !err && at < len;) {
		ssize_t n = write(fd, (const char *)data + at, len - at);
		if (n > 0)
			at += (uint32_t)n;
		else if (n == 0 || errno != EINTR)
			err = n ? -errno : -EIO;
	}
	if (err)
		snprintf(u->why, 128, "file %s: %s", name, media_error_text(err));
	u->object++;
	return err;
}

static int unpack_begin(void *arg, const struct cart_label *label, struct features features)
{
	return 0;
}

static int unpack_record(void *arg, enum chunk_kind kind, const void *data, uint32_t len)
{
	return file_make(arg, kind == CHUNK_DAMAGED ? KIND_DAMAGED : KIND_RECORD, data, len);
}

static int unpack_mark(void *arg)
{
	return file_make(arg, KIND_MARK, NULL, 0);
}

int cart_folder_unpack(int fd, int dirfd, char why[static 128])
{
	struct unpacking u = { .dirfd = dirfd, .why = why };
	const struct sink sink = { .arg = &u,
		.begin = unpack_begin,
		.record = unpack_record,
		.mark = unpack_mark };
	struct cart_report report;
	struct stream s;
	int err = stream_init(&s, NULL, fd);
	if (err)
		return err;
	digest_drop(&s.digest);
	err = container_read(&s, CART_SIMH, &sink, NULL, &report, why);
	stream_fini(&s, NULL);
	return !err && syncfs(dirfd) < 0 ? -errno : err;
}
