// SPDX-License-Identifier: Apache-2.0
/* Files that answer "try again": both real engines try again, and give up after so many times.  Files
 * that do not answer: the ring's engine tells who wants to know. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"
#include "vtl/base/fiber.h"
#include "vtl/base/file.h"
#include "vtl/base/io.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"

/* --- what the system calls of the plain engine answer (linked with --wrap) ------------------- */

static struct {
	int err;       /* 0: the real answer */
	unsigned left; /* so many times */
	bool silent;   /* the ring: no answer */
	unsigned calls;
} answer;

static bool answers(void)
{
	answer.calls++;
	if (!answer.err || !answer.left)
		return false;
	answer.left--;
	errno = answer.err;
	return true;
}

ssize_t __real_pread64(int fd, void *buf, size_t len, off_t off);
ssize_t __wrap_pread64(int fd, void *buf, size_t len, off_t off);
ssize_t __wrap_pread64(int fd, void *buf, size_t len, off_t off)
{
	return answers() ? -1 : __real_pread64(fd, buf, len, off);
}

ssize_t __real_pwrite64(int fd, const void *buf, size_t len, off_t off);
ssize_t __wrap_pwrite64(int fd, const void *buf, size_t len, off_t off);
ssize_t __wrap_pwrite64(int fd, const void *buf, size_t len, off_t off)
{
	return answers() ? -1 : __real_pwrite64(fd, buf, len, off);
}

int __real_fallocate64(int fd, int mode, off_t off, off_t len);
int __wrap_fallocate64(int fd, int mode, off_t off, off_t len);
int __wrap_fallocate64(int fd, int mode, off_t off, off_t len)
{
	return answers() ? -1 : __real_fallocate64(fd, mode, off, len);
}

/* --- what the ring answers ------------------------------------------------------------------------ */

static struct {
	struct timer timer;
	struct io *io; /* that is to be answered */
} late;

static void late_answer(struct timer *timer)
{
	struct io *io = late.io;
	late.io = NULL;
	io->res = -answer.err;
	io->done(io);
}

/* True when the ring is not asked: the answer comes by itself, from the worker's loop. */
static bool ring_answers(struct io *io)
{
	answer.calls++;
	if (answer.silent) {
		late.io = io; /* until the test has it answered */
		return true;
	}
	if (!answer.err || !answer.left)
		return false;
	answer.left--;
	assert_null(late.io);
	late.io = io;
	timer_arm(&late.timer, 0, late_answer);
	return true;
}

void __real_io_start_read(struct io *io, int fd, void *buf, size_t len, uint64_t off);
void __wrap_io_start_read(struct io *io, int fd, void *buf, size_t len, uint64_t off);
void __wrap_io_start_read(struct io *io, int fd, void *buf, size_t len, uint64_t off)
{
	if (!ring_answers(io))
		__real_io_start_read(io, fd, buf, len, off);
}

void __real_io_start_write(struct io *io, int fd, const void *buf, size_t len, uint64_t off);
void __wrap_io_start_write(struct io *io, int fd, const void *buf, size_t len, uint64_t off);
void __wrap_io_start_write(struct io *io, int fd, const void *buf, size_t len, uint64_t off)
{
	if (!ring_answers(io))
		__real_io_start_write(io, fd, buf, len, off);
}

void __real_io_start_fallocate(struct io *io, int fd, int mode, uint64_t off, uint64_t len);
void __wrap_io_start_fallocate(struct io *io, int fd, int mode, uint64_t off, uint64_t len);
void __wrap_io_start_fallocate(struct io *io, int fd, int mode, uint64_t off, uint64_t len)
{
	if (!ring_answers(io))
		__real_io_start_fallocate(io, fd, mode, off, len);
}

void __real_io_start_fsync(struct io *io, int fd, bool data_only);
void __wrap_io_start_fsync(struct io *io, int fd, bool data_only);
void __wrap_io_start_fsync(struct io *io, int fd, bool data_only)
{
	if (!ring_answers(io))
		__real_io_start_fsync(io, fd, data_only);
}

/* --- so many times, and no more ---------------------------------------------------------------------- */

static int file_new(const char *root, struct engine *e)
{
	char path[300];
	snprintf(path, sizeof path, "%s/file", root);
	int fd = e->ops->open(e, AT_FDCWD, path, O_RDWR | O_CREAT, 0640);
	assert_true(fd >= 0);
	return fd;
}

static int64_t ask(struct engine *e, enum engine_op op, int fd, int err, unsigned times)
{
	char buf[64] = { 0 };
	answer.err = err;
	answer.left = times;
	answer.calls = 0;
	int64_t res = engine_do(e, op, fd, buf, op == ENGINE_DATASYNC ? 0 : sizeof buf, 0);
	answer.err = 0;
	return res;
}

static void tries(struct engine *e, const char *root)
{
	static const struct {
		enum engine_op op;
		int err;
		int64_t good;
	} rows[] = {
		{ ENGINE_WRITE, EAGAIN, 64 },
		{ ENGINE_READ, EAGAIN, 64 },
		{ ENGINE_READ, EINTR, 64 },
		{ ENGINE_ALLOCATE, EINTR, 0 },
	};
	enum { SOME = 5 };
	int fd = file_new(root, e);
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(ask(e, rows[i].op, fd, rows[i].err, SOME), rows[i].good);
		assert_int_equal(answer.calls, SOME + 1);
		assert_int_equal(ask(e, rows[i].op, fd, rows[i].err, UINT_MAX), -EIO);
		assert_int_equal(answer.calls, FILE_TRIES + 1);
		assert_int_equal(ask(e, rows[i].op, fd, ENXIO, UINT_MAX), -ENXIO);
		assert_int_equal(answer.calls, 1);
	}
	e->ops->close(e, fd);
}

static void a_plain_call_is_tried_again_so_many_times(void **state)
{
	char *root = scratch_new(false);
	struct engine *e = engine_sync_new();
	tries(e, root);
	engine_free(e);
	scratch_end(root);
}

struct ring_test {
	char *root;
	bool ran;
};

static void on_the_ring(void *arg)
{
	struct ring_test *t = arg;
	struct engine *e = engine_uring_new();
	tries(e, t->root);
	/* What a failed sync should have kept may be gone: the next one would say that all is well. */
	int fd = file_new(t->root, e);
	assert_int_equal(ask(e, ENGINE_DATASYNC, fd, EAGAIN, 1), -EIO);
	assert_int_equal(answer.calls, 1);
	e->ops->close(e, fd);
	engine_free(e);
	t->ran = true;
}

static void the_ring_is_asked_again_so_many_times(void **state)
{
	struct ring_test t = { .root = scratch_new(false) };
	bool ran = ring_run(on_the_ring, &t);
	scratch_end(t.root);
	if (!ran)
		skip();
	assert_true(t.ran);
}

/* --- no answer at all -------------------------------------------------------------------------------- */

/* The helper thread waits for the count. */
struct hearing {
	_Atomic unsigned stalls;
	bool stalled, ended;
};

static void hear(void *arg, bool stalled)
{
	struct hearing *h = arg;
	h->stalls += stalled;
	h->stalled = stalled;
}

static void hear_end(struct engine_io *io)
{
	((struct hearing *)io->owner)->ended = true;
}

static void slow_call(void *arg)
{
	while (!((struct hearing *)arg)->stalls)
		usleep(1000);
}

static void told_of_silence(void *arg)
{
	enum { WATCH_MS = 50 };
	struct ring_test *t = arg;
	struct engine *e = engine_uring_new();
	struct hearing h = { 0 };
	char buf[64] = { 0 };
	int fd = file_new(t->root, e);
	engine_watch(e, WATCH_MS, hear, &h);

	struct engine_io io = { .done = hear_end, .owner = &h, .fd = fd, .buf = buf, .len = sizeof buf };
	answer.silent = true;
	int64_t began = now_ms();
	engine_start(e, ENGINE_WRITE, &io);
	answer.silent = false;
	while (h.stalls < 2) /* again, since it is still so */
		fiber_sleep(5);
	assert_true(now_ms() - began >= WATCH_MS);
	assert_true(h.stalled && !h.ended);
	/* others are answered, and that does not make it better */
	assert_int_equal(engine_do(e, ENGINE_ALLOCATE, fd, NULL, sizeof buf, 0), 0);
	assert_true(h.stalled);
	answer.err = EIO;
	timer_arm(&late.timer, 0, late_answer);
	while (!h.ended)
		fiber_sleep(1);
	answer.err = 0;
	assert_int_equal(io.res, -EIO);
	assert_false(h.stalled);

	h.stalls = 0;
	e->ops->call(e, slow_call, &h); /* what helper threads do counts as well */
	assert_int_equal(h.stalls, 1);
	assert_false(h.stalled);
	e->ops->close(e, fd);
	engine_free(e);
	t->ran = true;
}

static void who_wants_to_know_is_told_of_silence(void **state)
{
	struct ring_test t = { .root = scratch_new(false) };
	bool ran = ring_run(told_of_silence, &t);
	scratch_end(t.root);
	if (!ran)
		skip();
	assert_true(t.ran);
}

/* --- what is opened ------------------------------------------------------------------------------- */

static void look_at_opened(void *arg)
{
	const char *root = arg;
	struct engine *engines[] = { engine_sync_new(), worker_self() ? engine_uring_new() : NULL };
	for (unsigned i = 0; i < 2 && engines[i]; i++) {
		struct engine *e = engines[i];
		char path[300];
		int fd = file_new(root, e);
		assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
		e->ops->close(e, fd);
		fd = e->ops->open(e, AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
		assert_true(fd >= 0);
		e->ops->close(e, fd);
		snprintf(path, sizeof path, "%s/fifo", root);
		assert_true(mkfifo(path, 0640) == 0 || errno == EEXIST);
		assert_int_equal(e->ops->open(e, AT_FDCWD, path, O_RDONLY, 0), -EUCLEAN);
		assert_int_equal(e->ops->open(e, AT_FDCWD, path, O_RDWR, 0), -EUCLEAN);
		assert_int_equal(e->ops->open(e, AT_FDCWD, "/dev/null", O_RDWR, 0), -EUCLEAN);
		engine_free(e);
	}
}

/* O_NONBLOCK is what made dm-crypt on Linux 6.1 answer -EAGAIN to each read. */
static void no_file_is_left_nonblocking_and_nothing_else_is_opened(void **state)
{
	char *root = scratch_new(false);
	if (!ring_run(look_at_opened, root))
		look_at_opened(root);
	scratch_end(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_call_is_tried_again_so_many_times),
		cmocka_unit_test(the_ring_is_asked_again_so_many_times),
		cmocka_unit_test(who_wants_to_know_is_told_of_silence),
		cmocka_unit_test(no_file_is_left_nonblocking_and_nothing_else_is_opened),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests_name("no answer is waited for without end", tests, NULL, NULL);
}
