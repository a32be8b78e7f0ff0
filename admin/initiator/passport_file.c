/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes passport files; an incomplete passport is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/initiator/passport.h"
#include "vtl/base/cleanup.h"

enum { FILE_MAX = 64 << 20 };

int passport_write(const json_t *passport, int fd)
{
	autofree char *text = json_dumps(passport, JSON_INDENT(1) | JSON_SORT_KEYS);
	if (!text)
		return -ENOMEM;
	size_t len = strlen(text);
	text[len++] = '\n'; /* replaces the NUL */
	for (size_t at = 0; at < len;) {
		ssize_t n = write(fd, text + at, len - at);
		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Checks all members that compare and show use without further checks. */
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

/* Limits how much is read, so that an endless stream ends. */
struct source {
	int fd;
	size_t left;
	int error;
};

static size_t source_read(void *buf, size_t size, void *data)
{
	struct source *s = data;
	ssize_t n = read(s->fd, buf, size < s->left ? size : s->left);
	if (n < 0) {
		s->error = errno;
		return (size_t)-1;
	}
	s->left -= (size_t)n;
	return (size_t)n;
}

static void load_error_text(const char *file, const struct source *s, const json_t *p, const json_error_t *at,
	char why[static WHY_LEN])
{
	if (s->error)
		snprintf(why, WHY_LEN, "%.200s: %s", file, strerror(s->error));
	else if (!s->left)
		snprintf(why, WHY_LEN, "%.200s: longer than a passport can be", file);
	else if (!p)
		snprintf(why, WHY_LEN, "%.200s: not a passport (line %d: %.60s)", file, at->line, at->text);
	else if (json_integer_value(json_object_get(p, "passport")) > PASSPORT_VERSION)
		snprintf(why, WHY_LEN, "%.200s: a passport of a newer version; use that version of evertape",
			file);
	else
		snprintf(why, WHY_LEN, "%.200s: not a passport", file);
}

json_t *passport_load(const char *file, char why[static WHY_LEN])
{
	bool dash = strcmp(file, "-") == 0;
	autoclose int opened = dash ? -1 : open(file, O_RDONLY | O_CLOEXEC);
	struct source s = { .fd = dash ? STDIN_FILENO : opened, .left = FILE_MAX };
	if (s.fd < 0) {
		snprintf(why, WHY_LEN, "%.200s: %m", file);
		return NULL;
	}
	json_error_t at;
	json_t *p = json_load_callback(source_read, &s, JSON_REJECT_DUPLICATES, &at);
	if (p && s.left && !s.error && whole(p) &&
		json_integer_value(json_object_get(p, "passport")) == PASSPORT_VERSION)
		return p;
	load_error_text(dash ? "stdin" : file, &s, p, &at, why);
	json_decref(p);
	return NULL;
}
