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
	struct small *small = small_get(c);
	small->bhs[0] = PDU_NOP_IN;
	small->bhs[1] = PDU_FINAL;
	memcpy(small->bhs + 8, bhs + 8, 8);
	put_be32(small->bhs + 16, pdu_itt(bhs));
	put_be32(small->bhs + 20, NO_TAG);
	small->len = len < c->s.params.max_send ? len : c->s.params.max_send;
	if (small->len <= TX_SMALL) {
		if (small->len)
			memcpy(small->inline_data, data, small->len);
		small->data = small->inline_data;
	} else {
		small->data = data;
		small->aside = true;
		kept = true;
	}
	small_send(c, small);
	return kept;
}

void nop_in_ping(struct conn *c)
{
	struct small *small = small_try(c);
	if (!small)
		return;
	small->bhs[0] = PDU_NOP_IN;
	small->bhs[1] = PDU_FINAL;
	put_be32(small->bhs + 16, NO_TAG);
	put_be32(small->bhs + 20, session_ttt(&c->s));
	small->stat_sn = STAT_SN_NEXT;
	c->pinged = true;
	small_send(c, small);
}

void async_drop(struct conn *c)
{
	struct small *small = small_try(c);
	if (!small)
		return;
	small->bhs[0] = PDU_ASYNC_MESSAGE;
	small->bhs[1] = PDU_FINAL;
	put_be32(small->bhs + 16, NO_TAG);
	small->bhs[36] = ASYNC_DROP_ALL;
	put_be16(small->bhs + 40, c->s.params.time2wait);
	put_be16(small->bhs + 42, c->s.params.time2retain);
	small_send(c, small);
}
