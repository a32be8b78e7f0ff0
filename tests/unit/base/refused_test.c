/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel that takes nothing from the ring, or cannot wait: nobody hangs, nothing is lost, no core is
 * used up. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <liburing.h>

#include "vtl/base/fiber.h"
#include "vtl/base/io.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"

static struct {
	bool takes_nothing, cannot_wait;
	unsigned submits, waits;
} kernel;

int __real_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit(struct io_uring *ring)
{
	kernel.submits++;
	return kernel.takes_nothing ? -EAGAIN : __real_io_uring_submit(ring);
}

int __real_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned n,
	struct __kernel_timespec *ts, sigset_t *mask);
int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned n,
	struct __kernel_timespec *ts, sigset_t *mask);
int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned n,
	struct __kernel_timespec *ts, sigset_t *mask)
{
	kernel.waits++;
	return kernel.cannot_wait ? -EBUSY : __real_io_uring_submit_and_wait_timeout(ring, cqe, n, ts, mask);
}

static long paused_ns;

int __real_nanosleep(const struct timespec *ts, struct timespec *left);
int __wrap_nanosleep(const struct timespec *ts, struct timespec *left);
int __wrap_nanosleep(const struct timespec *ts, struct timespec *left)
{
	paused_ns += ts->tv_nsec;
	return __real_nanosleep(ts, left);
}

enum { MORE_THAN_FIT = 600, BYTES = 16 };

static struct reads {
	struct io io[MORE_THAN_FIT];
	char buf[MORE_THAN_FIT][BYTES];
	unsigned good, refused, others;
} reads;

static void read_done(struct io *io)
{
	if (io->res == BYTES)
		reads.good++;
	else if (io->res == -EAGAIN)
		reads.refused++;
	else
		reads.others++;
}

static void reads_start(void *arg)
{
	int fd = open("/dev/zero", O_RDONLY);
	kernel.takes_nothing = true;
	for (unsigned i = 0; i < MORE_THAN_FIT; i++) {
		reads.io[i] = (struct io){ .done = read_done };
		io_start_read(&reads.io[i], fd, reads.buf[i], BYTES, 0);
		assert_int_equal(reads.refused, 0); /* not while who asks is still at it */
	}
	kernel.takes_nothing = false;
	while (reads.good + reads.refused + reads.others < MORE_THAN_FIT)
		fiber_sleep(1);
	close(fd);
}

static void what_the_kernel_does_not_take_ends_with_try_again(void **state)
{
	assert_int_equal(worker_run_once(reads_start, NULL), 0);
	assert_int_equal(reads.others, 0);
	assert_true(reads.refused > 0 && reads.good > MORE_THAN_FIT / 2);
	assert_true(kernel.submits <= 11 * reads.refused);
}

static void sleeps(void *arg)
{
	kernel.cannot_wait = true;
	kernel.waits = 0;
	int64_t began = now_ms();
	fiber_sleep(100);
	*(int64_t *)arg = now_ms() - began;
	kernel.cannot_wait = false;
}

static void a_wait_that_fails_is_not_repeated_at_full_speed(void **state)
{
	int64_t took_ms = 0;
	assert_int_equal(worker_run_once(sleeps, &took_ms), 0);
	assert_true(kernel.waits >= 1 && kernel.waits <= took_ms + 10);
}

static void pause_and_read(void *arg)
{
	char byte;
	int fd = open("/dev/zero", O_RDONLY);
	paused_ns = 0;
	worker_pause(worker_self(), 70);
	assert_int_equal(paused_ns, 0); /* not while there is something to do */
	assert_int_equal(io_read(fd, &byte, 1, 0), 1);
	assert_int_equal(paused_ns, 70000);
	assert_int_equal(io_read(fd, &byte, 1, 0), 1);
	close(fd);
}

static void a_worker_pauses_once_before_it_waits(void **state)
{
	assert_int_equal(worker_run_once(pause_and_read, NULL), 0);
	assert_int_equal(paused_ns, 70000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_does_not_take_ends_with_try_again),
		cmocka_unit_test(a_wait_that_fails_is_not_repeated_at_full_speed),
		cmocka_unit_test(a_worker_pauses_once_before_it_waits),
	};
	return cmocka_run_group_tests_name("a kernel without memory", tests, NULL, NULL);
}
