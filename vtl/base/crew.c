/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that compute, and the queue in front of them. */
#include "vtl/base/crew.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/base/worker_internal.h"

enum {
	CREW_THREADS_MAX = 64,
	CREW_WAITING = 4, /* jobs that wait, per thread; rounded up to a power of two in all */
	CREW_NICE = 5,    /* a worker that wants the same core gets more of it */
	CACHE_LINE = 64,
};

/* A place in the queue.  turn says whose turn it is: N, N + size ... the sender of job number N, N + size
 * ...; one more, the thread that runs this job (D. Vyukov's bounded queue). */
struct place {
	_Atomic size_t turn;
	struct job *job;
};

enum crew_state {
	CREW_RESTS,  /* no thread yet */
	CREW_STARTS, /* a worker makes the threads */
	CREW_RUNS,
	CREW_FAILED, /* no thread could be made */
};

struct crew {
	unsigned wanted, n_threads;
	_Atomic enum crew_state state;
	atomic_bool stop;
	sem_t waiting; /* counts the jobs in the queue */
	pthread_t threads[CREW_THREADS_MAX];
	size_t mask; /* number of places - 1 */
	alignas(CACHE_LINE) _Atomic size_t sent;
	alignas(CACHE_LINE) _Atomic size_t taken;
	alignas(CACHE_LINE) struct place places[];
};

/* --- the queue ------------------------------------------------------------------------------- */

/* False when all places are taken.  Never waits for another thread. */
static bool queue_put(struct crew *crew, struct job *job)
{
	size_t number = atomic_load_explicit(&crew->sent, memory_order_relaxed);
	struct place *place;
	for (;;) {
		place = &crew->places[number & crew->mask];
		size_t turn = atomic_load_explicit(&place->turn, memory_order_acquire);
		if (turn == number) {
			if (atomic_compare_exchange_weak(&crew->sent, &number, number + 1))
				break;
		} else if ((ptrdiff_t)(turn - number) < 0) {
			return false;
		} else {
			number = atomic_load_explicit(&crew->sent, memory_order_relaxed);
		}
	}
	place->job = job;
	atomic_store_explicit(&place->turn, number + 1, memory_order_release);
	return true;
}

/* The oldest job; NULL when there is none, or its sender has claimed the place and not filled it yet. */
static struct job *queue_take(struct crew *crew)
{
	size_t number = atomic_load_explicit(&crew->taken, memory_order_relaxed);
	struct place *place;
	for (;;) {
		place = &crew->places[number & crew->mask];
		size_t turn = atomic_load_explicit(&place->turn, memory_order_acquire);
		if (turn == number + 1) {
			if (atomic_compare_exchange_weak(&crew->taken, &number, number + 1))
				break;
		} else if ((ptrdiff_t)(turn - (number + 1)) < 0) {
			return NULL;
		} else {
			number = atomic_load_explicit(&crew->taken, memory_order_relaxed);
		}
	}
	struct job *job = place->job;
	atomic_store_explicit(&place->turn, number + crew->mask + 1, memory_order_release);
	return job;
}

/* --- threads ---------------------------------------------------------------------------------- */

static void *crew_thread(void *arg)
{
	struct crew *crew = arg;
	pthread_setname_np(pthread_self(), "crew");
	setpriority(PRIO_PROCESS, (id_t)gettid(), CREW_NICE);
	for (;;) {
		while (sem_wait(&crew->waiting))
			; /* EINTR */
		struct job *job;
		while (!(job = queue_take(crew))) {
			if (atomic_load(&crew->stop))
				return NULL;
			sched_yield(); /* a sender is about to fill the place */
		}
		job_run(job);
	}
}

static enum crew_state threads_make(struct crew *crew)
{
	int err = 0;
	while (!err && crew->n_threads < crew->wanted) {
		err = pthread_create(&crew->threads[crew->n_threads], NULL, crew_thread, crew);
		crew->n_threads += !err;
	}
	if (err)
		log_warn("compute threads: only %u of %u could be started: %s", crew->n_threads, crew->wanted,
			error_text(-err));
	return crew->n_threads ? CREW_RUNS : CREW_FAILED;
}

/* Whether there are threads; the first worker that asks makes them, and the others do not wait for it. */
static bool threads_run(struct crew *crew)
{
	enum crew_state state = CREW_RESTS;
	if (atomic_load_explicit(&crew->state, memory_order_acquire) == CREW_RESTS &&
		atomic_compare_exchange_strong(&crew->state, &state, CREW_STARTS))
		atomic_store(&crew->state, threads_make(crew));
	return atomic_load_explicit(&crew->state, memory_order_acquire) == CREW_RUNS;
}

/* --- the crew ---------------------------------------------------------------------------------- */

static unsigned threads_wanted(unsigned threads)
{
	if (!threads) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		threads = cores > 2 ? (unsigned)cores - 1 : 1;
	}
	return threads < CREW_THREADS_MAX ? threads : CREW_THREADS_MAX;
}

int crew_new(unsigned threads, struct crew **ret_crew)
{
	unsigned wanted = threads_wanted(threads);
	size_t n = CREW_WAITING;
	while (n < (size_t)wanted * CREW_WAITING)
		n *= 2;
	size_t size = sizeof(struct crew) + n * sizeof(struct place);
	struct crew *crew = aligned_alloc(CACHE_LINE, (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	if (!crew)
		return -ENOMEM;
	*crew = (struct crew){ .wanted = wanted, .mask = n - 1 };
	sem_init(&crew->waiting, 0, 0);
	for (size_t i = 0; i < n; i++)
		atomic_init(&crew->places[i].turn, i);
	*ret_crew = crew;
	return 0;
}

void crew_serve(struct crew *crew, struct worker *w)
{
	w->crew = crew;
}

void crew_free(struct crew *crew)
{
	if (!crew)
		return;
	atomic_store(&crew->stop, true);
	for (unsigned i = 0; i < crew->n_threads; i++)
		sem_post(&crew->waiting);
	for (unsigned i = 0; i < crew->n_threads; i++)
		pthread_join(crew->threads[i], NULL);
	sem_destroy(&crew->waiting);
	free(crew);
}

int crew_start(struct job *job, void (*fn)(void *arg), void *arg, void (*done)(struct job *job))
{
	struct crew *crew = worker_current ? worker_current->crew : NULL;
	if (!crew || !threads_run(crew))
		return -EAGAIN;
	job_prepare(job, fn, arg, done);
	if (!queue_put(crew, job))
		return -EAGAIN;
	sem_post(&crew->waiting);
	return 0;
}
