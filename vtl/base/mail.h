/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and calls from one worker to another: what they share moves this way, never by lock. */
#pragma once

struct worker;

/* The sender owns the memory until run() is called on the receiver; embed it in the thing sent. */
struct msg {
	struct msg *next;
	void (*run)(struct msg *msg);
};
/* From any thread: run(msg) is called in to's loop (not in a fiber; start one to wait).
 * Messages of one sender arrive in order. */
void worker_post(struct worker *to, struct msg *msg);
/* From a fiber: runs fn(arg) in a fiber on w and waits for it; direct when w is this worker.  Begins
 * in order with the other calls and messages of this worker. */
void worker_call(struct worker *w, void (*fn)(void *arg), void *arg);
/* From a fiber: comes back when every message and call to `to` that any of these workers had sent
 * before, or sends in the stretch (from wait to wait) that it is in now, has begun there.  What they
 * could see of a thing on `to`, and can no longer, can then be freed. */
void workers_settle(struct worker *const *workers, unsigned n, struct worker *to);
