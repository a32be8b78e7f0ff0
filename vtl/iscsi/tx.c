/* SPDX-License-Identifier: Apache-2.0 */
/* Collects PDUs in batches and sends them. */
#include "vtl/iscsi/tx.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "vtl/base/container.h"
#include "vtl/base/crc32c.h"
#include "vtl/iscsi/conn.h"

static void tx_make(struct conn *c);

/* Writes the fields that are at the same offset in every PDU of a target, the lengths, padding and digests. */
static void slot_finish(struct conn *c, struct tx_slot *slot)
{
	uint8_t *h = slot->header;

	put_be24(h + BHS_DATA_LEN, slot->len);
	if (slot->stat_sn != STAT_SN_NONE)
		put_be32(h + BHS_STAT_SN, c->stat_sn);
	if (slot->stat_sn == STAT_SN_TAKE)
		c->stat_sn++;
	put_be32(h + BHS_EXP_CMD_SN, c->s.exp_cmd_sn);
	put_be32(h + BHS_MAX_CMD_SN, session_max_cmd_sn(&c->s));
	if (c->header_digest)
		put_le32(h + BHS_LEN, crc32c(0, h, BHS_LEN));
	if (!c->data_digest || !slot->len)
		return;
	uint32_t pad = pdu_pad(slot->len);
	uint32_t crc = crc32c(0, slot->data, slot->len);
	put_le32(slot->tail + pad, crc32c(crc, slot->tail, pad));
}

static void slot_vectors(struct conn *c, struct tx_slot *slot)
{
	struct tx *tx = &c->tx;
	struct iovec *iov = tx->iov + tx->msg.msg_iovlen;
	size_t tail = slot->len ? pdu_pad(slot->len) + (c->data_digest ? DIGEST_LEN : 0) : 0;

	*iov++ = (struct iovec){ slot->header, BHS_LEN + (c->header_digest ? DIGEST_LEN : 0) };
	if (slot->len)
		*iov++ = (struct iovec){ (void *)slot->data, slot->len };
	if (tail)
		*iov++ = (struct iovec){ slot->tail, tail };
	tx->msg.msg_iovlen = (size_t)(iov - tx->iov);
}

/* Nothing more can be sent: drops the queue. */
static void tx_fail(struct conn *c)
{
	struct tx_item *item;

	c->tx.dead = true;
	while ((item = TAILQ_FIRST(&c->tx.queue))) {
		TAILQ_REMOVE(&c->tx.queue, item, link);
		item->queued = false;
		item->drop(c, item);
	}
	waitq_wake(&c->tx.moved);
}

static void batch_ended(struct conn *c, bool ok)
{
	struct tx *tx = &c->tx;

	for (unsigned i = 0; i < tx->n_slots; i++)
		if (tx->slots[i].notify)
			tx->slots[i].notify->sent(c, tx->slots[i].notify, ok);
	tx->n_slots = 0;
	tx->busy = false;
	waitq_wake(&tx->moved);
}

static void tx_out(struct io *io)
{
	struct conn *c = io->arg;
	struct tx *tx = &c->tx;

	if (io->res <= 0) {
		if (!c->closing)
			conn_drop(c, "cannot send: %s", strerror((int)-io->res));
		batch_ended(c, false);
		tx_fail(c);
		return;
	}
	atomic_fetch_add_explicit(&c->bytes_out, (uint64_t)io->res, memory_order_relaxed);
	size_t n = (size_t)io->res;
	while (tx->msg.msg_iovlen && n >= tx->msg.msg_iov->iov_len) {
		n -= tx->msg.msg_iov->iov_len;
		tx->msg.msg_iov++;
		tx->msg.msg_iovlen--;
	}
	if (tx->msg.msg_iovlen) {
		tx->msg.msg_iov->iov_base = (char *)tx->msg.msg_iov->iov_base + n;
		tx->msg.msg_iov->iov_len -= n;
		io_start_sendmsg(&tx->io, c->fd, &tx->msg, MSG_NOSIGNAL | MSG_WAITALL);
		return;
	}
	batch_ended(c, true);
	tx_make(c);
}

/* Makes PDUs of the queued items and sends them, unless a batch is being sent. */
static void tx_make(struct conn *c)
{
	struct tx *tx = &c->tx;
	struct tx_item *item;
	size_t bytes = 0;

	if (c->closing)
		tx_fail(c);
	if (tx->busy || tx->dead)
		return;
	tx->msg = (struct msghdr){ .msg_iov = tx->iov };
	while (tx->n_slots < TX_SLOTS && bytes < TX_BATCH_BYTES && (item = TAILQ_FIRST(&tx->queue))) {
		struct tx_slot *slot = &tx->slots[tx->n_slots];
		memset(slot->header, 0, sizeof slot->header);
		memset(slot->tail, 0, sizeof slot->tail);
		slot->data = NULL;
		slot->len = 0;
		slot->stat_sn = STAT_SN_NONE;
		slot->notify = NULL;
		TAILQ_REMOVE(&tx->queue, item, link);
		item->queued = false;
		enum tx_next next = item->next(c, item, slot);
		if (next == TX_MORE) {
			TAILQ_INSERT_HEAD(&tx->queue, item, link);
			item->queued = true;
		}
		if (next == TX_NOTHING)
			continue;
		slot_finish(c, slot);
		slot_vectors(c, slot);
		bytes += slot->len;
		tx->n_slots++;
	}
	if (!tx->n_slots) {
		waitq_wake(&tx->moved);
		return;
	}
	tx->busy = true;
	io_start_sendmsg(&tx->io, c->fd, &tx->msg, MSG_NOSIGNAL | MSG_WAITALL);
}

static void tx_kicked(struct msg *msg)
{
	struct conn *c = container_of(msg, struct conn, tx.kick);
	c->tx.kicked = false;
	tx_make(c);
	waitq_wake(&c->tx.moved);
}

void tx_init(struct conn *c)
{
	TAILQ_INIT(&c->tx.queue);
	waitq_init(&c->tx.moved);
	c->tx.io = (struct io){ .done = tx_out, .arg = c };
	c->tx.kick.run = tx_kicked;
}

void tx_push(struct conn *c, struct tx_item *item)
{
	struct tx *tx = &c->tx;

	if (tx->dead) {
		item->drop(c, item);
		return;
	}
	if (!item->queued) {
		TAILQ_INSERT_TAIL(&tx->queue, item, link);
		item->queued = true;
	}
	if (tx->busy || tx->kicked)
		return;
	tx->kicked = true;
	worker_post(c->worker, &tx->kick);
}

void tx_pull(struct conn *c, struct tx_item *item)
{
	if (item->queued)
		TAILQ_REMOVE(&c->tx.queue, item, link);
	item->queued = false;
}

bool tx_idle(const struct conn *c)
{
	return !c->tx.busy && !c->tx.kicked && TAILQ_EMPTY(&c->tx.queue);
}

void tx_drain(struct conn *c, unsigned ms)
{
	int64_t until = now_ms() + ms;

	while (!tx_idle(c) && !c->tx.dead) {
		int64_t left = until - now_ms();
		if (left <= 0 || !waitq_wait_ms(&c->tx.moved, (unsigned)left))
			return;
	}
}

void tx_end(struct conn *c)
{
	tx_fail(c);
	while (c->tx.busy || c->tx.kicked)
		waitq_wait(&c->tx.moved);
}

/* --- short PDUs ------------------------------------------------------------------------------- */

static void short_pdu_put(struct conn *c, struct short_pdu *out)
{
	if (out->request_buffer)
		request_buffer_put(c);
	out->used = false;
	waitq_wake(&c->tx.moved);
}

static enum tx_next short_pdu_next(struct conn *c, struct tx_item *item, struct tx_slot *slot)
{
	struct short_pdu *out = (struct short_pdu *)(void *)item;

	memcpy(slot->header, out->bhs, BHS_LEN);
	slot->data = out->data;
	slot->len = out->len;
	slot->stat_sn = out->stat_sn;
	slot->notify = item;
	return TX_LAST;
}

static void short_pdu_sent(struct conn *c, struct tx_item *item, bool ok)
{
	struct short_pdu *out = (struct short_pdu *)(void *)item;
	void (*after)(struct conn *) = out->after;

	short_pdu_put(c, out);
	if (ok && after)
		after(c);
}

static void short_pdu_drop(struct conn *c, struct tx_item *item)
{
	short_pdu_put(c, (struct short_pdu *)(void *)item);
}

struct short_pdu *short_pdu_try(struct conn *c)
{
	for (unsigned i = 0; i < SHORT_PDUS; i++) {
		struct short_pdu *out = &c->short_pdus[i];
		if (out->used)
			continue;
		*out = (struct short_pdu){
			.item = { .next = short_pdu_next, .sent = short_pdu_sent, .drop = short_pdu_drop },
			.stat_sn = STAT_SN_TAKE,
			.used = true,
		};
		return out;
	}
	return NULL;
}

struct short_pdu *short_pdu_get(struct conn *c)
{
	struct short_pdu *out;

	while (!(out = short_pdu_try(c)))
		waitq_wait(&c->tx.moved);
	return out;
}

void short_pdu_send(struct conn *c, struct short_pdu *out)
{
	tx_push(c, &out->item);
}
