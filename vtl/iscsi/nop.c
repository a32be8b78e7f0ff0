/* SPDX-License-Identifier: Apache-2.0 */
/* NOP-Out and NOP-In (RFC 7143 11.18, 11.19), and Async Message (11.9). */
#include <string.h>

#include "vtl/iscsi/conn.h"

enum { ASYNC_DROP_ALL = 3 }; /* AsyncEvent 3: the target will drop all connections of the session */

bool nop_out(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len)
{
	bool kept = false;

	c->pinged = false;
	if (pdu_itt(bhs) == NO_TAG) /* the answer to our NOP-In, or a NOP-Out that wants no answer */
		return false;
	struct short_pdu *out = short_pdu_get(c);
	out->bhs[BHS_OPCODE] = PDU_NOP_IN;
	out->bhs[BHS_FLAGS] = PDU_FINAL;
	memcpy(out->bhs + BHS_LUN, bhs + BHS_LUN, BHS_LUN_LEN);
	put_be32(out->bhs + BHS_ITT, pdu_itt(bhs));
	put_be32(out->bhs + BHS_TTT, NO_TAG);
	out->len = len < c->s.params.max_send ? len : c->s.params.max_send;
	if (out->len <= TX_INLINE) {
		if (out->len)
			memcpy(out->inline_data, data, out->len);
		out->data = out->inline_data;
	} else {
		out->data = data;
		out->request_buffer = true;
		kept = true;
	}
	short_pdu_send(c, out);
	return kept;
}

void nop_in_ping(struct conn *c)
{
	struct short_pdu *out = short_pdu_try(c);
	if (!out)
		return;
	out->bhs[BHS_OPCODE] = PDU_NOP_IN;
	out->bhs[BHS_FLAGS] = PDU_FINAL;
	put_be32(out->bhs + BHS_ITT, NO_TAG);
	put_be32(out->bhs + BHS_TTT, session_ttt(&c->s));
	out->stat_sn = STAT_SN_NEXT;
	c->pinged = true;
	short_pdu_send(c, out);
}

void async_drop(struct conn *c)
{
	struct short_pdu *out = short_pdu_try(c);
	if (!out)
		return;
	out->bhs[BHS_OPCODE] = PDU_ASYNC_MESSAGE;
	out->bhs[BHS_FLAGS] = PDU_FINAL;
	put_be32(out->bhs + BHS_ITT, NO_TAG);
	out->bhs[BHS_ASYNC_EVENT] = ASYNC_DROP_ALL;
	put_be16(out->bhs + BHS_TIME2WAIT, c->s.params.time2wait);
	put_be16(out->bhs + BHS_TIME2RETAIN, c->s.params.time2retain);
	short_pdu_send(c, out);
}
