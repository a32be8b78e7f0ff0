/* SPDX-License-Identifier: Apache-2.0 */
/* A connection, and what the files of this room know of each other; nobody else includes it. */
#pragma once

#include <stdatomic.h>
#include <sys/queue.h>

#include "vtl/base/log.h"
#include "vtl/base/mail.h"
#include "vtl/base/timer.h"
#include "vtl/iscsi/iscsi.h"
#include "vtl/iscsi/keys.h"
#include "vtl/iscsi/pdu.h"
#include "vtl/iscsi/places.h"
#include "vtl/iscsi/rx.h"
#include "vtl/iscsi/session.h"
#include "vtl/iscsi/tx.h"

enum {
	OUR_SEGMENT = 262144, /* MaxRecvDataSegmentLength we declare */
	TEXT_MAX = 65536,     /* text of one negotiation from a peer */
	SMALLS = 24,
};

struct login;

enum conn_phase { CONN_LOGIN = 1, CONN_FULL = 2, CONN_DISCOVERY = 4 };

/* Why worker 0 ends a connection: a new login took its session, or it is told to go. */
enum doom { DOOM_NONE, DOOM_REINSTATED, DOOM_CLOSING };

/* A Text exchange: text that comes in several requests, or leaves in several responses. */
struct text {
	uint8_t *in, *out;
	uint32_t in_len, out_len, out_at;
	uint32_t itt, ttt;
	bool open; /* a request with this itt and ttt may follow */
};

struct conn {
	/* --- fixed ----------------------------------------------------------------------------- */
	struct iscsi *iscsi;
	int fd;
	struct sockaddr_storage peer, local;
	char address[64]; /* the peer's, for people */
	bool loopback;

	/* --- worker 0's until it has logged in, then fixed ------------------------------------- */
	struct worker *worker; /* whose it is: worker 0's for the login, then best */
	struct worker *best;   /* where its target's LUs live; NULL: no matter */

	/* --- worker 0's ----------------------------------------------------------------------- */
	TAILQ_ENTRY(conn) link;
	TAILQ_ENTRY(conn) discovery; /* when it discovers */
	bool discovers;
	struct place place;
	bool established;      /* the fields below are set: it carries a session */
	struct target *target; /* NULL: discovery */
	uint16_t tsih, cid;
	uint8_t isid[6];
	char initiator[ISCSI_NAME_MAX + 1];
	enum doom doom;
	struct msg doom_msg;
	int64_t since_ms;
	bool chap;
	bool agreed_header_digest, agreed_data_digest; /* to be shown; when they begin is below */

	/* --- its own worker's --------------------------------------------------------------------- */
	struct fiber *fiber;
	enum conn_phase phase;
	bool closing;       /* nothing more is read or sent */
	bool leaving;       /* logged out, or told to: what is queued still goes out */
	bool parted;        /* the log says that and why it ends */
	bool doomed;        /* doom_msg came */
	struct waitq asked; /* woken when an LU asks for data, or is done */
	struct msg yield_msg;
	bool yielding;
	uint32_t stat_sn;
	bool header_digest, data_digest;
	struct timer timer; /* login time; later silence of the peer, or idleness */
	struct timer stall; /* a cancelled send waits for a peer that takes nothing */
	bool pinged;
	uint32_t heard; /* counts PDUs, for the silence timer */
	uint32_t heard_then;
	struct login *login; /* between its two halves */
	struct text text;
	struct session s;
	struct small smalls[SMALLS];
	struct pdu pdu;
	struct rx rx;
	struct tx tx;
	_Atomic uint64_t commands, bytes_in, bytes_out; /* read by worker 0 */
};

/* --- conn.c --------------------------------------------------------------------------------- */

/* From worker 0: starts a connection that the registry knows.  It frees itself at its end, which may be
 * now. */
void conn_start(struct conn *c);
/* From worker 0: it has to make way for another and gets only a moment to end its login; none at all when
 * many are in that state. */
void conn_hurry(struct conn *c);
/* From worker 0: ends it, once. */
void conn_doom(struct conn *c, enum doom doom);
/* Ends it at once: logs why, shuts the socket down; its fiber does the rest.  Any time. */
void conn_drop(struct conn *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Lets what is queued go out, then ends. */
void conn_leave(struct conn *c);
/* Waits, in its fiber, until other fibers of this worker have had their turn. */
void conn_yield(struct conn *c);

/* The one buffer (OUR_SEGMENT) for data of requests that are no SCSI commands; waits, in the
 * connection's fiber, until it is back.  NULL: the connection is at its end. */
uint8_t *aside_get(struct conn *c);
void aside_put(struct conn *c);

/* --- who.c ---------------------------------------------------------------------------------- */

/* Who it is, for the log; the texts are the connection's. */
struct actor conn_actor(const struct conn *c);
/* Its target's name, or "discovery". */
const char *conn_target_name(const struct conn *c);
/* Says once that and why it ends: EVENT_LOGOUT (no why) or EVENT_DISCONNECT. */
void conn_part(struct conn *c, enum log_event_id event, const char *why);
/* Words for codes of RFC 7143, never NULL. */
const char *login_status_text(unsigned status);
const char *reject_reason_text(unsigned reason);

/* --- login.c --------------------------------------------------------------------------------- */

/* The login phase up to its last response, and that: the session is made on the worker that calls it.
 * 0, or -errno: the connection ends. */
int login_negotiate(struct conn *c);
int login_finish(struct conn *c);

/* --- pdu_ops.c ------------------------------------------------------------------------------- */

/* Hands a PDU to its row.  0, or -errno: the connection ends. */
int pdu_dispatch(struct conn *c, struct pdu *pdu);
/* Runs what was held and has its turn now. */
void pdu_run_held(struct conn *c);
/* Rejects the PDU (its data segment must have been read). */
void reject(struct conn *c, const uint8_t *bhs, enum reject_reason reason);
/* Skips the data segment, then rejects.  0 or -errno. */
int reject_whole(struct conn *c, const struct pdu *pdu, enum reject_reason reason);

/* Requests whose data segment has been read and whose turn has come.  True: data, a hold buffer,
 * stays with the handler. */
bool nop_out(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);
bool text_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);
bool tmf_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);
bool logout_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);

/* Async Message: the session is about to be dropped. */
void async_drop(struct conn *c);
/* Asks the peer for a sign of life. */
void nop_in_ping(struct conn *c);
