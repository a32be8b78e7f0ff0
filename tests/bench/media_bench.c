// SPDX-License-Identifier: Apache-2.0
/*
 * How fast a cartridge is written and read on a worker's ring, without any
 * protocol: media_bench FOLDER [GIB [RECORD_KIB [FILEMARK_EVERY_MIB [plain|encrypted|lz4|zstd]]]]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "media/engine/engine.h"
#include "media/media.h"
#include "vtl/base/crew.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"

struct bench {
	const char *root;
	uint64_t bytes, filemark_every;
	uint32_t record;
	const char *how;
	int err;
};

struct lap {
	int64_t wall_us;
	double cpu;
};

static struct lap lap_now(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u); /* the ring's helper threads are in it */
	return (struct lap){ now_us(),
		(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6 };
}

static void lap_print(const char *what, struct lap from, uint64_t bytes)
{
	struct lap to = lap_now();
	double s = (double)(to.wall_us - from.wall_us) / 1e6;
	double gib = (double)bytes / (double)(1ull << 30);
	printf("%-24s %8.0f MB/s  %6.3f CPU s/GiB  (%.3f s)\n", what, (double)bytes / 1e6 / s,
		(to.cpu - from.cpu) / gib, s);
}

/* Half of it can be compressed away: 512 random bytes and 512 zeros in turns. */
static void half_fill(uint8_t *p, size_t len)
{
	enum { RUN = 512, NOISE = 1 << 20 };
	static uint8_t noise[NOISE];
	if (!noise[0])
		for (size_t i = 0; i < NOISE; i++)
			noise[i] = i / RUN % 2 ? 0 : (uint8_t)(rand() | (i == 0));
	for (size_t at = 0; at < len; at += NOISE)
		memcpy(p + at, noise, len - at < NOISE ? len - at : NOISE);
}

static int write_all(struct bench *b, struct cart *cart)
{
	int err = 0;
	uint32_t done;
	for (uint64_t at = 0; at < b->bytes && !err; at += b->record) {
		size_t room = 0;
		uint64_t *p;
		err = cart_write_begin(cart, b->record);
		while (!err && (p = cart_write_room(cart, &room))) {
			/* warm, as data are that just came from a socket; no two records
			 * are equal */
			half_fill((uint8_t *)p, room);
			memcpy(p, &at, room < sizeof at ? room : sizeof at);
			cart_write_filled(cart, room);
		}
		if (!err)
			err = cart_write_end(cart);
		if (!err && b->filemark_every && (at + b->record) % b->filemark_every == 0) {
			err = cart_write_filemarks(cart, 1, &done);
			if (!err)
				err = cart_sync(cart);
		}
	}
	return err ? err : cart_sync(cart);
}

static int read_all(struct cart *cart, uint64_t *ret_bytes)
{
	uint32_t len = 0;
	int err = cart_rewind(cart);
	*ret_bytes = 0;
	while (!err || err == MEDIA_FILEMARK) {
		err = cart_peek(cart, &len);
		if (err != MEDIA_OK && err != MEDIA_FILEMARK)
			break;
		for (uint32_t at = 0; err == MEDIA_OK && at < len;) {
			const void *p;
			size_t n = 0;
			err = cart_read_chunk(cart, at, &p, &n);
			at += (uint32_t)n;
			*ret_bytes += n;
		}
		if (err < 0)
			break;
		err = cart_skip(cart);
	}
	return err == MEDIA_EOD ? 0 : err;
}

static int use(struct bench *b, struct cart *cart)
{
	static const uint8_t key[CART_KEY] = { 1 };
	const struct cart_crypt crypt = { .encrypt = true, .decryption = CART_DECRYPT, .key = key };
	if (strcmp(b->how, "encrypted") == 0)
		return cart_use_crypt(cart, &crypt);
	if (strcmp(b->how, "lz4") == 0)
		return cart_use_compression(cart, CART_COMPRESS_LZ4);
	return strcmp(b->how, "zstd") == 0 ? cart_use_compression(cart, CART_COMPRESS_ZSTD) : 0;
}

static int open_timed(struct bench *b, struct engine *e, struct cart **ret_cart)
{
	int64_t from = now_us();
	int err = cart_open(shelf_at(e, b->root), "BENCH1L8", false, ret_cart);
	printf("%-24s %8.2f ms\n", "open", (double)(now_us() - from) / 1e3);
	return err ? err : use(b, *ret_cart);
}

static void seeks(struct cart *cart)
{
	struct cart_usage usage;
	cart_usage(cart, &usage);
	int64_t from = now_us(), worst = 0;
	enum { SEEKS = 1000 };
	for (unsigned i = 0; i < SEEKS; i++) {
		int64_t one = now_us();
		cart_locate(cart, 0, (uint64_t)i * 7919 % usage.objects);
		one = now_us() - one;
		worst = one > worst ? one : worst;
	}
	printf("%-24s %8.1f us each, worst %lld us\n", "locate", (double)(now_us() - from) / SEEKS,
		(long long)worst);
}

static void bench(struct bench *b)
{
	struct engine *e = engine_uring_new();
	struct cart_label label = { .uuid = "6f0f7ef4-1b0e-4f2c-9c30-5a0a6b1d2e3f",
		.barcode = "BENCH1L8",
		.generation = "lto8",
		.capacity = 12ull << 40 };
	struct cart *cart;
	cart_delete(shelf_at(e, b->root), label.barcode);
	b->err = cart_create(shelf_at(e, b->root), &label);
	if (!b->err)
		b->err = open_timed(b, e, &cart);
	if (b->err)
		return;
	for (unsigned pass = 0; pass < 2 && !b->err; pass++) {
		struct lap from = lap_now();
		b->err = cart_rewind(cart);
		if (!b->err)
			b->err = write_all(b, cart);
		lap_print(pass ? "write again" : "write", from, b->bytes);
	}
	b->err = b->err ? b->err : cart_close(cart);
	if (b->err || (b->err = open_timed(b, e, &cart)))
		return;
	struct lap from = lap_now();
	uint64_t bytes = 0;
	b->err = read_all(cart, &bytes);
	lap_print("read", from, bytes);
	seeks(cart);
	cart_close(cart);
	cart_delete(shelf_at(e, b->root), label.barcode);
	engine_free(e);
}

static void run(void *arg)
{
	struct bench *b = arg;
	struct crew *crew;
	b->err = crew_new(0, &crew);
	if (b->err)
		return;
	crew_serve(crew, worker_self());
	bench(b);
	crew_free(crew);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr,
			"usage: media_bench FOLDER [GIB [RECORD_KIB [FILEMARK_EVERY_MIB [plain|encrypted|lz4|zstd]]]]\n");
		return 2;
	}
	struct bench b = {
		.root = argv[1],
		.bytes = (argc > 2 ? strtoull(argv[2], NULL, 0) : 2) << 30,
		.record = (uint32_t)(argc > 3 ? strtoul(argv[3], NULL, 0) : 256) << 10,
		.filemark_every = (argc > 4 ? strtoull(argv[4], NULL, 0) : 0) << 20,
		.how = argc > 5 ? argv[5] : "plain",
	};
	int err = worker_run_once(run, &b);
	if (err || b.err)
		fprintf(stderr, "failed: %s\n", strerror(err ? -err : -b.err));
	return err || b.err;
}
