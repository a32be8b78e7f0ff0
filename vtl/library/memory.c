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

static bool memo_key(const char *device_id, const char *key, char out[static MEMO_KEY_MAX])
{
	return snprintf(out, MEMO_KEY_MAX, "%s/%s", device_id, key) < MEMO_KEY_MAX;
}

static struct memo *memo_new(const char *key, const void *blob, size_t len)
{
	struct memo *memo = calloc(1, sizeof *memo);
	if (!memo)
		return NULL;
	memo->key = strdup(key);
	memo->blob = malloc(len ? len : 1);
	memo->len = len;
	if (memo->key && memo->blob) {
		if (len)
			memcpy(memo->blob, blob, len);
		return memo;
	}
	free(memo->key);
	free(memo->blob);
	free(memo);
	return NULL;
}

static void memo_free(struct memo *memo)
{
	free(memo->key);
	free(memo->blob);
	free(memo);
}

/* Writes version, blob and checksum: a row longer than ROW_MAX. */
static int memo_commit(struct installation *inst, const struct memo *memo)
{
	size_t len = 1 + memo->len + ROW_SUM;
	uint8_t *row = malloc(len);
	if (!row)
		return -ENOMEM;
	row[0] = RECORD_VERSION;
	if (memo->len)
		memcpy(row + 1, memo->blob, memo->len);
	put_le32(row + len - ROW_SUM, row_sum(memo->key, strlen(memo->key), row, len - ROW_SUM));
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	catalog_put(&txn, TABLE_MEMORY, memo->key, row, len);
	free(row);
	return commit_or_keep(inst, &txn);
}

int memory_save(struct installation *inst, const char *device_id, const char *key, const void *blob,
	size_t len)
{
	char text[MEMO_KEY_MAX];
	if (!memo_key(device_id, key, text) || len > MEMORY_MAX)
		return -EINVAL;
	struct memo *memo = memo_new(text, blob, len), *old;
	if (!memo)
		return -ENOMEM;
	change_begin(inst);
	int err = memo_commit(inst, memo);
	if (err) {
		memo_free(memo);
	} else {
		HASH_FIND(hh, inst->memos, text, strlen(text), old);
		if (old) {
			HASH_DEL(inst->memos, old);
			memo_free(old);
		}
		HASH_ADD_KEYPTR(hh, inst->memos, memo->key, strlen(memo->key), memo);
	}
	change_end(inst);
	return err;
}

int64_t memory_load(struct installation *inst, const char *device_id, const char *key, void *blob,
	size_t size)
{
	char text[MEMO_KEY_MAX];
	struct memo *memo = NULL;
	if (memo_key(device_id, key, text))
		HASH_FIND(hh, inst->memos, text, strlen(text), memo);
	if (!memo)
		return -ENOENT;
	size_t n = memo->len < size ? memo->len : size;
	if (n)
		memcpy(blob, memo->blob, n);
	return (int64_t)n;
}

static bool memo_of(const struct memo *memo, const char *device_id)
{
	size_t len = strlen(device_id);
	return !strncmp(memo->key, device_id, len) && memo->key[len] == '/';
}

void memory_drop(struct installation *inst, const char *device_id, struct catalog_txn *txn)
{
	struct memo *memo, *next;
	HASH_ITER(hh, inst->memos, memo, next)
		if (memo_of(memo, device_id))
			catalog_drop(txn, TABLE_MEMORY, memo->key);
}

void memory_forget(struct installation *inst, const char *device_id)
{
	struct memo *memo, *next;
	HASH_ITER(hh, inst->memos, memo, next)
		if (memo_of(memo, device_id)) {
			HASH_DEL(inst->memos, memo);
			memo_free(memo);
		}
}
