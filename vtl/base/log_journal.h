/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's own protocol (systemd, JOURNAL_NATIVE_PROTOCOL): one datagram of FIELD=value lines. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct journal {
	_Atomic int fd; /* 0: none */
	char path[108];
	_Atomic unsigned lost;     /* lines it did not take */
	_Atomic long long deaf_ms; /* when it last let us wait in vain, 0: never */
};

/* -errno */
int journal_open(struct journal *j, const char *path);
/* 0; -EAGAIN: it does not take any at the moment, and the line is counted as lost; else -errno, and the
 * line is the caller's to put elsewhere.  ret_lost: lines lost before this one, to be told. */
int journal_send(struct journal *j, const char *datagram, size_t len, unsigned *ret_lost);
