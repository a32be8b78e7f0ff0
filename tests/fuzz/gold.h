/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files as the base of inputs, and folders that a target makes. */
#pragma once

#include "fuzz.h"
#include "media/engine/engine.h"

enum { GOLD_FILE_MAX = 80 << 10 };

struct gold {
	uint8_t bytes[GOLD_FILE_MAX];
	size_t len;
};

/* Reads tests/gold/media/NAME. */
void gold_read(struct gold *gold, const char *name);
/* Changes the file as the input says: place (3 bytes), length, bytes. Length 255: the file is cut there. */
void gold_change(struct gold *gold, struct fuzz *f);

/* A new, empty folder in memory; folder_remove() removes it with what is in it. */
void folder_make(char path[static 64]);
void folder_remove(const char *path);
bool folder_is_empty(const char *path);

/* engine_sync, but space is not reserved, and `file` (unless NULL) is what every name opens. engine_free() frees
 * it. */
struct engine *engine_of(const struct fuzz *file);
