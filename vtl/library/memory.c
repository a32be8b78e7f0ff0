/* SPDX-License-Identifier: Apache-2.0 */
/* Saved state of device servers: a blob per device and key, in the catalog and in memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/bytes.h"
#include "vtl/library/installation.h"
#include "vtl/library/catalog_rows.h"
#include "vtl/catalog/row.h"

enum { MEMO_KEY_MAX = 128 };

static bool saved_key(const char *device_id, const char *key, char out[static MEMO_KEY_MAX])
{
	return snprintf(out, MEMO_KEY_MAX, "%s/%s", device_id, key) < MEMO_KEY_MAX;
}

static struct saved_blob *saved_new(const char *key, const void *blob, size_t len)
{
	struct saved_blob *saved = calloc(1, sizeof *saved);
	if (!saved)
		return NULL;
	saved->key = strdup(key);
	saved->blob = malloc(len ? len : 1);
	saved->len = len;
	if (saved->key && saved->blob) {
		if (len)
			memcpy(saved->blob, blob, len);
		return saved;
	}
	free(saved->key);
	free(saved->blob);
	free(saved);
	return NULL;
}

static void saved_free(struct saved_blob *saved)
{
	free(saved->key);
	free(saved->blob);
	free(saved);
}

/* Writes version, blob and checksum: a row longer than ROW_MAX. */
static int saved_commit(struct installation *inst, const struct saved_blob *saved)
{
	size_t len = 1 + saved->len + ROW_SUM;
	uint8_t *row = malloc(len);
	if (!row)
		return -ENOMEM;
	row[0] = RECORD_VERSION;
	if (saved->len)
		memcpy(row + 1, saved->blob, saved->len);
	put_le32(row + len - ROW_SUM, row_sum(saved->key, strlen(saved->key), row, len - ROW_SUM));
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	catalog_put(&txn, TABLE_MEMORY, saved->key, row, len);
	free(row);
	return commit_or_keep(inst, &txn);
}

int memory_save(struct installation *inst, const char *device_id, const char *key, const void *blob,
	size_t len)
{
	char text[MEMO_KEY_MAX];
	if (!saved_key(device_id, key, text) || len > MEMORY_MAX)
		return -EINVAL;
	struct saved_blob *saved = saved_new(text, blob, len), *old;
	if (!saved)
		return -ENOMEM;
	objects_hold(inst);
	int err = saved_commit(inst, saved);
	if (err) {
		saved_free(saved);
	} else {
		HASH_FIND(hh, inst->saved_blobs, text, strlen(text), old);
		if (old) {
			HASH_DEL(inst->saved_blobs, old);
			saved_free(old);
		}
		HASH_ADD_KEYPTR(hh, inst->saved_blobs, saved->key, strlen(saved->key), saved);
	}
	objects_release(inst);
	return err;
}

int64_t memory_load(struct installation *inst, const char *device_id, const char *key, void *blob,
	size_t size)
{
	char text[MEMO_KEY_MAX];
	struct saved_blob *saved = NULL;
	if (saved_key(device_id, key, text))
		HASH_FIND(hh, inst->saved_blobs, text, strlen(text), saved);
	if (!saved)
		return -ENOENT;
	size_t n = saved->len < size ? saved->len : size;
	if (n)
		memcpy(blob, saved->blob, n);
	return (int64_t)n;
}

static bool saved_of(const struct saved_blob *saved, const char *device_id)
{
	size_t len = strlen(device_id);
	return !strncmp(saved->key, device_id, len) && saved->key[len] == '/';
}

void memory_drop(struct installation *inst, const char *device_id, struct catalog_txn *txn)
{
	struct saved_blob *saved, *next;
	HASH_ITER(hh, inst->saved_blobs, saved, next)
		if (saved_of(saved, device_id))
			catalog_drop(txn, TABLE_MEMORY, saved->key);
}

void memory_forget(struct installation *inst, const char *device_id)
{
	struct saved_blob *saved, *next;
	HASH_ITER(hh, inst->saved_blobs, saved, next)
		if (saved_of(saved, device_id)) {
			HASH_DEL(inst->saved_blobs, saved);
			saved_free(saved);
		}
}
