/* SPDX-License-Identifier: Apache-2.0 */
/* identity: show, verify, export, import. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/rpc/identity_file.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/file.h"
#include "vtl/base/job.h"
#include "vtl/library/identity.h"

enum { IDENTITY_MAX = 4 << 20 }; /* bytes of an identity file; thousands of devices fit */

/* The file holds each drive's target and LUN of both layouts; show gives those of the current layout. */
static void drives_as_seen(json_t *library)
{
	const char *layout = json_string_value(json_object_get(library, identity_library_keys.layout));
	bool apart = layout && strcmp(layout, "target-per-device") == 0;
	size_t i;
	json_t *drive;
	json_t *target = json_object_get(library, identity_library_keys.target);
	json_object_set(json_object_get(library, identity_library_keys.changer), identity_device_keys.target,
		target);
	json_array_foreach(json_object_get(library, identity_library_keys.drives), i, drive) {
		if (apart)
			json_object_set_new(drive, identity_device_keys.lun, json_integer(0));
		else
			json_object_set(drive, identity_device_keys.target, target);
	}
}

static json_t *show(struct call *call)
{
	autofree char *text = identity_export(call->inst);
	json_t *o = text ? json_loads(text, 0, NULL) : NULL, *library;
	size_t i;
	json_array_foreach(json_object_get(o, identity_keys.libraries), i, library)
		drives_as_seen(library);
	return o ? o : call_refuse(call, CODE_FAILED, "out of memory");
}

static json_t *export(struct call *call)
{
	autofree char *text = identity_export(call->inst);
	return text ? json_pack("{s:s}", identity_text_keys.text, text)
		    : call_refuse(call, CODE_FAILED, "out of memory");
}

static json_t *verify(struct call *call)
{
	char why[WHY_LEN] = "";
	int err = identity_verify(call->inst, why);
	if (!err)
		return json_pack("{s:b}", identity_good_keys.good, true);
	call_refuse_err(call, err, why);
	call->code = CODE_DAMAGED;
	return NULL;
}

struct file {
	int fd;
	char *text; /* NUL-terminated; NULL: err is set */
	int err;
};

/* Runs on a helper thread, because the file may be on a slow disk. */
static void file_read(void *arg)
{
	struct file *file = arg;
	struct stat st;
	size_t len = 0;
	unsigned tries = 0;
	file->err = -EINVAL;
	if (fstat(file->fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > IDENTITY_MAX)
		return;
	file->text = calloc(1, (size_t)st.st_size + 1);
	file->err = file->text ? 0 : -ENOMEM;
	while (file->text && len < (size_t)st.st_size) {
		ssize_t n = pread(file->fd, file->text + len, (size_t)st.st_size - len, (off_t)len);
		if (n < 0 && file_pause_and_try(-errno, &tries))
			continue;
		if (n < 0)
			file->err = -errno;
		if (n <= 0)
			return;
		len += (size_t)n;
		tries = 0;
	}
}

char *identity_file_text(struct call *call, const char *what)
{
	struct file file = { .fd = call->fd };
	job_call(file_read, &file);
	if (!file.err)
		return file.text;
	free(file.text);
	call_refuse(call, CODE_REFUSED, "not %s: %s", what,
		file.err == -EINVAL ? "it must be a plain file of at most 4 MiB" : error_text(file.err));
	return NULL;
}

static json_t *import(struct call *call)
{
	char why[WHY_LEN] = "";
	autofree char *text = identity_file_text(call, "an identity file");
	if (!text)
		return NULL;
	int err = identity_import(call->inst, text, why);
	if (err)
		return call_refuse_err(call, err, why);
	int n = 0;
	for (struct library *l = library_first(call->inst); l; l = library_next(l))
		n++;
	return json_pack("{s:i}", identity_imported_keys.libraries, n);
}

const struct handler identity_handlers[] = {
	{ "identity.show", show },
	{ "identity.verify", verify },
	{ "identity.export", export },
	{ "identity.import", import },
	{ 0 },
};
