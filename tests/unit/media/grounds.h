/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of containers share: a folder with cartridges, files in memory, imports. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

struct ground {
	struct engine *e;
	char *root;
	struct model m;
};

static inline void setup(struct ground *g)
{
	*g = (struct ground){ .e = engine_sync_new(), .root = scratch_new(false) };
	media_keep_buffers(g->e);
}

static inline void teardown(struct ground *g)
{
	model_free(&g->m);
	scratch_end(g->root);
	engine_free(g->e);
}

static inline int memory_file(const void *data, size_t len)
{
	int fd = memfd_create("container", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static inline int import_fd(struct ground *g, int fd, const char *barcode, char why[128])
{
	char made[MEDIA_BARCODE_MAX + 1] = "";
	struct cart_label label = test_label("OTHER1L8", 32 << 20);
	struct cart_report report;
	const struct cart_import_how how = { CART_ANY, barcode, &label, .whole = true };
	int err = cart_import(shelf_at(g->e, g->root), fd, &how, NULL, &report, why, made);
	if (!err && barcode)
		assert_string_equal(made, barcode);
	return err;
}

static inline int import_bytes(struct ground *g, const void *bytes, size_t len, const char *barcode,
	char why[128])
{
	int fd = memory_file(bytes, len);
	int err = import_fd(g, fd, barcode, why);
	close(fd);
	return err;
}

/* Nothing but the first cartridge is in the folder. */
static inline void check_nothing_left(struct ground *g)
{
	struct cart_label label;
	char path[512];
	assert_int_equal(cart_label_read(shelf_at(g->e, g->root), "COPY01L8", &label), -ENOENT);
	snprintf(path, sizeof path, "%s/.new-COPY01L8", g->root);
	assert_int_equal(access(path, F_OK), -1);
}
