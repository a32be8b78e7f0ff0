/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the pages of a catalog before LMDB maps them. LMDB trusts its file: with one wrong offset it reads
 * or writes outside. This code reads the same pages (data version 1, 64 bit) as bytes, with bounds: every
 * page of every tree is in the file, well formed, and used once; no free page is used; every count is right. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"
#include "vtl/catalog/lmdb_env.h"

/* The layout of LMDB's pages, as lmdb 0.9 writes them on a little-endian 64-bit machine. */
enum {
	PAGE_HEADER = 16,
	AT_FLAGS = 10,
	AT_LOWER = 12,
	AT_UPPER = 14,
	AT_PAGES = 12,
	IS_BRANCH = 1,
	IS_LEAF = 2,
	IS_OVERFLOW = 4,
	IS_META = 8,
	NODE_HEADER = 8,
	NODE_BIG = 1,
	NODE_TREE = 2,
	TREE_SIZE = 48,
	TREE_INTEGER_KEY = 8,
	META_AT_TREES = PAGE_HEADER + 24,
	META_AT_LAST = META_AT_TREES + 2 * TREE_SIZE,
	META_AT_TXN = META_AT_LAST + 8,
	META_END = META_AT_TXN + 8,
	DEPTH_MAX = 32,
	KEY_MAX = 511,
	FIRST_PAGE = 2,
	UNWRITTEN_MAX = 1 << 16,
	READ_STEP = 1 << 20,
	READ_MAX = 1 << 30, /* far more than any catalog has */
};
#define META_MAGIC 0xbeefc0deU
#define NO_PAGE    UINT64_MAX

enum page_use { USE_NONE, USE_TREE, USE_FREE };

struct tree {
	uint16_t flags, depth;
	uint64_t branches, leaves, overflows, entries, root;
};

struct step {
	uint64_t page;
	unsigned depth;
};

struct checking {
	const uint8_t *map;
	size_t page_size;
	uint64_t n_pages;   /* number of pages according to the catalog */
	uint64_t n_written; /* number of pages in the file; free pages at the end may be missing */
	uint8_t *use;       /* enum page_use of each */
	struct step *steps; /* pages to be checked */
	size_t n_steps;
	struct tree tables[N_TABLES + 1];
	unsigned n_tables;
};

/* A tree being checked, and what was found. */
struct walk {
	struct checking *c;
	struct tree seen;
	bool is_free, is_main;
	const struct tree *says;
};

static struct tree tree_get(const uint8_t *p)
{
	return (struct tree){ .flags = get_le16(p + 4),
		.depth = get_le16(p + 6),
		.branches = get_le64(p + 8),
		.leaves = get_le64(p + 16),
		.overflows = get_le64(p + 24),
		.entries = get_le64(p + 32),
		.root = get_le64(p + 40) };
}

static const uint8_t *page_at(const struct checking *c, uint64_t page)
{
	return c->map + page * c->page_size;
}

/* Marks n pages from first as used; false when one was used already. */
static bool pages_take(struct checking *c, uint64_t first, uint64_t n, enum page_use use)
{
	uint64_t end = use == USE_FREE ? c->n_pages : c->n_written;
	if (first < FIRST_PAGE || first >= end || n > end - first)
		return false;
	for (uint64_t i = first; i < first + n; i++) {
		if (c->use[i] != USE_NONE)
			return false;
		c->use[i] = (uint8_t)use;
	}
	return true;
}

static bool page_push(struct checking *c, uint64_t page, unsigned depth)
{
	if (depth > DEPTH_MAX || !pages_take(c, page, 1, USE_TREE))
		return false;
	c->steps[c->n_steps++] = (struct step){ page, depth };
	return true;
}

/* A row of the list of free pages: a count, and that many page numbers, descending. */
static bool free_row(struct checking *c, const uint8_t *value, uint64_t len)
{
	if (len < 8 || len % 8 || get_le64(value) > len / 8 - 1)
		return false;
	uint64_t n = get_le64(value), before = NO_PAGE;
	for (uint64_t i = 1; i <= n; i++) {
		uint64_t page = get_le64(value + i * 8);
		if (page >= before || !pages_take(c, page, 1, USE_FREE))
			return false;
		before = page;
	}
	return true;
}

/* A row of the main tree: one of our tables. */
static bool table_row(struct checking *c, const uint8_t *value, uint64_t len)
{
	if (len != TREE_SIZE || c->n_tables > N_TABLES)
		return false;
	c->tables[c->n_tables++] = tree_get(value);
	return true;
}

/* A value with pages of its own. */
static bool big_value(struct walk *w, uint64_t first, uint64_t len, const uint8_t **ret_value)
{
	struct checking *c = w->c;
	if (first >= c->n_written)
		return false;
	const uint8_t *p = page_at(c, first);
	uint64_t pages = get_le32(p + AT_PAGES);
	if (get_le16(p + AT_FLAGS) != IS_OVERFLOW || get_le64(p) != first || !pages ||
		!pages_take(c, first, pages, USE_TREE) || len > pages * c->page_size - PAGE_HEADER)
		return false;
	w->seen.overflows += pages;
	*ret_value = p + PAGE_HEADER;
	return true;
}

static bool leaf_node(struct walk *w, const uint8_t *node, size_t room, size_t *ret_size)
{
	uint64_t len = get_le32(node);
	unsigned flags = get_le16(node + 4), key_len = get_le16(node + 6);
	uint64_t inside = flags & NODE_BIG ? 8 : len;
	if (!key_len || key_len > KEY_MAX || inside > room || NODE_HEADER + key_len + inside > room)
		return false;
	if (flags != (w->is_main ? NODE_TREE : flags & NODE_BIG) || (w->is_free && key_len != 8))
		return false;
	*ret_size = NODE_HEADER + key_len + (size_t)inside;
	const uint8_t *value = node + NODE_HEADER + key_len;
	if (flags & NODE_BIG && !big_value(w, get_le64(value), len, &value))
		return false;
	w->seen.entries++;
	return w->is_free ? free_row(w->c, value, len) : !w->is_main || table_row(w->c, value, len);
}

static bool branch_node(struct walk *w, const uint8_t *node, size_t room, unsigned depth, size_t *ret_size)
{
	unsigned key_len = get_le16(node + 6);
	uint64_t page = get_le32(node) | (uint64_t)get_le16(node + 4) << 32;
	*ret_size = NODE_HEADER + key_len;
	return key_len <= KEY_MAX && *ret_size <= room && page_push(w->c, page, depth + 1);
}

static int key_order(const struct walk *w, const uint8_t *a, const uint8_t *b)
{
	unsigned a_len = get_le16(a + 6), b_len = get_le16(b + 6);
	if (w->is_free && a_len == 8 && b_len == 8) {
		uint64_t x = get_le64(a + NODE_HEADER), y = get_le64(b + NODE_HEADER);
		return (x > y) - (x < y);
	}
	int order = memcmp(a + NODE_HEADER, b + NODE_HEADER, a_len < b_len ? a_len : b_len);
	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static bool page_nodes(struct walk *w, const uint8_t *page, unsigned n, unsigned upper, unsigned depth,
	bool leaf)
{
	size_t page_size = w->c->page_size, taken = 0;
	const uint8_t *before = NULL;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = get_le16(page + PAGE_HEADER + i * 2);
		size_t size;
		if (at < upper || at % 2 || at + NODE_HEADER > page_size)
			return false;
		const uint8_t *node = page + at;
		if (!(leaf ? leaf_node(w, node, page_size - at, &size)
			   : branch_node(w, node, page_size - at, depth, &size)))
			return false;
		/* The first key of a branch page is empty or ignored. */
		if (before && (leaf || i > 1) && key_order(w, before, node) >= 0)
			return false;
		before = node;
		taken += (size + 1) & ~(size_t)1;
	}
	return taken == page_size - upper;
}

static bool page_check(struct walk *w, uint64_t number, unsigned depth)
{
	const uint8_t *page = page_at(w->c, number);
	/* Exactly one kind: a page marked dirty would be written where it is mapped. */
	unsigned kind = get_le16(page + AT_FLAGS);
	unsigned lower = get_le16(page + AT_LOWER), upper = get_le16(page + AT_UPPER);
	if (get_le64(page) != number || lower < PAGE_HEADER || lower % 2 || upper < lower ||
		upper > w->c->page_size)
		return false;
	unsigned n = (lower - PAGE_HEADER) / 2;
	bool leaf = depth == w->says->depth;
	if (kind != (leaf ? IS_LEAF : IS_BRANCH) || n < (leaf || w->is_free ? 1 : 2))
		return false;
	if (leaf)
		w->seen.leaves++;
	else
		w->seen.branches++;
	return page_nodes(w, page, n, upper, depth, leaf);
}

static bool tree_check(struct checking *c, const struct tree *says, bool is_free, bool is_main)
{
	struct walk w = { .c = c, .is_free = is_free, .is_main = is_main, .says = says };
	if (says->flags != (is_free ? TREE_INTEGER_KEY : 0) || says->depth > DEPTH_MAX)
		return false;
	if (says->root == NO_PAGE)
		return !says->depth && !says->entries && !says->leaves && !says->branches && !says->overflows;
	if (!says->depth || !page_push(c, says->root, 1))
		return false;
	while (c->n_steps) {
		struct step step = c->steps[--c->n_steps];
		if (!page_check(&w, step.page, step.depth))
			return false;
	}
	return w.seen.entries == says->entries && w.seen.leaves == says->leaves &&
		w.seen.branches == says->branches && w.seen.overflows == says->overflows;
}

static bool trees_check(struct checking *c, const uint8_t *meta)
{
	struct tree list = tree_get(meta + META_AT_TREES);
	struct tree main = tree_get(meta + META_AT_TREES + TREE_SIZE);
	/* The first transaction creates all tables together. */
	if (!tree_check(c, &main, false, true) || (c->n_tables && c->n_tables != N_TABLES))
		return false;
	for (unsigned i = 0; i < c->n_tables; i++)
		if (!tree_check(c, &c->tables[i], false, false))
			return false;
	return tree_check(c, &list, true, false);
}

static bool meta_ok(const uint8_t *map, size_t at, size_t size)
{
	return size >= at + META_END && get_le32(map + at + PAGE_HEADER) == META_MAGIC &&
		get_le16(map + at + AT_FLAGS) == IS_META;
}

static int file_check(const uint8_t *map, size_t size)
{
	struct checking c = { .map = map };
	if (!meta_ok(map, 0, size))
		return -EUCLEAN;
	if (get_le32(map + PAGE_HEADER + 4) != 1)
		return 0; /* another data version; LMDB refuses it or can read it */
	c.page_size = get_le32(map + META_AT_TREES);
	if (c.page_size < 512 || c.page_size > 65536 || c.page_size & (c.page_size - 1) ||
		!meta_ok(map, c.page_size, size) ||
		get_le32(map + c.page_size + META_AT_TREES) != c.page_size)
		return -EUCLEAN;
	const uint8_t *meta = map;
	if (get_le64(map + c.page_size + META_AT_TXN) > get_le64(map + META_AT_TXN))
		meta = map + c.page_size;
	uint64_t last = get_le64(meta + META_AT_LAST);
	c.n_written = size / c.page_size;
	if (last < 1 || last > c.n_written + UNWRITTEN_MAX)
		return -EUCLEAN;
	c.n_pages = last + 1;
	if (c.n_written > c.n_pages)
		c.n_written = c.n_pages;
	c.use = calloc(c.n_pages, 1);
	c.steps = calloc(c.n_pages, sizeof *c.steps);
	int err = !c.use || !c.steps ? -ENOMEM : trees_check(&c, meta) ? 0 : -EUCLEAN;
	free(c.use);
	free(c.steps);
	return err;
}

/* A bad sector under a map ends the program; for read() it is an error. What was read once is in memory. */
static int file_readable(int fd, size_t size)
{
	autofree uint8_t *buf = malloc(READ_STEP);
	if (!buf)
		return -ENOMEM;
	unsigned tries = 0;
	for (size_t at = 0; at < size && at < READ_MAX;) {
		ssize_t n = pread(fd, buf, READ_STEP, (off_t)at);
		if (n < 0 && file_pause_and_try(-errno, &tries))
			continue;
		if (n <= 0)
			return n ? -errno : -EUCLEAN;
		at += (size_t)n;
		tries = 0;
	}
	return 0;
}

int catalog_check(const char *path)
{
	char file[4300];
	struct stat st;
	if (snprintf(file, sizeof file, "%s/data.mdb", path) >= (int)sizeof file)
		return -ENAMETOOLONG;
	autoclose int fd = file_open_at(AT_FDCWD, file, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EUCLEAN;
	if (!st.st_size)
		return -ENOENT;
	size_t size = (size_t)st.st_size;
	int err = file_readable(fd, size);
	if (err)
		return err;
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	err = file_check(map, size);
	munmap(map, size);
	return err;
}
