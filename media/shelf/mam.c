// SPDX-License-Identifier: Apache-2.0
/* The cartridge's memory: rows of attributes, replaced as a whole by who has the cartridge mounted. */
#include "media/shelf/mam.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"

#define MAM_FILE "mam"

static const char magic[] = "EVTMAMF";

enum { ROW_HEAD = 6, UNIT = 8, NUMBER_LEN = 8, PARTITIONS = 4, FORMAT_BINARY = 0, FORMAT_TEXT = 2 };

struct row {
	uint8_t partition, format;
	uint16_t id, len;
	const uint8_t *value;
};

/* The row at this offset; its end, or 0 when none begins here or it is not sound. */
static size_t row_at(const struct mam *mam, size_t at, struct row *ret_row)
{
	const uint8_t *p = mam->rows + at;
	if (mam->len - at < ROW_HEAD)
		return 0;
	struct row row = { p[0], p[1], get_le16(p + 2), get_le16(p + 4), p + ROW_HEAD };
	size_t end = at + ROW_HEAD + row.len;
	if (row.partition >= PARTITIONS || row.format > FORMAT_TEXT || end > mam->len)
		return 0;
	*ret_row = row;
	return end;
}

static uint32_t row_key(const struct row *row)
{
	return (uint32_t)row->partition << 16 | row->id;
}

/* Whether all is rows, in order.  *ret_count: how many. */
static bool rows_sound(const struct mam *mam, uint32_t *ret_count)
{
	uint32_t count = 0, last = 0;
	for (size_t at = 0; at < mam->len; count++) {
		struct row row;
		at = row_at(mam, at, &row);
		if (at == 0 || (count > 0 && row_key(&row) <= last))
			return false;
		last = row_key(&row);
	}
	*ret_count = count;
	return true;
}

int mam_take_rows(const void *rows, size_t len, struct mam *ret_mam)
{
	struct mam mam = { .rows = len > MAM_ROWS_MAX ? NULL : malloc(len + 1), .len = len };
	uint32_t count;
	if (!mam.rows)
		return len > MAM_ROWS_MAX ? -EBADMSG : -ENOMEM;
	memcpy(mam.rows, rows, len);
	if (!rows_sound(&mam, &count)) {
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

/* --- numbers of the whole cartridge: binary, 8 bytes, big-endian, of partition 0 -------------------- */

uint64_t mam_number(const struct mam *mam, uint16_t id)
{
	struct row row;
	for (size_t at = 0; (at < mam->len) && (at = row_at(mam, at, &row));) {
		if (row_key(&row) != id || row.format != FORMAT_BINARY || row.len != NUMBER_LEN)
			continue;
		uint64_t n = get_be64(row.value);
		return n > INT64_MAX ? INT64_MAX : n;
	}
	return 0;
}

int mam_put_number(struct mam *mam, uint16_t id, uint64_t value)
{
	enum { SIZE = ROW_HEAD + NUMBER_LEN };
	size_t from = 0, to = 0;
	while (to < mam->len) {
		struct row row = { 0 };
		size_t end = row_at(mam, to, &row);
		if (row_key(&row) == id)
			to = end;
		if (row_key(&row) >= id)
			break;
		from = to = end;
	}
	size_t behind = mam->len - to;
	if (from + SIZE + behind > MAM_ROWS_MAX)
		return -ENOSPC;
	uint8_t *rows = malloc(from + SIZE + behind);
	if (!rows)
		return -ENOMEM;
	if (from > 0)
		memcpy(rows, mam->rows, from);
	uint8_t *p = rows + from;
	p[0] = 0;
	p[1] = FORMAT_BINARY;
	put_le16(p + 2, id);
	put_le16(p + 4, NUMBER_LEN);
	put_be64(p + ROW_HEAD, value);
	if (behind > 0)
		memcpy(p + SIZE, mam->rows + to, behind);
	free(mam->rows);
	mam->rows = rows;
	mam->len = from + SIZE + behind;
	return 0;
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

/* --- the file --------------------------------------------------------------------------------------- */

static int mam_decode(const uint8_t *bytes, size_t len, const uint8_t uuid[static 16], struct mam *ret_mam)
{
	static const uint8_t zero[12];
	struct features features;
	uint32_t count;
	int err = len < PREAMBLE_SIZE ? -EBADMSG : preamble_check(bytes, magic, len, &features);
	if (media_other_version(err))
		return err;
	if (err || len < MAM_HEAD || preamble_units(bytes) * UNIT != MAM_HEAD ||
		memcmp(bytes + 32, uuid, 16) != 0 || memcmp(bytes + 52, zero, sizeof zero) != 0)
		return -EUCLEAN;
	err = mam_take_rows(bytes + MAM_HEAD, len - MAM_HEAD, ret_mam);
	if (err)
		return err == -EBADMSG ? -EUCLEAN : err;
	ret_mam->features = features;
	if (rows_sound(ret_mam, &count) && count == get_le32(bytes + 48))
		return 0;
	mam_free(ret_mam);
	return -EUCLEAN;
}

int mam_read_in(struct engine *e, int dirfd, const uint8_t uuid[static 16], struct mam *ret_mam)
{
	autofree void *bytes = NULL;
	size_t len = 0;
	int err = file_read(e, dirfd, MAM_FILE, MAM_MAX, &bytes, &len);
	if (err == -ENOENT)
		*ret_mam = (struct mam){ 0 };
	return err == -ENOENT ? 0 : err ? err : mam_decode(bytes, len, uuid, ret_mam);
}

int mam_write_in(struct engine *e, int dirfd, const uint8_t uuid[static 16], const struct mam *mam)
{
	uint32_t count;
	size_t len = MAM_HEAD + mam->len;
	autofree uint8_t *bytes = calloc(1, len);
	if (!bytes)
		return -ENOMEM;
	if (!rows_sound(mam, &count))
		return -EINVAL;
	memcpy(bytes + 32, uuid, 16);
	put_le32(bytes + 48, count);
	if (mam->len > 0)
		memcpy(bytes + MAM_HEAD, mam->rows, mam->len);
	preamble_put(bytes, magic, MAM_HEAD / UNIT, mam->features, len);
	return file_replace(e, dirfd, MAM_FILE, bytes, len);
}

int cart_counters_read(struct shelf shelf, const struct cart_label *label, struct cart_counters *ret_counters)
{
	struct engine *e = shelf.engine;
	uint8_t uuid[16];
	if (!barcode_is_sound(label->barcode) || !uuid_bytes(label->uuid, uuid))
		return -EINVAL;
	int dirfd = folder_open(shelf, label->barcode);
	if (dirfd < 0)
		return dirfd;
	struct mam mam;
	int err = mam_read_in(e, dirfd, uuid, &mam);
	e->ops->close(e, dirfd);
	if (err)
		return err;
	*ret_counters = mam_counters(&mam);
	mam_free(&mam);
	return 0;
}
