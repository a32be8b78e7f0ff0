/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the stage up and takes it down. */
#include "tests/unit/scsi/stage.h"

#include <stdlib.h>

#include "vtl/base/job.h"
#include "vtl/base/worker.h"

struct call {
	struct stage *s;
	void (*play)(struct stage *s);
	struct worker *device, *target;
};

static void target_up(void *arg)
{
	struct call *call = arg;

	target_init(&call->s->target, "iqn.test:t", 1, 1);
	device_new(&call->s->drive, &call->s->target, 0, call->device, &call->s->shelf);
}

static void target_down(void *arg)
{
	device_free(&((struct call *)arg)->s->drive);
}

static void attach(struct stage *s)
{
	fake_attach(&s->a, &s->target, "a");
	fake_attach(&s->b, &s->target, "b");
	fake_attach(&s->c, &s->target, "c");
	fake_clear(&s->a, 0);
	fake_clear(&s->b, 0);
	fake_clear(&s->c, 0);
}

static void detach(struct stage *s)
{
	fake_detach(&s->a);
	fake_detach(&s->b);
	fake_detach(&s->c);
}

/* Joined while the stage's own worker still runs: their last post to it may not have returned. */
static void others_end(void *arg)
{
	const struct call *call = arg;

	worker_stop(call->device);
	worker_stop(call->target);
	worker_join(call->device);
	worker_join(call->target);
}

static void run(void *arg)
{
	struct call *call = arg;
	struct worker *self = worker_self();

	if (!call->device)
		call->device = call->target = self;
	worker_call(call->target, target_up, call);
	attach(call->s);
	call->play(call->s);
	detach(call->s);
	worker_call(call->target, target_down, call);
	if (call->device != self)
		job_call(others_end, call);
}

void stage_restart(struct stage *s)
{
	struct call call = { .s = s, .device = s->drive.lu.worker };

	detach(s);
	worker_call(s->target.worker, target_down, &call);
	worker_call(s->target.worker, target_up, &call);
	attach(s);
}

static void nothing(void *arg)
{
}

/* Messages arrive in order, so a call is behind all that was sent before it.  A command crosses two
 * workers on its way in and two on its way out. */
void stage_settle(struct stage *s)
{
	enum { ROUNDS = 8 };

	for (int i = 0; i < ROUNDS; i++) {
		worker_call(s->target.worker, nothing, NULL);
		worker_call(s->drive.lu.worker, nothing, NULL);
		fiber_sleep(0);
	}
}

static void run_call(struct call *call)
{
	call->s = calloc(1, sizeof *call->s);
	assert_non_null(call->s);
	assert_int_equal(worker_run_once(run, call), 0);
	free(call->s);
}

void stage_run(void (*play)(struct stage *s))
{
	run_call(&(struct call){ .play = play });
}

void stage_run_apart(void (*play)(struct stage *s))
{
	struct call call = { .play = play };

	assert_int_equal(worker_new("device", &call.device), 0);
	assert_int_equal(worker_new("target", &call.target), 0);
	worker_start(call.device);
	worker_start(call.target);
	run_call(&call);
	worker_free(call.device);
	worker_free(call.target);
}

void expect(const char *sentence, const struct fake *f, uint8_t status, uint32_t sense)
{
	if (f->task.status != status || fake_sense(f) != sense)
		fail_msg("%s: status %02x sense %06x, not %02x %06x", sentence, f->task.status, fake_sense(f),
			status, sense);
}

void expect_ua(const char *sentence, struct stage *s, struct nexus *n, uint32_t sense)
{
	fake_cmd(&s->h, n, 0, TUR);
	expect(sentence, &s->h, sense ? CHECK : GOOD, sense);
}

void expect_data(const char *sentence, const struct fake *f, const char *hex, uint32_t len)
{
	uint8_t want[1024];
	size_t n = fake_hex(hex, want, sizeof want);

	if (f->task.status || f->task.in_done != len)
		fail_msg("%s: status %02x, %u bytes, not %u", sentence, f->task.status, f->task.in_done, len);
	for (size_t i = 0; i < n; i++)
		if (f->data[i] != want[i])
			fail_msg("%s: byte %zu is %02x, not %02x", sentence, i, f->data[i], want[i]);
}
