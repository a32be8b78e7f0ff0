/* SPDX-License-Identifier: Apache-2.0 */
/* Logout Request and Response (RFC 7143 11.14, 11.15). */
#include "vtl/iscsi/conn.h"

enum { CLOSE_SESSION = 0, CLOSE_CONNECTION = 1, FOR_RECOVERY = 2 };
enum { DONE = 0, NO_SUCH_CID = 1, NO_RECOVERY = 2 };

bool logout_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len)
{
	uint8_t reason = bhs[BHS_FLAGS] & 0x7f, response = DONE;
	(void)data;
	(void)len;

	if (reason > FOR_RECOVERY) {
		reject(c, bhs, REJECT_FIELD);
		return false;
	}
	if (reason != CLOSE_SESSION && get_be16(bhs + BHS_CID) != c->cid)
		response = NO_SUCH_CID;
	else if (reason == FOR_RECOVERY)
		response = NO_RECOVERY;
	struct short_pdu *out = short_pdu_get(c);
	out->bhs[BHS_OPCODE] = PDU_LOGOUT_RESPONSE;
	out->bhs[BHS_FLAGS] = PDU_FINAL;
	out->bhs[BHS_RESPONSE] = response;
	put_be32(out->bhs + BHS_ITT, pdu_itt(bhs));
	put_be16(out->bhs + BHS_TIME2WAIT, c->s.params.time2wait);
	put_be16(out->bhs + BHS_TIME2RETAIN, c->s.params.time2retain);
	if (response == DONE) /* before the response, so that no unit still names the peer as its user */
		atomic_store(&c->s.nexus.logged_out, true);
	short_pdu_send(c, out);
	if (response == DONE) {
		conn_part(c, EVENT_LOGOUT, NULL);
		conn_leave(c);
	}
	return false;
}
