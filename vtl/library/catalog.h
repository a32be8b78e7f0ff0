/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog: LMDB tables of versioned, checksummed rows.  A change is
 * collected in a transaction and then happens whole or not at all; its commit
 * runs on a helper thread, so that no worker waits for a disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ballast;
struct catalog;
struct row;

enum catalog_table {
	TABLE_META,       /* "installation": who we are */
	TABLE_LIBRARIES,  /* by library id */
	TABLE_DRIVES,     /* by drive id, removed ones too */
	TABLE_CARTRIDGES, /* by barcode */
	TABLE_INITIATORS, /* by name */
	TABLE_MEMORY,     /* by device id '/' key */
	TABLE_HEALTH,     /* by uuid of a cartridge or id of a drive */
	TABLE_DELETED,    /* by their places in the wastebasket */
	TABLE_NUMBERS,    /* by the prefix of barcodes */
	N_TABLES,
};
extern const char *const catalog_table_names[N_TABLES];

/* Opens or makes the catalog in a directory that exists. 0 or -errno: -EUCLEAN when it is damaged.  A
 * commit that finds no room gives up the ballast (may be NULL), which stays the caller's. */
int catalog_open(const char *path, struct ballast *ballast, struct catalog **ret_catalog);
/* One that is on a read-only file system; every commit is -EROFS.  path NULL: one that has no rows. */
int catalog_open_read_only(const char *path, struct catalog **ret_catalog);
bool catalog_is_read_only(const struct catalog *catalog);
void catalog_close(struct catalog *catalog);
/* Gives the file blocks for the commits to come; each commit does so, too. 0, -ENOSPC: there is no
 * room for them now, -EOPNOTSUPP: the file system cannot. */
int catalog_reserve(struct catalog *catalog);
/* Checks every page of a catalog before LMDB trusts it. 0, -ENOENT when there is none (or an empty
 * file), -EUCLEAN when it is damaged, -errno. */
int catalog_check(const char *path);
/* Calls visit for every row, in order of keys, until it returns other than 0; returns that, or
 * -errno.  Not while another fiber commits: for opening only. */
typedef int (*catalog_visit)(void *arg, const void *key, size_t key_len, const void *value, size_t len);
int catalog_each(struct catalog *catalog, enum catalog_table table, catalog_visit visit, void *arg);

/* A change under way.  Errors stick and come out of catalog_commit(). */
struct catalog_txn {
	struct catalog *catalog;
	uint8_t *ops; /* the collected puts and drops */
	size_t len, size;
	int err;
};
void catalog_begin(struct catalog *catalog, struct catalog_txn *txn);
void catalog_put(struct catalog_txn *txn, enum catalog_table table, const char *key, const void *value,
	size_t len);
/* Closes the row with its checksum (which covers the key) and puts it. */
void catalog_put_row(struct catalog_txn *txn, enum catalog_table table, const char *key, struct row *row);
/* A row that is not there is no error. */
void catalog_drop(struct catalog_txn *txn, enum catalog_table table, const char *key);
/* Makes it happen, durably: 0, or -errno and nothing has changed.  Ends the transaction. */
int catalog_commit(struct catalog_txn *txn);
/* Ends it without anything having happened. */
void catalog_abandon(struct catalog_txn *txn);
