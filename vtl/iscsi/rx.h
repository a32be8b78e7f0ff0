/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection receives, read straight-line by its one fiber. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/io.h"
#include "vtl/iscsi/pdu.h"

struct conn;

enum { RX_BUFFER = 8192, RX_BIG = 16384 };

struct rx {
	uint8_t buf[RX_BUFFER];
	uint32_t at, end; /* unread bytes in buf */
	bool big;         /* the last data segment was long: read headers alone */
	uint32_t crc;     /* of the data segment so far */
	uint32_t left;    /* bytes of it still in the stream */
	uint32_t pad;
	struct io io;
	struct fiber *fiber; /* waits for io */
	bool busy, cancelled;
};

/* All return 0, or -errno when the connection is at its end. */

/* The header of the next PDU; its data segment (c->rx.left) must then be read or skipped. */
int rx_header(struct conn *c, struct pdu *pdu);
/* The next n (<= left) bytes of the data segment.  -ECANCELED after rx_cancel(): *ret_got says how
 * many came. */
int rx_data(struct conn *c, void *to, uint32_t n, uint32_t *ret_got);
/* Throws n bytes of the data segment away, but digests them. */
int rx_skip(struct conn *c, uint32_t n);
/* What is left of the segment, its padding and its digest. *ret_ok: the digest is right. */
int rx_data_end(struct conn *c, bool *ret_ok);
/* Breaks off the rx_data() that waits now. */
void rx_cancel(struct conn *c);
