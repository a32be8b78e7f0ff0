// SPDX-License-Identifier: Apache-2.0
/* The cartridge's memory: rows of attributes, one behind the other, in order of partition and id. */
#include "media/shelf/mam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/bytes.h"

enum { ROW_HEAD = 6, NUMBER_LEN = 8, FORMAT_BINARY = 0, FORMAT_TEXT = 2 };

/* The row at this offset; its end, or 0 when none begins here or it is not sound. */
static size_t row_at(const struct mam *mam, size_t at, struct cart_attribute *ret_row)
{
	const uint8_t *p = mam->rows + at;
	if (mam->len - at < ROW_HEAD)
		return 0;
	struct cart_attribute row = { p[0], p[1], get_le16(p + 2), get_le16(p + 4), p + ROW_HEAD };
	size_t end = at + ROW_HEAD + row.len;
	if (row.partition >= MEDIA_PARTITIONS || row.format > FORMAT_TEXT || end > mam->len)
		return 0;
	*ret_row = row;
	return end;
}

static uint32_t key_of(uint32_t partition, uint16_t id)
{
	return partition << 16 | id;
}

static uint32_t row_key(const struct cart_attribute *row)
{
	return key_of(row->partition, row->id);
}

/* Whether all is rows, in order. */
static bool rows_sound(const struct mam *mam)
{
	uint32_t last = 0;
	for (size_t at = 0; at < mam->len;) {
		struct cart_attribute row;
		bool first = at == 0;
		at = row_at(mam, at, &row);
		if (at == 0 || (!first && row_key(&row) <= last))
			return false;
		last = row_key(&row);
	}
	return true;
}

uint32_t mam_count_rows(const struct mam *mam)
{
	uint32_t count = 0;
	struct cart_attribute row;
	for (size_t at = 0; at < mam->len; count++)
		at = row_at(mam, at, &row);
	return count;
}

int mam_take_rows(const void *rows, size_t len, struct mam *ret_mam)
{
	struct mam mam = { .rows = len > MAM_ROWS_MAX ? NULL : malloc(len + 1), .len = len };
	if (!mam.rows)
		return len > MAM_ROWS_MAX ? -EBADMSG : -ENOMEM;
	if (len > 0)
		memcpy(mam.rows, rows, len);
	if (!rows_sound(&mam)) {
		mam_free(&mam);
		return -EBADMSG;
	}
	*ret_mam = mam;
	return 0;
}

void mam_free(struct mam *mam)
{
	free(mam->rows);
	*mam = (struct mam){ 0 };
}

/* Where the first row with this key or a higher one begins; the length of the rows when there is none. */
static size_t place_of(const struct mam *mam, uint32_t key, struct cart_attribute *ret_row)
{
	for (size_t at = 0; at < mam->len;) {
		size_t end = row_at(mam, at, ret_row);
		if (row_key(ret_row) >= key)
			return at;
		at = end;
	}
	return mam->len;
}

bool mam_from(const struct mam *mam, uint32_t partition, uint16_t id, struct cart_attribute *ret_row)
{
	struct cart_attribute row;
	if (place_of(mam, key_of(partition, id), &row) == mam->len || row.partition != partition)
		return false;
	*ret_row = row;
	return true;
}

static void row_write(uint8_t *p, const struct cart_attribute *row)
{
	p[0] = row->partition;
	p[1] = row->format;
	put_le16(p + 2, row->id);
	put_le16(p + 4, row->len);
	memcpy(p + ROW_HEAD, row->value, row->len);
}

int mam_put(struct mam *mam, const struct cart_attribute *row)
{
	if (row->partition >= MEDIA_PARTITIONS || row->format > FORMAT_TEXT)
		return -EINVAL;
	struct cart_attribute old = { 0 };
	size_t from = place_of(mam, row_key(row), &old), to = from;
	if (from < mam->len && row_key(&old) == row_key(row))
		to += ROW_HEAD + old.len;
	size_t size = row->len ? (size_t)ROW_HEAD + row->len : 0, behind = mam->len - to;
	if (from + size + behind > MAM_ROWS_MAX)
		return -ENOSPC;
	uint8_t *rows = malloc(from + size + behind + 1);
	if (!rows)
		return -ENOMEM;
	if (from > 0)
		memcpy(rows, mam->rows, from);
	if (size > 0)
		row_write(rows + from, row);
	if (behind > 0)
		memcpy(rows + from + size, mam->rows + to, behind);
	free(mam->rows);
	mam->rows = rows;
	mam->len = from + size + behind;
	return 0;
}

/* --- numbers of the whole cartridge: binary, 8 bytes, big-endian, of partition 0 -------------------- */

uint64_t mam_number(const struct mam *mam, uint16_t id)
{
	struct cart_attribute row;
	if (!mam_from(mam, 0, id, &row) || row.id != id || row.format != FORMAT_BINARY ||
		row.len != NUMBER_LEN)
		return 0;
	uint64_t n = get_be64(row.value);
	return n > INT64_MAX ? INT64_MAX : n;
}

int mam_put_number(struct mam *mam, uint16_t id, uint64_t value)
{
	uint8_t bytes[NUMBER_LEN];
	put_be64(bytes, value);
	return mam_put(mam, &(struct cart_attribute){ 0, FORMAT_BINARY, id, NUMBER_LEN, bytes });
}

struct cart_counters mam_counters(const struct mam *mam)
{
	return (struct cart_counters){ mam_number(mam, MAM_LOADS), mam_number(mam, MAM_WRITTEN),
		mam_number(mam, MAM_READ) };
}

int mam_count(struct mam *mam, const struct cart_counters *mount)
{
	struct cart_counters now = mam_counters(mam);
	int err = mam_put_number(mam, MAM_LOADS, now.loads + mount->loads);
	if (!err)
		err = mam_put_number(mam, MAM_WRITTEN, now.written + mount->written);
	return err ? err : mam_put_number(mam, MAM_READ, now.read + mount->read);
}
