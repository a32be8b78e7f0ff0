/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts under the catalog.  LMDB's writes and syncs are recorded where they leave the library: this program
 * stands before pwrite() and its relatives.  Then the file as a power cut at every moment could leave it, with every
 * class of unsynced writes: each holds what the last answered commit left, or all of the one under way.
 */
#include "bench.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/lib/seed.h"
#include "vtl/base/crc32c.h"
#include "vtl/base/grow.h"
#include "vtl/base/log.h"
#include "vtl/catalog/catalog.h"

enum { COMMITS = 60, ROWS = 12, VALUE_MAX = 9000, OPS_MAX = 1 << 16, FILE_MAX = 8 << 20, SECTOR = 512 };
enum policy { KEEP_NONE, KEEP_ALL, KEEP_SOME, KEEP_TORN, KEEP_ALL_BUT_ONE, POLICIES };

/* --- the recorder ----------------------------------------------------------------------------------------- */

struct op {
	uint8_t *data; /* NULL: a sync */
	uint64_t off;
	size_t len;
	size_t synced; /* operations after which it is durable */
};

static struct {
	bool on;
	struct op *ops;
	size_t count, room;
} record;

static bool recorded(int fd)
{
	char link[64], path[256];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = record.on ? readlink(link, path, sizeof path) : -1;
	return n > 9 && memcmp(path + n - 9, "/data.mdb", 9) == 0;
}

static struct op *note(struct op op)
{
	if (grow(record.ops, record.room, record.count + 1, OPS_MAX))
		abort();
	record.ops[record.count] = op;
	return &record.ops[record.count++];
}

static void note_write(int fd, const struct iovec *parts, int n, uint64_t off)
{
	bool through = fcntl(fd, F_GETFL) & O_DSYNC;
	for (int i = 0; recorded(fd) && i < n; i++) {
		struct op *op = note(
			(struct op){ malloc(parts[i].iov_len), off, parts[i].iov_len, SIZE_MAX });
		memcpy(op->data, parts[i].iov_base, op->len);
		if (through)
			op->synced = record.count;
		off += op->len;
	}
}

static void note_sync(int fd)
{
	if (!recorded(fd))
		return;
	note((struct op){ .synced = 0 });
	for (size_t i = 0; i < record.count; i++)
		if (record.ops[i].data && record.ops[i].synced == SIZE_MAX)
			record.ops[i].synced = record.count;
}

/* Under the names by which liblmdb calls them; the kernel does the work. */
ssize_t lmdb_pwrite(int fd, const void *bytes, size_t len, off_t off) __asm__("pwrite");
ssize_t lmdb_pwrite(int fd, const void *bytes, size_t len, off_t off)
{
	const struct iovec all = { (void *)bytes, len };
	note_write(fd, &all, 1, (uint64_t)off);
	return syscall(SYS_pwrite64, fd, bytes, len, off);
}

ssize_t lmdb_writev(int fd, const struct iovec *parts, int n) __asm__("writev");
ssize_t lmdb_writev(int fd, const struct iovec *parts, int n)
{
	note_write(fd, parts, n, (uint64_t)lseek(fd, 0, SEEK_CUR));
	return syscall(SYS_writev, fd, parts, n);
}

int lmdb_fdatasync(int fd) __asm__("fdatasync");
int lmdb_fdatasync(int fd)
{
	int res = (int)syscall(SYS_fdatasync, fd);
	note_sync(fd);
	return res;
}

/* --- what the catalog held -------------------------------------------------------------------------------- */

struct life {
	char dir[128], image[128];
	struct rng {
		uint64_t state;
	} rng;
	struct {
		size_t begun, ended; /* operations when the commit was called, and when it had returned */
		uint32_t sum;        /* of all rows afterwards */
	} commits[COMMITS + 1];
};

static uint32_t roll(struct life *l, uint32_t n)
{
	l->rng.state = l->rng.state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(l->rng.state >> 33) % n;
}

static int add_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	uint32_t *sum = arg;
	*sum = crc32c(crc32c(*sum, key, key_len), value, len);
	return 0;
}

static uint32_t sum_of(struct catalog *catalog)
{
	uint32_t sum = 0;
	for (int t = 0; t < N_TABLES; t++)
		assert_int_equal(catalog_each(catalog, (enum catalog_table)t, add_row, &sum), 0);
	return sum;
}

static void change(struct life *l, struct catalog *catalog, unsigned n)
{
	static uint8_t value[VALUE_MAX];
	struct catalog_txn txn;
	catalog_begin(catalog, &txn);
	for (unsigned i = 0; i <= roll(l, 6); i++) {
		char key[16];
		enum catalog_table table = (enum catalog_table)roll(l, N_TABLES);
		snprintf(key, sizeof key, "row%u", roll(l, ROWS));
		size_t len = 1 + roll(l, roll(l, 5) ? 300 : VALUE_MAX - 1);
		memset(value, (int)(n + i), len);
		if (roll(l, 4))
			catalog_put(&txn, table, key, value, len);
		else
			catalog_drop(&txn, table, key);
	}
	snprintf((char *)value, sizeof value, "%u", n);
	catalog_put(&txn, TABLE_META, "commit", value, 4); /* no two states are equal */
	l->commits[n].begun = record.count;
	assert_int_equal(catalog_commit(&txn), 0);
	l->commits[n].ended = record.count;
	l->commits[n].sum = sum_of(catalog);
}

static void live(void *arg)
{
	struct life *l = arg;
	struct catalog *catalog;
	record.on = true;
	assert_int_equal(catalog_open(l->dir, NULL, &catalog), 0);
	l->commits[0].ended = record.count;
	l->commits[0].sum = sum_of(catalog);
	for (unsigned n = 1; n <= COMMITS; n++) {
		if (n % 16 == 0) { /* a new process */
			catalog_close(catalog);
			assert_int_equal(catalog_open(l->dir, NULL, &catalog), 0);
		}
		change(l, catalog, n);
	}
	catalog_close(catalog);
	record.on = false;
}

/* --- the images ------------------------------------------------------------------------------------------- */

/* The nth of the writes that are not durable, beginning again with the first. */
static size_t spared_by(size_t moments, unsigned nth)
{
	size_t loose = 0, i = moments;
	for (size_t k = 0; k < moments; k++)
		loose += record.ops[k].data && record.ops[k].synced > moments;
	for (size_t left = loose ? nth % loose + 1 : 0; left > 0;) {
		i--;
		left -= record.ops[i].data && record.ops[i].synced > moments;
	}
	return i;
}

static bool keeps(struct life *l, enum policy policy, bool spared)
{
	return policy == KEEP_ALL || policy == KEEP_TORN || (policy == KEEP_SOME && roll(l, 2)) ||
		(policy == KEEP_ALL_BUT_ONE && !spared);
}

static void copy_op(struct life *l, const struct op *op, bool torn, uint8_t *file)
{
	size_t step = torn ? SECTOR - op->off % SECTOR : op->len;
	for (size_t at = 0; at < op->len; at += step, step = torn ? SECTOR : op->len)
		if (!torn || roll(l, 2))
			memcpy(file + op->off + at, op->data + at, op->len - at < step ? op->len - at : step);
}

/* What a cut after so many operations leaves; deaf: syncs did nothing. */
static void make_image(struct life *l, size_t moments, enum policy policy, unsigned nth, bool deaf)
{
	static uint8_t file[FILE_MAX];
	size_t end = 0, spared = policy == KEEP_ALL_BUT_ONE ? spared_by(moments, nth) : 0;
	for (size_t i = 0; i < moments; i++) {
		const struct op *op = &record.ops[i];
		bool durable = op->synced <= moments && !deaf;
		if (!op->data || !(durable || keeps(l, policy, i == spared)))
			continue;
		assert_true(op->off + op->len <= FILE_MAX);
		if (op->off + op->len > end) {
			memset(file + end, 0, op->off + op->len - end);
			end = op->off + op->len;
		}
		copy_op(l, op, !durable && policy == KEEP_TORN, file);
	}
	file_write(l->image, "data.mdb", file, end);
}

/* Whether the image holds what it must: the last answered commit, or the one that had begun. */
static bool image_good(struct life *l, size_t moments)
{
	unsigned n = 0;
	while (n < COMMITS && l->commits[n + 1].ended <= moments)
		n++;
	struct catalog *catalog;
	if (catalog_check(l->image) || catalog_open(l->image, NULL, &catalog))
		return moments < l->commits[0].ended; /* it was only being made */
	uint32_t sum = sum_of(catalog);
	catalog_close(catalog);
	return sum == l->commits[n].sum ||
		(n < COMMITS && l->commits[n + 1].begun < moments && sum == l->commits[n + 1].sum);
}

static void explore(void *arg)
{
	struct life *l = arg;
	struct stride stride = stride_wanted(1);
	unsigned images = 0, bad = 0;
	for (size_t m = stride.from; m <= record.count; m += stride.step)
		for (unsigned way = 0; way < POLICIES; way++, images++) {
			make_image(l, m, (enum policy)way, (unsigned)m, false);
			if (!image_good(l, m))
				fail_msg("operation %zu, way %u: not what was committed", m, way);
		}
	print_message("# %u crash images of %d commits, %zu operations\n", images, COMMITS, record.count);
	/* The same finds a catalog that does not sync. */
	for (size_t m = l->commits[0].ended + 1; m <= record.count; m += 7) {
		make_image(l, m, KEEP_SOME, 0, true);
		bad += !image_good(l, m);
	}
	assert_true(bad > 5);
}

static void a_power_cut_leaves_the_last_answered_commit_or_the_one_under_way(void **state)
{
	struct bench b;
	struct life *l = calloc(1, sizeof *l);
	bench_make(&b);
	snprintf(l->dir, sizeof l->dir, "%s/catalog", b.dir);
	snprintf(l->image, sizeof l->image, "%s/image", b.dir);
	run_command("mkdir %s %s", l->dir, l->image);
	l->rng.state = seed_new();
	on_worker(live, l);
	assert_true(record.count > 3 * COMMITS);
	on_worker(explore, l);
	for (size_t i = 0; i < record.count; i++)
		free(record.ops[i].data);
	free(record.ops);
	free(l);
	bench_remove(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_cut_leaves_the_last_answered_commit_or_the_one_under_way),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
