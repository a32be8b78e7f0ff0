/* SPDX-License-Identifier: Apache-2.0 */
/* Vital product data of a tape drive: the standard pages and B0h (SSC-5 8.7). */
#include <stddef.h>

#include "vtl/ssc/tape.h"

enum { WORM_CAPABLE = 0x01 };

static void vpd_sequential(struct lu *lu, const struct task *task, struct wire *w)
{
	wire_u8(w, WORM_CAPABLE);
	wire_zero(w, 3);
}

const struct vpd_page tape_vpd_pages[] = {
	{ 0x80, "Unit Serial Number", vpd_serial },
	{ 0x83, "Device Identification", vpd_identification },
	{ 0x86, "Extended INQUIRY Data", vpd_extended },
	{ 0xb0, "Sequential-Access Device Capabilities", vpd_sequential },
	{ 0 },
};
