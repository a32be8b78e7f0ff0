/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction, collected as bytes: table, lengths, key, value, one after another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/catalog/lmdb_env.h"
#include "vtl/catalog/row.h"

void catalog_begin(struct catalog *catalog, struct catalog_txn *txn)
{
	*txn = (struct catalog_txn){ .catalog = catalog };
}

static uint8_t *txn_room(struct catalog_txn *txn, size_t n)
{
	if (txn->err)
		return NULL;
	if (txn->size - txn->len < n) {
		size_t size = txn->size ? txn->size * 2 : 1024;
		while (size - txn->len < n)
			size *= 2;
		/* Not realloc(): the bytes may contain secrets, which must be wiped. */
		uint8_t *ops = malloc(size);
		if (!ops) {
			txn->err = -ENOMEM;
			return NULL;
		}
		if (txn->len)
			memcpy(ops, txn->ops, txn->len);
		if (txn->ops)
			explicit_bzero(txn->ops, txn->len);
		free(txn->ops);
		txn->ops = ops;
		txn->size = size;
	}
	txn->len += n;
	return txn->ops + txn->len - n;
}

static void txn_add(struct catalog_txn *txn, enum catalog_table table, bool drop, const char *key,
	const void *value, size_t len)
{
	size_t key_len = strlen(key);
	if (!key_len || key_len > CATALOG_KEY_MAX || len > UINT32_MAX) {
		txn->err = txn->err ? txn->err : -EINVAL;
		return;
	}
	uint8_t *p = txn_room(txn, OP_HEADER + key_len + len);
	if (!p)
		return;
	p[0] = (uint8_t)table;
	p[1] = drop;
	put_le16(p + 2, (uint16_t)key_len);
	put_le32(p + 4, (uint32_t)len);
	memcpy(p + OP_HEADER, key, key_len);
	if (len)
		memcpy(p + OP_HEADER + key_len, value, len);
}

void catalog_put(struct catalog_txn *txn, enum catalog_table table, const char *key, const void *value,
	size_t len)
{
	txn_add(txn, table, false, key, value, len);
}

void catalog_put_row(struct catalog_txn *txn, enum catalog_table table, const char *key, struct row *row)
{
	if (row_end(row, key))
		txn_add(txn, table, false, key, row->buf, row->len);
	else
		txn->err = txn->err ? txn->err : -EINVAL;
	explicit_bzero(row->buf, row->len);
}

void catalog_drop(struct catalog_txn *txn, enum catalog_table table, const char *key)
{
	txn_add(txn, table, true, key, NULL, 0);
}

void catalog_abandon(struct catalog_txn *txn)
{
	if (txn->ops)
		explicit_bzero(txn->ops, txn->len);
	free(txn->ops);
	*txn = (struct catalog_txn){ .catalog = txn->catalog };
}
