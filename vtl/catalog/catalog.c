/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog on LMDB: opening, reading, and commits on a helper thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/catalog/ballast.h"
#include "vtl/catalog/lmdb_env.h"

const char *const catalog_table_names[N_TABLES] = {
	[TABLE_META] = "meta",
	[TABLE_LIBRARIES] = "libraries",
	[TABLE_DRIVES] = "drives",
	[TABLE_CARTRIDGES] = "cartridges",
	[TABLE_INITIATORS] = "initiators",
	[TABLE_MEMORY] = "memory",
	[TABLE_HEALTH] = "health",
	[TABLE_DELETED] = "deleted",
	[TABLE_NUMBERS] = "numbers",
};

int catalog_errno(int err)
{
	static const struct {
		int mdb, err;
	} known[] = {
		{ MDB_CORRUPTED, EUCLEAN },
		{ MDB_PAGE_NOTFOUND, EUCLEAN },
		{ MDB_INVALID, EUCLEAN },
		{ MDB_VERSION_MISMATCH, EUCLEAN },
		{ MDB_BAD_TXN, EIO },
		{ MDB_PANIC, EIO },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].mdb == err)
			return -known[i].err;
	return err > 0 ? -err : err ? -EIO : 0;
}

static int tables_open(struct catalog *catalog)
{
	MDB_txn *txn;
	bool read_only = catalog->read_only;
	int err = mdb_txn_begin(catalog->env, NULL, read_only ? MDB_RDONLY : 0, &txn);
	if (err)
		return err;
	for (int i = 0; i < N_TABLES && !err; i++) {
		err = mdb_dbi_open(txn, catalog_table_names[i], read_only ? 0 : MDB_CREATE,
			&catalog->tables[i]);
		catalog->missing[i] = read_only && err == MDB_NOTFOUND;
		if (catalog->missing[i])
			err = 0;
	}
	if (err) {
		mdb_txn_abort(txn);
		return err;
	}
	return mdb_txn_commit(txn);
}

static struct catalog *catalog_new(struct ballast *ballast, bool read_only)
{
	struct catalog *catalog = calloc(1, sizeof *catalog);
	if (!catalog)
		return NULL;
	turn_init(&catalog->turn);
	catalog->ballast = ballast;
	catalog->read_only = read_only;
	catalog->map = CATALOG_MAP;
	return catalog;
}

static int env_open(struct catalog *catalog, const char *path)
{
	int err = mdb_env_create(&catalog->env);
	if (!err)
		err = mdb_env_set_maxdbs(catalog->env, N_TABLES);
	if (!err)
		err = mdb_env_set_mapsize(catalog->env, catalog->map);
	/* Without NOSYNC and WRITEMAP a commit is on stable storage when it returns. NOTLS: a reader may use
	 * different helper threads. NOLOCK: the state directory has one owner, and a mapped lock file would
	 * end the program on a full or failing disk. */
	if (!err)
		err = mdb_env_open(catalog->env, path,
			MDB_NOTLS | MDB_NOLOCK | (catalog->read_only ? MDB_RDONLY : 0), 0600);
	MDB_envinfo info;
	if (!err)
		err = mdb_env_info(catalog->env, &info);
	if (!err) {
		catalog->map = info.me_mapsize; /* a file that has grown has its size recorded */
		err = tables_open(catalog);
	}
	return catalog_errno(err);
}

static int open_as(const char *path, struct ballast *ballast, bool read_only, struct catalog **ret_catalog)
{
	struct catalog *catalog = catalog_new(ballast, read_only);
	if (!catalog)
		return -ENOMEM;
	int err = path ? env_open(catalog, path) : 0;
	if (err)
		catalog_close(catalog);
	else
		*ret_catalog = catalog;
	return err;
}

int catalog_open(const char *path, struct ballast *ballast, struct catalog **ret_catalog)
{
	return open_as(path, ballast, false, ret_catalog);
}

int catalog_open_read_only(const char *path, struct catalog **ret_catalog)
{
	return open_as(path, NULL, true, ret_catalog);
}

bool catalog_is_read_only(const struct catalog *catalog)
{
	return catalog->read_only;
}

void catalog_close(struct catalog *catalog)
{
	if (!catalog)
		return;
	if (catalog->env)
		mdb_env_close(catalog->env);
	free(catalog);
}

int catalog_each(struct catalog *catalog, enum catalog_table table, catalog_visit visit, void *arg)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	if (!catalog->env || catalog->missing[table])
		return 0;
	int err = mdb_txn_begin(catalog->env, NULL, MDB_RDONLY, &txn);
	if (err)
		return catalog_errno(err);
	err = mdb_cursor_open(txn, catalog->tables[table], &cursor);
	if (err) {
		mdb_txn_abort(txn);
		return catalog_errno(err);
	}
	MDB_val key, value;
	int said = 0;
	while (!said && !(err = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)))
		said = visit(arg, key.mv_data, key.mv_size, value.mv_data, value.mv_size);
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	return said ? said : err == MDB_NOTFOUND ? 0 : catalog_errno(err);
}

/* --- commit: on a helper thread ---------------------------------------------------------------- */

static int txn_apply(struct catalog_txn *t, MDB_txn *txn)
{
	int err = 0;
	for (const uint8_t *p = t->ops, *end = p + t->len; p < end && !err;) {
		size_t key_len = get_le16(p + 2), len = get_le32(p + 4);
		MDB_dbi dbi = t->catalog->tables[p[0]];
		MDB_val key = { key_len, (void *)(p + OP_HEADER) };
		MDB_val value = { len, (void *)(p + OP_HEADER + key_len) };
		err = p[1] ? mdb_del(txn, dbi, &key, NULL) : mdb_put(txn, dbi, &key, &value, 0);
		if (p[1] && err == MDB_NOTFOUND)
			err = 0;
		p += OP_HEADER + key_len + len;
	}
	return err;
}

static int txn_try(struct catalog_txn *t)
{
	MDB_txn *txn;
	int err = mdb_txn_begin(t->catalog->env, NULL, 0, &txn);
	if (err)
		return err;
	err = txn_apply(t, txn);
	if (err) {
		mdb_txn_abort(txn);
		return err;
	}
	return mdb_txn_commit(txn);
}

static int txn_persist(void *arg)
{
	struct catalog_txn *t = arg;
	int err;
	/* The loop ends: the map doubles until the change fits or CATALOG_MAP_MAX is reached. */
	while ((err = txn_try(t)) == MDB_MAP_FULL && t->catalog->map <= CATALOG_MAP_MAX / 2) {
		err = mdb_env_set_mapsize(t->catalog->env, t->catalog->map * 2);
		if (err)
			break;
		t->catalog->map *= 2;
	}
	/* LMDB reports a short write as a device error, but a full disk causes one too. */
	int fd;
	bool full = err == EIO && !mdb_env_get_fd(t->catalog->env, &fd) && !reserve_size(fd, UINT64_MAX);
	return full ? -ENOSPC : catalog_errno(err);
}

static void txn_run(void *arg)
{
	struct catalog_txn *t = arg;
	t->err = ballast_run(t->catalog->ballast, txn_persist, t);
	if (t->err)
		log_error("catalog: write failed: %s", error_text(t->err));
	else
		/* blocks that are not available now may be after the next commit */
		catalog_reserve(t->catalog);
}

int catalog_commit(struct catalog_txn *txn)
{
	if (!txn->err && txn->len && txn->catalog->read_only)
		txn->err = -EROFS;
	if (!txn->err && txn->len) {
		struct catalog *catalog = txn->catalog;
		turn_take(&catalog->turn);
		job_call(txn_run, txn);
		turn_give(&catalog->turn);
	}
	int err = txn->err;
	catalog_abandon(txn);
	return err;
}
