/* SPDX-License-Identifier: Apache-2.0 */
/* Compression: what the host and the library have chosen, and what it came to. */
#pragma once

#include "vtl/ssc/work.h"

/* Whether hosts have it enabled: mode page 0Fh (DCE, COMPRESSION ALGORITHM) and page 10h (SELECT DATA COMPRESSION
 * ALGORITHM), SSC-5 8.5.2 and 8.5.3. */
bool compression_enabled(const struct tape *tape);
/* Before records are written: the cartridge compresses them as is chosen now. A sync point if that is a change. False: it
 * failed, and so has the command. */
bool work_compression(struct work *w);

/* Bytes of records on the medium, written and read since these counters, or since the load (NULL). */
struct tape_stored {
	uint64_t written, read;
};
struct tape_stored compression_stored(const struct tape *tape, const struct tape_counters *since);
/* The present counters of this load. */
struct tape_counters compression_mount(const struct tape *tape);
void compression_tell(const struct tape *tape, struct drive_status *status);
/* How many times as many bytes the host had, times 100; 100 if there were none. */
uint64_t compression_ratio(uint64_t host, uint64_t stored);
