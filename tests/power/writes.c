/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format of dm-log-writes' log: a superblock (magic, version, number of entries, bytes of a sector), then each entry:
 * a sector with its head (sector, number of sectors, flags, length of a mark's text, the text), and the data, which a
 * discard has not.  A write that is not FUA is logged by the flush that made it safe, right in front of that flush; a
 * write with FUA and a mark are logged when they end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/power/writes.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/grow.h"

#define LOG_MAGIC 0x6a736677736872ull
enum { MOVE_MAX = 1 << 20, WRITES_MAX = 1 << 20, HEAD = 32, MARK_TEXT = 20 };

static bool log_read(struct writes *w, uint64_t at, size_t len)
{
	return pread(w->log, w->buf, len, (off_t)at) == (ssize_t)len;
}

static bool entry_add(struct writes *w, const struct write *e)
{
	if (grow(w->list, w->room, w->count + 1, WRITES_MAX))
		return false;
	w->list[w->count++] = *e;
	return true;
}

static int mark_number(const uint8_t *head)
{
	char text[MARK_TEXT + 1] = "";
	uint64_t len = get_le64(head + 24);
	memcpy(text, head + HEAD, len < MARK_TEXT ? len : MARK_TEXT);
	char *end;
	long n = strtol(text, &end, 10);
	return end == text ? NO_MARK : (int)n;
}

static bool entries_read(struct writes *w, uint64_t count)
{
	uint64_t at = SECTOR;
	int mark = NO_MARK;
	const uint8_t *head = w->buf;
	for (uint64_t i = 0; i < count; i++) {
		if (!log_read(w, at, SECTOR))
			return false;
		struct write e = { .sector = get_le64(head),
			.sectors = get_le64(head + 8),
			.kind = (unsigned)get_le64(head + 16),
			.at = at + SECTOR };
		if (e.kind & WRITE_MARK) {
			int n = mark_number(head);
			mark = n == NO_MARK ? mark : n;
		}
		e.mark = mark;
		if (!entry_add(w, &e))
			return false;
		at = e.at + (e.kind & WRITE_DISCARD ? 0 : e.sectors * SECTOR);
	}
	return true;
}

bool writes_open(struct writes *w, const char *device, char why[static WHY_LEN])
{
	*w = (struct writes){ .log = open(device, O_RDONLY | O_DIRECT | O_CLOEXEC) };
	w->buf = aligned_alloc(4096, MOVE_MAX);
	const uint8_t *super = w->buf;
	if (w->log >= 0 && w->buf && log_read(w, 0, SECTOR) && get_le64(super) == LOG_MAGIC &&
		get_le64(super + 8) == 1 && get_le32(super + 24) == SECTOR &&
		entries_read(w, get_le64(super + 16)))
		return true;
	snprintf(why, WHY_LEN, "%s holds no log of dm-log-writes: %m", device);
	return false;
}

void writes_close(struct writes *w)
{
	if (w->log >= 0)
		close(w->log);
	free(w->buf);
	free(w->list);
}

bool writes_put(struct writes *w, size_t i, uint64_t sectors, int disk, char why[static WHY_LEN])
{
	const struct write *e = &w->list[i];
	if (e->kind & (WRITE_DISCARD | WRITE_MARK))
		return true; /* what was discarded may still be there */
	for (uint64_t done = 0, len; done < sectors * SECTOR; done += len) {
		len = sectors * SECTOR - done;
		if (len > MOVE_MAX)
			len = MOVE_MAX;
		if (!log_read(w, e->at + done, len) ||
			pwrite(disk, w->buf, len, (off_t)(e->sector * SECTOR + done)) != (ssize_t)len) {
			snprintf(why, WHY_LEN, "entry %zu cannot be replayed: %m", i);
			return false;
		}
	}
	return true;
}

bool write_is_cached(const struct write *w)
{
	return w->sectors && !(w->kind & (WRITE_FLUSH | WRITE_FUA | WRITE_MARK));
}
