/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of SPC and SSC that the drives do not have, and why. */
#include "vtl/ssc/tape.h"

#define BACKWARDS  "LTO drives do not read backwards"
#define COPIES     "the drive is no copy manager: the host copies"
#define NAMES      "the names of a drive never change; the library sets them"
#define ALL_PORTS  "the ports of a drive are equal: INQUIRY reports TPGS 0"
#define ACCESS     "the access rules of the library say which host sees which unit"
#define BY_ARRIVAL "commands run in order of arrival"
#define OWN_UNIT   "the changer is a unit of its own: INQUIRY reports MCHNGR 0"

const struct scsi_refused ssc_refused[] = {
	{ 0x0f, SA_NONE, "READ REVERSE(6)", BACKWARDS },
	{ 0x14, SA_NONE, "RECOVER BUFFERED DATA",
		"LTO drives do not have it; after a deferred error READ POSITION says what is on the tape" },
	{ 0x18, SA_NONE, "COPY", COPIES },
	{ 0x48, SA_NONE, "SANITIZE", "ERASE and FORMAT MEDIUM make data unreadable for hosts" },
	{ 0x5f, 0x07, "PERSISTENT RESERVE OUT (REGISTER AND MOVE)",
		"a reservation stays with the port that made it" },
	{ 0x81, SA_NONE, "READ REVERSE(16)", BACKWARDS },
	{ 0x83, SA_NONE, "EXTENDED COPY", COPIES },
	{ 0x84, SA_NONE, "RECEIVE COPY RESULTS", COPIES },
	{ 0x86, SA_NONE, "ACCESS CONTROL IN", ACCESS },
	{ 0x87, SA_NONE, "ACCESS CONTROL OUT", ACCESS },
	{ 0xa3, 0x05, "REPORT IDENTIFYING INFORMATION", NAMES },
	{ 0xa3, 0x0a, "REPORT TARGET PORT GROUPS", ALL_PORTS },
	{ 0xa3, 0x0b, "REPORT ALIASES", COPIES },
	{ 0xa3, 0x0e, "REPORT PRIORITY", BY_ARRIVAL },
	{ 0xa4, 0x06, "SET IDENTIFYING INFORMATION", NAMES },
	{ 0xa4, 0x0a, "SET TARGET PORT GROUPS", ALL_PORTS },
	{ 0xa4, 0x0b, "CHANGE ALIASES", COPIES },
	{ 0xa4, 0x0e, "SET PRIORITY", BY_ARRIVAL },
	{ 0xa7, SA_NONE, "MOVE MEDIUM ATTACHED", OWN_UNIT },
	{ 0xb4, SA_NONE, "READ ELEMENT STATUS ATTACHED", OWN_UNIT },
	{ 0 },
};
