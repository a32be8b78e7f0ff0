/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files as the base of inputs, and folders that a target makes. */
#include "gold.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void gold_read(struct gold *gold, const char *name)
{
	char path[512];
	snprintf(path, sizeof path, GOLD_DIR "/%s", name);
	FILE *file = fopen(path, "rb");
	FUZZ_CHECK(file);
	gold->len = fread(gold->bytes, 1, GOLD_FILE_MAX, file);
	FUZZ_CHECK(gold->len > 0 && gold->len < GOLD_FILE_MAX);
	fclose(file);
}

void gold_change(struct gold *gold, struct fuzz *f)
{
	size_t at = fuzz_byte(f);
	at = at << 8 | fuzz_byte(f);
	at = (at << 8 | fuzz_byte(f)) % gold->len;
	uint8_t len = fuzz_byte(f);
	if (len == 255) {
		gold->len = at + 1;
		return;
	}
	for (size_t i = 0; i < len && at + i < gold->len; i++)
		gold->bytes[at + i] = fuzz_byte(f);
}

void folder_make(char path[static 64])
{
	snprintf(path, 64, "/dev/shm/evertape-fuzz-XXXXXX");
	FUZZ_CHECK(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	return remove(path);
}

void folder_remove(const char *path)
{
	FUZZ_CHECK(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

bool folder_is_empty(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;
	FUZZ_CHECK(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n == 2; /* "." and ".." */
}

/* --- an engine ----------------------------------------------------------------------------------- */

static const struct fuzz *opened;
static struct engine_ops ops;

static int open_input(struct engine *e, int dirfd, const char *name, int flags, mode_t mode)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && write(fd, opened->at, opened->left) == (ssize_t)opened->left);
	return fd;
}

static void allocate_nothing(struct engine *e, struct engine_io *io)
{
	io->res = 0;
	io->done(io);
}

struct engine *engine_of(const struct fuzz *file)
{
	struct engine *e = engine_sync_new();
	FUZZ_CHECK(e);
	ops = *e->ops;
	ops.allocate = allocate_nothing;
	if (file)
		ops.open = open_input;
	opened = file;
	e->ops = &ops;
	return e;
}
