/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines about sessions: the initiator, start, end, and text for codes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "vtl/iscsi/conn.h"
#include "vtl/iscsi/status.h"

static const struct {
	unsigned code;
	const char *words;
} statuses[] = {
#define LOGIN_STATUS(id, number, meaning) { number, meaning },
#include "vtl/iscsi/status.def"
#undef LOGIN_STATUS
}, reasons[] = {
#define REJECT_REASON(id, number, meaning) { number, meaning },
	REJECT_REASONS(REJECT_REASON)
#undef REJECT_REASON
};

const char *login_status_text(unsigned status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].code == status)
			return statuses[i].words;
	return "unknown status";
}

const char *reject_reason_text(unsigned reason)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].code == reason)
			return reasons[i].words;
	return "unknown reason";
}

struct actor conn_actor(const struct conn *c)
{
	bool known = c->phase != CONN_LOGIN;
	return (struct actor){ .initiator = known ? c->initiator : NULL,
		.address = c->address,
		.session = known ? c->tsih : 0 };
}

const char *conn_target_name(const struct conn *c)
{
	return c->target ? c->target->name : "discovery";
}

void conn_part(struct conn *c, enum log_event_id event, const char *why)
{
	const struct log_fields fields = { .by = conn_actor(c) };
	if (c->parted)
		return;
	c->parted = true;
	if (c->phase == CONN_LOGIN)
		log_few(LOG_INFO, &fields.by, "connection closed: %s", why);
	else if (event == EVENT_LOGOUT)
		log_event(event, &fields, "logged out of %s", conn_target_name(c));
	else
		log_event(event, &fields, "session with %s ended: %s", conn_target_name(c), why);
}
