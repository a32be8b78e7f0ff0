/* SPDX-License-Identifier: Apache-2.0 */
/* Logical unit numbers, in the single-level forms of SAM-5 4.7. */
#include <string.h>

#include "vtl/scsi/target.h"

enum { METHOD = 0xc0, PERIPHERAL = 0x00, FLAT = 0x40 };

int lun_decode(const uint8_t lun[static 8])
{
	for (int i = 2; i < 8; i++)
		if (lun[i])
			return -1;
	/* Peripheral device addressing with bus identifier 0, or flat space addressing. */
	if (lun[0] == PERIPHERAL)
		return lun[1];
	if ((lun[0] & METHOD) == FLAT)
		return (lun[0] & ~METHOD) << 8 | lun[1];
	return -1;
}

void lun_encode(uint16_t number, uint8_t lun[static 8])
{
	memset(lun, 0, 8);
	if (number < 256) {
		lun[1] = (uint8_t)number;
		return;
	}
	lun[0] = (uint8_t)(FLAT | number >> 8);
	lun[1] = (uint8_t)number;
}
