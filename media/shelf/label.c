// SPDX-License-Identifier: Apache-2.0
/* The label: JSON with a checksum of itself, field by field from one table. */
#include "media/shelf/label.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/members.h"
#include "media/shelf/preamble.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/log.h"

#define LABEL_FILE "label.json"

/* clang-format off */
static const struct member members[] = {
#define TEXT(field)   MEMBER_TEXT_OF(struct cart_label, field)
#define NUMBER(field) MEMBER_NUMBER_OF(struct cart_label, field)
#define FLAG(field)   MEMBER_BOOL_OF(struct cart_label, field)
	TEXT(uuid), TEXT(barcode), TEXT(generation), TEXT(library), TEXT(element),
	NUMBER(capacity), NUMBER(created),
	NUMBER(features_read), NUMBER(features_write),
	FLAG(worm), FLAG(write_protected),
};
/* clang-format on */
enum { MEMBERS = sizeof members / sizeof members[0] };

void uuid_text(const uint8_t uuid[static 16], char text[static 37])
{
	uuid_unparse_lower(uuid, text);
}

bool cart_folder_is(const char *path)
{
	char label[PATH_MAX];
	int len = snprintf(label, sizeof label, "%s/" LABEL_FILE, path);
	return len > 0 && (size_t)len < sizeof label && access(label, F_OK) == 0;
}

bool uuid_bytes(const char *text, uint8_t uuid[static 16])
{
	char again[37];
	if (strnlen(text, 37) != 36 || uuid_parse(text, uuid) != 0)
		return false;
	uuid_unparse_lower(uuid, again);
	return strcmp(text, again) == 0;
}

int label_check(const struct cart_label *label)
{
	uint8_t uuid[16];
	bool good = barcode_is_sound(label->barcode) && uuid_bytes(label->uuid, uuid) &&
		label->features_read <= UINT32_MAX && label->features_write <= UINT32_MAX &&
		members_sound(members, MEMBERS, label);
	return good ? 0 : -EINVAL;
}

char *label_build(const struct cart_label *label)
{
	return members_build(members, MEMBERS, LABEL_FORMAT, label);
}

static const char *version_text(int err)
{
	return err == -EPROTOTYPE ? "was written in format 1, which only test versions of Evertape used"
				  : "was written by a newer version of Evertape";
}

/* Decodes the label whatever features it needs. */
static int label_parse(const char *text, size_t len, struct cart_label *ret_label, char why[static 128])
{
	if (len > LABEL_MAX) {
		snprintf(why, 128, "the label is too large");
		return -EUCLEAN;
	}
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct cart_label label = { 0 };
	const char *fault = NULL;
	int err = members_take(object, members, MEMBERS, LABEL_FORMAT, &label, &fault);
	json_decref(object);
	if (!err && label_check(&label)) {
		fault = "has a barcode, uuid or feature that is not sound";
		err = -EUCLEAN;
	}
	if (err)
		snprintf(why, 128, "the label %s", fault ? fault : version_text(err));
	else
		*ret_label = label;
	return err;
}

static int label_feature(const struct cart_label *label, char why[static 128])
{
	int bit = feature_unknown((uint32_t)label->features_read, FEATURES_READ);
	if (bit < 0)
		return 0;
	snprintf(why, 128, "it needs feature bit %d: use a newer version of Evertape", bit);
	return -EPROTONOSUPPORT;
}

int label_decode(const char *text, size_t len, struct cart_label *ret_label, char why[static 128])
{
	struct cart_label label;
	int err = label_parse(text, len, &label, why);
	if (!err)
		err = label_feature(&label, why);
	if (!err)
		*ret_label = label;
	return err;
}

int label_read_in(struct engine *e, int dirfd, const char *name, struct cart_label *ret_label)
{
	autofree void *text = NULL;
	size_t len = 0;
	int err = file_read(e, dirfd, LABEL_FILE, LABEL_MAX, &text, &len);
	if (err)
		return err == -ENOENT ? -EUCLEAN : err;
	char why[128];
	struct cart_label label;
	err = label_parse(text, len, &label, why);
	if (!err && (err = label_feature(&label, why)))
		log_cartridge(LOG_ERROR, name, ": %s", why); /* the error alone does not name the feature */
	if (!err)
		*ret_label = label;
	return err;
}

int label_write_in(struct engine *e, int dirfd, const struct cart_label *label)
{
	int err = label_check(label);
	if (err)
		return err;
	autofree char *text = label_build(label);
	return text ? file_replace(e, dirfd, LABEL_FILE, text, strlen(text)) : -ENOMEM;
}

int cart_label_read(struct shelf shelf, const char *barcode, struct cart_label *ret_label)
{
	struct engine *e = shelf.engine;
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	int dirfd = folder_open(shelf, barcode);
	if (dirfd < 0)
		return dirfd;
	struct cart_label label;
	int err = label_read_in(e, dirfd, barcode, &label);
	e->ops->close(e, dirfd);
	if (err)
		return err;
	if (strcmp(label.barcode, barcode) != 0)
		return -EUCLEAN;
	*ret_label = label;
	return 0;
}

int cart_label_write(struct shelf shelf, const struct cart_label *label)
{
	struct engine *e = shelf.engine;
	if (label_check(label))
		return -EINVAL;
	int dirfd = folder_open(shelf, label->barcode);
	if (dirfd < 0)
		return dirfd;
	int lock = folder_lock(e, dirfd, LOCK_LABEL);
	int err = lock < 0 ? lock : 0;
	struct cart_label old;
	int known = err ? err : label_read_in(e, dirfd, label->barcode, &old);
	if (media_other_version(known))
		err = known; /* a label of another version is never replaced */
	if (!known) {
		if (strcmp(label->uuid, old.uuid) != 0 || label->worm < old.worm)
			err = -EINVAL;
	}
	if (!err)
		err = label_write_in(e, dirfd, label);
	if (lock >= 0)
		e->ops->close(e, lock);
	e->ops->close(e, dirfd);
	return err;
}
