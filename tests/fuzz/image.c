/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tape image of others as somebody may send it, imported. An input is a byte (the lowest four bits: a row of
 * formats.def, if there is one, else the format is told by the contents; bit 4: nothing is kept of a damaged file;
 * bit 5: the rest is a folder of mhvtl: the number of its rows in the index, the rows, the data) and the file.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gold.h"
#include "media/container/container.h"

#define BARCODE "FUZZ01L8"

enum { FORMAT_BITS = 15, KEEP_NOTHING = 16, FOLDER = 32, INDEX_ROW = 512 };

static void file_put(int dirfd, const char *name, const uint8_t *bytes, size_t len)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	FUZZ_CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

/* What the command sends for a folder with these files. */
static void packed(int fd, const uint8_t *bytes, size_t len)
{
	char root[64];
	size_t rows = len ? bytes[0] : 0, index;
	folder_make(root);
	int dirfd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bytes += len > 0;
	len -= len > 0;
	index = rows * INDEX_ROW < len ? rows * INDEX_ROW : len;
	file_put(dirfd, "indx", bytes, index);
	file_put(dirfd, "data", bytes + index, len - index);
	FUZZ_CHECK(cart_folder_look(dirfd) == CART_MHVTL);
	FUZZ_CHECK(cart_folder_pack(dirfd, CART_MHVTL, fd) == 0);
	close(dirfd);
	folder_remove(root);
}

/* What is said to be there is there and sound; otherwise nothing is. */
static void import_check(int fd, const struct cart_import_how *how)
{
	struct cart_report report, again;
	char root[64], why[128], barcode[MEDIA_BARCODE_MAX + 1];
	struct engine *engine = engine_of(NULL);
	folder_make(root);
	struct shelf shelf = shelf_at(engine, root);
	int err = cart_import(shelf, fd, how, NULL, &report, why, barcode);
	FUZZ_CHECK(memchr(why, 0, sizeof why) && (!err || *why));
	FUZZ_CHECK(barcode[0] ? !err || (err == -EBADMSG && !how->whole) : err && folder_is_empty(root));
	if (barcode[0]) {
		err = cart_verify(shelf, barcode, NULL, &again);
		FUZZ_CHECK(again.records + again.bad == report.records);
		FUZZ_CHECK(again.filemarks == report.filemarks);
		FUZZ_CHECK(err || again.bytes == report.bytes);
	}
	engine_free(engine);
	folder_remove(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	struct cart_report report;
	const struct cart_label label = { .generation = "lto8", .capacity = 1 << 24 };
	uint8_t how_byte = fuzz_byte(&f);
	unsigned format = how_byte & FORMAT_BITS;
	struct cart_import_how how = { .barcode = BARCODE,
		.label = &label,
		.whole = how_byte & KEEP_NOTHING };
	how.container = format < CART_FORMATS ? (enum cart_container)format : CART_ANY;
	fuzz_quiet();
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	if (how_byte & FOLDER) {
		how.container = CART_MHVTL;
		packed(fd, f.at, f.left);
	} else {
		FUZZ_CHECK(write(fd, f.at, f.left) == (ssize_t)f.left);
	}
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	int err = cart_verify_container(fd, how.container, NULL, &report);
	FUZZ_CHECK(memchr(report.why, 0, sizeof report.why) && (!err || *report.why));
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	import_check(fd, &how);
	close(fd);
	return 0;
}
