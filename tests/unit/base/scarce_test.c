/* SPDX-License-Identifier: Apache-2.0 */
/* Workers when there is no memory for one more fiber, and the end of what other workers may still see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vtl/base/fiber.h"
#include "vtl/base/job.h"
#include "vtl/base/mail.h"
#include "vtl/base/worker.h"
#include "tests/lib/scarce.h"

enum { CALLS = 200, FREED = 300 };

/* --- calls without a stack -------------------------------------------------------------------------- */

struct calls {
	struct worker *other;
	unsigned order[CALLS], done;
	struct ask {
		struct calls *calls;
		unsigned number;
	} asks[CALLS];
	struct waitq all;
	unsigned back;
};

static void note(void *arg)
{
	struct ask *ask = arg;
	ask->calls->order[ask->calls->done++] = ask->number;
}

static void caller(void *arg)
{
	struct ask *ask = arg;
	worker_call(ask->calls->other, note, ask);
	ask->calls->back++;
	waitq_wake(&ask->calls->all);
}

static void stop_other(void *arg)
{
	struct calls *calls = arg;
	worker_stop(calls->other);
	worker_join(calls->other);
}

static void calls_many(void *arg)
{
	struct calls *calls = arg;
	waitq_init(&calls->all);
	/* All callers have their stacks; the other worker has none, and gets one late. */
	scarce(calls->other);
	for (unsigned i = 0; i < CALLS; i++) {
		calls->asks[i] = (struct ask){ calls, i };
		assert_int_equal(fiber_start("caller", caller, &calls->asks[i]), 0);
	}
	fiber_sleep(50);
	assert_int_equal(calls->back, 0);
	scarce(NULL);
	while (calls->back < CALLS)
		waitq_wait(&calls->all);
	for (unsigned i = 0; i < CALLS; i++)
		assert_int_equal(calls->order[i], i);
	job_call(stop_other, calls);
}

static void calls_wait_for_a_stack_and_keep_their_order(void **state)
{
	static struct calls calls;
	assert_int_equal(worker_new("other", &calls.other), 0);
	assert_int_equal(worker_start(calls.other), 0);
	assert_int_equal(worker_run_once(calls_many, &calls), 0);
	worker_free(calls.other);
}

/* --- what others may still see ------------------------------------------------------------------------ */

/* A thing of worker "owner" that worker "sender" finds by a pointer and sends messages to. */
struct thing {
	unsigned heard;
};

struct letter {
	struct msg msg;
	struct thing *to;
};

struct settling {
	struct worker *workers[3]; /* ours, the sender, the owner */
	_Atomic(struct thing *) seen;
	atomic_bool over, ended;
};

static void letter_read(struct msg *msg)
{
	struct letter *letter = (struct letter *)(void *)msg;
	letter->to->heard++; /* the address sanitizer knows whether it is there */
	free(letter);
}

static void send_letters(void *arg)
{
	struct settling *s = arg;
	while (!atomic_load(&s->over)) {
		for (int i = 0; i < 20; i++) {
			struct letter *letter = calloc(1, sizeof *letter);
			assert_non_null(letter);
			letter->to = atomic_load(&s->seen);
			letter->msg.run = letter_read;
			if (letter->to)
				worker_post(s->workers[2], &letter->msg);
			else
				free(letter);
		}
		fiber_sleep(0);
	}
	atomic_store(&s->ended, true);
}

static void begin_letters(struct msg *msg)
{
	struct letter *letter = (struct letter *)(void *)msg;
	assert_int_equal(fiber_start("sender", send_letters, letter->to), 0);
}

static void stop_others(void *arg)
{
	struct settling *s = arg;
	for (int i = 1; i < 3; i++) {
		worker_stop(s->workers[i]);
		worker_join(s->workers[i]);
	}
}

static void frees_things(void *arg)
{
	struct settling *s = arg;
	struct letter first = { .msg.run = begin_letters, .to = (struct thing *)(void *)s };
	uint64_t heard = 0;
	s->workers[0] = worker_self();
	worker_post(s->workers[1], &first.msg);
	for (int i = 0; i < FREED; i++) {
		struct thing *thing = calloc(1, sizeof *thing);
		assert_non_null(thing);
		atomic_store(&s->seen, thing);
		fiber_sleep(1);
		atomic_store(&s->seen, NULL);
		workers_settle(s->workers, 3, s->workers[2]);
		heard += thing->heard;
		memset(thing, 0xff, sizeof *thing);
		free(thing);
	}
	assert_true(heard > FREED);
	atomic_store(&s->over, true);
	while (!atomic_load(&s->ended))
		fiber_sleep(1);
	job_call(stop_others, s);
}

static void what_was_taken_away_can_be_freed_once_settled(void **state)
{
	static struct settling s;
	for (int i = 1; i < 3; i++) {
		assert_int_equal(worker_new("other", &s.workers[i]), 0);
		assert_int_equal(worker_start(s.workers[i]), 0);
	}
	assert_int_equal(worker_run_once(frees_things, &s), 0);
	worker_free(s.workers[1]);
	worker_free(s.workers[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_wait_for_a_stack_and_keep_their_order),
		cmocka_unit_test(what_was_taken_away_can_be_freed_once_settled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
