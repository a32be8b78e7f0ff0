/* SPDX-License-Identifier: Apache-2.0 */
/* The session struct, private to this room. */
#pragma once

#include <stdbool.h>

#include "admin/initiator/initiator.h"

struct iscsi_context;

struct session {
	struct iscsi_context *iscsi;
	struct portal portal; /* for logging in again */
	struct session_options options;
	unsigned losses; /* lost connections so far */
	unsigned timeout_s;
	bool connected, logged_in, lost;
	bool mute;    /* lost because a command got no answer */
	int step;     /* status of the current connect, login or logout */
	bool stepped; /* that step has ended */
};

/* Creates a session that is not connected.  Returns 0, or -errno with one line in why. */
int session_prepare(const struct session_options *o, bool discovery, struct session **ret,
	char why[static WHY_LEN]);
/* Connects and logs in, also for discovery sessions.  Returns 0, or -errno with one line in why. */
int session_start(struct session *s, const struct portal *p, char why[static WHY_LEN]);
/* Serves the connection until *done is set.  Returns 0, -ETIMEDOUT, or the error of the connection. */
int session_wait(struct session *s, const bool *done, unsigned timeout_s);
