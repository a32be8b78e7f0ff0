/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guards: what would cost a host or data something is refused, with the code needs-force and a line that
 * says what would be lost, unless the call has the flag "force".
 */
#pragma once

#include "admin/rpc/method.h"

/* A drive that a host used this short a time ago is in use. */
enum { GUARD_USE_MS = 10000 };

/* The flag, for the rows of guarded methods. */
#define FORCE(HELP)                                               \
	{                                                         \
		.name = "force", .type = PARAM_FLAG, .help = HELP \
	}

/* The refusal itself: true with "force"; else false, and the call is refused.  The format says what would
 * be lost and ends with a hint to --force. */
bool guard_force(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- changes of what hosts see (guard_change.c) ------------------------------------------------------ */

/* How a library is to look afterwards; what is not set stays as it is. */
struct future {
	bool deleted;  /* there is no library any more */
	bool laid_out; /* in this layout: */
	enum layout layout;
	const struct drive *removed;
	const struct drive *changed;           /* this drive, NULL: the changer, */
	const struct personality *personality; /* speaks as this from now on */
};

/* The sessions that would notice. */
struct noticing {
	size_t n, room;
	uint16_t *tsih;
};

/* Compares what hosts see now with what they would see, as `passport compare` does.  True when no session
 * would notice or the call has "force"; *ret_noticing is then who notices, for noticing_end() and
 * noticing_free().  Else false: the call is refused, with sessions, differences and additions as its
 * details. */
bool guard_change(struct call *call, const struct library *library, const struct future *future,
	struct noticing *ret_noticing);
/* Ends those sessions and waits for that, but not for long. */
void noticing_end(struct call *call, const struct noticing *noticing);
void noticing_free(struct noticing *noticing);

/* --- cartridges (guard_cartridge.c) -------------------------------------------------------------------- */

/* True when the cartridge in that drive may be taken out: the host that used it has done so long ago, and
 * none has the drive reserved.  Waits: what was found in the library before may have moved. */
bool guard_unload(struct call *call, const struct drive *drive);
/* True when none of the cartridges, as views with their usage, is protected, WORM or holds data. */
bool guard_delete(struct call *call, const json_t *views);
