/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where an errno becomes words. */
#include "vtl/base/error_text.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* The system's own words are kept in parentheses, because people search for them. */
static const struct {
	int err;
	const char *text;
} rows[] = {
	{ -EDQUOT, "the disk quota is used up (Disk quota exceeded); raise it or make room" },
	{ -EIO, "the disk reports an error (Input/output error); see the kernel's log" },
	{ -ELOOP, "it is a symbolic link, and those are not followed (Too many levels of symbolic links)" },
	{ -EMFILE, "too many open files; raise the limit (ulimit -n, LimitNOFILE= of the service)" },
	{ -ENFILE,
		"the machine has too many open files (Too many open files in system); raise sysctl fs.file-max" },
	{ -ENODEV, "the disk is not there any more (No such device)" },
	{ -ENOMEM, "there is not enough memory (Cannot allocate memory)" },
	{ -ENOSPC, "the disk is full (No space left on device); make room on it" },
	{ -ENXIO, "the disk is not there any more (No such device or address)" },
	{ -EROFS, "it is on a file system that is read-only (Read-only file system)" },
	{ -ESTALE, "its file system was taken away (Stale file handle); mount it again" },
	{ -EUCLEAN, "it is damaged (Structure needs cleaning)" },
};

const char *error_text(int err)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].err == err)
			return rows[i].text;
	return strerror(-err);
}
