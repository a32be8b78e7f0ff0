/* SPDX-License-Identifier: Apache-2.0 */
/* The login phase (RFC 7143 6.3, 11.12, 11.13). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/iscsi/auth.h"
#include "vtl/iscsi/registry.h"
#include "vtl/iscsi/status.h"

enum { TRANSIT = 0x80, CONTINUE = 0x40 };
enum stage { STAGE_SECURITY = 0, STAGE_OPERATIONAL = 1, STAGE_FULL = 3 };
enum { REFUSAL_DELAY_MS = 1000, RESPONSE_MS = 5000 };
/* Limits: requests of one login; requests without text and without progress in one stage. */
enum { ROUNDS_MOST = 64, ROUNDS_EMPTY = 4 };

struct login {
	struct conn *c;
	struct negotiation n;
	struct auth auth;
	struct iscsi_access access;
	struct claim claim;
	uint8_t *text; /* text of requests joined by the C bit */
	uint32_t text_len, bytes;
	unsigned rounds, empty;
	bool begun, identified;
	uint8_t stage;
	uint8_t isid[6];
	uint16_t tsih, cid; /* as the initiator sent them */
	uint8_t last_csg;   /* CSG of the request that led to the full feature phase, */
	uint32_t last_len;  /* and the number of bytes in out that answer it */
	uint8_t out[SEGMENT_DEFAULT];
};

/* The fields of a Login Request's header. */
struct request {
	bool transit, more;
	uint8_t csg, nsg;
};

static void login_free(struct login *l)
{
	explicit_bzero(&l->access, sizeof l->access);
	free(l->text);
	free(l);
}

/* --- responses -------------------------------------------------------------------------------- */

static void respond(struct login *l, uint8_t flags, uint16_t tsih, uint16_t status, uint32_t len)
{
	struct conn *c = l->c;
	struct short_pdu *out = short_pdu_get(c);

	out->bhs[BHS_OPCODE] = PDU_LOGIN_RESPONSE;
	out->bhs[BHS_FLAGS] = flags;
	memcpy(out->bhs + BHS_ISID, l->isid, sizeof l->isid);
	put_be16(out->bhs + BHS_TSIH, tsih);
	put_be32(out->bhs + BHS_ITT, pdu_itt(c->pdu.bhs));
	put_be16(out->bhs + BHS_LOGIN_STATUS, status);
	out->data = l->out;
	out->len = len;
	short_pdu_send(c, out);
	/* The response must be sent before l->out is used again or freed, and before digests begin. */
	tx_drain(c, RESPONSE_MS);
	if (!tx_idle(c)) {
		conn_drop(c, "peer does not read the Login Response");
		tx_end(c);
	}
}

static void log_refusal(const struct login *l, uint16_t status)
{
	const struct log_fields fields = { .by = { .initiator = l->n.initiator, .address = l->c->address } };

	const char *more = status == LOGIN_FORBIDDEN ? l->access.why_not : NULL;

	if (l->n.discovery)
		log_event_few(EVENT_LOGIN_REFUSED, &fields, "discovery refused: %s%s%s (status %04Xh)",
			login_status_text(status), more ? ": " : "", more ? more : "", status);
	else
		log_event_few(EVENT_LOGIN_REFUSED, &fields, "login to '%s' refused: %s%s%s (status %04Xh)",
			l->n.target, login_status_text(status), more ? ": " : "", more ? more : "", status);
	l->c->parted = true;
}

/* Delays the answer, so that guessing secrets is slow. A connection that is ending does not wait. */
static void slow_down(struct conn *c)
{
	int64_t until = now_ms() + REFUSAL_DELAY_MS, left;

	while (!c->closing && (left = until - now_ms()) > 0)
		waitq_wait_ms(&c->tx.moved, (unsigned)left);
}

static int refuse(struct login *l, uint16_t status)
{
	struct conn *c = l->c;

	log_refusal(l, status);
	if (status == LOGIN_AUTH_FAILED)
		slow_down(c);
	if (c->closing)
		return -ESHUTDOWN;
	respond(l, (uint8_t)(l->stage << 2), l->tsih, status, 0);
	conn_leave(c);
	return -EACCES;
}

/* --- requests --------------------------------------------------------------------------------- */

static uint16_t header_check(struct login *l, struct request *r)
{
	struct conn *c = l->c;
	const uint8_t *bhs = c->pdu.bhs;
	bool first = !l->begun;

	*r = (struct request){ bhs[BHS_FLAGS] & TRANSIT, bhs[BHS_FLAGS] & CONTINUE, bhs[BHS_FLAGS] >> 2 & 3,
		bhs[BHS_FLAGS] & 3 };
	if (first) {
		memcpy(l->isid, bhs + BHS_ISID, sizeof l->isid);
		l->tsih = get_be16(bhs + BHS_TSIH);
		l->cid = get_be16(bhs + BHS_CID);
		l->stage = r->csg;
		l->begun = true;
		c->s.exp_cmd_sn = c->s.max_cmd_sn = pdu_cmd_sn(bhs);
		c->stat_sn = get_be32(bhs + BHS_EXP_STAT_SN);
		if (bhs[BHS_VERSION_MIN] > 0) /* Version-min of the initiator; ours is 0 */
			return LOGIN_BAD_VERSION;
	}
	if (memcmp(l->isid, bhs + BHS_ISID, sizeof l->isid) != 0 || l->tsih != get_be16(bhs + BHS_TSIH) ||
		l->cid != get_be16(bhs + BHS_CID))
		return LOGIN_INITIATOR_ERROR;
	if (!pdu_immediate(bhs) || r->csg != l->stage || r->csg > STAGE_OPERATIONAL)
		return LOGIN_INITIATOR_ERROR;
	if (r->transit && (r->more || r->nsg <= r->csg || r->nsg == 2))
		return LOGIN_INITIATOR_ERROR;
	return LOGIN_OK;
}

/* Reads one PDU into l->text. 0, a login status, or -errno. */
static int request_read(struct login *l, struct request *r)
{
	struct conn *c = l->c;
	uint32_t got;
	bool ok;
	int err = rx_header(c, &c->pdu);

	if (err)
		return err;
	if (pdu_code(c->pdu.bhs) != PDU_LOGIN_REQUEST) {
		if (l->begun)
			return LOGIN_BAD_REQUEST;
		conn_drop(c, "the first PDU is not a Login Request");
		return -EPROTO;
	}
	uint16_t status = header_check(l, r);
	l->bytes += BHS_LEN + c->pdu.ahs_len + c->pdu.data_len;
	if (!status && (c->pdu.data_len > SEGMENT_DEFAULT || l->bytes > TEXT_MAX))
		status = LOGIN_INITIATOR_ERROR;
	if (status)
		return status;
	uint8_t *text = realloc(l->text, l->text_len + c->pdu.data_len + 1);
	if (!text)
		return LOGIN_NO_RESOURCES;
	l->text = text;
	err = rx_data(c, l->text + l->text_len, c->pdu.data_len, &got);
	if (!err)
		err = rx_data_end(c, &ok);
	l->text_len += c->pdu.data_len;
	return err;
}

/* --- identification --------------------------------------------------------------------------- */

/* After the first request: checks who asks for which target, and whether access is allowed. */
static uint16_t identify(struct login *l, struct wire *out)
{
	struct conn *c = l->c;
	struct negotiation *n = &l->n;
	struct iscsi *iscsi = c->iscsi;
	char tpgt[8];

	if (!n->has_initiator)
		return LOGIN_MISSING;
	if (n->bad_session_type)
		return LOGIN_BAD_TYPE;
	if (!n->discovery && !n->has_target)
		return LOGIN_MISSING;
	l->claim = (struct claim){
		.conn = c,
		.initiator = n->initiator,
		.target_name = n->discovery ? NULL : n->target,
		.isid = l->isid,
		.tsih = l->tsih,
		.cid = l->cid,
	};
	registry_check(&l->claim);
	if (l->claim.status)
		return l->claim.status;
	iscsi->config.access(iscsi->config.arg, n->initiator, l->claim.target_name, &c->peer, &l->access);
	if (!l->access.allowed)
		return LOGIN_FORBIDDEN;
	l->identified = true;
	if (n->discovery)
		return LOGIN_OK;
	snprintf(tpgt, sizeof tpgt, "%u", l->claim.tpgt);
	key_write(out, "TargetPortalGroupTag", tpgt);
	return LOGIN_OK;
}

/* --- stages --------------------------------------------------------------------------------- */

static bool proven(const struct login *l)
{
	return !auth_required(&l->access) || l->auth.state == AUTH_DONE;
}

static uint16_t answer(struct login *l, const struct request *r, struct wire *out)
{
	l->n.phase = r->csg == STAGE_SECURITY ? PHASE_SECURITY : PHASE_OPERATIONAL;
	if (keys_negotiate(&l->n, l->text, l->text_len, out) != KEYS_OK)
		return LOGIN_INITIATOR_ERROR;
	l->text_len = 0;
	if (!l->identified) {
		uint16_t status = identify(l, out);
		if (status)
			return status;
	}
	if (r->csg == STAGE_SECURITY) {
		uint16_t status = auth_step(&l->auth, &l->n, &l->access, out);
		if (status)
			return status;
		/* The initiator wants to leave the stage without the authentication that is required. */
		if (r->transit && l->auth.state == AUTH_START && !proven(l))
			return LOGIN_AUTH_FAILED;
	} else if (!proven(l)) {
		return LOGIN_AUTH_FAILED;
	}
	return out->over ? LOGIN_TARGET_ERROR : LOGIN_OK;
}

/* Fills the nexus: the names of both ends, and the LUNs that the initiator may not see. */
static void introduce(struct login *l)
{
	struct conn *c = l->c;
	struct nexus *nexus = &c->s.nexus;
	const uint8_t *id = l->isid;

	nexus->target = c->target;
	nexus->front = c;
	nexus->session = c->tsih;
	_Static_assert(sizeof nexus->address == sizeof c->address, "an address fits");
	memcpy(nexus->address, c->address, sizeof nexus->address);
	memcpy(nexus->hidden, l->access.hidden, sizeof nexus->hidden);
	memcpy(nexus->initiator, l->n.initiator, strlen(l->n.initiator) + 1);
	snprintf(nexus->initiator_port, sizeof nexus->initiator_port, "%s,i,0x%02x%02x%02x%02x%02x%02x",
		l->n.initiator, id[0], id[1], id[2], id[3], id[4], id[5]);
}

static uint16_t attach(struct conn *c)
{
	if (target_attach(&c->s.nexus))
		return LOGIN_NO_RESOURCES;
	c->s.attached = true;
	return LOGIN_OK;
}

/* The last step: creates the session and sends the final Login Response. */
static int finish(struct login *l)
{
	struct conn *c = l->c;
	struct params *p = &l->n.params;

	l->claim.chap = auth_required(&l->access);
	l->claim.header_digest = p->header_digest == DIGEST_CRC32C;
	l->claim.data_digest = p->data_digest == DIGEST_CRC32C;
	registry_claim(&l->claim);
	if (l->claim.status)
		return refuse(l, l->claim.status);
	if (p->first_burst > p->max_burst)
		p->first_burst = p->max_burst;
	c->s.params = *p;
	introduce(l);
	if (session_open(&c->s))
		return refuse(l, LOGIN_NO_RESOURCES);
	uint16_t status = c->target ? attach(c) : LOGIN_OK;
	if (status)
		return refuse(l, status);
	respond(l, (uint8_t)(TRANSIT | l->last_csg << 2 | STAGE_FULL), c->tsih, LOGIN_OK, l->last_len);
	c->header_digest = l->claim.header_digest;
	c->data_digest = l->claim.data_digest;
	c->phase = c->target ? CONN_FULL : CONN_DISCOVERY;
	const struct log_fields fields = { .by = conn_actor(c) };
	log_event(EVENT_LOGIN, &fields, "logged in to %s, %s", conn_target_name(c),
		!c->chap                 ? "without CHAP"
			: l->n.chap_c[0] ? "with mutual CHAP"
					 : "with CHAP");
	return c->closing ? -ESHUTDOWN : 0;
}

/* Answers one request. 1: continue; 0: only finish() is left; -errno. */
static int request_answer(struct login *l, const struct request *r)
{
	uint8_t flags = (uint8_t)(r->csg << 2);
	struct wire out = wire_over(l->out, sizeof l->out);

	if (r->more) {
		respond(l, flags, l->tsih, LOGIN_OK, 0);
		return 1;
	}
	uint16_t status = answer(l, r, &out);
	if (status)
		return refuse(l, status);
	uint32_t len = (uint32_t)wire_len(&out);
	bool go = r->transit && proven(l);
	if (go && r->nsg == STAGE_FULL) {
		l->last_csg = r->csg;
		l->last_len = len;
		return 0;
	}
	if (go) {
		flags |= TRANSIT | r->nsg;
		l->stage = r->nsg;
		l->empty = 0;
	}
	respond(l, flags, l->tsih, LOGIN_OK, len);
	return 1;
}

static bool is_blank(const uint8_t *text, uint32_t len)
{
	while (len && !*text)
		text++, len--;
	return !len;
}

/* A request without text and without a next stage is allowed, because an initiator fetches a long answer with
 * such requests; but a login may not consist of them. */
static int progress_check(struct login *l, const struct request *r)
{
	struct conn *c = l->c;
	uint32_t len = c->pdu.data_len;

	if (++l->rounds > ROUNDS_MOST)
		return LOGIN_INITIATOR_ERROR;
	if (!r->transit && is_blank(l->text + l->text_len - len, len))
		return ++l->empty > ROUNDS_EMPTY ? LOGIN_INITIATOR_ERROR : 0;
	places_heard(&c->iscsi->places, &c->place, now_ms());
	return 0;
}

static int negotiate(struct login *l)
{
	struct conn *c = l->c;
	struct request r;

	for (;;) {
		int err = request_read(l, &r);
		if (!err)
			err = progress_check(l, &r);
		if (err > 0)
			return refuse(l, (uint16_t)err);
		if (!err)
			err = request_answer(l, &r);
		if (err < 0 && err != -EACCES && !c->closing)
			conn_drop(c, "during login: %s", strerror(-err));
		if (err <= 0)
			return err;
		if (c->closing)
			return -ESHUTDOWN;
	}
}

int login_negotiate(struct conn *c)
{
	struct login *l = calloc(1, sizeof *l);

	if (!l)
		return -ENOMEM;
	l->c = c;
	l->n.params = params_default;
	l->n.max_recv = OUR_SEGMENT;
	int err = negotiate(l);
	if (err)
		login_free(l);
	else
		c->login = l;
	return err;
}

int login_finish(struct conn *c)
{
	struct login *l = c->login;

	c->login = NULL;
	int err = finish(l);
	login_free(l);
	return err;
}
