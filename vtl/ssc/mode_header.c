/* SPDX-License-Identifier: Apache-2.0 */
/* The mode parameter header and the block descriptor: medium type, write protection, buffered mode, density,
 * and the block length of each nexus (SSC-5 8.5). */
#include "vtl/ssc/early_warning.h"
#include "vtl/ssc/protection.h"

enum { WRITE_PROTECTED = 0x80, BUFFERED_SHIFT = 4, BUFFERED_MASK = 7, BUFFERED_MAX = 1 };
enum { DENSITY_DEFAULT = 0x00, DENSITY_SAME = 0x7f };

static uint8_t medium_type(const struct tape *tape)
{
	return tape->cart ? medium_type_code(tape->profile, tape->generation->number, tape->label.worm) : 0;
}

static uint8_t density_now(const struct tape *tape)
{
	return tape->cart ? density_code(tape->generation) : 0;
}

void tape_mode_header(struct lu *lu, struct lu_nexus *nexus, uint8_t *ret_medium_type, uint8_t *ret_specific)
{
	const struct tape *tape = tape_of(lu);
	bool protected = tape->cart && tape_protection(tape) != DRIVE_WRITABLE;
	*ret_medium_type = medium_type(tape);
	*ret_specific = (uint8_t)((protected ? WRITE_PROTECTED : 0) | tape->buffered_mode << BUFFERED_SHIFT);
}

void tape_mode_block(struct lu *lu, struct lu_nexus *nexus, uint8_t block[static 8])
{
	block[0] = density_now(tape_of(lu));
	put_be24(block + 1, 0); /* the whole medium */
	block[4] = 0;
	put_be24(block + 5, nexus->block_length);
}

/* With protection in either direction a block has its value besides the longest record. */
static uint32_t block_length_max(const struct lu *lu, const struct lu_nexus *nexus)
{
	bool protected = protection_written(lu, nexus) || protection_read(lu, nexus);
	return MEDIA_RECORD_MAX + (protected ? LBP_VALUE : 0);
}

/* The byte of the block descriptor that is invalid, or -1. */
static int block_check(const struct tape *tape, const struct lu_nexus *nexus, const uint8_t *block)
{
	uint8_t density = block[0];
	if (density != DENSITY_DEFAULT && density != DENSITY_SAME && density != density_now(tape))
		return 0;
	return get_be24(block + 5) > block_length_max(&tape->lu, nexus) ? 5 : -1;
}

/* Syncs before the way of writing changes. A failure is a deferred error for the writer. */
static void sync_before(struct tape *tape)
{
	tape_acquire(tape, 0);
	if (tape->cart && tape->dirty) {
		cart_sync(tape->cart);
		tape->dirty = false;
	}
	tape_release(tape);
}

int tape_mode_select(struct lu *lu, struct lu_nexus *nexus, uint8_t specific, const uint8_t *block,
	bool apply)
{
	enum { SPECIFIC_BYTE = 2, BLOCK_BYTE = 4 };
	struct tape *tape = tape_of(lu);
	/* WP cannot be set and SPEED has no effect, so both may have any value. */
	uint8_t buffered = specific >> BUFFERED_SHIFT & BUFFERED_MASK;
	if (buffered > BUFFERED_MAX)
		return SPECIFIC_BYTE;
	if (!apply) {
		int bad = block ? block_check(tape, nexus, block) : -1;
		return bad >= 0 ? BLOCK_BYTE + bad : -1;
	}
	/* Checked already; a page of the same list may have changed since then what is allowed. */
	if (block || buffered != tape->buffered_mode)
		sync_before(tape);
	if (block)
		nexus->block_length = get_be24(block + 5);
	tape->buffered_mode = buffered;
	warning_zone_set(tape);
	return -1;
}
