/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine can do at best: a socket, a checksum and a file by O_DIRECT, and nothing else. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vtl/base/crc32c.h"

enum { BLOCK = 256 << 10, DEPTH = 8 };

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A connected pair over loopback TCP, as an initiator and a target have. */
static void connect_pair(int ends[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (void *)&a, sizeof a) || listen(listener, 1) ||
		getsockname(listener, (void *)&a, &len))
		die("listen");
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(ends[0], (void *)&a, sizeof a))
		die("connect");
	ends[1] = accept(listener, NULL, NULL);
	setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	close(listener);
}

static void sender(int fd, unsigned long long size)
{
	uint8_t *buf = aligned_alloc(4096, BLOCK);
	memset(buf, 0x5a, BLOCK);
	for (unsigned long long at = 0; at < size;) {
		ssize_t n = send(fd, buf, BLOCK, 0);
		if (n < 0)
			die("send");
		at += (unsigned long long)n;
	}
	_exit(0);
}

static void reap(struct io_uring *ring, unsigned *in_flight)
{
	struct io_uring_cqe *cqe;
	if (io_uring_wait_cqe(ring, &cqe) || cqe->res != BLOCK)
		die("write");
	io_uring_cqe_seen(ring, cqe);
	--*in_flight;
}

/* MSG_WAITALL still returns early now and then (an io_uring completion interrupts it). */
static void receive_block(int fd, uint8_t *block)
{
	for (size_t at = 0; at < BLOCK;) {
		ssize_t n = recv(fd, block + at, BLOCK - at, MSG_WAITALL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("recv");
		at += (size_t)n;
	}
}

static uint32_t receive(int fd, int file, unsigned long long size)
{
	struct io_uring ring;
	uint8_t *buf = aligned_alloc(4096, (size_t)BLOCK * DEPTH);
	uint32_t crc = 0;
	unsigned in_flight = 0, next = 0;
	if (!buf || io_uring_queue_init(DEPTH, &ring, 0))
		die("io_uring");
	memset(buf, 0, (size_t)BLOCK * DEPTH);
	for (unsigned long long at = 0; at < size; at += BLOCK, next = (next + 1) % DEPTH) {
		uint8_t *block = buf + (size_t)next * BLOCK;
		if (in_flight == DEPTH)
			reap(&ring, &in_flight);
		receive_block(fd, block);
		crc = crc32c(crc, block, BLOCK);
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
		io_uring_prep_write(sqe, file, block, BLOCK, at);
		io_uring_submit(&ring);
		in_flight++;
	}
	while (in_flight)
		reap(&ring, &in_flight);
	io_uring_queue_exit(&ring);
	free(buf);
	return crc;
}

int main(int argc, char **argv)
{
	int ends[2];
	struct rusage used;
	if (argc != 3) {
		fputs("usage: floor FILE BYTES\n", stderr);
		return 2;
	}
	unsigned long long size = strtoull(argv[2], NULL, 10) / BLOCK * BLOCK;
	int file = open(argv[1], O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (file < 0 || !size || posix_fallocate(file, 0, (off_t)size))
		die(argv[1]);
	connect_pair(ends);
	pid_t child = fork();
	if (child == 0)
		sender(ends[0], size);
	close(ends[0]);
	double began = now_s();
	uint32_t crc = receive(ends[1], file, size);
	double written = now_s() - began;
	if (fdatasync(file))
		die("fdatasync");
	double synced = now_s() - began;
	waitpid(child, NULL, 0);
	getrusage(RUSAGE_SELF, &used);
	double cpu = (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 +
		     (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6;
	printf("{\"mb_s\": %.1f, \"mb_s_synced\": %.1f, \"target_cpu_s_per_gib\": %.4f, \"crc\": %u}\n",
		(double)size / written / 1e6, (double)size / synced / 1e6,
		cpu / (double)size * (1 << 30), crc);
	return 0;
}
