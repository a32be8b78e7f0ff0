/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation of each call is refused once: the call says so or does without, and nothing is left open. */
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "grounds.h"
#include "staging.h"
#include "tests/lib/entries.h"
#include "tests/lib/shortage.h"

enum { RECORDS = 12 };

EVP_MD_CTX *__real_EVP_MD_CTX_new(void);
EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void);

EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void)
{
	return shortage_here() ? NULL : __real_EVP_MD_CTX_new();
}

/* What the cipher and the codecs allocate. */
EVP_CIPHER_CTX *__real_EVP_CIPHER_CTX_new(void);
EVP_CIPHER_CTX *__wrap_EVP_CIPHER_CTX_new(void);

EVP_CIPHER_CTX *__wrap_EVP_CIPHER_CTX_new(void)
{
	return shortage_here() ? NULL : __real_EVP_CIPHER_CTX_new();
}

EVP_KDF_CTX *__real_EVP_KDF_CTX_new(EVP_KDF *kdf);
EVP_KDF_CTX *__wrap_EVP_KDF_CTX_new(EVP_KDF *kdf);

EVP_KDF_CTX *__wrap_EVP_KDF_CTX_new(EVP_KDF *kdf)
{
	return shortage_here() ? NULL : __real_EVP_KDF_CTX_new(kdf);
}

void *__real_ZSTD_createCCtx(void);
void *__wrap_ZSTD_createCCtx(void);

void *__wrap_ZSTD_createCCtx(void)
{
	return shortage_here() ? NULL : __real_ZSTD_createCCtx();
}

void *__real_ZSTD_createDCtx(void);
void *__wrap_ZSTD_createDCtx(void);

void *__wrap_ZSTD_createDCtx(void)
{
	return shortage_here() ? NULL : __real_ZSTD_createDCtx();
}

/* --- the calls ----------------------------------------------------------------------------------- */

static struct shelf shelf_of(const struct ground *g)
{
	return shelf_at(g->e, g->root);
}

static int creates(struct ground *g, int fd)
{
	struct cart_label label = test_label("COPY01L8", 1 << 20);
	int err = cart_create(shelf_of(g), &label);
	return err ? err : cart_delete(shelf_of(g), "COPY01L8");
}

/* Opened, with records stored as in the turn under way. */
static const struct scramble_key *way;

static int opens(struct ground *g, bool read_only, struct cart **ret_cart)
{
	int err = cart_open(shelf_of(g), BARCODE, read_only, ret_cart);
	if (!err) {
		err = staging_use(*ret_cart, way);
		cart_read_protected(*ret_cart, way->protection);
		if (err)
			cart_close(*ret_cart);
	}
	return err;
}

static int reads(struct ground *g, int fd)
{
	struct cart *cart;
	int err = opens(g, true, &cart);
	if (err)
		return err;
	for (size_t i = 0; i < g->m.count && !err; i++)
		err = read_object(cart, &g->m.objects[i]);
	cart_close(cart);
	return err;
}

static int writes(struct ground *g, int fd)
{
	struct cart *cart;
	uint32_t done;
	int err = opens(g, false, &cart);
	if (err)
		return err;
	err = cart_locate(cart, 0, g->m.count);
	if (!err)
		err = write_record(cart, 1, 3000);
	if (!err)
		err = cart_write_filemarks(cart, 1, &done);
	int closed = cart_close(cart);
	if (err || closed)
		return err ? err : closed;
	shortage_met(); /* what was said to be written is there */
	assert_int_equal(opens(g, true, &cart), 0);
	assert_int_equal(cart_locate(cart, 0, g->m.count), MEDIA_OK);
	assert_int_equal(read_object(cart, &(struct object){ 1, 3000 }), MEDIA_OK);
	return cart_close(cart);
}

static int verifies(struct ground *g, int fd)
{
	struct cart_report report;
	return cart_verify(shelf_of(g), BARCODE, NULL, &report);
}

static int exports(struct ground *g, int fd)
{
	struct cart_report report;
	char why[128];
	int to = memory_file("", 0);
	int err = cart_export(shelf_of(g), BARCODE, to, CART_NATIVE, NULL, &report, why);
	close(to);
	return err;
}

static int checks_container(struct ground *g, int fd)
{
	struct cart_report report;
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return cart_verify_container(fd, CART_ANY, NULL, &report);
}

static int imports(struct ground *g, int fd)
{
	char why[128];
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	int err = import_fd(g, fd, "COPY01L8", why);
	if (!err)
		return cart_delete(shelf_of(g), "COPY01L8");
	check_nothing_left(g);
	return err;
}

static const struct {
	const char *name;
	int (*call)(struct ground *g, int fd);
	unsigned least; /* allocations that it makes at least */
} calls[] = {
	{ "create", creates, 1 },
	{ "read", reads, 3 },
	{ "verify", verifies, 3 },
	{ "export", exports, 5 },
	{ "check a container", checks_container, 3 },
	{ "import", imports, 5 },
	{ "write", writes, 3 },
};

/* Refuses the nth allocation. False: the call makes fewer. */
static bool try(struct ground *g, int fd, size_t row, unsigned n)
{
	unsigned files = entries_of("/proc/self/fd");
	shortage_at(n);
	int err = calls[row].call(g, fd);
	bool met = shortage_met();
	if (err && (!met || err != -ENOMEM))
		fail_msg("%s, allocation %u: %d", calls[row].name, n, err);
	if (entries_of("/proc/self/fd") != files)
		fail_msg("%s, allocation %u: files are left open", calls[row].name, n);
	return met;
}

static unsigned every_allocation(void)
{
	unsigned refused = 0;
	struct ground g;
	struct cart_report report;
	char why[128];
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 1 << 24, 0);
	for (unsigned i = 0; i < RECORDS; i++) {
		assert_int_equal(write_record(cart, i, 1000 * (i + 1)), MEDIA_OK);
		model_put(&g.m, 1000 * (i + 1), i);
	}
	assert_int_equal(cart_close(cart), 0);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_of(&g), BARCODE, fd, CART_NATIVE, NULL, &report, why), 0);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		unsigned n = 1;
		while (try(&g, fd, i, n))
			n++;
		refused += n - 1;
		if (n <= calls[i].least)
			fail_msg("%s: only %u allocations", calls[i].name, n - 1);
	}
	close(fd);
	assert_int_equal(verifies(&g, -1), 0);
	assert_int_equal(reads(&g, -1), 0);
	teardown(&g);
	return refused;
}

static void test_shortage(void **state)
{
	unsigned refused = 0;
	for (unsigned i = 0; i < STAGING_WAYS; i++) {
		print_message("%s\n", staging_ways[i].name);
		way = &staging_ways[i];
		staging_always(way);
		refused += every_allocation();
	}
	print_message("# %u refused allocations\n", refused);
	staging_always(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shortage),
	};
	return cmocka_run_group_tests_name("media: shortage", tests, NULL, NULL);
}
