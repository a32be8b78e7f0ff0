// SPDX-License-Identifier: Apache-2.0
/* Folders of others become one stream, because only the user's own program may open them. */
#include "media/container/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"

/* A word of a class that SIMH leaves to others: behind it stand so many bytes of text, why there is no more. */
#define RELAY_WHY 0x70000000u
enum { RELAY_WHY_MAX = 127 };

int relay_step(struct image *im)
{
	const uint8_t *p;
	size_t n = stream_peek(im->s, 4, &p);
	uint32_t word = n < 4 ? 0 : get_le32(p), len = word & ~RELAY_WHY;
	digest_drop(&im->s->digest); /* it would not be that of a file */
	if ((word & 0xf0000000u) != RELAY_WHY || len > RELAY_WHY_MAX)
		return simh_step(im);
	char text[4 + RELAY_WHY_MAX];
	if (image_take(im, text, 4 + len) < 4 + len)
		return image_short(im);
	for (uint32_t i = 0; i < len; i++)
		im->why[i] = text[4 + i] >= ' ' && text[4 + i] < 0x7f ? text[4 + i] : '?';
	im->why[len] = '\0';
	im->report->bad = 1;
	im->report->first_bad = im->report->records + im->report->filemarks;
	return im->report->first_bad ? -EBADMSG : -EUCLEAN;
}

int pack_bad(struct packing *p, const char *what)
{
	if (!p->why[0])
		snprintf(p->why, sizeof p->why, "object %llu: %s", (unsigned long long)p->object, what);
	return -EBADMSG;
}

int pack_open(struct packing *p, const char *name, uint64_t *ret_size)
{
	char what[128];
	struct stat st;
	int fd = file_open_at(p->dirfd, name, O_RDONLY | O_NOFOLLOW, 0);
	int err = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EUCLEAN;
	if (!err) {
		*ret_size = (uint64_t)st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	snprintf(what, sizeof what, "file %.32s: %.48s", name,
		err == -EUCLEAN ? "not a plain file" : media_error_text(err));
	return pack_bad(p, what);
}

int pack_read(struct packing *p, int fd, void *to, size_t n, uint64_t at, const char *name)
{
	char what[128];
	uint8_t *bytes = to;
	size_t got = 0;
	ssize_t part = 1;
	while (got < n && part != 0) {
		part = pread(fd, bytes + got, n - got, (off_t)(at + got));
		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			break;
		got += (size_t)part;
	}
	if (got == n)
		return 0;
	snprintf(what, sizeof what, "file %.32s: %.48s at byte %llu", name,
		part < 0 ? media_error_text(-errno) : "it ends too early", (unsigned long long)(at + got));
	return pack_bad(p, what);
}

enum cart_container cart_folder_look(int dirfd)
{
	static const char *const indexes[] = { "indx", "indx.0" };
	for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++)
		if (faccessat(dirfd, indexes[i], F_OK, 0) == 0)
			return CART_MHVTL;
	return CART_FILES;
}

int cart_folder_pack(int dirfd, enum cart_container container, int fd)
{
	autofree uint8_t *data = malloc(IMAGE_DATA), *packed = malloc(IMAGE_DATA);
	struct packing p = { .dirfd = dirfd, .data = data, .packed = packed };
	int err = data && packed ? stream_init(&p.s, NULL, fd) : -ENOMEM;
	if (err)
		return err;
	digest_drop(&p.s.digest);
	p.out.s = &p.s;
	err = container == CART_MHVTL ? mhvtl_pack(&p) : files_pack(&p);
	if (!err)
		simh_writer.end(&p.out);
	if (err == -EBADMSG) {
		uint8_t word[4];
		uint32_t len = (uint32_t)strlen(p.why);
		put_le32(word, RELAY_WHY | len);
		stream_write(&p.s, word, sizeof word);
		stream_write(&p.s, p.why, len);
		err = 0;
	}
	int flushed = stream_flush(&p.s);
	stream_fini(&p.s, NULL);
	return err ? err : flushed;
}
