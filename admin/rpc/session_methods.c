/* SPDX-License-Identifier: Apache-2.0 */
/* session: list, drop. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/method.h"
#include "admin/rpc/session.h"
#include "admin/view/keys.h"
#include "vtl/base/grow.h"
#include "vtl/base/timer.h"
#include "vtl/scsi/front.h"

struct count {
	const char *initiator;
	unsigned n;
};

static void count_one(const struct front_session *s, void *arg)
{
	struct count *count = arg;
	if (s->discovery)
		return;
	if (count->initiator && strcasecmp(count->initiator, s->initiator) != 0)
		return;
	count->n++;
}

void sessions_hold(const struct rpc_context *context, const char *target, struct front_hold *hold)
{
	fronts_hold(context->fronts, hold, target);
}

void sessions_release(const struct rpc_context *context, struct front_hold *hold)
{
	fronts_release(context->fronts, hold);
}

unsigned sessions_of(const struct rpc_context *context, const char *initiator)
{
	struct count count = { .initiator = initiator };
	fronts_sessions(context->fronts, count_one, &count);
	return count.n;
}

json_t *peer_text(const char *text)
{
	char safe[TARGET_NAME_MAX + 1];
	json_t *value = json_string(text);
	if (value)
		return value;
	size_t i;
	for (i = 0; text[i] && i < sizeof safe - 1; i++)
		safe[i] = (text[i] & 0x80) ? '?' : text[i];
	safe[i] = '\0';
	return json_string(safe);
}

static json_t *isid_json(const struct front_session *s)
{
	char isid[13];
	for (size_t i = 0; i < sizeof s->isid; i++)
		snprintf(isid + 2 * i, 3, "%02x", s->isid[i]);
	return json_string(isid);
}

static uint64_t age_seconds(const struct front_session *s)
{
	int64_t age = now_ms() - (int64_t)s->since_ms;
	return age > 0 ? (uint64_t)age / 1000 : 0;
}

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/session.def"
#include "admin/view/end.h"
/* clang-format on */

json_t *session_view(const struct front_session *s)
{
	return session_put(json_object(), s);
}

static void session_into(const struct front_session *s, void *list)
{
	json_array_append_new(list, session_view(s));
}

static json_t *list(struct call *call)
{
	json_t *sessions = json_array();
	fronts_sessions(call->context->fronts, session_into, sessions);
	return json_pack("{s:o}", sessions_keys.sessions, sessions);
}

/* The sessions to end.  They are collected first, because ending one changes the list. */
struct chosen {
	const char *initiator; /* NULL: all */
	size_t n, size;
	uint32_t *session;
};

static void choose(const struct front_session *s, void *arg)
{
	struct chosen *chosen = arg;
	if (!s->session || (chosen->initiator && strcasecmp(chosen->initiator, s->initiator) != 0))
		return;
	if (grow(chosen->session, chosen->size, chosen->n + 1, SESSIONS_MAX))
		return;
	chosen->session[chosen->n++] = s->session;
}

static unsigned drop_all(struct fronts *fronts, const char *initiator)
{
	struct chosen chosen = { .initiator = initiator };
	unsigned n = 0;
	fronts_sessions(fronts, choose, &chosen);
	for (size_t i = 0; i < chosen.n; i++)
		n += fronts_drop(fronts, chosen.session[i], NULL);
	free(chosen.session);
	return n;
}

static json_t *drop(struct call *call)
{
	const char *initiator = call_text(call, "initiator");
	uint16_t tsih = (uint16_t)call_number(call, "tsih");
	bool all = call_flag(call, "all");
	unsigned n = 0;
	if (!!initiator + !!tsih + all != 1)
		return call_refuse(call, CODE_BAD_PARAMS,
			"name the session: a TSIH, an initiator's name, or all");
	if (call->context->fronts)
		n = tsih ? fronts_drop(call->context->fronts, tsih, NULL)
			 : drop_all(call->context->fronts, initiator);
	if (!n && !all)
		return call_refuse(call, CODE_NOT_FOUND, "no such session");
	return json_pack("{s:i}", dropped_keys.dropped, (int)n);
}

const struct handler session_handlers[] = {
	{ "session.list", list },
	{ "session.drop", drop },
	{ 0 },
};
