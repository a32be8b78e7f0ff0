/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cartridge's folder as somebody may leave it: the golden one with bytes of any of its files changed, then mounted,
 * read to its end and written to.  An input is a byte (bit 0: checksums of headers are made right, so that what is
 * behind them is reached; bit 1: written to) and a list of changes: file, place (3 bytes), length, bytes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gold.h"
#include "media/container/container.h"
#include "media/format.h"
#include "media/media.h"
#include "vtl/base/bytes.h"

#define BARCODE "TEST01L8"

enum { FILES = 6, CHANGES_MAX = 16, OBJECTS_MAX = 200 };

/* Those of tests/gold/media that make a folder; all but the first have headers with checksums. */
static const char *const names[FILES] = { "label.json", "mam", "index-p0", "p0-g00000001-000000.ext",
	"p0-g00000002-000000.ext", "p0-g00000003-000000.ext" };

/* The header again with its own fields and the right checksum, which covers len bytes. */
static void sum_mend(uint8_t *head, size_t len)
{
	char name[MAGIC_NAME + 1] = "";
	memcpy(name, head, MAGIC_NAME);
	struct features features = { get_le32(head + 16), get_le32(head + 20) };
	preamble_put(head, name, preamble_units(head), features, len);
}

static void sums_mend(struct gold *file, unsigned number)
{
	if (number < 3 && number > 0 && file->len >= PREAMBLE_SIZE)
		sum_mend(file->bytes, file->len);
	for (size_t at = 0; number >= 3 && at + BLOCK <= file->len; at += BLOCK) {
		uint32_t size = segment_head_probe(file->bytes + at);
		if (memcmp(file->bytes + at, "EVTEXTN", MAGIC_NAME) == 0)
			sum_mend(file->bytes + at, BLOCK);
		else if (size >= BLOCK && at + size <= file->len)
			sum_mend(file->bytes + at, size);
	}
}

static void cartridge_make(const char *root, const struct gold files[static FILES])
{
	char path[600];
	snprintf(path, sizeof path, "%s/" BARCODE, root);
	FUZZ_CHECK(mkdir(path, 0750) == 0);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "%s/" BARCODE "/%s", root, names[i]);
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
		FUZZ_CHECK(fd >= 0 && write(fd, files[i].bytes, files[i].len) == (ssize_t)files[i].len);
		close(fd);
	}
}

static void read_all(struct cart *cart)
{
	for (unsigned i = 0; i < OBJECTS_MAX; i++) {
		uint32_t len = 0, at = 0;
		int res = cart_peek(cart, &len);
		while (res == MEDIA_OK && at < len) {
			const void *p;
			size_t n = 0;
			res = cart_read_chunk(cart, at, &p, &n);
			FUZZ_CHECK(res || (n > 0 && n <= len - at));
			at += res ? 0 : (uint32_t)n;
		}
		if (res == MEDIA_EOD || cart_skip(cart) < 0)
			return;
	}
}

static void use(struct shelf shelf, bool write)
{
	struct cart_report report;
	struct cart_usage usage;
	struct cart *cart;
	cart_verify(shelf, BARCODE, NULL, &report);
	cart_glance(shelf, BARCODE, &usage);
	if (cart_open(shelf, BARCODE, !write, &cart))
		return;
	cart_usage(cart, &usage);
	read_all(cart);
	if (write && cart_rewind(cart) == MEDIA_OK)
		cart_write(cart, BARCODE, sizeof BARCODE);
	cart_close(cart);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gold files[FILES];
	struct fuzz f = { data, size };
	uint8_t how = fuzz_byte(&f);
	char root[64];
	fuzz_quiet();
	for (unsigned i = 0; i < FILES; i++)
		gold_read(&files[i], names[i]);
	for (unsigned i = 0; i < CHANGES_MAX && f.left; i++) {
		unsigned number = fuzz_byte(&f) % FILES;
		gold_change(&files[number], &f);
		if (how & 1)
			sums_mend(&files[number], number);
	}
	folder_make(root);
	cartridge_make(root, files);
	struct engine *engine = engine_of(NULL);
	use(shelf_at(engine, root), how & 2);
	engine_free(engine);
	folder_remove(root);
	return 0;
}
