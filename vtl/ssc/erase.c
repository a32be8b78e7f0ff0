/* SPDX-License-Identifier: Apache-2.0 */
/* ERASE(6) and ERASE(16) (SSC-5 7.1) set end of data at the position. LONG changes nothing here: no old data can be
 * read after a short erase either. */
#include <stdio.h>

#include "vtl/ssc/append_only.h"
#include "vtl/ssc/health.h"
#include "vtl/ssc/place.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/tape_log.h"

/* Logs the erase before it begins, because the initiator may be gone when it ends. Returns whether the whole
 * tape is erased. */
static bool log_erase(const struct work *w)
{
	char what[80];
	struct cart_position at;
	struct cart_usage usage;
	cart_position(w->cart, &at);
	cart_partition_usage(w->cart, at.partition, &usage);
	snprintf(what, sizeof what, "erased from object %llu on, of %llu objects",
		(unsigned long long)at.object, (unsigned long long)usage.objects);
	work_log(w, EVENT_ERASE, what);
	return at.object == 0 && cart_partitions(w->cart) == 1;
}

void ssc_erase(struct task *task)
{
	struct work w;
	const struct place place = place_decode(task);
	bool early = cdb_field(task, "immed");
	if (!work_begin(&w, task, DRIVE_ERASING))
		return;
	bool stays = tape_is_worm(w.tape); /* where it is: the command does nothing */
	if ((stays || (work_sync(&w) && place_go(&w, &place))) && erase_allowed(&w, false)) {
		bool all = log_erase(&w);
		if (early)
			work_early(&w);
		w.tape->writer = w.nexus;
		int err = cart_erase(w.cart);
		if (err)
			result_fail(&w, err, MEDIA_WRITING, 0);
		else if (all)
			tape_health_renewed(w.tape);
	}
	work_end(&w);
}
