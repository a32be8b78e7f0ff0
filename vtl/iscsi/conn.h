/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of this room: a connection, and the functions its files share. */
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
	OUR_SEGMENT = 262144, /* MaxRecvDataSegmentLength that the target declares */
	TEXT_MAX = 65536,     /* longest text of one negotiation from a peer */
	SHORT_PDUS = 24,
};

struct login;

enum conn_phase { CONN_LOGIN = 1, CONN_FULL = 2, CONN_DISCOVERY = 4 };

/* Why worker 0 ends a connection. END_REINSTATED: a new login took over its session. END_CLOSING: stop,
 * removal, or an administrator's request. */
enum end_reason { END_NONE, END_REINSTATED, END_CLOSING };

/* A text exchange: text that arrives in several requests, or leaves in several responses. */
struct text {
	uint8_t *in, *out;
	uint32_t in_len, out_len, out_at;
	uint32_t itt, ttt;
	bool open; /* the next request with this ITT and TTT continues the exchange */
};

struct conn {
	/* --- fixed ------------------------------------------------------------------------------------ */
	struct iscsi *iscsi;
	int fd;
	struct sockaddr_storage peer, local;
	char address[64]; /* address of the peer, for messages */
	bool loopback;

	/* --- owned by worker 0 until the login is complete, then fixed -------------------------------- */
	struct worker *worker; /* the worker that runs the connection: worker 0 during login, then `best` */
	struct worker *best;   /* worker of the target's LUs; NULL: any worker */

	/* --- owned by worker 0 ------------------------------------------------------------------------ */
	TAILQ_ENTRY(conn) link;
	TAILQ_ENTRY(conn) discovery; /* while it carries a discovery session */
	bool discovers;
	struct place place;
	bool established;      /* the connection carries a session, and the members below are set */
	struct target *target; /* NULL: discovery session */
	uint16_t tsih, cid;
	uint8_t isid[6];
	char initiator[ISCSI_NAME_MAX + 1];
	enum end_reason end_reason;
	struct msg end_msg;
	int64_t since_ms;
	bool chap;
	/* negotiated; shown by `session list`. The members header_digest and data_digest below are set once
	 * digests are in force. */
	bool agreed_header_digest, agreed_data_digest;

	/* --- owned by the connection's worker --------------------------------------------------------- */
	struct fiber *fiber;
	enum conn_phase phase;
	bool closing;       /* nothing more is received or sent */
	bool leaving;       /* logout: queued PDUs are still sent */
	bool parted;        /* the end of the connection is already logged */
	bool end_arrived;   /* the message of conn_request_end() has arrived */
	struct waitq asked; /* woken when an LU asks for data or completes a command */
	struct msg yield_msg;
	bool yielding;
	uint32_t stat_sn;
	bool header_digest, data_digest;
	struct timer timer; /* login timeout; later ping timer or idle timer */
	struct timer stall; /* runs while a cancelled send waits for a peer that does not read */
	bool pinged;
	uint32_t heard; /* number of PDUs received, for the ping timer */
	uint32_t heard_then;
	struct login *login; /* set between login_negotiate() and login_finish() */
	struct text text;
	struct session s;
	struct short_pdu short_pdus[SHORT_PDUS];
	struct pdu pdu;
	struct rx rx;
	struct tx tx;
	_Atomic uint64_t commands, bytes_in, bytes_out; /* worker 0 reads these */
};

/* --- conn.c --------------------------------------------------------------------------------- */

/* Starts a connection that is in the registry. Call on worker 0. The connection frees itself when it ends,
 * which may be before this returns. */
void conn_start(struct conn *c);
/* Evicts a connection that has not logged in: it gets HURRY_MS to complete the login, or no time when many
 * are being evicted. Call on worker 0. */
void conn_hurry(struct conn *c);
/* Asks the connection's worker to end the connection. Call on worker 0; only the first call counts. */
void conn_request_end(struct conn *c, enum end_reason reason);
/* Ends the connection at once: logs the reason and shuts the socket down; its fiber frees the rest. Call at
 * any time on the connection's worker. */
void conn_drop(struct conn *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sends what is queued, then ends the connection. */
void conn_leave(struct conn *c);
/* Lets the other fibers of this worker run once. Call in the connection's fiber. */
void conn_yield(struct conn *c);

/* Returns the connection's one buffer (OUR_SEGMENT bytes) for data of requests that are not SCSI commands.
 * Waits in the connection's fiber until the buffer is free. NULL: the connection is ending. */
uint8_t *request_buffer_get(struct conn *c);
void request_buffer_put(struct conn *c);

/* --- who.c ---------------------------------------------------------------------------------- */

/* The initiator for log lines; its strings belong to the connection. */
struct actor conn_actor(const struct conn *c);
/* Name of the target, or "discovery". */
const char *conn_target_name(const struct conn *c);
/* Logs the end of the connection once: EVENT_LOGOUT (why unused) or EVENT_DISCONNECT. */
void conn_part(struct conn *c, enum log_event_id event, const char *why);
/* Text for a code of RFC 7143; never NULL. */
const char *login_status_text(unsigned status);
const char *reject_reason_text(unsigned reason);

/* --- login.c --------------------------------------------------------------------------------- */

/* The login phase (RFC 7143 6.3). login_negotiate() runs on worker 0 up to the last Login Response.
 * login_finish() runs on the worker that will own the session; it creates the session and sends that
 * response. 0, or -errno: the connection ends. */
int login_negotiate(struct conn *c);
int login_finish(struct conn *c);

/* --- pdu_ops.c ------------------------------------------------------------------------------- */

/* Calls the handler of a PDU. 0, or -errno: the connection ends. */
int pdu_dispatch(struct conn *c, struct pdu *pdu);
/* Runs held requests whose CmdSN is now due. */
void pdu_run_held(struct conn *c);
/* Sends a Reject for a PDU whose data segment has been read. */
void reject(struct conn *c, const uint8_t *bhs, enum reject_reason reason);
/* Skips the data segment, then rejects. 0, or -errno. */
int reject_whole(struct conn *c, const struct pdu *pdu, enum reject_reason reason);

/* Handlers of requests in CmdSN order whose data segment has been read. True: the handler keeps data, a hold
 * buffer. */
bool nop_out(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);
bool text_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);
bool tmf_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);
bool logout_request(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);

/* Sends an Async Message: the target will drop the session. */
void async_drop(struct conn *c);
/* Sends a NOP-In that the initiator must answer. */
void nop_in_ping(struct conn *c);
