/* SPDX-License-Identifier: Apache-2.0 */
/* What a session is inside this room. */
#pragma once

#include <stdbool.h>

#include "admin/initiator/initiator.h"

struct iscsi_context;

struct session {
	struct iscsi_context *iscsi;
	struct portal portal; /* where it goes, to go there again */
	struct session_options options;
	unsigned losses; /* the connection was opened again so often */
	unsigned timeout_s;
	bool connected, logged_in, lost;
	bool mute;    /* lost over a command without an answer */
	int step;     /* status of the connect, login or logout under way */
	bool stepped; /* it has ended */
};

/* A context with its options, not connected. */
int session_prepare(const struct session_options *o, bool discovery, struct session **ret,
	char why[static WHY_LEN]);
/* Connects and logs in; discovery sessions too. */
int session_start(struct session *s, const struct portal *p, char why[static WHY_LEN]);
/* Serves until *done or the time is over: 0, -ETIMEDOUT, or the error of the connection. */
int session_wait(struct session *s, const bool *done, unsigned timeout_s);
