/* SPDX-License-Identifier: Apache-2.0 */
/* The data-out of one command on its way from the connection to the LU. All data arrives in order, so the cursors
 * are offsets. These functions move cursors and copy bytes; the caller receives, and answers the LU. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inflow_state {
	INFLOW_HOLDING, /* the LU does not wait: data goes into the hold buffer */
	INFLOW_ASKED,   /* the LU waits for data in its buffer */
	INFLOW_DIRECT, /* as ASKED; the next `direct` bytes of the segment being read belong in that buffer */
	INFLOW_RECEIVING, /* as DIRECT; the socket is writing into that buffer now */
	INFLOW_STOPPING, /* the LU cancelled while RECEIVING and gets its answer when the receive has stopped */
	INFLOW_DROPPING, /* data that arrives is discarded */
};

struct inflow {
	enum inflow_state state;
	uint8_t *
		hold; /* buffer of hold_size bytes with the data [taken, arrived) at offset % hold_size, or NULL */
	uint32_t hold_size;
	uint32_t arrived; /* offset of the next byte from the initiator */
	uint32_t taken;   /* offset of the next byte for the LU */
	uint8_t *buf;     /* the LU's buffer in ASKED, DIRECT and RECEIVING, else NULL */
	uint32_t len, at; /* its length, and how much of it is filled */
	uint32_t direct;  /* 0 except in DIRECT and RECEIVING */
};

/* The LU waits for len bytes in buf. Call in state HOLDING; then call inflow_feed(). */
void inflow_ask(struct inflow *in, void *buf, uint32_t len);
/* Copies held data into the LU's buffer. True: the buffer is full, and the caller must answer the LU. */
bool inflow_feed(struct inflow *in);
/* A data segment of len bytes is about to be read: goes to DIRECT when it can be received without a copy. */
void inflow_segment(struct inflow *in, uint32_t len);
/* Where the byte at offset `at` of the data goes; reduces *n to what fits there. NULL: it is discarded. */
uint8_t *inflow_place(const struct inflow *in, uint32_t at, uint32_t *n);
/* Encloses a receive at offset `at` into that place. inflow_received() returns true when the LU cancelled
 * meanwhile, and the caller must answer it with -ECANCELED. */
void inflow_receiving(struct inflow *in, uint32_t at);
bool inflow_received(struct inflow *in);
/* The segment of len bytes was read and is correct; then call inflow_feed(). */
void inflow_commit(struct inflow *in, uint32_t len);

enum inflow_cancel {
	INFLOW_NOT_WAITING, /* nothing to do */
	INFLOW_ANSWER,      /* answer the LU now */
	INFLOW_INTERRUPT,   /* interrupt the receive; inflow_received() tells when to answer */
};
/* The LU cancels. In the last two cases data that still arrives is discarded. */
enum inflow_cancel inflow_cancel(struct inflow *in);
/* Discards data that still arrives. True: the LU waited, and the caller must answer it. */
bool inflow_drop(struct inflow *in);

/* Bytes that the LU waits for. */
uint32_t inflow_wanted(const struct inflow *in);
/* Asserts the invariant between two calls from outside. */
void inflow_check(const struct inflow *in);
