/* SPDX-License-Identifier: Apache-2.0 */
/* Passports on disk: replaced in one step, believed only when whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/initiator/passport.h"
#include "vtl/base/cleanup.h"

enum { FILE_MAX = 64 << 20 };

static int failed(const char *file, char why[static WHY_LEN])
{
	int err = -errno;
	snprintf(why, WHY_LEN, "%.200s: %m", file);
	return err;
}

int passport_store(const json_t *passport, const char *file, char why[static WHY_LEN])
{
	autofree char *name = NULL;
	if (asprintf(&name, "%s.XXXXXX", file) < 0)
		return failed(file, why);
	autoclose int fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return failed(file, why);
	int err = 0;
	if (json_dumpfd(passport, fd, JSON_INDENT(1) | JSON_SORT_KEYS) || write(fd, "\n", 1) != 1 ||
		fchmod(fd, 0644) || fsync(fd) || rename(name, file))
		err = failed(file, why);
	if (err)
		unlink(name);
	return err;
}

/* Every place compare and show walk without asking again. */
static bool whole(const json_t *p)
{
	size_t i, k;
	json_t *target, *unit;
	const json_t *targets = json_object_get(p, "targets");
	if (!json_is_array(targets) || !json_is_string(json_object_get(p, "portal")))
		return false;
	json_array_foreach(targets, i, target) {
		if (!json_is_string(json_object_get(target, "name")))
			return false;
		if (json_object_get(target, "refused"))
			continue;
		if (!json_is_array(json_object_get(target, "units")))
			return false;
		json_array_foreach(json_object_get(target, "units"), k, unit)
			if (!json_is_integer(json_object_get(unit, "lun")))
				return false;
	}
	return true;
}

json_t *passport_load(const char *file, char why[static WHY_LEN])
{
	autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st)) {
		failed(file, why);
		return NULL;
	}
	if (st.st_size > FILE_MAX) {
		snprintf(why, WHY_LEN, "%.200s: too long for a passport", file);
		return NULL;
	}
	json_error_t at;
	json_t *p = json_loadfd(fd, JSON_REJECT_DUPLICATES, &at);
	json_int_t version = json_integer_value(json_object_get(p, "passport"));
	if (p && version == PASSPORT_VERSION && whole(p))
		return p;
	if (!p)
		snprintf(why, WHY_LEN, "%.200s: not a passport (line %d: %.60s)", file, at.line, at.text);
	else if (version > PASSPORT_VERSION)
		snprintf(why, WHY_LEN, "%.200s: written by a newer version", file);
	else
		snprintf(why, WHY_LEN, "%.200s: not a passport", file);
	json_decref(p);
	return NULL;
}
