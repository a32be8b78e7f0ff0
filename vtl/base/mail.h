/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and calls from one worker to another.  Workers share no data under a lock; they send it. */
#pragma once

struct worker;

/* A message, as a member of the thing that is sent.  The sender owns the memory until run() is called. */
struct msg {
	struct msg *next;
	void (*run)(struct msg *msg);
};
/* From any thread: run(msg) is called in the loop of `to`, not in a fiber, so it must not wait.  Messages of
 * one sender arrive in the order they were posted. */
void worker_post(struct worker *to, struct msg *msg);
/* From a fiber: runs fn(arg) in a fiber on w and waits until it has returned; calls fn(arg) directly when w
 * is this worker.  Calls and messages of one worker begin on w in the order they were made. */
void worker_call(struct worker *w, void (*fn)(void *arg), void *arg);
/* A barrier, from a fiber: returns after `to` has started every message and call that these n workers posted
 * to it before, or post before their next wait.  Memory of `to` that they could reach only by such messages
 * may be freed then. */
void workers_settle(struct worker *const *workers, unsigned n, struct worker *to);
