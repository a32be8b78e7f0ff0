/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's own protocol (systemd, JOURNAL_NATIVE_PROTOCOL): one datagram of FIELD=value lines. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct journal {
	_Atomic int fd; /* 0: none */
	char path[108];
	_Atomic unsigned lost;     /* lines that were dropped */
	_Atomic long long deaf_ms; /* when a line last waited for it in vain; 0: never */
};

/* -errno */
int journal_open(struct journal *j, const char *path);
/* 0; -EAGAIN: the journal takes no line at the moment, and this one is counted as lost; any other -errno: the
 * caller puts the line elsewhere.  *ret_lost: lines lost before this one, to be reported. */
int journal_send(struct journal *j, const char *datagram, size_t len, unsigned *ret_lost);
