// SPDX-License-Identifier: Apache-2.0
/* The store's errors in words. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "media/media.h"
#include "vtl/base/error_text.h"

const char *media_error_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} rows[] = {
		{ -EBADMSG, "what is on the disk does not have the checksum it was written with" },
		{ -ECOMM, "it does not have the protection value that the host gave it" },
		{ -EILSEQ, "it is encrypted, and not what was written with this key" },
		{ -EKEYREJECTED, "it is encrypted with another key" },
		{ -EBUSY, "it is in use: loaded, or being verified, imported or exported" },
		{ -ECONNRESET, "the stream was cut off: its sender went away before the end" },
		{ -ENODATA, "the end of its data cannot be found: not all of its files can be read" },
		{ -ENOLINK, "the files with its data are missing" },
		{ -ENOKEY, "it is encrypted, and its key is not known" },
		{ -ENOPKG, "it is compressed, and this version of Evertape cannot decompress it" },
		{ -EPROTONOSUPPORT, "it needs a newer version of Evertape: use that version" },
		{ -EPROTOTYPE,
			"it was written in format 1, which only test versions of Evertape used; this version "
			"reads format 2" },
		{ -EREMCHG,
			"it is a WORM cartridge, and its files were changed by something else than a drive" },
		{ -EROFS, "it can only be read: it or its file system is write-protected" },
		{ -ESTALE, "the cartridges' folder is not there any more: is its file system mounted?" },
		{ -ETIMEDOUT, "its files do not answer: the disk they are on is in trouble" },
		{ -EUCLEAN, "it is damaged, or no cartridge" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].err == err)
			return rows[i].text;
	return error_text(err);
}
