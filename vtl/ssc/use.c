/* SPDX-License-Identifier: Apache-2.0 */
/* The host that last used the medium, and the host that holds a reservation; for operators who want to remove
 * a cartridge. */
#include <stdatomic.h>
#include <string.h>

#include "vtl/ssc/tape.h"

_Static_assert(sizeof((struct drive_host *)0)->initiator == TARGET_NAME_MAX + 1, "a name fits");
_Static_assert(sizeof((struct lu_holder *)0)->initiator == IQN_MAX + 1, "a name fits");

void tape_use(struct tape *tape, const struct nexus *nexus)
{
	struct tape_use *use = &tape->use;
	use->ms = now_ms();
	/* The same host as before: nothing to copy. */
	if (use->nexus == nexus && use->host.session == nexus->session)
		return;
	use->nexus = nexus;
	use->host.session = nexus->session;
	memcpy(use->host.initiator, nexus->initiator, sizeof use->host.initiator);
}

void tape_use_ends(struct tape *tape, const struct nexus *nexus)
{
	if (tape->use.nexus == nexus)
		tape->use.ms = now_ms();
}

/* A host that logged out is done. A host whose connection was lost may return at once and continue. */
void tape_use_left(struct tape *tape, struct nexus *nexus)
{
	if (tape->use.nexus != nexus)
		return;
	tape->use.nexus = NULL; /* the memory of the nexus may be reused */
	if (atomic_load(&nexus->logged_out))
		tape->use = (struct tape_use){ 0 };
}

/* The detach may not have reached this unit yet. */
static bool is_leaving(const struct tape *tape)
{
	struct lu_nexus *n = lu_nexus_of((struct lu *)&tape->lu, tape->use.nexus);
	return n && atomic_load(&n->nexus->logged_out);
}

void tape_use_tell(const struct tape *tape, struct drive_status *status)
{
	struct lu_holder holder;
	if (*tape->use.host.initiator && !is_leaving(tape)) {
		status->user = tape->use.host;
		status->used_ms = tape->held ? 0 : (uint64_t)(now_ms() - tape->use.ms);
	}
	if (!lu_reserved(&tape->lu, &holder))
		return;
	memcpy(status->holder.initiator, holder.initiator, sizeof holder.initiator);
	status->holder.session = holder.session;
	status->held_persistently = holder.persistent;
}
