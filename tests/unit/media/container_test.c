// SPDX-License-Identifier: Apache-2.0
/* Containers: there and back, through pipes, cut at every byte, flipped. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/container/digest.h"
#include "media/shelf/label.h"
#include "media/shelf/preamble.h"
#include "grounds.h"
#include "tests/lib/seed.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

static void fill(struct ground *g, const uint32_t *lengths, size_t count)
{
	/* a small tape takes little space ahead */
	struct cart *cart = cart_fresh(g->e, g->root, count > 7 ? 1 << 30 : 1 << 20, 0);
	for (size_t i = 0; i < count; i++) {
		uint32_t done;
		assert_int_equal(lengths[i] ? write_record(cart, i, lengths[i])
					    : cart_write_filemarks(cart, 1, &done),
			MEDIA_OK);
		model_put(&g->m, lengths[i], i);
	}
	assert_int_equal(cart_close(cart), 0);
}

static const uint32_t tape_of_all[] = { 1, 80, 0, 512, 0, 0, 65536, 131071, 0, 1 << 20, (1 << 20) + 1,
	3 << 20, 8 << 20, 0, 7 };
static const uint32_t small_tape[] = { 80, 0, 301, 1, 0, 0, 2000 };

static uint8_t *export_bytes(struct ground *g, enum cart_container kind, size_t *ret_len)
{
	int fd = memory_file("", 0);
	struct cart_report report;
	char why[128];
	assert_int_equal(cart_export(shelf_at(g->e, g->root), BARCODE, fd, kind, NULL, &report, why), 0);
	*ret_len = (size_t)lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc(*ret_len);
	assert_int_equal(pread(fd, bytes, *ret_len, 0), *ret_len);
	close(fd);
	return bytes;
}

static void check_copy(struct ground *g, const char *barcode)
{
	struct cart *cart;
	struct cart_report report;
	assert_int_equal(cart_verify(shelf_at(g->e, g->root), barcode, NULL, &report), 0);
	assert_int_equal(report.filemarks, model_filemarks(&g->m, g->m.count));
	assert_int_equal(report.records + report.filemarks, g->m.count);
	assert_int_equal(cart_open(shelf_at(g->e, g->root), barcode, true, &cart), 0);
	check_all(cart, &g->m);
	cart_close(cart);
	assert_int_equal(cart_delete(shelf_at(g->e, g->root), barcode), 0);
}

static void test_round_trips(void **state)
{
	for (int kind = CART_NATIVE; kind < CART_FORMATS; kind++) {
		struct ground g;
		char why[128];
		size_t len;
		if (!cart_format_row((enum cart_container)kind).writes)
			continue;
		setup(&g);
		fill(&g, tape_of_all, sizeof tape_of_all / sizeof tape_of_all[0]);
		uint8_t *bytes = export_bytes(&g, (enum cart_container)kind, &len);
		int err = import_bytes(&g, bytes, len, "COPY01L8", why);
		if (err)
			fail_msg("import: %d %s", err, why);
		check_copy(&g, "COPY01L8");
		int fd = memory_file(bytes, len);
		struct cart_report report;
		assert_int_equal(cart_verify_container(fd, CART_ANY, NULL, &report), 0);
		assert_int_equal(report.records + report.filemarks, g.m.count);
		close(fd);
		free(bytes);
		teardown(&g);
	}
}

/* A cartridge that was written and then erased is blank, not one that has lost its files. */
static void test_erased(void **state)
{
	struct ground g;
	struct cart *cart;
	struct cart_usage usage;
	char why[128];
	size_t len;
	setup(&g);
	fill(&g, small_tape, 7);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &cart), 0);
	assert_int_equal(cart_erase(cart), 0);
	assert_int_equal(cart_close(cart), 0);
	uint8_t *bytes = export_bytes(&g, CART_NATIVE, &len);
	assert_int_equal(import_bytes(&g, bytes, len, "COPY01L8", why), 0);
	assert_int_equal(cart_glance(shelf_at(g.e, g.root), "COPY01L8", &usage), 0);
	assert_int_equal(usage.objects + usage.lost_files, 0);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), "COPY01L8", false, &cart), 0);
	assert_true(cart_counters(cart).written > 0);
	cart_close(cart);
	free(bytes);
	teardown(&g);
}

static void test_identity(void **state)
{
	struct ground g;
	struct cart_label was, is;
	char why[128];
	size_t len;
	setup(&g);
	fill(&g, small_tape, 7);
	was = test_label(BARCODE, 1 << 20);
	was.write_protected = true;
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &was), 0);
	uint8_t *bytes = export_bytes(&g, CART_NATIVE, &len);
	assert_int_equal(import_bytes(&g, bytes, len, NULL, why), -EEXIST);
	assert_string_equal(why, "there is a cartridge TEST01L8 already");
	assert_int_equal(import_bytes(&g, bytes, len, "COPY01L8", why), 0);
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), "COPY01L8", &is), 0);
	assert_true(is.write_protected);
	assert_string_not_equal(is.uuid, was.uuid); /* two cartridges now */
	assert_int_equal(cart_delete(shelf_at(g.e, g.root), BARCODE), 0);
	assert_int_equal(import_bytes(&g, bytes, len, NULL, why), 0);
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &is), 0);
	assert_string_equal(is.uuid, was.uuid); /* the same one, moved */
	check_copy(&g, BARCODE);
	assert_int_equal(import_bytes(&g, bytes, len, "../COPY", why), -EINVAL);
	free(bytes);
	teardown(&g);
}

struct feeder {
	const uint8_t *bytes;
	size_t len;
	int fd;
};

static void *feed(void *arg)
{
	struct feeder *f = arg;
	for (size_t at = 0; at < f->len;) { /* in odd portions, as pipes do */
		size_t n = f->len - at < 7777 ? f->len - at : 7777;
		ssize_t done = write(f->fd, f->bytes + at, n);
		if (done <= 0)
			break;
		at += (size_t)done;
	}
	close(f->fd);
	return NULL;
}

static void test_pipe(void **state)
{
	struct ground g;
	char why[128];
	size_t len;
	int fds[2];
	pthread_t thread;
	setup(&g);
	fill(&g, tape_of_all, sizeof tape_of_all / sizeof tape_of_all[0]);
	uint8_t *bytes = export_bytes(&g, CART_NATIVE, &len);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	struct feeder f = { bytes, len, fds[1] };
	assert_int_equal(pthread_create(&thread, NULL, feed, &f), 0);
	assert_int_equal(import_fd(&g, fds[0], "COPY01L8", why), 0);
	pthread_join(thread, NULL);
	close(fds[0]);
	check_copy(&g, "COPY01L8");
	free(bytes);
	teardown(&g);
}

static void test_truncations(void **state)
{
	struct ground g;
	char why[128];
	unsigned cut = 0;
	size_t len;
	setup(&g);
	fill(&g, small_tape, 7);
	uint8_t *bytes = export_bytes(&g, CART_NATIVE, &len);
	struct stride stride = stride_wanted(1);
	for (size_t n = stride.from; n < len; n += (n < 700 || n > len - 100 ? 1 : 23) * stride.step) {
		int err = import_bytes(&g, bytes, n, "COPY01L8", why);
		if (err != (n ? -EBADMSG : -EUCLEAN) || !why[0])
			fail_msg("cut at %zu of %zu: %d %s", n, len, err, why);
		check_nothing_left(&g);
		cut++;
	}
	print_message("# %u damaged files\n", cut);
	bytes = realloc(bytes, len + 1);
	bytes[len] = 0;
	assert_int_equal(import_bytes(&g, bytes, len + 1, "COPY01L8", why), -EBADMSG);
	free(bytes);
	teardown(&g);
}

enum { FLIPS = 5500 / SLOWER };

static void test_flips(void **state)
{
	struct ground g;
	char why[128];
	size_t len;
	struct rng rng = { seed_for("flipped containers") };
	setup(&g);
	fill(&g, small_tape, 7);
	uint8_t *bytes = export_bytes(&g, CART_NATIVE, &len);
	for (unsigned i = 0; i < FLIPS; i++) {
		size_t at = rng_below(&rng, len);
		uint8_t bit = (uint8_t)(1u << rng_below(&rng, 8));
		bytes[at] ^= bit;
		int fd = memory_file(bytes, len);
		struct cart_report report;
		int err = cart_verify_container(fd, CART_ANY, NULL, &report);
		if (err != -EBADMSG || !report.why[0])
			fail_msg("bit %02x of byte %zu: %d %s", bit, at, err, report.why);
		if (i % 25 == 0) {
			lseek(fd, 0, SEEK_SET);
			assert_int_equal(import_fd(&g, fd, "COPY01L8", why), -EBADMSG);
			check_nothing_left(&g);
		}
		close(fd);
		bytes[at] ^= bit;
	}
	print_message("# %d damaged files\n", FLIPS);
	free(bytes);
	teardown(&g);
}

/* Containers made with care, every checksum right: only what they say is wrong. */
struct piece {
	const char *kind; /* NULL: the end of the row */
	uint32_t len;     /* of the payload */
	uint64_t number;
	uint64_t says; /* a length that is not the payload's */
};

static const struct made_row {
	const char *name;
	struct piece pieces[6]; /* behind head and label, before the trailer */
	uint64_t records, marks, bytes;
	int err;
} made_rows[] = {
	{ "nothing wrong", { { "RECD", 5, 0, 0 }, { "MARK", 0, 1, 0 }, { "DMGD", 3, 2, 0 } }, 2, 1, 8, 0 },
	{ "nothing at all", { { 0 } }, 0, 0, 0, 0 },
	{ "a number left out", { { "RECD", 5, 0, 0 }, { "RECD", 5, 2, 0 } }, 2, 0, 10, -EBADMSG },
	{ "a number twice", { { "RECD", 5, 0, 0 }, { "RECD", 5, 0, 0 } }, 2, 0, 10, -EBADMSG },
	{ "the last number there is", { { "RECD", 5, UINT64_MAX, 0 } }, 1, 0, 5, -EBADMSG },
	{ "a record of nothing", { { "RECD", 0, 0, 0 } }, 1, 0, 0, -EBADMSG },
	{ "a record longer than any", { { "RECD", 5, 0, MEDIA_RECORD_MAX + 1 } }, 1, 0, 5, -EBADMSG },
	{ "a record of 4 GiB", { { "RECD", 5, 0, UINT32_MAX } }, 1, 0, 5, -EBADMSG },
	{ "a record longer than the file", { { "RECD", 5, 0, 4 << 20 } }, 1, 0, 5, -EBADMSG },
	{ "more than is left of a damaged one", { { "DMGD", 5, 0, (1 << 20) + 1 } }, 1, 0, 5, -EBADMSG },
	{ "a filemark with something in it", { { "MARK", 1, 0, 0 } }, 0, 1, 0, -EBADMSG },
	{ "a sound memory", { { "MAMR", 6, 0, 0 }, { "RECD", 5, 0, 0 } }, 1, 0, 5, 0 },
	{ "a memory that is not sound", { { "MAMR", 7, 0, 0 } }, 0, 0, 0, -EBADMSG },
	{ "a memory too short", { { "MAMR", 5, 0, 0 } }, 0, 0, 0, -EBADMSG },
	{ "a memory longer than any", { { "MAMR", 6, 0, 65473 } }, 0, 0, 0, -EBADMSG },
	{ "two memories", { { "MAMR", 6, 0, 0 }, { "MAMR", 6, 0, 0 } }, 0, 0, 0, -EBADMSG },
	{ "a memory behind a record", { { "RECD", 5, 0, 0 }, { "MAMR", 6, 0, 0 } }, 1, 0, 5, -EBADMSG },
	{ "a second label", { { "LABL", 0, 0, 0 } }, 0, 0, 0, -EBADMSG },
	{ "an unknown kind", { { "EXEC", 5, 0, 0 } }, 1, 0, 5, -EBADMSG },
	{ "fewer records than it says", { { "RECD", 5, 0, 0 } }, 2, 0, 5, -EBADMSG },
	{ "other bytes than it says", { { "RECD", 5, 0, 0 } }, 1, 0, 6, -EBADMSG },
	{ "other marks than it says", { { "MARK", 0, 0, 0 } }, 0, 2, 0, -EBADMSG },
	{ "more than the cartridge holds", { { "RECD", 5, 0, 0 }, { "RECD", 3 << 20, 1, 0 } }, 2, 0,
		(3 << 20) + 5, -ENOSPC },
};

struct maker {
	uint8_t *bytes;
	size_t len;
	uint32_t crc;
};

static void made_chunk(struct maker *k, const struct piece *p, const void *payload)
{
	uint8_t *head = k->bytes + k->len, crc[4];
	memcpy(head, p->kind, 4);
	put_le32(head + 4, (uint32_t)(p->says ? p->says : p->len));
	put_le64(head + 8, p->number);
	put_le32(head + 16, crc32c(0, payload, p->len));
	put_le32(head + 20, crc32c(0, head, 20));
	memcpy(head + 24, payload, p->len);
	memcpy(crc, head + 16, 4);
	k->crc = crc32c(k->crc, crc, 4);
	k->len += 24 + p->len;
}

static void made_container(struct maker *k, const struct made_row *row)
{
	static const uint8_t zeros[4 << 20];
	struct cart_label label = test_label(BARCODE, 2 << 20);
	char *text = label_build(&label);
	uint8_t trailer[32] = { 0 };
	memset(k->bytes, 0, 64);
	preamble_put(k->bytes, "EVTAPEC", 64 / 8, (struct features){ 0 }, 64);
	k->len = 64;
	made_chunk(k, &(struct piece){ "LABL", (uint32_t)strlen(text), 0, 0 }, text);
	for (const struct piece *p = row->pieces; p->kind; p++) {
		struct piece is = *p;
		if (!strcmp(p->kind, "LABL"))
			is.len = (uint32_t)strlen(text);
		made_chunk(k, &is, is.len == p->len ? (const void *)zeros : text);
	}
	put_le64(trailer, row->records);
	put_le64(trailer + 8, row->marks);
	put_le64(trailer + 16, row->bytes);
	put_le32(trailer + 24, k->crc);
	made_chunk(k, &(struct piece){ "TRLR", sizeof trailer, row->records + row->marks, 0 }, trailer);
	free(text);
}

static void test_made_with_care(void **state)
{
	struct ground g;
	setup(&g);
	for (size_t i = 0; i < sizeof made_rows / sizeof made_rows[0]; i++) {
		const struct made_row *row = &made_rows[i];
		struct maker k = { .bytes = calloc(1, 8 << 20) };
		struct cart_report report;
		char why[128] = "";
		made_container(&k, row);
		int err = import_bytes(&g, k.bytes, k.len, "COPY01L8", why);
		if (err != row->err || (err && !why[0]))
			fail_msg("%s: %d %s", row->name, err, why);
		if (err)
			check_nothing_left(&g);
		else
			assert_int_equal(cart_delete(shelf_at(g.e, g.root), "COPY01L8"), 0);
		int fd = memory_file(k.bytes, k.len);
		err = cart_verify_container(fd, CART_ANY, NULL, &report);
		if (err != (row->err == -ENOSPC ? 0 : row->err))
			fail_msg("%s: verify %d %s", row->name, err, report.why);
		close(fd);
		free(k.bytes);
	}
	teardown(&g);
}

/* A cartridge, its container and its .tap hold the same data; a file's digest is that of its bytes. */
static void test_digests(void **state)
{
	struct ground g;
	struct cart_report of_cart, of_file;
	size_t len;
	setup(&g);
	fill(&g, small_tape, 7);
	assert_int_equal(cart_verify(shelf_at(g.e, g.root), BARCODE, NULL, &of_cart), 0);
	assert_int_equal(strlen(of_cart.data_digest), 64);
	for (int kind = CART_NATIVE; kind < CART_FORMATS; kind++) {
		struct digest whole;
		char text[MEDIA_DIGEST_TEXT];
		if (!cart_format_row((enum cart_container)kind).writes)
			continue;
		uint8_t *bytes = export_bytes(&g, (enum cart_container)kind, &len);
		int fd = memory_file(bytes, len);
		assert_int_equal(cart_verify_container(fd, CART_ANY, NULL, &of_file), 0);
		assert_string_equal(of_file.data_digest, of_cart.data_digest);
		assert_int_equal(digest_begin(&whole), 0);
		digest_add(&whole, bytes, len);
		digest_end(&whole, text);
		assert_string_equal(of_file.file_digest, text);
		assert_int_equal(of_file.no_checksums, kind != CART_NATIVE);
		close(fd);
		free(bytes);
	}
	teardown(&g);
}

static bool stop(void *arg, uint64_t done, uint64_t total)
{
	return false;
}

static void test_stopped(void **state)
{
	struct ground g;
	char why[128], made[MEDIA_BARCODE_MAX + 1];
	size_t len;
	const struct media_progress progress = { stop, NULL };
	struct cart_report report;
	setup(&g);
	fill(&g, tape_of_all, sizeof tape_of_all / sizeof tape_of_all[0]);
	uint8_t *bytes = export_bytes(&g, CART_NATIVE, &len);
	int fd = memory_file(bytes, len);
	const struct cart_import_how how = { CART_ANY, .barcode = "COPY01L8" };
	assert_int_equal(cart_import(shelf_at(g.e, g.root), fd, &how, &progress, &report, why, made),
		-ECANCELED);
	check_nothing_left(&g);
	assert_int_equal(cart_verify(shelf_at(g.e, g.root), BARCODE, &progress, &report), -ECANCELED);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_SIMH, &progress, &report, why),
		-ECANCELED);
	close(fd);
	free(bytes);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_erased),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_made_with_care),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_stopped),
	};
	return cmocka_run_group_tests_name("containers come back as they went", tests, NULL, NULL);
}
