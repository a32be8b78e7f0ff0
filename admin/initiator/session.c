/* SPDX-License-Identifier: Apache-2.0 */
/* One iSCSI session: connect, log in with a fixed ISID, serve the socket, log out. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iscsi/iscsi.h>

#include "admin/initiator/initiator.h"
#include "admin/initiator/session.h"
#include "vtl/base/timer.h"

/* RFC 7143 11.12.5: the "random" ISID format with a number of this program.  It is fixed, so that a new
 * login reinstates the session. */
enum { ISID_RANDOM = 0x455654, LOGIN_TIMEOUT_S = 20, LOGOUT_TIMEOUT_S = 3 };

/* Limits for a target that loses the connection repeatedly.  A loss after a timeout counts LOSSES_MUTE,
 * because each costs a minute.  A restarted target gets REOPEN_TRIES with a pause. */
enum { LOSSES_MAX = 12, LOSSES_MUTE = 4, REOPEN_TRIES = 4, REOPEN_PAUSE_S = 1 };

static int context_make(const struct session_options *o, bool discovery, struct iscsi_context **ret,
	char why[static WHY_LEN])
{
	struct iscsi_context *i = iscsi_create_context(o->initiator ? o->initiator : INITIATOR_NAME);
	if (!i) {
		snprintf(why, WHY_LEN, "out of memory");
		return -ENOMEM;
	}
	iscsi_set_isid_random(i, ISID_RANDOM, o->isid);
	iscsi_set_session_type(i, discovery ? ISCSI_SESSION_DISCOVERY : ISCSI_SESSION_NORMAL);
	iscsi_set_noautoreconnect(i, 1);
	iscsi_set_header_digest(i, o->header_digest ? ISCSI_HEADER_DIGEST_CRC32C : ISCSI_HEADER_DIGEST_NONE);
	if (o->solicited) {
		iscsi_set_immediate_data(i, ISCSI_IMMEDIATE_DATA_NO);
		iscsi_set_initial_r2t(i, ISCSI_INITIAL_R2T_YES);
	}
	int err = 0;
	if (o->chap_user)
		err = iscsi_set_initiator_username_pwd(i, o->chap_user, o->chap_secret);
	if (!err && o->target_user)
		err = iscsi_set_target_username_pwd(i, o->target_user, o->target_secret);
	if (err) {
		snprintf(why, WHY_LEN, "the CHAP user or secret is too long");
		iscsi_destroy_context(i);
		return -EINVAL;
	}
	*ret = i;
	return 0;
}

int session_prepare(const struct session_options *o, bool discovery, struct session **ret,
	char why[static WHY_LEN])
{
	struct session *s = calloc(1, sizeof *s);
	if (!s) {
		snprintf(why, WHY_LEN, "out of memory");
		return -ENOMEM;
	}
	int err = context_make(o, discovery, &s->iscsi, why);
	if (err) {
		free(s);
		return err;
	}
	s->options = *o;
	s->timeout_s = o->timeout_s ? o->timeout_s : SESSION_TIMEOUT_S;
	*ret = s;
	return 0;
}

/* Reads the error from the socket, because libiscsi's message for a refused connection does not contain
 * it. */
static int socket_error(struct session *s, int fd)
{
	int err = 0;
	socklen_t len = sizeof err;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	s->lost = true;
	return err ? -err : -ECONNRESET;
}

int session_serve(struct session *s, int ms)
{
	if (s->lost)
		return -ECONNRESET;
	struct pollfd p = { .fd = iscsi_get_fd(s->iscsi) };
	p.events = (short)iscsi_which_events(s->iscsi);
	if (p.fd < 0)
		return -ENOTCONN;
	int n = poll(&p, 1, ms);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (p.revents & (POLLERR | POLLHUP) && !s->connected)
		return socket_error(s, p.fd);
	/* A call without events lets libiscsi check its command timeouts. */
	if (iscsi_service(s->iscsi, n ? p.revents : 0) < 0 || (s->logged_in && !iscsi_is_logged_in(s->iscsi)))
		s->lost = true;
	return s->lost ? -ECONNRESET : 0;
}

int session_wait(struct session *s, const bool *done, unsigned timeout_s)
{
	int64_t deadline = now_ms() + (int64_t)timeout_s * 1000;

	while (!*done) {
		int64_t now = now_ms();
		if (now >= deadline)
			return -ETIMEDOUT;
		int err = session_serve(s, deadline - now > 1000 ? 1000 : (int)(deadline - now));
		if (err && !*done)
			return err;
	}
	return 0;
}

static void step_done(struct iscsi_context *iscsi, int status, void *data, void *arg)
{
	struct session *s = arg;
	(void)iscsi;
	(void)data;
	/* libiscsi calls the connect callback again when the connection is lost. */
	if (s->stepped && s->connected) {
		s->lost = true;
		return;
	}
	s->step = status;
	s->stepped = true;
}

/* Login statuses (RFC 7143 11.13.5). */
static const struct {
	unsigned status;
	const char *means;
} refusals[] = {
#define LOGIN_STATUS(id, number, words) { number, words },
#include "vtl/iscsi/status.def"
#undef LOGIN_STATUS
};

/* libiscsi's message ends with the status in parentheses. */
static const char *refusal_of(const char *text)
{
	const char *bracket = strrchr(text, '(');
	unsigned status = 0;
	if (!strstr(text, "log in") || !bracket || sscanf(bracket, "(%u)", &status) != 1)
		return NULL;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (refusals[i].status == status)
			return refusals[i].means;
	return NULL;
}

/* Writes libiscsi's error as one line; its messages contain newlines and function names. */
static void reason(struct session *s, char *out, size_t size)
{
	const char *text = iscsi_get_error(s->iscsi);
	if (!text || !*text)
		text = "no reason given";
	else if (refusal_of(text))
		text = refusal_of(text);
	else if (strstr(text, "Can not resolv"))
		text = "unknown host";
	snprintf(out, size, "%s", text);
	for (char *c = out; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = ' ';
	for (size_t n = strlen(out); n && out[n - 1] == ' '; n--)
		out[n - 1] = '\0';
}

static int step_wait(struct session *s, int started, const char *what, const char *where,
	char why[static WHY_LEN])
{
	int err = started < 0 ? -EIO : session_wait(s, &s->stepped, LOGIN_TIMEOUT_S);
	if (!err && s->step == SCSI_STATUS_GOOD)
		return 0;
	char text[100];
	reason(s, text, sizeof text);
	snprintf(why, WHY_LEN, "cannot %s %.180s: %s", what, where,
		err == -ETIMEDOUT                   ? "no answer in time"
			: s->stepped || err == -EIO ? text
						    : strerror(-err));
	return err ? err : -ECONNREFUSED;
}

int session_start(struct session *s, const struct portal *p, char why[static WHY_LEN])
{
	s->stepped = false;
	int err = step_wait(s, iscsi_connect_async(s->iscsi, p->address, step_done, s), "connect to",
		p->address, why);
	if (err)
		return err;
	s->stepped = false;
	char where[200];
	snprintf(where, sizeof where, *p->target ? "%.60s at %.120s" : "%.0s%.120s", p->target, p->address);
	err = step_wait(s, iscsi_login_async(s->iscsi, step_done, s), "log in to", where, why);
	if (err)
		return err;
	s->connected = s->logged_in = true;
	return 0;
}

int session_open(const struct portal *p, const struct session_options *o, struct session **ret_session,
	char why[static WHY_LEN])
{
	struct session *s;
	int err = session_prepare(o, false, &s, why);
	if (err)
		return err;
	s->portal = *p;
	iscsi_set_targetname(s->iscsi, p->target);
	err = session_start(s, p, why);
	if (err) {
		session_vanish(s);
		return err;
	}
	*ret_session = s;
	return 0;
}

bool session_lost(const struct session *s)
{
	return s->lost;
}

/* Replaces the iSCSI context and logs in once more. */
static int context_renew(struct session *s, char why[static WHY_LEN])
{
	struct iscsi_context *fresh;
	int err = context_make(&s->options, false, &fresh, why);
	if (err)
		return err;
	s->lost = true;
	iscsi_destroy_context(s->iscsi);
	s->iscsi = fresh;
	s->connected = s->logged_in = s->lost = s->mute = false;
	iscsi_set_targetname(s->iscsi, s->portal.target);
	err = session_start(s, &s->portal, why);
	s->lost = err;
	return err;
}

int session_reopen(struct session *s, char why[static WHY_LEN])
{
	char again[WHY_LEN] = "";
	if (!*why)
		snprintf(why, WHY_LEN, "the connection was lost");
	int err = -EAGAIN;
	s->losses += s->mute ? LOSSES_MUTE : 1;
	for (int i = 0; i < REOPEN_TRIES && err && err != -ETIMEDOUT; i++) {
		if (s->losses > LOSSES_MAX) {
			snprintf(again, sizeof again, "too many connections were lost");
			break;
		}
		if (i)
			sleep(REOPEN_PAUSE_S);
		err = context_renew(s, again);
	}
	if (err) {
		size_t n = strlen(why);
		snprintf(why + n, WHY_LEN - n, "; cannot log in again: %.150s", again);
	}
	return err;
}

void session_vanish(struct session *s)
{
	if (!s)
		return;
	s->lost = true;
	iscsi_destroy_context(s->iscsi);
	free(s);
}

void session_close(struct session *s)
{
	if (s && s->logged_in && !s->lost) {
		s->connected = s->stepped = false;
		if (iscsi_logout_async(s->iscsi, step_done, s) == 0)
			session_wait(s, &s->stepped, LOGOUT_TIMEOUT_S);
	}
	session_vanish(s);
}
