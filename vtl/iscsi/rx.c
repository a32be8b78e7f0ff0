/* SPDX-License-Identifier: Apache-2.0 */
/* Reads PDUs: short ones through a buffer, long payload directly into its place. */
#include "vtl/iscsi/rx.h"

#include <errno.h>
#include <string.h>

#include "vtl/base/crc32c.h"
#include "vtl/iscsi/conn.h"

static void rx_in(struct io *io)
{
	struct conn *c = io->arg;
	c->rx.busy = false;
	fiber_wake(c->rx.fiber);
}

/* One receive. Returns the number of bytes, or -errno; -ECONNRESET at the end of the stream. */
static int rx_some(struct conn *c, void *to, uint32_t n, int flags)
{
	struct rx *rx = &c->rx;

	if (c->closing || c->leaving)
		return -ESHUTDOWN;
	rx->fiber = fiber_self();
	rx->busy = true;
	rx->io = (struct io){ .done = rx_in, .arg = c };
	io_start_recv(&rx->io, c->fd, to, n, flags);
	while (rx->busy)
		fiber_suspend();
	if (rx->io.res == 0)
		return -ECONNRESET;
	if (rx->io.res > 0)
		atomic_fetch_add_explicit(&c->bytes_in, (uint64_t)rx->io.res, memory_order_relaxed);
	return (int)rx->io.res;
}

/* Takes at most n bytes that are already in the buffer. */
static uint32_t rx_buffered(struct rx *rx, void *to, uint32_t n)
{
	uint32_t have = rx->end - rx->at;
	if (n > have)
		n = have;
	if (to)
		memcpy(to, rx->buf + rx->at, n);
	rx->at += n;
	return n;
}

/* Reads exactly n bytes of header, padding or digest. Reads ahead unless the peer is sending long payload,
 * which should not go through the buffer. */
static int rx_exact(struct conn *c, void *to, uint32_t n)
{
	struct rx *rx = &c->rx;
	uint32_t got = rx_buffered(rx, to, n);

	while (got < n) {
		int res = rx_some(c, rx->buf, rx->big ? n - got : RX_BUFFER, 0);
		if (res < 0)
			return res;
		rx->at = 0;
		rx->end = (uint32_t)res;
		got += rx_buffered(rx, (uint8_t *)to + got, n - got);
	}
	return 0;
}

int rx_header(struct conn *c, struct pdu *pdu)
{
	uint8_t digest[DIGEST_LEN];
	int err = rx_exact(c, pdu->bhs, BHS_LEN);
	if (err)
		return err;
	pdu->ahs_len = pdu->bhs[BHS_AHS_LEN] * 4u;
	pdu->data_len = get_be24(pdu->bhs + BHS_DATA_LEN);
	if (pdu->ahs_len) {
		err = rx_exact(c, pdu->ahs, pdu->ahs_len);
		if (err)
			return err;
	}
	if (c->header_digest) {
		err = rx_exact(c, digest, DIGEST_LEN);
		if (err)
			return err;
		uint32_t crc = crc32c(crc32c(0, pdu->bhs, BHS_LEN), pdu->ahs, pdu->ahs_len);
		if (crc != get_le32(digest)) {
			/* The start of the next PDU is unknown (7.8). */
			conn_drop(c, "header digest error");
			return -EBADMSG;
		}
	}
	c->heard++;
	c->rx.left = pdu->data_len;
	c->rx.pad = pdu_pad(pdu->data_len);
	c->rx.crc = 0;
	c->rx.big = pdu->data_len >= RX_BIG;
	return 0;
}

static void rx_count(struct conn *c, const void *p, uint32_t n)
{
	c->rx.left -= n;
	if (c->data_digest)
		c->rx.crc = crc32c(c->rx.crc, p, n);
}

int rx_data(struct conn *c, void *to, uint32_t n, uint32_t *ret_got)
{
	struct rx *rx = &c->rx;
	uint8_t *p = to;
	uint32_t got = rx_buffered(rx, p, n);

	rx_count(c, p, got);
	rx->cancelled = false;
	while (got < n && !rx->cancelled) {
		int res = rx_some(c, p + got, n - got, MSG_WAITALL);
		if (res == -ECANCELED && rx->cancelled)
			break;
		if (res < 0)
			return res;
		rx_count(c, p + got, (uint32_t)res);
		got += (uint32_t)res;
	}
	*ret_got = got;
	return got < n ? -ECANCELED : 0;
}

void rx_cancel(struct conn *c)
{
	c->rx.cancelled = true;
	if (c->rx.busy)
		io_cancel(&c->rx.io);
}

int rx_skip(struct conn *c, uint32_t n)
{
	struct rx *rx = &c->rx;

	while (n) {
		uint32_t have = rx->end - rx->at;
		if (!have) {
			int res = rx_some(c, rx->buf, n < RX_BUFFER ? n : RX_BUFFER, 0);
			if (res < 0)
				return res;
			rx->at = 0;
			rx->end = have = (uint32_t)res;
		}
		if (have > n)
			have = n;
		rx_count(c, rx->buf + rx->at, have);
		rx->at += have;
		n -= have;
	}
	return 0;
}

int rx_data_end(struct conn *c, bool *ret_ok)
{
	struct rx *rx = &c->rx;
	uint8_t pad[3], digest[DIGEST_LEN];

	*ret_ok = true;
	int err = rx_skip(c, rx->left);
	if (!err && rx->pad)
		err = rx_exact(c, pad, rx->pad);
	if (err || !c->pdu.data_len || !c->data_digest)
		return err;
	err = rx_exact(c, digest, DIGEST_LEN);
	if (!err)
		*ret_ok = crc32c(rx->crc, pad, rx->pad) == get_le32(digest);
	return err;
}
