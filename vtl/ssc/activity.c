/* SPDX-License-Identifier: Apache-2.0 */
/* The drive's present activity, and its recent activity for operators who look now and then. */
#include "vtl/ssc/tape.h"

enum { LATELY_MS = 1000 };

/* The rank decides which of several activities is shown. Activities of rank DATA are shown until one second
 * has passed, because a streaming drive is idle between two commands. The others are shown only while they
 * last. */
enum rank { RANK_NONE, RANK_MOVING, RANK_DATA, RANK_CARTRIDGE };
static const enum rank ranks[N_DRIVE_ACTIVITIES] = {
	[DRIVE_IDLE] = RANK_NONE,
	[DRIVE_POSITIONING] = RANK_MOVING,
	[DRIVE_REWINDING] = RANK_MOVING,
	[DRIVE_READING] = RANK_DATA,
	[DRIVE_WRITING] = RANK_DATA,
	[DRIVE_LOADING] = RANK_CARTRIDGE,
	[DRIVE_UNLOADING] = RANK_CARTRIDGE,
	[DRIVE_ERASING] = RANK_CARTRIDGE,
	[DRIVE_CLEANING] = RANK_CARTRIDGE,
};

void tape_did_nothing(struct tape *tape)
{
	for (size_t a = 0; a < N_DRIVE_ACTIVITIES; a++)
		tape->did_ms[a] = now_ms() - LATELY_MS;
}

void tape_does(struct tape *tape, enum drive_activity activity)
{
	tape->last_ms = now_ms();
	tape->did_ms[tape->activity] = tape->last_ms;
	tape->activity = activity;
}

enum drive_activity tape_did_lately(const struct tape *tape)
{
	int64_t now = now_ms(), when = now;
	enum drive_activity best = tape->activity;
	for (size_t a = 0; a < N_DRIVE_ACTIVITIES; a++) {
		if (ranks[a] != RANK_DATA || now - tape->did_ms[a] >= LATELY_MS)
			continue;
		if (ranks[a] > ranks[best] || (ranks[a] == ranks[best] && tape->did_ms[a] > when)) {
			best = (enum drive_activity)a;
			when = tape->did_ms[a];
		}
	}
	return best;
}
