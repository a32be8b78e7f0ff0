/* SPDX-License-Identifier: Apache-2.0 */
/* An address to listen on, as an operator writes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { LISTEN_WHY = 200, LISTEN_TEXT = 80 };

struct listen {
	struct sockaddr_storage address;
	socklen_t len;
	char text[LISTEN_TEXT]; /* as it was given */
};

/* Parses "ADDR", "ADDR:PORT", "[V6]", "[V6]:PORT" or "[V6%INTERFACE]:PORT". False: why says what is wrong and
 * how to write it. */
bool listen_parse(const char *text, struct listen *ret_listen, char why[static LISTEN_WHY]);
/* Writes the address as it was given, with the port that was bound. */
void listen_write(const struct listen *listen, uint16_t port, char *out, size_t size);
