/* SPDX-License-Identifier: Apache-2.0 */
/* Writes files to the loaded tape, one tape file each, and compares them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "contrib/demo/demo.h"
#include "vtl/base/cleanup.h"

/* The first tape file identifies the tape, so that a later run may overwrite it. */
static const char title[] = "Evertape demonstration tape\n";

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *amount(uint64_t bytes, char out[static 24])
{
	bool small = bytes < 1000000;
	snprintf(out, 24, "%.1f %s", (double)bytes / (small ? 1e3 : 1e6), small ? "KB" : "MB");
	return out;
}

/* Reads a whole block or up to the end of the file; a pipe may return less per read().  Each EINTR is one
 * signal that did not end the program. */
static ssize_t block_read(int fd, uint8_t *buf)
{
	size_t len = 0;
	while (len < DEMO_BLOCK) {
		ssize_t n = read(fd, buf + len, DEMO_BLOCK - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

bool demo_tape_free(struct demo *d, char why[static WHY_LEN])
{
	autofree uint8_t *buf = calloc(1, DEMO_BLOCK);
	uint32_t len;
	struct medium_seen medium;
	why[0] = '\0';
	if (tape_medium(d->session, d->drive, &medium, why) || medium.worm || medium.protected)
		return false;
	if (!buf || tape_rewind(d->session, d->drive, why))
		return false;
	enum tape_end end = tape_read(d->session, d->drive, buf, DEMO_BLOCK, &len, why);
	if (end == TAPE_END_OF_DATA)
		return true;
	if (end == TAPE_FAILED)
		return false;
	why[0] = '\0';
	return end == TAPE_RECORD && len >= sizeof title - 1 && !memcmp(buf, title, sizeof title - 1);
}

static size_t contents(struct demo *d, char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, "%s", title);
	for (int i = 0; i < d->file_count && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%d %s\n", i + 2, d->files[i]);
	return len < size ? len : size - 1;
}

static int file_write(struct demo *d, const char *file, uint8_t *buf, uint64_t *total,
	char why[static WHY_LEN])
{
	autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
	uint64_t records = 0, bytes = 0;
	ssize_t n = -1;
	while (fd >= 0 && (n = block_read(fd, buf)) > 0) {
		if (tape_write(d->session, d->drive, buf, (uint32_t)n, why))
			return -1;
		records++;
		bytes += (uint64_t)n;
	}
	if (n < 0) {
		snprintf(why, WHY_LEN, "%.200s: %m", file);
		return -1;
	}
	/* IMMED=0: the command ends when the file is on stable storage. */
	if (tape_filemarks(d->session, d->drive, 1, false, why))
		return -1;
	const char *name = strrchr(file, '/');
	char text[24];
	printf("  %s: %s in %llu record%s, then a filemark\n", name ? name + 1 : file, amount(bytes, text),
		(unsigned long long)records, records == 1 ? "" : "s");
	*total += bytes;
	return 0;
}

int demo_write(struct demo *d, char why[static WHY_LEN])
{
	autofree uint8_t *buf = malloc(DEMO_BLOCK);
	uint64_t total = 0;
	if (!buf || tape_rewind(d->session, d->drive, why))
		return -1;
	printf("Writing to %s\n", d->barcode);
	double began = now_s();
	size_t len = contents(d, (char *)buf, DEMO_BLOCK);
	if (tape_write(d->session, d->drive, buf, (uint32_t)len, why) ||
		tape_filemarks(d->session, d->drive, 1, true, why))
		return -1;
	for (int i = 0; i < d->file_count; i++)
		if (file_write(d, d->files[i], buf, &total, why))
			return -1;
	double s = now_s() - began;
	char text[24];
	printf("  %s in %.2f s, %.0f MB/s, all synced\n", amount(total, text), s,
		s > 0 ? (double)total / 1e6 / s : 0);
	return 0;
}

/* Checks what a READ found; describes anything else in why. */
static int expect(enum tape_end want, enum tape_end got, const char *what, const char *file,
	char why[static WHY_LEN])
{
	if (got == want)
		return 0;
	if (got != TAPE_FAILED)
		snprintf(why, WHY_LEN, "%s is missing on the tape (%.200s)", what, file);
	return -1;
}

static int file_compare(struct demo *d, const char *file, uint8_t *buf, uint8_t *tape, uint64_t *total,
	char why[static WHY_LEN])
{
	autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
	uint32_t len;
	ssize_t n = -1;
	while (fd >= 0 && (n = block_read(fd, buf)) > 0) {
		enum tape_end end = tape_read(d->session, d->drive, tape, DEMO_BLOCK, &len, why);
		if (expect(TAPE_RECORD, end, "a record", file, why))
			return -1;
		if (len != (uint32_t)n || memcmp(buf, tape, len)) {
			snprintf(why, WHY_LEN, "%.200s differs from the tape near byte %llu", file,
				(unsigned long long)*total);
			return -1;
		}
		*total += len;
	}
	if (n < 0) {
		snprintf(why, WHY_LEN, "%.200s: %m", file);
		return -1;
	}
	return expect(TAPE_FILEMARK, tape_read(d->session, d->drive, tape, DEMO_BLOCK, &len, why),
		"the filemark", file, why);
}

int demo_compare(struct demo *d, char why[static WHY_LEN])
{
	autofree uint8_t *buf = malloc(DEMO_BLOCK), *tape = malloc(DEMO_BLOCK);
	uint64_t total = 0;
	uint32_t len;
	if (!buf || !tape || tape_rewind(d->session, d->drive, why))
		return -1;
	double began = now_s();
	size_t want = contents(d, (char *)buf, DEMO_BLOCK);
	enum tape_end end = tape_read(d->session, d->drive, tape, DEMO_BLOCK, &len, why);
	if (expect(TAPE_RECORD, end, "the first record", "table of contents", why))
		return -1;
	if (len != want || memcmp(buf, tape, len)) {
		snprintf(why, WHY_LEN, "the table of contents on the tape differs");
		return -1;
	}
	end = tape_read(d->session, d->drive, tape, DEMO_BLOCK, &len, why);
	if (expect(TAPE_FILEMARK, end, "the first filemark", "table of contents", why))
		return -1;
	for (int i = 0; i < d->file_count; i++)
		if (file_compare(d, d->files[i], buf, tape, &total, why))
			return -1;
	end = tape_read(d->session, d->drive, tape, DEMO_BLOCK, &len, why);
	if (expect(TAPE_END_OF_DATA, end, "the end of data", d->files[d->file_count - 1], why))
		return -1;
	double s = now_s() - began;
	char text[24];
	printf("Rewound %s, read %s back at %.0f MB/s: identical, byte for byte, with every "
	       "filemark in its place\n",
		d->barcode, amount(total, text), s > 0 ? (double)total / 1e6 / s : 0);
	return 0;
}
