/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning: a cleaning cartridge cleans the drive when it is inserted and is then ejected. Afterwards the
 * drive is empty and the cartridge stays in the element until the changer removes it. */
#include <string.h>

#include "vtl/base/bytes.h"
#include "vtl/base/container.h"
#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/ssc/health.h"
#include "vtl/ssc/tape_log.h"

/* CLEANING_MS is long enough for a host that polls once a second. CLEANER_USES is the number that the makers
 * state. */
enum { CLEANING_MS = 2500, CLEANER_USES = 50 };

#define MEMORY_KEY "cleanings"

static void cleaned(struct timer *timer)
{
	struct tape *tape = container_of(timer, struct tape, cleaning);
	tape_does(tape, DRIVE_IDLE);
	tape->cleaned_at = tape->total.written + tape->total.read;
	tape_unseat(tape);
	waitq_wake(&tape->released);
}

/* Each load of a cleaning cartridge is a use; the memory counts loads. */
static int count_use(struct tape *tape)
{
	struct cart *cart;
	int err = cart_open(shelf_at(tape->engine, tape->root), tape->label.barcode, false, &cart);
	return err ? err : cart_close(cart);
}

static void count_cleaning(struct tape *tape)
{
	const struct lu_store *store = &tape->lu.store;
	uint8_t blob[4];
	tape->cleanings++;
	put_be32(blob, tape->cleanings);
	int err = store->save ? store->save(store->arg, MEMORY_KEY, blob, sizeof blob) : 0;
	if (err)
		log_warn("drive:%u: cannot record the cleaning: %s", tape->drive->number, error_text(err));
}

void tape_clean_recall(struct tape *tape)
{
	const struct lu_store *store = &tape->lu.store;
	uint8_t blob[4];
	if (store->load && store->load(store->arg, MEMORY_KEY, blob, sizeof blob) == sizeof blob)
		tape->cleanings = get_be32(blob);
}

int tape_clean(struct tape *tape, const struct actor *by)
{
	struct cart_counters uses = { 0 };
	tape_alert(tape, ALERT_CLEANING_MEDIA);
	cart_counters_read(shelf_at(tape->engine, tape->root), &tape->label,
		&uses); /* unreadable: none is known */
	if (uses.loads >= CLEANER_USES) {
		tape_alert(tape, ALERT_CLEANER_EXPIRED);
		tape->state = TAPE_EXPIRED;
		return 0;
	}
	tape->state = TAPE_CLEANING;
	tape_does(tape, DRIVE_CLEANING);
	int err = count_use(tape);
	if (err) {
		tape_does(tape, DRIVE_IDLE);
		return err;
	}
	count_cleaning(tape);
	tape_health_cleaned(tape);
	tape_log(tape, EVENT_LOAD, by, "loaded: cleaning the drive");
	timer_arm(&tape->cleaning, CLEANING_MS, cleaned);
	return 0;
}
