/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: what may block runs on a helper thread, and the fiber that asked for it waits. */
#pragma once

/* From a fiber: runs fn(arg) on a helper thread, where it may block (LMDB commits, directory work,
 * name look-ups), and waits for it.  Outside a fiber: calls fn(arg) directly. */
void job_call(void (*fn)(void *arg), void *arg);
/* The same for at most ms milliseconds: 0, -ENOMEM, or -ETIMEDOUT.  Then fn goes on, arg belongs to it,
 * and drop(arg) is called in this worker's loop when it has ended. */
int job_call_ms(void (*fn)(void *arg), void *arg, unsigned ms, void (*drop)(void *arg));
/* Of the calling worker: such calls that have not ended yet.  A worker that has any cannot be freed, as
 * it waits for its helper threads. */
unsigned jobs_left(void);
