/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a connection: login, full feature phase, end. */
#include "vtl/iscsi/conn.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/container.h"
#include "vtl/iscsi/registry.h"

/* HURRY_MS is long enough for a login that is in progress. It also limits evicted initiators that reconnect
 * at once to four connections per second. */
enum { DRAIN_MS = 2000, LINGER_MS = 500, HURRY_MS = 250 };

/* --- ending ----------------------------------------------------------------------------------- */

void conn_drop(struct conn *c, const char *format, ...)
{
	char why[160];
	va_list args;

	if (c->closing)
		return;
	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	conn_part(c, EVENT_DISCONNECT, why);
	c->closing = true;
	shutdown(c->fd, SHUT_RDWR);
	waitq_wake(&c->tx.moved);
}

static void gave_way(struct timer *timer)
{
	conn_drop(container_of(timer, struct conn, timer), "closed to admit another connection");
}

void conn_hurry(struct conn *c)
{
	const struct actor peer = conn_actor(c);

	log_few(LOG_WARN, &peer, "connection not logged in: closed to admit another connection");
	c->parted = true; /* the line above is the log line about the end */
	if (c->closing || c->leaving)
		return; /* the connection ends anyway, by its own timer */
	if (c->iscsi->places.evicted > LOGINS_EVICTED)
		gave_way(&c->timer);
	else
		timer_arm(&c->timer, HURRY_MS, gave_way);
}

void conn_leave(struct conn *c)
{
	c->leaving = true;
	if (c->rx.busy)
		io_cancel(&c->rx.io);
}

static void time_is_up(struct timer *timer)
{
	struct conn *c = container_of(timer, struct conn, timer);
	c->closing = true;
	shutdown(c->fd, SHUT_RDWR);
	waitq_wake(&c->tx.moved);
}

static void announce_end(struct conn *c)
{
	conn_part(c, EVENT_DISCONNECT, "the target requested a logout");
	async_drop(c);
	conn_leave(c);
	timer_arm(&c->timer, DRAIN_MS, time_is_up);
}

/* Nothing can be sent while the last Login Response is being sent; full_feature_fiber() handles that case. */
static void end_requested(struct msg *msg)
{
	struct conn *c = container_of(msg, struct conn, end_msg);

	c->end_arrived = true;
	if (c->end_reason == END_REINSTATED) {
		conn_drop(c, "session reinstated by a new login");
	} else if (c->phase == CONN_LOGIN) {
		if (!c->s.all)
			conn_drop(c, "target shutting down");
	} else if (!c->closing && !c->leaving) {
		announce_end(c);
	}
	if (c->fiber) /* NULL while the connection moves to its worker */
		fiber_wake(c->fiber);
}

void conn_request_end(struct conn *c, enum end_reason reason)
{
	if (c->end_reason != END_NONE)
		return;
	c->end_reason = reason;
	c->end_msg.run = end_requested;
	worker_post(c->worker, &c->end_msg);
}

/* Sends what is queued and gives the peer a moment to close first. Closing a socket with unread data would
 * reset the connection, and the last PDUs would be lost. */
static void leave_gently(struct conn *c)
{
	uint8_t trash[4096];

	tx_drain(c, DRAIN_MS);
	if (c->closing)
		return;
	shutdown(c->fd, SHUT_WR);
	timer_arm(&c->timer, LINGER_MS, time_is_up);
	while (!c->closing && io_recv(c->fd, trash, sizeof trash, 0) > 0)
		;
	timer_stop(&c->timer);
}

static void conn_end(struct conn *c)
{
	timer_stop(&c->timer);
	if (c->leaving && !c->closing)
		leave_gently(c);
	c->closing = true;
	shutdown(c->fd, SHUT_RDWR);
	tx_end(c);
	timer_stop(&c->stall);
	while (c->s.tmfs)
		waitq_wait(&c->s.ended);
	if (c->s.attached)
		target_detach(&c->s.nexus);
	session_close(&c->s);
	free(c->text.in);
	free(c->text.out);
	close(c->fd);
	registry_leave(c);
	while (c->end_reason != END_NONE && !c->end_arrived)
		fiber_suspend();
	free(c);
}

/* --- the full feature phase --------------------------------------------------------------------- */

static void ping(struct timer *timer)
{
	struct conn *c = container_of(timer, struct conn, timer);

	if (c->heard != c->heard_then) {
		c->pinged = false;
	} else if (c->pinged) {
		conn_drop(c, "no response to a NOP-In for %u s", c->iscsi->config.ping_s);
		return;
	} else {
		nop_in_ping(c);
	}
	c->heard_then = c->heard;
	timer_arm(&c->timer, c->iscsi->config.ping_s * 1000, ping);
}

/* Ends a discovery session that is idle. */
static void idle(struct timer *timer)
{
	struct conn *c = container_of(timer, struct conn, timer);
	unsigned most_s = c->iscsi->config.discovery_s;
	int64_t left = c->place.heard_ms + most_s * 1000LL - now_ms();
	char why[64];

	if (left > 0) {
		timer_arm(timer, (unsigned)left, idle);
		return;
	}
	snprintf(why, sizeof why, "no request for %u s", most_s);
	conn_part(c, EVENT_DISCONNECT, why);
	announce_end(c);
}

static void serve(struct conn *c)
{
	int err = 0;

	if (c->iscsi->config.discovery_s && c->phase == CONN_DISCOVERY)
		timer_arm(&c->timer, c->iscsi->config.discovery_s * 1000, idle);
	if (c->iscsi->config.ping_s && c->phase == CONN_FULL)
		timer_arm(&c->timer, c->iscsi->config.ping_s * 1000, ping);
	while (!err && !c->closing && !c->leaving) {
		err = rx_header(c, &c->pdu);
		if (!err && c->phase == CONN_DISCOVERY)
			discovery_heard(c);
		if (!err && c->pdu.data_len > OUR_SEGMENT) {
			conn_drop(c, "a data segment of %u bytes exceeds MaxRecvDataSegmentLength",
				c->pdu.data_len);
			break;
		}
		if (!err)
			err = pdu_dispatch(c, &c->pdu);
		if (!err)
			pdu_run_held(c);
	}
	if (err && !c->closing && !c->leaving)
		conn_drop(c, "%s",
			err == -ECONNRESET ? "the initiator closed the connection" : strerror(-err));
}

static void yielded(struct msg *msg)
{
	struct conn *c = container_of(msg, struct conn, yield_msg);
	c->yielding = false;
	fiber_wake(c->fiber);
}

void conn_yield(struct conn *c)
{
	c->yielding = true;
	c->yield_msg.run = yielded;
	worker_post(c->worker, &c->yield_msg);
	while (c->yielding)
		fiber_suspend();
}

/* --- beginning ---------------------------------------------------------------------------------- */

static void login_late(struct timer *timer)
{
	struct conn *c = container_of(timer, struct conn, timer);
	conn_drop(c, "login not complete after %u s", c->iscsi->config.login_timeout_s);
}

static void full_feature_fiber(void *arg)
{
	struct conn *c = arg;

	c->fiber = fiber_self();
	if (login_finish(c) == 0) {
		if (c->end_arrived && !c->closing)
			announce_end(c);
		serve(c);
	}
	conn_end(c);
}

/* The connection moves to the worker of the LUs it will use, so that data does not cross workers. A
 * connection that must end stays, because conn_request_end() has sent its message to this worker. */
static struct worker *choose_worker(struct conn *c)
{
	if (c->best && c->end_reason == END_NONE)
		c->worker = c->best;
	return c->worker;
}

/* The login phase, on worker 0. The full feature phase is called from here; it frees c. */
static void conn_fiber(void *arg)
{
	struct conn *c = arg;

	c->fiber = fiber_self();
	timer_arm(&c->timer, c->iscsi->config.login_timeout_s * 1000, login_late);
	int err = login_negotiate(c);
	timer_stop(&c->timer);
	if (err) {
		conn_end(c);
	} else {
		places_busy(&c->iscsi->places, &c->place);
		c->parted = false;
		c->fiber = NULL; /* until full_feature_fiber() runs on the other worker */
		worker_call(choose_worker(c), full_feature_fiber, c);
	}
}

void conn_start(struct conn *c)
{
	tx_init(c);
	waitq_init(&c->asked);
	c->phase = CONN_LOGIN;
	if (fiber_start("connection", conn_fiber, c) == 0)
		return;
	const struct actor peer = conn_actor(c);
	log_few(LOG_ERROR, &peer, "cannot start a connection: out of memory");
	registry_forget(c);
	close(c->fd);
	free(c);
}
