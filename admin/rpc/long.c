/* SPDX-License-Identifier: Apache-2.0 */
/* Runs work that may block for minutes on a helper thread, and sends its progress to the client. */
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "admin/rpc/method.h"
#include "admin/rpc/rpc_internal.h"
#include "admin/view/keys.h"
#include "vtl/base/job.h"

struct long_work {
	void (*work)(void *arg, const struct media_progress *progress);
	void *arg;
	_Atomic uint64_t done, total; /* written by the helper thread, read by the worker */
	atomic_bool stop;             /* written by the worker, read by the helper thread */
	uint64_t expected; /* total to show when the work does not know one: the size of the file */
	bool ended;
	struct waitq changed;
};

/* Runs on the helper thread. */
static bool step(void *arg, uint64_t done, uint64_t total)
{
	struct long_work *w = arg;
	atomic_store(&w->done, done);
	atomic_store(&w->total, total);
	return !atomic_load(&w->stop);
}

static void work_job(void *arg)
{
	struct long_work *w = arg;
	const struct media_progress progress = { .step = step, .arg = w };
	w->work(w->arg, &progress);
}

static void work_fiber(void *arg)
{
	struct long_work *w = arg;
	job_call(work_job, w);
	w->ended = true;
	waitq_wake(&w->changed);
}

bool client_has_left(const struct client *client)
{
	struct pollfd end = { .fd = client->fd };
	return client->gone || (poll(&end, 1, 0) > 0 && (end.revents & (POLLHUP | POLLERR)));
}

static void progress_send(struct client *client, struct long_work *w)
{
	uint64_t total = atomic_load(&w->total), done = atomic_load(&w->done);
	if (!total && done <= w->expected)
		total = w->expected;
	client->gone = client_has_left(client);
	if (!total || client->gone)
		return;
	json_t *line = json_pack("{s:{s:I,s:I}}", reply_keys.progress, progress_keys.done, (json_int_t)done,
		progress_keys.total, (json_int_t)total);
	if (line)
		client_send(client, line, false);
	json_decref(line);
}

/* Work on a socket may block in read or write; shutdown() ends that. */
static void work_stop(struct call *call, struct long_work *w)
{
	atomic_store(&w->stop, true);
	if (call->fd >= 0)
		shutdown(call->fd, SHUT_RDWR); /* no effect on a plain file; the error does not matter */
}

void call_long(struct call *call, void (*work)(void *arg, const struct media_progress *progress), void *arg)
{
	struct stat st;
	struct long_work w = { .work = work, .arg = arg };
	if (call->fd >= 0 && fstat(call->fd, &st) == 0 && S_ISREG(st.st_mode))
		w.expected = (uint64_t)st.st_size;
	waitq_init(&w.changed);
	if (fiber_start("control long work", work_fiber, &w) < 0) {
		work_fiber(&w); /* no memory for another fiber: run without progress */
		return;
	}
	while (!w.ended) {
		waitq_wait_ms(&w.changed, PROGRESS_MS);
		progress_send(call->client, &w);
		if (call->client->gone || call->rpc->stopping)
			work_stop(call, &w);
	}
}
