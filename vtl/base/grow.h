/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { GROW_FIRST = 16 };

/*
 * Makes room for `need` items in all, of at most `max`.  rows: a pointer to the items, from malloc() or NULL;
 * room: how many items there is memory for.  Both are variables of the caller, and the caller frees rows.
 * Room at least doubles, so adding items one by one costs little.  New items are not initialised.
 * 0, or -ENOMEM (no memory, or need is above max): then rows and room are as they were.
 */
#define grow(rows, room, need, max)                                                               \
	({                                                                                        \
		void *grow_rows = (rows);                                                         \
		size_t grow_room = (room);                                                        \
		int grow_err = grow_bytes(&grow_rows, &grow_room, (need), (max), sizeof *(rows)); \
		(rows) = grow_rows;                                                               \
		(room) = (__typeof__(room))grow_room;                                             \
		grow_err;                                                                         \
	})

static inline int grow_bytes(void **rows, size_t *room, size_t need, size_t max, size_t size)
{
	if (need <= *room)
		return 0;
	if (need > max)
		return -ENOMEM;
	size_t more = *room > max / 2 ? max : *room * 2;
	if (more < GROW_FIRST)
		more = GROW_FIRST < max ? GROW_FIRST : max;
	if (more < need)
		more = need;
	/* Checked here, because the address sanitizer ends a program that asks malloc() for so much. */
	if (more > PTRDIFF_MAX / size)
		return -ENOMEM;
	void *p = realloc(*rows, more * size);
	if (!p)
		return -ENOMEM;
	*rows = p;
	*room = more;
	return 0;
}
