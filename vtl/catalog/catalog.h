/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog: LMDB tables of rows with version and checksum. A change is collected in a transaction and
 * happens whole or not at all. Commits run on a helper thread, so that no worker waits for a disk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ballast;
struct catalog;
struct row;

enum catalog_table {
	TABLE_META,       /* "installation": the id of this installation */
	TABLE_LIBRARIES,  /* by library id */
	TABLE_DRIVES,     /* by drive id, also removed drives */
	TABLE_CARTRIDGES, /* by barcode */
	TABLE_INITIATORS, /* by name */
	TABLE_MEMORY,     /* by device id '/' key */
	TABLE_HEALTH,     /* by uuid of a cartridge or id of a drive */
	TABLE_DELETED,    /* by entry of the wastebasket */
	TABLE_NUMBERS,    /* by prefix of barcodes */
	N_TABLES,
};
extern const char *const catalog_table_names[N_TABLES];

/* Opens or creates the catalog in an existing directory. 0 or -errno; -EUCLEAN: damaged. A commit without
 * disk space removes the ballast (may be NULL; owned by the caller). */
int catalog_open(const char *path, struct ballast *ballast, struct catalog **ret_catalog);
/* Opens a catalog on a read-only file system; every commit returns -EROFS. path NULL: without rows. */
int catalog_open_read_only(const char *path, struct catalog **ret_catalog);
bool catalog_is_read_only(const struct catalog *catalog);
void catalog_close(struct catalog *catalog);
/* Allocates blocks for later commits; each commit does that too. 0; -ENOSPC: no space now; -EOPNOTSUPP: the
 * file system cannot. */
int catalog_reserve(struct catalog *catalog);
/* Checks every page before LMDB reads it. 0; -ENOENT: no catalog (or an empty file); -EUCLEAN: damaged;
 * -errno. */
int catalog_check(const char *path);
/* Calls visit for every row, in order of keys, until it returns non-zero; returns that, or -errno. Only while
 * opening: no other fiber may commit meanwhile. */
typedef int (*catalog_visit)(void *arg, const void *key, size_t key_len, const void *value, size_t len);
int catalog_each(struct catalog *catalog, enum catalog_table table, catalog_visit visit, void *arg);

/* A transaction. Errors are kept; catalog_commit() returns the first. */
struct catalog_txn {
	struct catalog *catalog;
	uint8_t *ops; /* the collected puts and drops */
	size_t len, size;
	int err;
};
void catalog_begin(struct catalog *catalog, struct catalog_txn *txn);
void catalog_put(struct catalog_txn *txn, enum catalog_table table, const char *key, const void *value,
	size_t len);
/* Ends the row with its checksum (which covers the key) and puts it. */
void catalog_put_row(struct catalog_txn *txn, enum catalog_table table, const char *key, struct row *row);
/* A missing row is not an error. */
void catalog_drop(struct catalog_txn *txn, enum catalog_table table, const char *key);
/* Commits durably and ends the transaction. 0; or -errno: nothing has changed. */
int catalog_commit(struct catalog_txn *txn);
/* Ends the transaction without a change. */
void catalog_abandon(struct catalog_txn *txn);
