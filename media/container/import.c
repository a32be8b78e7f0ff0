// SPDX-License-Identifier: Apache-2.0
/* Import of a cartridge from a stream.  It gets its name only when the whole stream was read and was sound. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uuid/uuid.h>

#include "media/engine/engine.h"
#include "media/container/formats.h"
#include "media/shelf/create.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "media/shelf/mam.h"

struct importing {
	struct shelf shelf;
	const struct cart_import_how *how;
	const struct cart_report *report;
	struct cart_label label;
	char folder[FOLDER_NAME_MAX];
	bool made;
	struct mam memory;
	struct cart *cart;
	char *why;
};

static void uuid_fresh(struct cart_label *label)
{
	uuid_t uuid;
	uuid_generate_random(uuid);
	uuid_text(uuid, label->uuid);
}

/* The label of what is being made. 0, or -EINVAL with why. */
static int label_choose(struct importing *im, const struct cart_label *found)
{
	struct cart_label *label = &im->label;
	const struct cart_label *given = im->how->label;
	const char *barcode = im->how->barcode;
	const char *words = container_formats[im->report->container].words;
	if (!found && (!given || !barcode)) {
		snprintf(im->why, 128, "%s has no barcode: give --barcode, and --generation if it names none",
			words);
		return -EINVAL;
	}
	if (found && im->how->label_asked) {
		snprintf(im->why, 128,
			"generation and capacity are only for tape images of others; %s has its own", words);
		return -EINVAL;
	}
	*label = found ? *found : *given;
	if (!found)
		label->created = (uint64_t)time(NULL);
	if (!found || (barcode && strcmp(barcode, label->barcode) != 0))
		uuid_fresh(label);
	if (barcode)
		snprintf(label->barcode, sizeof label->barcode, "%s", barcode);
	snprintf(label->library, sizeof label->library, "%s", given ? given->library : "");
	snprintf(label->element, sizeof label->element, "%s", given ? given->element : "");
	if (label_check(label) == 0)
		return 0;
	snprintf(im->why, 128, "the barcode is invalid");
	return -EINVAL;
}

static int import_begin(void *arg, const struct cart_label *found, struct features features)
{
	struct importing *im = arg;
	int err = label_choose(im, found);
	if (err)
		return err;
	int there = folder_open(im->shelf, im->label.barcode);
	if (there >= 0) {
		im->shelf.engine->ops->close(im->shelf.engine, there);
		snprintf(im->why, 128, "there is a cartridge %s already", im->label.barcode);
		return -EEXIST;
	}
	snprintf(im->folder, sizeof im->folder, MADE_PREFIX "%s", im->label.barcode);
	struct cart_label open = im->label;
	open.write_protected = false; /* the real label is written at the end */
	int64_t until = 0;
	do
		err = cart_create_folder(im->shelf, im->folder, &open);
	while (engine_room_again(im->shelf.engine, err, &until));
	if (err)
		return err;
	im->made = true;
	err = cart_open_folder(im->shelf, im->folder, false, &im->cart);
	if (!err && (features.read & FEATURE_TRANSFORMED))
		err = cart_allow_transformed(im->cart, features.read);
	return err;
}

static int import_result(struct importing *im, int res)
{
	if (res != MEDIA_FULL)
		return res;
	struct cart_usage usage;
	cart_usage(im->cart, &usage);
	snprintf(im->why, 128, "no room on the cartridge or the disk after %llu objects",
		(unsigned long long)usage.objects);
	return -ENOSPC;
}

static int import_memory(void *arg, const void *rows, uint32_t len)
{
	struct importing *im = arg;
	return mam_take_rows(rows, len, &im->memory);
}

static int import_layout(void *arg, const struct cart_layout *layout)
{
	struct importing *im = arg;
	int res = cart_format(im->cart, layout);
	if (res == -EINVAL || res == -EPERM) {
		snprintf(im->why, 128, "its partitions do not fit the cartridge");
		return -EBADMSG;
	}
	return import_result(im, res);
}

static int import_partition(void *arg, unsigned number)
{
	struct importing *im = arg;
	return cart_locate(im->cart, number, 0);
}

static int import_record(void *arg, enum chunk_kind kind, const void *data, uint32_t len)
{
	struct importing *im = arg;
	int res = kind == CHUNK_DAMAGED     ? cart_write_damaged(im->cart, data, len)
		: kind == CHUNK_TRANSFORMED ? cart_write_transformed(im->cart, data, len)
					    : cart_write(im->cart, data, len);
	return import_result(im, res);
}

static int import_mark(void *arg)
{
	struct importing *im = arg;
	uint32_t done;
	return import_result(im, cart_write_filemarks(im->cart, 1, &done));
}

static int import_finish(struct importing *im)
{
	int err = cart_close_copy(im->cart, &im->memory);
	im->cart = NULL;
	if (err)
		return err;
	int dirfd = folder_open(im->shelf, im->folder);
	if (dirfd < 0)
		return dirfd;
	int64_t until = 0;
	do {
		err = label_write_in(im->shelf.engine, dirfd, &im->label);
		if (!err)
			err = folder_publish(im->shelf, im->folder, im->label.barcode);
	} while (engine_room_again(im->shelf.engine, err, &until));
	im->shelf.engine->ops->close(im->shelf.engine, dirfd);
	return err;
}

/* Whether something of a damaged file is kept: there is no more to come, and something came before. */
static bool is_kept(const struct importing *im, int err)
{
	return err == -EBADMSG && im->cart && !im->how->whole &&
		im->report->records + im->report->filemarks > 0;
}

int cart_import(struct shelf shelf, int fd, const struct cart_import_how *how,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128],
	char ret_barcode[static MEDIA_BARCODE_MAX + 1])
{
	struct importing im = { .shelf = shelf, .how = how, .report = ret_report, .why = why };
	const struct sink sink = { &im, import_begin, import_memory, import_layout, import_partition,
		import_record, import_mark };
	struct stream s;
	why[0] = ret_barcode[0] = '\0';
	*ret_report = (struct cart_report){ 0 };
	int err = stream_init(&s, shelf.engine, fd);
	if (err)
		return err;
	err = container_read(&s, how->container, &sink, progress, ret_report, why);
	bool kept = !err || is_kept(&im, err);
	int end = kept ? import_finish(&im) : 0;
	if (end) {
		kept = false;
		err = end;
		why[0] = '\0';
	}
	if (im.cart)
		cart_close(im.cart);
	if (kept)
		memcpy(ret_barcode, im.label.barcode, sizeof im.label.barcode);
	mam_free(&im.memory);
	if (!kept && im.made)
		folder_delete(shelf, im.folder);
	if (err && !why[0])
		snprintf(why, 128, "%s", media_error_text(err));
	if (!cart_format_row(ret_report->container == CART_ANY ? CART_NATIVE : ret_report->container)
			.is_folder)
		ret_report->file_bytes = s.done;
	stream_fini(&s, ret_report->file_digest);
	return err;
}

struct checking {
	uint64_t damaged;
	struct digest data;
};

static int ignore_begin(void *arg, const struct cart_label *label, struct features features)
{
	return 0;
}

static int check_memory(void *arg, const void *rows, uint32_t len)
{
	struct mam memory;
	int err = mam_take_rows(rows, len, &memory);
	if (!err)
		mam_free(&memory);
	return err;
}

static int ignore_layout(void *arg, const struct cart_layout *layout)
{
	return 0;
}

static int ignore_partition(void *arg, unsigned number)
{
	return 0;
}

static int ignore_record(void *arg, enum chunk_kind kind, const void *data, uint32_t len)
{
	struct checking *check = arg;
	check->damaged += kind == CHUNK_DAMAGED;
	digest_add(&check->data, data, len);
	return 0;
}

static int ignore_mark(void *arg)
{
	return 0;
}

int cart_verify_container(int fd, enum cart_container container, const struct media_progress *progress,
	struct cart_report *ret_report)
{
	struct checking check = { 0 };
	const struct sink sink = { &check, ignore_begin, check_memory, ignore_layout, ignore_partition,
		ignore_record, ignore_mark };
	struct stream s;
	*ret_report = (struct cart_report){ 0 };
	int err = stream_init(&s, NULL, fd);
	if (err)
		return err;
	char why[128];
	digest_begin(&check.data);
	err = container_read(&s, container, &sink, progress, ret_report, why);
	snprintf(ret_report->why, sizeof ret_report->why, "%s", why);
	ret_report->file_bytes = s.done;
	stream_fini(&s, ret_report->file_digest);
	digest_end(&check.data, ret_report->data_digest);
	return err;
}
