/* SPDX-License-Identifier: Apache-2.0 */
/* Guards refuse an act that would cost a host a session or destroy data.  They refuse with the code
 * needs-force and say what would be lost, unless the call has the flag "force". */
#pragma once

#include "admin/rpc/method.h"

/* A drive counts as in use for this long after a host's last command. */
enum { GUARD_USE_MS = 10000 };

/* Returns true with "force"; else refuses the call and returns false.  The message must say what would be
 * lost and end with a hint to --force. */
bool guard_force(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- changes of what hosts see (guard_change.c) ------------------------------------------------------ */

/* The planned state of a library; members that are not set stay as they are. */
struct future {
	bool deleted;  /* the library is deleted */
	bool laid_out; /* the library gets this layout: */
	enum layout layout;
	const struct drive *removed;
	const struct drive *changed;           /* this drive, or NULL for the changer, */
	const struct personality *personality; /* gets this personality */
};

/* The sessions that notice a change. */
struct noticing {
	size_t n, room;
	uint32_t *session;
};

/* Compares what hosts see now with what they would see, as `passport compare` does.  True: no session
 * notices, or the call has "force"; *ret_noticing then holds the sessions that notice, and the caller
 * frees it with noticing_free().  False: the call is refused, with sessions, differences and additions in
 * its details. */
bool guard_change(struct call *call, const struct library *library, const struct future *future,
	struct noticing *ret_noticing);
/* All names of the library change: every session that is logged in to it notices. As guard_change(). */
bool guard_rename(struct call *call, const struct library *library, struct noticing *ret_noticing);
/* Ends those sessions and waits until they are gone, at most a few seconds. */
void noticing_end(struct call *call, const struct noticing *noticing);
void noticing_free(struct noticing *noticing);

/* --- cartridges (guard_cartridge.c) -------------------------------------------------------------------- */

/* Returns whether the cartridge in that drive may be unloaded: no host has used the drive for
 * GUARD_USE_MS, and none has reserved it.  False: refused.  Waits: afterwards look up library objects
 * again. */
bool guard_unload(struct call *call, const struct drive *drive);
/* Returns whether these cartridges may be deleted: none is write-protected, WORM or holds data.  views:
 * cartridge views with their usage.  False: refused. */
bool guard_delete(struct call *call, const json_t *views);
