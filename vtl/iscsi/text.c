/* SPDX-License-Identifier: Apache-2.0 */
/* Text Request and Response: SendTargets, and the keys of the full feature phase. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/iscsi/registry.h"

static void exchange_end(struct conn *c)
{
	free(c->text.in);
	free(c->text.out);
	c->text = (struct text){ 0 };
}

/* Sends the next part of the answer. True: data (the request buffer) is in use. */
static bool respond(struct conn *c, const uint8_t *bhs, bool more_to_come)
{
	struct text *t = &c->text;
	struct short_pdu *out = short_pdu_get(c);
	uint32_t len = t->out_len - t->out_at;

	if (len > c->s.params.max_send)
		len = c->s.params.max_send;
	if (len > OUR_SEGMENT)
		len = OUR_SEGMENT;
	bool last = !more_to_come && t->out_at + len == t->out_len;
	out->bhs[BHS_OPCODE] = PDU_TEXT_RESPONSE;
	out->bhs[BHS_FLAGS] = last ? PDU_FINAL : more_to_come ? 0 : PDU_CONTINUE;
	memcpy(out->bhs + BHS_LUN, bhs + BHS_LUN, BHS_LUN_LEN);
	put_be32(out->bhs + BHS_ITT, t->itt);
	put_be32(out->bhs + BHS_TTT, last ? NO_TAG : t->ttt);
	if (len) {
		memcpy(c->s.request_buffer, t->out + t->out_at, len);
		out->data = c->s.request_buffer;
		out->len = len;
		out->request_buffer = true;
		t->out_at += len;
	}
	short_pdu_send(c, out);
	if (last)
		exchange_end(c);
	return len > 0;
}

/* --- SendTargets ---------------------------------------------------------------------------------- */

static bool wanted(const struct conn *c, const char *value, const char *name)
{
	if (!value[0])
		return c->target && strcmp(c->target->name, name) == 0;
	return strcmp(value, "All") == 0 || strcasecmp(value, name) == 0;
}

static bool may_log_in(struct conn *c, const char *name)
{
	struct iscsi *iscsi = c->iscsi;
	struct iscsi_access access = { 0 };

	iscsi->config.access(iscsi->config.arg, c->initiator, name, &c->peer, &access);
	bool allowed = access.allowed;
	explicit_bzero(&access, sizeof access);
	return allowed;
}

static void send_targets(struct conn *c, const char *value, struct wire *out, const struct shown *shown)
{
	/* SendTargets=All is for discovery sessions, an empty value for normal sessions (appendix C). */
	if (c->phase == CONN_FULL ? strcmp(value, "All") == 0 : !value[0]) {
		key_write(out, "SendTargets", "Reject");
		return;
	}
	for (unsigned i = 0; i < shown->targets; i++) {
		const struct shown_target *t = &shown->target[i];
		if (!wanted(c, value, t->name) || !may_log_in(c, t->name))
			continue;
		key_write(out, "TargetName", t->name);
		for (unsigned p = 0; p < shown->portals; p++) {
			char address[ADDRESS_LEN + 8];
			snprintf(address, sizeof address, "%s,%u", shown->portal[p], t->tpgt);
			key_write(out, "TargetAddress", address);
		}
	}
}

/* Makes the whole answer in c->text.out. False: a protocol error, or out of memory. */
static bool answer(struct conn *c)
{
	struct text *t = &c->text;
	autofree struct negotiation *n = calloc(1, sizeof *n);
	autofree struct shown *shown = registry_shown(c);

	if (!n || !shown)
		return false;
	size_t each = TARGET_NAME_MAX + 16 + shown->portals * (ADDRESS_LEN + 24);
	size_t room = SEGMENT_DEFAULT + shown->targets * each;
	autofree uint8_t *text = malloc(room);
	if (!text)
		return false;
	*n = (struct negotiation){ .params = c->s.params,
		.phase = PHASE_FULL,
		.declared = true,
		.discovery = c->phase == CONN_DISCOVERY };
	struct wire out = wire_over(text, room);
	if (keys_negotiate(n, t->in, t->in_len, &out) != KEYS_OK)
		return false;
	if (n->has_send_targets)
		send_targets(c, n->send_targets, &out, shown);
	if (out.over)
		return false;
	c->s.params.max_send = n->params.max_send;
	t->out = take_ptr(text);
	t->out_len = (uint32_t)wire_len(&out);
	return true;
}

/* --- requests -------------------------------------------------------------------------------------- */

/* Adds the text of a request to its exchange, or starts an exchange. */
static bool collect(struct conn *c, const uint8_t *bhs, const uint8_t *data, uint32_t len)
{
	struct text *t = &c->text;
	uint32_t ttt = get_be32(bhs + BHS_TTT);

	if (ttt == NO_TAG) {
		exchange_end(c);
		t->itt = pdu_itt(bhs);
		t->ttt = session_ttt(&c->s);
		t->open = true;
	}
	if (!t->open || t->itt != pdu_itt(bhs) || (ttt != NO_TAG && ttt != t->ttt) || (t->out && len) ||
		t->in_len + len > TEXT_MAX)
		return false;
	uint8_t *in = realloc(t->in, t->in_len + len + 1);
	if (!in)
		return false;
	t->in = in;
	if (len)
		memcpy(t->in + t->in_len, data, len);
	t->in_len += len;
	return true;
}

bool text_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len)
{
	bool more = bhs[BHS_FLAGS] & PDU_CONTINUE;

	if (pdu_itt(bhs) == NO_TAG || (more && pdu_final(bhs)) || !collect(c, bhs, data, len) ||
		(!more && !c->text.out && !answer(c))) {
		exchange_end(c);
		reject(c, bhs, REJECT_PROTOCOL);
		return false;
	}
	if (!data && !request_buffer_get(c)) /* the answer is sent from this buffer */
		return false;
	bool used = respond(c, bhs, more);
	if (!used && !data)
		request_buffer_put(c);
	return used && data;
}
