/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of SSC that the drives do not have, and why. */
#include "vtl/ssc/tape.h"

#define BACKWARDS "LTO drives do not read backwards"
#define OWN_UNIT  "the changer is a unit of its own: INQUIRY reports MCHNGR 0"

const struct scsi_refused ssc_refused[] = {
	{ 0x0f, SA_NONE, "READ REVERSE(6)", BACKWARDS },
	{ 0x14, SA_NONE, "RECOVER BUFFERED DATA",
		"LTO drives do not have it; after a deferred error READ POSITION says what is on the tape" },
	{ 0x48, SA_NONE, "SANITIZE", "ERASE and FORMAT MEDIUM make data unreadable for hosts" },
	{ 0x81, SA_NONE, "READ REVERSE(16)", BACKWARDS },
	{ 0xa7, SA_NONE, "MOVE MEDIUM ATTACHED", OWN_UNIT },
	{ 0xb4, SA_NONE, "READ ELEMENT STATUS ATTACHED", OWN_UNIT },
	{ 0 },
};
