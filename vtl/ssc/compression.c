// SPDX-License-Identifier: Apache-2.0
#include "vtl/ssc/compression.h"

#include "vtl/ssc/result_sense.h"

bool compression_enabled(const struct tape *tape)
{
	enum { DATA_COMPRESSION = 0x0f, DCE_BYTE = 2, DCE = 0x80, ALGORITHM = 4 };
	enum { CONFIGURATION = 0x10, SELECTED = 14 };
	const uint8_t *page = lu_mode(&tape->lu, DATA_COMPRESSION, 0);
	const uint8_t *configuration = lu_mode(&tape->lu, CONFIGURATION, 0);
	return page && page[DCE_BYTE] & DCE && get_be32(page + ALGORITHM) && configuration &&
		configuration[SELECTED];
}

bool work_compression(struct work *w)
{
	struct tape *tape = w->tape;
	enum cart_compression wanted = compression_enabled(tape) ? tape->drive->library->compression
								 : CART_COMPRESS_OFF;
	if (cart_compression(w->cart) == wanted)
		return true;
	int err = cart_use_compression(w->cart, wanted);
	tape->dirty = false;
	if (err)
		result_write_fail(w, err, 0);
	return !err;
}

struct tape_counters compression_mount(const struct tape *tape)
{
	struct tape_counters mount = tape->mount;
	if (tape->cart)
		mount.saved_written = cart_savings(tape->cart).written;
	return mount;
}

struct tape_stored compression_stored(const struct tape *tape, const struct tape_counters *since)
{
	static const struct tape_counters load;
	const struct tape_counters mount = compression_mount(tape);
	if (!since)
		since = &load;
	return (struct tape_stored){
		.written = mount.written - since->written - (mount.saved_written - since->saved_written),
		.read = mount.read - since->read - (mount.saved_read - since->saved_read),
	};
}

void compression_tell(const struct tape *tape, struct drive_status *status)
{
	const struct tape_stored stored = compression_stored(tape, NULL);
	status->compression = (struct drive_compression){
		.enabled = compression_enabled(tape),
		.written = tape->mount.written,
		.stored = stored.written,
		.read = tape->mount.read,
		.stored_read = stored.read,
	};
}

uint64_t compression_ratio(uint64_t host, uint64_t stored)
{
	enum { PERCENT = 100 };
	uint64_t ratio = stored ? host * PERCENT / stored : PERCENT;
	return ratio < UINT16_MAX ? ratio : UINT16_MAX;
}
