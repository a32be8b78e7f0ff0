/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of folders share: they write one stream, which relay_step() reads. */
#pragma once

#include "media/container/formats.h"

/* A folder on its way into a stream. */
struct packing {
	int dirfd;
	struct stream s;
	struct image_out out;
	uint64_t object;
	uint8_t *data, *packed; /* IMAGE_DATA bytes each */
	char why[128];
};

/* The folder is damaged from p->object on: writes why.  Returns -EBADMSG. */
int pack_bad(struct packing *p, const char *what);
/* Opens a plain file of the folder.  A descriptor, or -EBADMSG with why. */
int pack_open(struct packing *p, const char *name, uint64_t *ret_size);
/* Reads n bytes at `at`.  0, or -EBADMSG with why. */
int pack_read(struct packing *p, int fd, void *to, size_t n, uint64_t at, const char *name);

/* files.c, mhvtl.c: 0 at the end, -EBADMSG with why where it is damaged, else the stream's error. */
int files_pack(struct packing *p);
int mhvtl_pack(struct packing *p);
