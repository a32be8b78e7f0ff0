/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of SPC that no unit has, and why; and where a unit's own ones are found. */
#include "vtl/scsi/core.h"

#define COPIES     "units are no copy managers: the host copies"
#define ACCESS     "the access rules of the library say which host sees which unit"
#define NAMES      "the names of a unit never change; the library sets them"
#define ALL_PORTS  "the ports of a unit are equal: INQUIRY reports TPGS 0"
#define BY_ARRIVAL "commands run in order of arrival"

static const struct scsi_refused primary_refused[] = {
	{ 0x18, SA_NONE, "COPY", COPIES },
	{ 0x5f, 0x07, "PERSISTENT RESERVE OUT (REGISTER AND MOVE)",
		"a reservation stays with the port that made it" },
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
	{ 0 },
};

static bool is_before(const struct scsi_refused *a, const struct scsi_refused *b)
{
	return a->code < b->code || (a->code == b->code && a->sa < b->sa);
}

void refused_each(const struct lu *lu, void (*visit)(const struct scsi_refused *row, void *arg), void *arg)
{
	static const struct scsi_refused none[] = { { 0 } };
	const struct scsi_refused *own = lu->type->refused ? lu->type->refused : none, *all = primary_refused;
	while (own->name || all->name)
		visit(!all->name || (own->name && is_before(own, all)) ? own++ : all++, arg);
}

struct search {
	const uint8_t *cdb;
	const struct scsi_refused *found;
};

static void compare(const struct scsi_refused *row, void *arg)
{
	enum { SERVICE_ACTION = 0x1f }; /* of byte 1 */
	struct search *s = arg;
	if (row->code == s->cdb[0] && (row->sa == SA_NONE || row->sa == (s->cdb[1] & SERVICE_ACTION)))
		s->found = row;
}

const struct scsi_refused *refused_find(const struct lu *lu, const uint8_t *cdb)
{
	struct search s = { .cdb = cdb };
	refused_each(lu, compare, &s);
	return s.found;
}
