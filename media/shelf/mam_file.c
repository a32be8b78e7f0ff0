// SPDX-License-Identifier: Apache-2.0
/* The file of a cartridge's memory: replaced as a whole by who has the cartridge mounted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "media/shelf/mam.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"

#define MAM_FILE "mam"

static const char magic[] = "EVTMAMF";

enum { UNIT = 8 };

static int mam_decode(const uint8_t *bytes, size_t len, const uint8_t uuid[static 16], struct mam *ret_mam)
{
	static const uint8_t zero[12];
	struct features features;
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
	if (mam_count_rows(ret_mam) == get_le32(bytes + 48))
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
	size_t len = MAM_HEAD + mam->len;
	autofree uint8_t *bytes = calloc(1, len);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes + 32, uuid, 16);
	put_le32(bytes + 48, mam_count_rows(mam));
	if (mam->len > 0)
		memcpy(bytes + MAM_HEAD, mam->rows, mam->len);
	preamble_put(bytes, magic, MAM_HEAD / UNIT, mam->features, len);
	return file_replace(e, dirfd, MAM_FILE, bytes, len);
}

/* --- of a cartridge on its shelf ----------------------------------------------------------------------- */

static int mam_read_of(struct shelf shelf, const struct cart_label *label, struct mam *ret_mam)
{
	struct engine *e = shelf.engine;
	uint8_t uuid[16];
	if (!barcode_is_sound(label->barcode) || !uuid_bytes(label->uuid, uuid))
		return -EINVAL;
	int dirfd = folder_open(shelf, label->barcode);
	if (dirfd < 0)
		return dirfd;
	int err = mam_read_in(e, dirfd, uuid, ret_mam);
	e->ops->close(e, dirfd);
	return err;
}

int cart_counters_read(struct shelf shelf, const struct cart_label *label, struct cart_counters *ret_counters)
{
	struct mam mam;
	int err = mam_read_of(shelf, label, &mam);
	if (err)
		return err;
	*ret_counters = mam_counters(&mam);
	mam_free(&mam);
	return 0;
}

int cart_attributes_read(struct shelf shelf, const struct cart_label *label,
	void (*visit)(void *arg, const struct cart_attribute *attribute), void *arg)
{
	struct mam mam;
	int err = mam_read_of(shelf, label, &mam);
	if (err)
		return err;
	struct cart_attribute row;
	for (uint32_t partition = 0; partition < MEDIA_PARTITIONS; partition++)
		for (uint32_t id = 0; id <= UINT16_MAX && mam_from(&mam, partition, (uint16_t)id, &row);
			id = row.id + 1u)
			visit(arg, &row);
	mam_free(&mam);
	return 0;
}
