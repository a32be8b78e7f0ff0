/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to a real server: what comes before a login, or (bit 0 of the first byte) in a session.  The server of one
 * process serves all inputs; each has a connection of its own, and the next begins when the server has closed it.
 */
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "tests/unit/iscsi/stop_scene.h"

enum { SILENCE_MS = 2 };

static struct scene scene;

static void begin(void)
{
	static bool begun;
	if (!begun)
		scene_up(&scene);
	begun = true;
	fuzz_quiet();
}

/* Reads until the server has nothing more to say for a moment (SILENCE_MS; -1: until it has closed the connection). */
static void drain(int fd, int ms)
{
	char trash[4096];
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	while (poll(&ready, 1, ms) > 0 && recv(fd, trash, sizeof trash, 0) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	begin();
	int fd = fuzz_byte(&f) & 1 ? log_in(&scene, 1) : dial(&scene);
	while (f.left) {
		ssize_t n = send(fd, f.at, f.left, MSG_NOSIGNAL);
		if (n <= 0)
			break; /* it has had enough of us */
		f.at += n;
		f.left -= (size_t)n;
	}
	drain(fd, SILENCE_MS); /* an end at once would abort what it has begun */
	shutdown(fd, SHUT_WR);
	drain(fd, -1);
	close(fd);
	return 0;
}
