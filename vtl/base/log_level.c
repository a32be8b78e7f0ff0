/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines are wanted: a level for each room. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vtl/base/log_internal.h"

static const struct {
	const char *name, *folder;
} rooms[ROOMS_COUNT] = {
#define ROOM(id, room_name, room_folder) [ROOM_##id] = { room_name, room_folder },
#include "vtl/base/rooms.def"
#undef ROOM
};

static const char *const level_names[LOG_LEVELS] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
	[LOG_TRACE] = "trace",
};

/* The level of each room, and the lowest and the highest of them, so that most lines need no look at their
 * file. */
static struct {
	_Atomic(enum log_level) of[ROOMS_COUNT], lowest, highest;
} levels = {
#define ROOM(id, room_name, room_folder) .of[ROOM_##id] = LOG_INFO,
#include "vtl/base/rooms.def"
#undef ROOM
	.lowest = LOG_INFO,
	.highest = LOG_INFO,
};

static enum log_level get(const _Atomic(enum log_level) *level)
{
	return atomic_load_explicit(level, memory_order_relaxed);
}

static void put(_Atomic(enum log_level) *level, enum log_level to)
{
	atomic_store_explicit(level, to, memory_order_relaxed);
}

static void levels_put(const enum log_level of[static ROOMS_COUNT])
{
	enum log_level lowest = LOG_TRACE, highest = LOG_ERROR;
	for (unsigned i = 0; i < ROOMS_COUNT; i++) {
		put(&levels.of[i], of[i]);
		lowest = of[i] < lowest ? of[i] : lowest;
		highest = of[i] > highest ? of[i] : highest;
	}
	put(&levels.lowest, lowest);
	put(&levels.highest, highest);
}

void log_set_level(enum log_level level)
{
	enum log_level of[ROOMS_COUNT];
	for (unsigned i = 0; i < ROOMS_COUNT; i++)
		of[i] = level;
	levels_put(of);
}

bool log_on(enum log_room room, enum log_level level)
{
	return level <= get(&levels.of[room]);
}

/* Folders are those of the source tree, wherever that is. */
static enum log_room room_of(const char *file)
{
	for (unsigned i = ROOM_OTHER + 1; i < ROOMS_COUNT; i++) {
		const char *at = strstr(file, rooms[i].folder);
		if (at && (at == file || at[-1] == '/'))
			return i;
	}
	return ROOM_OTHER;
}

bool log_wanted(const char *file, enum log_level level)
{
	if (level <= get(&levels.lowest))
		return true;
	return level <= get(&levels.highest) && log_on(room_of(file), level);
}

const char *log_room_name(enum log_room room)
{
	return rooms[room].name;
}

const char *log_room_level(enum log_room room)
{
	return level_names[get(&levels.of[room])];
}

/* --- as people write it --------------------------------------------------------------------------- */

static bool level_find(const char *text, size_t len, enum log_level *ret_level)
{
	for (unsigned i = 0; i < LOG_LEVELS; i++) {
		if (strlen(level_names[i]) != len || strncmp(level_names[i], text, len) != 0)
			continue;
		*ret_level = i;
		return true;
	}
	return false;
}

static int no_level(const char *text, size_t len, char *why, size_t size)
{
	snprintf(why, size, "'%.*s' is not a level: error, warning, info, debug or trace",
		(int)(len < 40 ? len : 40), text);
	return -EINVAL;
}

/* "LEVEL" or "ROOM=LEVEL", len bytes. */
static int one_read(const char *text, size_t len, enum log_level of[static ROOMS_COUNT], char *why,
	size_t size)
{
	const char *equals = memchr(text, '=', len), *name = equals ? equals + 1 : text;
	size_t room_len = equals ? (size_t)(equals - text) : 0, name_len = len - (size_t)(name - text);
	enum log_level level;
	bool found = !equals;
	if (!level_find(name, name_len, &level))
		return no_level(name, name_len, why, size);
	for (unsigned i = 0; i < ROOMS_COUNT; i++) {
		if (equals &&
			(strlen(rooms[i].name) != room_len || strncmp(rooms[i].name, text, room_len) != 0))
			continue;
		of[i] = level;
		found = true;
	}
	if (found)
		return 0;
	int n = snprintf(why, size, "'%.*s' is not a room:", (int)(room_len < 40 ? room_len : 40), text);
	for (unsigned i = 0; i < ROOMS_COUNT && n > 0 && (size_t)n < size; i++)
		n += snprintf(why + n, size - (size_t)n, " %s", rooms[i].name);
	return -EINVAL;
}

int log_levels_set(const char *text, bool apply, char *why, size_t size)
{
	enum log_level of[ROOMS_COUNT];
	for (unsigned i = 0; i < ROOMS_COUNT; i++)
		of[i] = get(&levels.of[i]);
	for (const char *at = text;;) {
		size_t len = strcspn(at, ",");
		int err = one_read(at, len, of, why, size);
		if (err)
			return err;
		if (!at[len])
			break;
		at += len + 1;
	}
	if (apply)
		levels_put(of);
	return 0;
}
