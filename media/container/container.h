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
struct cart_report {
	uint64_t records, filemarks, bytes;
	uint64_t bad; /* objects that cannot be read as written */
	uint64_t first_bad;
	uint64_t skipped;    /* objects of a .tap that are neither data nor filemarks */
	uint64_t file_bytes; /* of the container that was read or written; 0 none */
	bool no_checksums;   /* the container has none: only its structure was checked */
	/* SHA-256 in hexadecimal, "" when it was not computed: of the container's bytes; of the data of all
	 * records, one after the other (the same for a cartridge and every container made of it). */
	char file_digest[MEDIA_DIGEST_TEXT], data_digest[MEDIA_DIGEST_TEXT];
	char why[128]; /* the first fault, in words */
};
/* Reads everything and checks every checksum. 0 when all is well, -EBADMSG else; report
 * either way. */
int cart_verify(struct shelf shelf, const char *barcode, const struct media_progress *progress,
	struct cart_report *ret_report);
/* To and from a stream (fd may be a pipe or a socket): our own container with checksums, or SIMH .tap.
 * The sender at a socket ends the stream by shutting down its sending half; if it closes instead, the stream was
 * cut off. */
enum cart_container { CART_NATIVE, CART_SIMH };
int cart_export(struct shelf shelf, const char *barcode, int fd, enum cart_container container,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128]);
/* Makes root/<barcode> from the stream (barcode NULL: the one in a native container; generation and
 * capacity from label for .tap, which label NULL refuses).  Nothing is left behind on failure; why says what is wrong.  On
 * success the barcode it got is in ret_barcode. */
int cart_import(struct shelf shelf, const char *barcode, int fd, const struct cart_label *label,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128],
	char ret_barcode[static MEDIA_BARCODE_MAX + 1]);
/* Checks a container file without importing it. */
int cart_verify_container(int fd, const struct media_progress *progress, struct cart_report *ret_report);
