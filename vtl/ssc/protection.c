/* SPDX-License-Identifier: Apache-2.0 */
/* Which methods a drive has, and what a nexus has chosen with the Control Data Protection mode page. */
#include "vtl/ssc/protection.h"

enum { PAGE = 0x0a, SUBPAGE = 0xf0, METHOD_BYTE = 4, LENGTH_BYTE = 5, LENGTH_MASK = 0x3f, FLAGS_BYTE = 6 };
enum { LBP_W = 0x80, LBP_R = 0x40 };

/* Real drives have both methods for every cartridge that they can write. */
static const struct method {
	enum lbp_method method;
	uint8_t generation; /* of the first drives that have it */
} methods[] = { { LBP_REED_SOLOMON, 5 }, { LBP_CRC32C, 7 } };
enum { METHODS = sizeof methods / sizeof *methods };

bool protection_offered(const struct tape_profile *profile, unsigned method)
{
	for (unsigned i = 0; i < METHODS; i++)
		if (methods[i].method == method)
			return profile->generation >= methods[i].generation;
	return false;
}

/* --- of a nexus ------------------------------------------------------------------------------------ */

static enum lbp_method chosen(const struct lu *lu, const struct lu_nexus *nexus, uint8_t flags)
{
	const uint8_t *page = lu_nexus_mode(lu, nexus, PAGE, SUBPAGE);
	return page && (page[FLAGS_BYTE] & flags) == flags ? page[METHOD_BYTE] : LBP_NONE;
}

enum lbp_method protection_written(const struct lu *lu, const struct lu_nexus *nexus)
{
	return chosen(lu, nexus, LBP_W);
}

enum lbp_method protection_read(const struct lu *lu, const struct lu_nexus *nexus)
{
	return chosen(lu, nexus, LBP_R);
}

enum lbp_method protection_method(const struct lu *lu, const struct lu_nexus *nexus)
{
	return chosen(lu, nexus, 0);
}

/* RBDP cannot be set, because there is no RECOVER BUFFERED DATA: what a drive has answered for is never lost. */
int protection_page_commit(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page)
{
	unsigned method = page[METHOD_BYTE], length = page[LENGTH_BYTE] & LENGTH_MASK;
	if (method != LBP_NONE && !protection_offered(tape_of(lu)->profile, method))
		return METHOD_BYTE;
	/* Hosts that switch protection off send no length, or the one that was set. */
	if (length != LBP_VALUE && (method != LBP_NONE || length != 0))
		return LENGTH_BYTE;
	return method == LBP_NONE && page[FLAGS_BYTE] & (LBP_W | LBP_R) ? FLAGS_BYTE : 0;
}

/* --- bytes ----------------------------------------------------------------------------------------- */

uint32_t protection_get(enum lbp_method method, const uint8_t bytes[static LBP_VALUE])
{
	return method == LBP_CRC32C ? get_le32(bytes) : get_be32(bytes);
}

void protection_put(enum lbp_method method, uint32_t value, uint8_t bytes[static LBP_VALUE])
{
	if (method == LBP_CRC32C)
		put_le32(bytes, value);
	else
		put_be32(bytes, value);
}

/* B5h (SSC-5 8.7.8): a descriptor of 8 bytes for each method. */
void vpd_protection(struct lu *lu, const struct task *task, struct wire *w)
{
	enum { RESERVED = 4, LENGTH = 7 };
	const struct tape_profile *profile = tape_of(lu)->profile;
	wire_zero(w, RESERVED);
	for (unsigned i = 0; i < METHODS; i++) {
		if (!protection_offered(profile, methods[i].method))
			continue;
		wire_u8(w, LENGTH);
		wire_u8(w, methods[i].method);
		wire_u8(w, LBP_VALUE);
		wire_u8(w, LBP_W | LBP_R);
		wire_zero(w, 4);
	}
}
