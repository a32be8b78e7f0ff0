/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of SPC and SMC that the changers do not have, and why. */
#include "vtl/smc/changer.h"

#define COPIES    "the changer is no copy manager"
#define NAMES     "the names of a changer never change; the library sets them"
#define ALL_PORTS "the ports of a changer are equal: INQUIRY reports TPGS 0"

const struct scsi_refused smc_refused[] = {
	{ 0x44, SA_NONE, "REPORT VOLUME TYPES SUPPORTED", "none of the machines has it" },
	{ 0x5f, 0x07, "PERSISTENT RESERVE OUT (REGISTER AND MOVE)",
		"a reservation stays with the port that made it" },
	{ 0x83, SA_NONE, "EXTENDED COPY", COPIES },
	{ 0x84, SA_NONE, "RECEIVE COPY RESULTS", COPIES },
	{ 0x8c, SA_NONE, "READ ATTRIBUTE", "the memory of a cartridge is read in a drive" },
	{ 0x8d, SA_NONE, "WRITE ATTRIBUTE", "the memory of a cartridge is written in a drive" },
	{ 0xa3, 0x05, "REPORT IDENTIFYING INFORMATION", NAMES },
	{ 0xa3, 0x06, "REQUEST DATA TRANSFER ELEMENT INQUIRY",
		"READ ELEMENT STATUS reports the drives with DVCID" },
	{ 0xa3, 0x0a, "REPORT TARGET PORT GROUPS", ALL_PORTS },
	{ 0xa4, 0x06, "SET IDENTIFYING INFORMATION", NAMES },
	{ 0xa4, 0x0a, "SET TARGET PORT GROUPS", ALL_PORTS },
	{ 0 },
};
