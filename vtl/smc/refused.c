/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of SMC, and of SPC for tapes, that the changers do not have, and why. */
#include "vtl/smc/changer.h"

const struct scsi_refused smc_refused[] = {
	{ 0x44, SA_NONE, "REPORT VOLUME TYPES SUPPORTED", "none of the machines has it" },
	{ 0x8c, SA_NONE, "READ ATTRIBUTE", "the memory of a cartridge is read in a drive" },
	{ 0x8d, SA_NONE, "WRITE ATTRIBUTE", "the memory of a cartridge is written in a drive" },
	{ 0xa3, 0x06, "REQUEST DATA TRANSFER ELEMENT INQUIRY",
		"READ ELEMENT STATUS reports the drives with DVCID" },
	{ 0 },
};
