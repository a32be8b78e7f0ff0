/* SPDX-License-Identifier: Apache-2.0 */
/* The door of media/container: verifies, exports and imports whole cartridges, without a drive.
 * Results are 0 or -errno; media_error_text() has the words. */
#pragma once

#include "media/media.h"

/* Called from time to time during long work; return false to stop it (-ECANCELED). */
struct media_progress {
	bool (*step)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};
enum { MEDIA_DIGEST_TEXT = 65 };
/* What a cartridge's file may be; a row of formats.def for each. */
enum cart_container {
#define FORMAT(ID, ...) CART_##ID,
#include "media/container/formats.def"
#undef FORMAT
	CART_FORMATS,
	CART_ANY = CART_FORMATS, /* told by what the file begins with */
};
struct cart_format_row {
	const char *name, *suffix, *words; /* words: with an article */
	bool writes;                       /* a cartridge can be exported so */
	bool has_label;                    /* the file says which cartridge it is */
	bool is_folder;                    /* several files: see cart_folder_pack() */
};
/* container is not CART_ANY. */
struct cart_format_row cart_format_row(enum cart_container container);
/* The format of this name, and that of a path by its suffix; CART_ANY: none. */
enum cart_container cart_format_find(const char *name);
enum cart_container cart_format_of_path(const char *path);

struct cart_report {
	enum cart_container container; /* what was read or written; CART_ANY: not known */
	uint64_t records, filemarks, bytes;
	uint64_t bad; /* objects that cannot be read as written */
	uint64_t first_bad;
	uint64_t skipped;    /* objects of a tape image that are neither data nor filemarks */
	uint64_t file_bytes; /* of the container that was read or written; 0 none */
	bool no_checksums;   /* the container has none: only its structure was checked */
	/* SHA-256 in hexadecimal, "" when it was not computed: of the container's bytes; of the data of all
	 * records, one after the other (the same for a cartridge and every container made of it). */
	char file_digest[MEDIA_DIGEST_TEXT], data_digest[MEDIA_DIGEST_TEXT];
	char why[128]; /* the first fault, in words */
	bool tampered; /* of a cartridge: cart_tampered() */
};
/* Reads everything and checks every checksum. 0 when all is well, -EBADMSG else; report
 * either way. */
int cart_verify(struct shelf shelf, const char *barcode, const struct media_progress *progress,
	struct cart_report *ret_report);
/* To and from a stream (fd may be a pipe or a socket): our own container with checksums, or a tape image.
 * The sender at a socket ends the stream by shutting down its sending half; if it closes instead, the stream was
 * cut off. */
int cart_export(struct shelf shelf, const char *barcode, int fd, enum cart_container container,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128]);
/* As cart_export(), into a plain file that holds the beginning of the same export: that is compared, and what follows is
 * written.  -EBADE: it differs. */
int cart_export_on(struct shelf shelf, const char *barcode, int fd, enum cart_container container,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128]);
struct cart_import_how {
	enum cart_container container;
	const char *barcode; /* NULL: that of the file, if it has one */
	const struct cart_label
		*label;   /* generation and capacity for a file that has none; NULL: it is refused */
	bool label_asked; /* a file that has its own is refused */
	bool whole;       /* nothing is kept of a damaged file */
};
/* Makes root/<barcode> from the stream.  On success the barcode it got is in ret_barcode.
 * Of a damaged file (-EBADMSG) the objects before the damage are kept, unless there are none or how->whole is set; then
 * ret_barcode is not "".  After other errors nothing is left behind.  why says what is wrong. */
int cart_import(struct shelf shelf, int fd, const struct cart_import_how *how,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128],
	char ret_barcode[static MEDIA_BARCODE_MAX + 1]);
/* Formats that are folders.  Those who may open their files, with their own rights, turn them into one stream, which
 * cart_import() takes as that format, and the stream of cart_export() into files.  They may block.
 * What a folder seems to hold. */
enum cart_container cart_folder_look(int dirfd);
/* Damage of the folder is told in the stream: 0. */
int cart_folder_pack(int dirfd, enum cart_container container, int fd);
/* Makes the files of CART_FILES in an empty folder.  0 or -errno, with why unless it is "". */
int cart_folder_unpack(int fd, int dirfd, char why[static 128]);
/* Checks a container file without importing it. */
int cart_verify_container(int fd, enum cart_container container, const struct media_progress *progress,
	struct cart_report *ret_report);
