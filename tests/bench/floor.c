/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine can do at best, there and back: a socket, a checksum and a file by O_DIRECT, and
 * nothing else. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdbool.h>
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

static void send_block(int fd, const uint8_t *block)
{
	for (size_t at = 0; at < BLOCK;) {
		ssize_t n = send(fd, block + at, BLOCK - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("send");
		at += (size_t)n;
	}
}

static void reap(struct io_uring *ring, unsigned *in_flight)
{
	struct io_uring_cqe *cqe;
	if (io_uring_wait_cqe(ring, &cqe) || cqe->res != BLOCK)
		die("the file");
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

/* The other end: a process of its own, with one block that stays warm. */
static pid_t peer(const int ends[2], unsigned long long size, void (*move)(int, uint8_t *))
{
	pid_t child = fork();
	if (child)
		return child;
	uint8_t *block = aligned_alloc(4096, BLOCK);
	close(ends[1]);
	memset(block, 0x5a, BLOCK);
	for (unsigned long long at = 0; at < size; at += BLOCK)
		move(ends[0], block);
	_exit(0);
}

static void send_warm(int fd, uint8_t *block)
{
	send_block(fd, block);
}

struct lane {
	struct io_uring ring;
	uint8_t *buf; /* DEPTH blocks, used in turn */
	unsigned in_flight;
	int fd, file;
	uint32_t crc;
};

static uint8_t *block_of(const struct lane *l, unsigned long long at)
{
	return l->buf + at / BLOCK % DEPTH * BLOCK;
}

static void receive(struct lane *l, unsigned long long size)
{
	for (unsigned long long at = 0; at < size; at += BLOCK) {
		uint8_t *block = block_of(l, at);
		if (l->in_flight == DEPTH)
			reap(&l->ring, &l->in_flight);
		receive_block(l->fd, block);
		l->crc = crc32c(l->crc, block, BLOCK);
		io_uring_prep_write(io_uring_get_sqe(&l->ring), l->file, block, BLOCK, at);
		io_uring_submit(&l->ring);
		l->in_flight++;
	}
	while (l->in_flight)
		reap(&l->ring, &l->in_flight);
}

/* Reads ahead by DEPTH blocks, linked by nothing but their order: a late one is waited for. */
static void give(struct lane *l, unsigned long long size)
{
	bool here[DEPTH] = { false };
	unsigned long long ahead = 0;
	for (unsigned long long at = 0; at < size; at += BLOCK) {
		for (; ahead < size && ahead < at + (unsigned long long)DEPTH * BLOCK; ahead += BLOCK) {
			struct io_uring_sqe *sqe = io_uring_get_sqe(&l->ring);
			io_uring_prep_read(sqe, l->file, block_of(l, ahead), BLOCK, ahead);
			io_uring_sqe_set_data(sqe, &here[ahead / BLOCK % DEPTH]);
			io_uring_submit(&l->ring);
		}
		bool *mine = &here[at / BLOCK % DEPTH];
		while (!*mine) {
			struct io_uring_cqe *cqe;
			if (io_uring_wait_cqe(&l->ring, &cqe) || cqe->res != BLOCK)
				die("the file");
			*(bool *)io_uring_cqe_get_data(cqe) = true;
			io_uring_cqe_seen(&l->ring, cqe);
		}
		*mine = false;
		l->crc = crc32c(l->crc, block_of(l, at), BLOCK);
		send_block(l->fd, block_of(l, at));
	}
}

static double cpu_s(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 +
		(double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6;
}

/* One way: what the peer does, what we do; prints a JSON member. */
static void measure(const char *name, int file, unsigned long long size, void (*theirs)(int, uint8_t *),
	void (*ours)(struct lane *, unsigned long long))
{
	struct lane l = { .file = file, .buf = aligned_alloc(4096, (size_t)BLOCK * DEPTH) };
	int ends[2];
	if (!l.buf || io_uring_queue_init(DEPTH, &l.ring, 0))
		die("io_uring");
	memset(l.buf, 0, (size_t)BLOCK * DEPTH);
	connect_pair(ends);
	pid_t child = peer(ends, size, theirs);
	close(ends[0]);
	l.fd = ends[1];
	double began = now_s(), cpu = cpu_s();
	ours(&l, size);
	double moved = now_s() - began;
	if (fdatasync(file))
		die("fdatasync");
	double synced = now_s() - began;
	cpu = cpu_s() - cpu;
	waitpid(child, NULL, 0);
	printf("\"%s\": {\"mb_s\": %.1f, \"mb_s_synced\": %.1f, \"target_cpu_s_per_gib\": %.4f, \"crc\": %u}",
		name, (double)size / moved / 1e6, (double)size / synced / 1e6, cpu / (double)size * (1 << 30),
		l.crc);
	io_uring_queue_exit(&l.ring);
	free(l.buf);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: floor FILE BYTES\n", stderr);
		return 2;
	}
	unsigned long long size = strtoull(argv[2], NULL, 10) / BLOCK * BLOCK;
	int file = open(argv[1], O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (file < 0 || !size || posix_fallocate(file, 0, (off_t)size))
		die(argv[1]);
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("{");
	measure("write", file, size, send_warm, receive);
	printf(", ");
	measure("read", file, size, receive_block, give);
	printf("}\n");
	return 0;
}
