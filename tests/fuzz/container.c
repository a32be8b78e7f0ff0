/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as somebody may send it, checked and imported. An input is a byte (bit 0: checksums are made right, so
 * that what is behind them is reached; bit 1: imported; bit 2: SIMH .tap, else ours; bit 3: the rest is the whole
 * stream) and a list of changes of the golden container: place (3 bytes), length, bytes.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gold.h"
#include "media/container/chunk.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

#define BARCODE "FUZZ01L8"

enum { MEND = 1, IMPORT = 2, TAP = 4, WHOLE = 8, CHANGES_MAX = 16 };

static void chunk_mend(uint8_t *head, size_t len)
{
	put_le32(head + 16, crc32c(0, head + CHUNK_HEAD, len));
	put_le32(head + 20, crc32c(0, head, 20));
}

/* All checksums right: of the head, of each chunk, of the trailer over the chunks before it. */
static void sums_mend(struct gold *file)
{
	uint8_t *p = file->bytes + CONTAINER_HEAD, *end = file->bytes + file->len;
	uint32_t crc = 0;
	if (file->len < CONTAINER_HEAD)
		return;
	struct features features = { get_le32(file->bytes + 16), get_le32(file->bytes + 20) };
	container_head_put(file->bytes, features);
	while (end - p >= CHUNK_HEAD) {
		uint32_t len = get_le32(p + 4), left = (uint32_t)(end - p) - CHUNK_HEAD;
		len = len < left ? len : left;
		if (memcmp(p, "TRLR", 4) == 0 && len == TRAILER)
			put_le32(p + CHUNK_HEAD + 24, crc);
		chunk_mend(p, len);
		crc = crc32c(crc, p + 16, 4);
		p += CHUNK_HEAD + len;
	}
}

static int file_of(const struct gold *file)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && write(fd, file->bytes, file->len) == (ssize_t)file->len);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* What came in reads back as what the container says; what is refused leaves nothing. */
static void import_check(int fd, const struct cart_report *checked, bool sound)
{
	const struct cart_label label = { .generation = "lto8", .capacity = 1 << 24 };
	struct cart_report report, again;
	char root[64], why[128], barcode[MEDIA_BARCODE_MAX + 1];
	struct engine *engine = engine_of(NULL);
	folder_make(root);
	struct shelf shelf = shelf_at(engine, root);
	const struct cart_import_how how = { CART_ANY, BARCODE, &label, .whole = true };
	int err = cart_import(shelf, fd, &how, NULL, &report, why, barcode);
	FUZZ_CHECK(memchr(why, 0, sizeof why) && (!err || *why));
	FUZZ_CHECK(err ? folder_is_empty(root) : sound);
	if (!err) {
		err = cart_verify(shelf, barcode, NULL, &again);
		FUZZ_CHECK(strcmp(barcode, BARCODE) == 0);
		FUZZ_CHECK(again.records + again.bad == checked->records);
		FUZZ_CHECK(again.filemarks == checked->filemarks);
		FUZZ_CHECK(err || again.bytes == checked->bytes);
		FUZZ_CHECK(err || strcmp(again.data_digest, checked->data_digest) == 0);
	}
	engine_free(engine);
	folder_remove(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gold file;
	struct fuzz f = { data, size };
	struct cart_report report;
	uint8_t how = fuzz_byte(&f);
	fuzz_quiet();
	if (how & WHOLE) {
		file.len = f.left < GOLD_FILE_MAX ? f.left : GOLD_FILE_MAX;
		fuzz_bytes(&f, file.bytes, file.len);
	} else {
		gold_read(&file, how & TAP ? "tape.tap" : "tape.evtape");
		for (unsigned i = 0; i < CHANGES_MAX && f.left; i++)
			gold_change(&file, &f);
	}
	if (how & MEND && (how & WHOLE || !(how & TAP)))
		sums_mend(&file);
	int fd = file_of(&file);
	int err = cart_verify_container(fd, CART_ANY, NULL, &report);
	FUZZ_CHECK(memchr(report.why, 0, sizeof report.why) && (!err || *report.why));
	FUZZ_CHECK(report.file_bytes <= file.len);
	if (how & IMPORT && lseek(fd, 0, SEEK_SET) == 0)
		import_check(fd, &report, !err);
	close(fd);
	return 0;
}
