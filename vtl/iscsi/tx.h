/* SPDX-License-Identifier: Apache-2.0 */
/* The send side of a connection: a queue of items. Each item makes its PDUs when there is room in a batch;
 * one sendmsg sends many PDUs, and payload is sent from the buffer it is in. Sequence numbers are assigned
 * when a PDU is made, so they are in order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "vtl/base/fiber.h"
#include "vtl/base/io.h"
#include "vtl/base/mail.h"
#include "vtl/iscsi/pdu.h"

struct conn;
struct tx_item;

enum stat_sn { STAT_SN_NONE, STAT_SN_NEXT, STAT_SN_TAKE };

enum { TX_SLOTS = 64, TX_INLINE = 64, TX_BATCH_BYTES = 1 << 20 };

/* One PDU of a batch. */
struct tx_slot {
	uint8_t header[BHS_LEN + DIGEST_LEN];
	uint8_t inline_data[TX_INLINE]; /* storage for short data */
	uint8_t tail[3 + DIGEST_LEN];
	const void *data;
	uint32_t len;
	enum stat_sn stat_sn;
	struct tx_item *notify; /* told when this PDU was sent */
};

enum tx_next { TX_NOTHING, TX_MORE, TX_LAST };

struct tx_item {
	TAILQ_ENTRY(tx_item) link;
	bool queued;
	/* Fills the zeroed slot with the next PDU. After TX_NOTHING (no PDU) or TX_LAST the item is off the
	 * queue and may be freed. */
	enum tx_next (*next)(struct conn *c, struct tx_item *item, struct tx_slot *slot);
	/* A PDU whose slot named the item was sent; ok false: the connection was lost. */
	void (*sent)(struct conn *c, struct tx_item *item, bool ok);
	/* The connection was lost while the item was queued, or before it was pushed. */
	void (*drop)(struct conn *c, struct tx_item *item);
};

struct tx {
	TAILQ_HEAD(, tx_item) queue;
	struct tx_slot slots[TX_SLOTS];
	struct iovec iov[3 * TX_SLOTS];
	struct msghdr msg;
	struct io io;
	struct msg kick; /* makes a batch at the end of the round in which the queue was filled */
	unsigned n_slots, flags;
	bool kicked, busy, dead;
	struct waitq moved; /* woken after each batch */
};

void tx_init(struct conn *c);
/* Queues the item; no effect when it is queued. */
void tx_push(struct conn *c, struct tx_item *item);
/* Removes the item from the queue, if it is there. */
void tx_pull(struct conn *c, struct tx_item *item);
/* True when nothing is queued or being sent. */
bool tx_idle(const struct conn *c);
/* Waits until everything is sent, at most ms. Call from a fiber. */
void tx_drain(struct conn *c, unsigned ms);
/* Waits for the batch being sent and drops the queue. Call from a fiber, with the socket shut down. */
void tx_end(struct conn *c);

/* A short PDU of its own: responses, Rejects, Async Messages. Taken from a bounded pool; short_pdu_get() waits in
 * the connection's fiber while all are in use, because the peer does not read. */
struct short_pdu {
	struct tx_item item;
	uint8_t bhs[BHS_LEN];
	enum stat_sn stat_sn;
	uint8_t inline_data[TX_INLINE];
	const void *data;
	uint32_t len;
	bool request_buffer; /* data is the connection's request buffer; it is returned after the send */
	void (*after)(struct conn *c); /* called after the send; may be NULL */
	bool used;
};
struct short_pdu *short_pdu_get(struct conn *c);
/* As short_pdu_get() without waiting; NULL: all are in use. */
struct short_pdu *short_pdu_try(struct conn *c);
void short_pdu_send(struct conn *c, struct short_pdu *out);
