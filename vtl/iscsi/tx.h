/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection sends: a queue of items, each of which makes its PDUs when
 * there is room for them.  Many PDUs leave in one sendmsg; payload is sent from
 * where it lies.  Sequence numbers are put at that moment, so they are in order.
 */
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

enum { TX_SLOTS = 64, TX_SMALL = 64, TX_BATCH_BYTES = 1 << 20 };

/* One PDU of a batch. */
struct tx_slot {
	uint8_t header[BHS_LEN + DIGEST_LEN];
	uint8_t small[TX_SMALL]; /* data that has no better home */
	uint8_t tail[3 + DIGEST_LEN];
	const void *data;
	uint32_t len;
	enum stat_sn stat_sn;
	struct tx_item *notify; /* told when this PDU is out */
};

enum tx_next { TX_NOTHING, TX_MORE, TX_LAST };

struct tx_item {
	TAILQ_ENTRY(tx_item) link;
	bool queued;
	/* Fills the slot (zeroed) with the next PDU.  After TX_NOTHING (no PDU) or TX_LAST the item
	 * has left the queue, and may be gone. */
	enum tx_next (*next)(struct conn *c, struct tx_item *item, struct tx_slot *slot);
	/* A slot that named the item is out; ok false: lost, the connection is dead. */
	void (*sent)(struct conn *c, struct tx_item *item, bool ok);
	/* The connection is dead and the item was still queued, or came too late. */
	void (*drop)(struct conn *c, struct tx_item *item);
};

struct tx {
	TAILQ_HEAD(, tx_item) queue;
	struct tx_slot slots[TX_SLOTS];
	struct iovec iov[3 * TX_SLOTS];
	struct msghdr msg;
	struct io io;
	struct msg kick; /* a batch is made at the end of the round that filled the queue */
	unsigned n_slots, flags;
	bool kicked, busy, dead;
	struct waitq moved; /* woken after each batch */
};

void tx_init(struct conn *c);
/* Queues the item unless it is queued already. */
void tx_push(struct conn *c, struct tx_item *item);
/* Takes it off the queue, if it is there. */
void tx_pull(struct conn *c, struct tx_item *item);
/* True when nothing is queued or under way. */
bool tx_idle(const struct conn *c);
/* From a fiber: waits until everything is out, at most ms. */
void tx_drain(struct conn *c, unsigned ms);
/* From a fiber, with the socket shut down: waits for the batch under way and drops the queue. */
void tx_end(struct conn *c);

/* A PDU of few bytes that stands alone: answers, rejects, messages.  Taken from a bounded set;
 * small_get() waits (in the connection's own fiber) while the peer does not take what it has. */
struct small {
	struct tx_item item;
	uint8_t bhs[BHS_LEN];
	enum stat_sn stat_sn;
	uint8_t inline_data[TX_SMALL];
	const void *data;
	uint32_t len;
	bool aside;                    /* data is in the aside buffer, which goes back when it is out */
	void (*after)(struct conn *c); /* called when it is out; may be NULL */
	bool used;
};
struct small *small_get(struct conn *c);
/* The same without waiting: NULL when all are out. */
struct small *small_try(struct conn *c);
void small_send(struct conn *c, struct small *small);
