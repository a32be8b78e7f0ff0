/* SPDX-License-Identifier: Apache-2.0 */
/* Unit attentions and deferred errors, kept per I_T nexus until they are reported (SAM-5 5.14). */
#include <assert.h>

#include "vtl/scsi/core.h"

_Static_assert(SENSE_UA_LUNS_CHANGED - SENSE_UA_POWER_ON < 64, "one bit each");

static uint64_t ua_bit(enum sense ua)
{
	assert(ua >= SENSE_UA_POWER_ON && ua <= SENSE_UA_LUNS_CHANGED);
	return 1ull << (ua - SENSE_UA_POWER_ON);
}

void ua_raise(struct lu_nexus *n, enum sense ua)
{
	n->ua_pending |= ua_bit(ua);
}

void ua_drop(struct lu_nexus *n, enum sense ua)
{
	n->ua_pending &= ~ua_bit(ua);
}

bool ua_pop(struct lu_nexus *n, enum sense *ret_ua)
{
	if (n->ua_pending) {
		int first = __builtin_ctzll(n->ua_pending);
		n->ua_pending &= n->ua_pending - 1;
		*ret_ua = (enum sense)(SENSE_UA_POWER_ON + first);
		return true;
	}
	/* The change of LUNs is one condition for all LUs of the nexus; it is reported last. */
	if (!atomic_exchange(&n->nexus->luns_changed, false))
		return false;
	*ret_ua = SENSE_UA_LUNS_CHANGED;
	return true;
}

void lu_raise(struct lu *lu, enum sense ua, const struct nexus *except)
{
	struct lu_nexus *n;

	TAILQ_FOREACH(n, &lu->nexuses, link)
		if (n->nexus != except)
			ua_raise(n, ua);
}

void lu_raise_to(struct lu_nexus *nexus, enum sense ua)
{
	ua_raise(nexus, ua);
}

void lu_defer(struct lu *lu, const struct nexus *nexus, const struct sense_data *sense)
{
	struct lu_nexus *owner = nexus ? lu_nexus_of(lu, nexus) : NULL;
	struct lu_nexus *n;

	TAILQ_FOREACH(n, &lu->nexuses, link) {
		if (owner && n != owner)
			continue;
		n->deferred_sense = *sense;
		n->deferred_sense.deferred = true;
		n->deferred = true;
	}
}
