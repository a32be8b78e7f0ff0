/* SPDX-License-Identifier: Apache-2.0 */
/* The receive side of a connection, read by its one fiber. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/io.h"
#include "vtl/iscsi/pdu.h"

struct conn;

enum { RX_BUFFER = 32768, RX_BIG = 16384 };

struct rx {
	uint8_t buf[RX_BUFFER];
	uint32_t at, end; /* unread bytes in buf */
	bool big;         /* the last data segment was long: read only headers into buf */
	uint32_t crc;     /* digest of the data segment so far */
	uint32_t left;    /* bytes of the data segment still in the stream */
	uint32_t pad;
	struct io io;
	struct fiber *fiber; /* the fiber that waits for io */
	bool busy, cancelled;
};

/* All functions return 0, or -errno when the connection must end. */

/* Reads the header of the next PDU; its data segment (c->rx.left bytes) must then be read or skipped. */
int rx_header(struct conn *c, struct pdu *pdu);
/* Reads the next n (<= left) bytes of the data segment. -ECANCELED after rx_cancel(); *ret_got: bytes read. */
int rx_data(struct conn *c, void *to, uint32_t n, uint32_t *ret_got);
/* Reads and discards n bytes of the data segment; they count for the digest. */
int rx_skip(struct conn *c, uint32_t n);
/* Reads the rest of the segment, its padding and its digest. *ret_ok: the digest is correct. */
int rx_data_end(struct conn *c, bool *ret_ok);
/* Interrupts the rx_data() that waits now. */
void rx_cancel(struct conn *c);
