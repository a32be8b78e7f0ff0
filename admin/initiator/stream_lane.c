/* SPDX-License-Identifier: Apache-2.0 */
/* One drive under load: its session, its commands in flight, its results. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/stream.h"

void lane_fail(struct lane *l, const char *format, ...)
{
	if (l->failed)
		return;
	va_list ap;
	va_start(ap, format);
	vsnprintf(l->why, sizeof l->why, format, ap);
	va_end(ap);
	l->failed = true;
}

int lane_connect(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN])
{
	struct session_options o = plan->login.session;
	o.chap_secret = plan->login.chap_secret;
	o.target_secret = plan->login.target_secret;
	o.isid = l->isid;
	int err = session_open(&l->portal, &o, &l->session, why);
	if (err)
		return err;
	uint8_t inquiry[96];
	int len = device_inquiry(l->session, l->portal.lun, inquiry, sizeof inquiry, why);
	if (len < 0)
		return len;
	if ((inquiry[0] & 0x1f) != TYPE_TAPE) {
		snprintf(why, WHY_LEN, "LUN %d of %.200s is not a tape drive", l->portal.lun,
			l->portal.target);
		return -ENODEV;
	}
	err = plan->encrypt ? lane_encrypt(l, plan->seed, why) : 0;
	return !err && plan->protect ? lane_protect(l, why) : err;
}

bool lane_stopped(struct lane *l)
{
	if (stop_asked(l->round->stop))
		lane_fail(l, "interrupted");
	return l->failed;
}

int lane_prepare(struct lane *l, const struct stream_round *r)
{
	size_t each = ((size_t)r->block + protect_len(r->plan) + 4095) / 4096 * 4096;

	free(l->slots);
	free(l->memory);
	l->slots = calloc(r->depth, sizeof *l->slots);
	l->memory = aligned_alloc(4096, each * r->depth);
	if (!l->slots || !l->memory)
		return -ENOMEM;
	l->free_slots = NULL;
	for (unsigned i = 0; i < r->depth; i++) {
		struct slot *s = &l->slots[i];
		s->lane = l;
		s->buf = l->memory + each * i;
		s->next_free = l->free_slots;
		l->free_slots = s;
	}
	l->round = r;
	l->latency = (struct latency){ 0 };
	l->records = l->moved = 0;
	l->early_warning = false;
	atomic_store(&l->done_bytes, 0);
	return 0;
}

void lane_close(struct lane *l)
{
	session_close(l->session); /* ends the commands in flight before the memory is freed */
	l->session = NULL;
	free(l->slots);
	free(l->memory);
}

struct pattern_name lane_name(const struct lane *l, uint64_t item)
{
	return (struct pattern_name){ .drive = l->number, .record = item, .len = layout_len(l->round, item) };
}

static void slot_ended(struct command *c)
{
	struct slot *s = c->arg;
	struct lane *l = s->lane;

	latency_put(&l->latency, meter_now_ns() - s->started);
	if (!l->failed)
		l->ended(s);
	l->in_flight--;
	s->next_free = l->free_slots;
	l->free_slots = s;
}

static void slot_start(struct lane *l, uint64_t item, void (*start)(struct slot *s))
{
	struct slot *s = l->free_slots;

	s->command = (struct command){ .done = slot_ended, .arg = s };
	s->item = item;
	start(s);
	s->started = meter_now_ns();
	int err = command_submit(l->session, l->portal.lun, &s->command);
	if (err) {
		lane_fail(l, "%s", err == -ECONNRESET ? "the connection was lost" : strerror(-err));
		return;
	}
	l->free_slots = s->next_free;
	l->in_flight++;
}

void lane_pump(struct lane *l, uint64_t count, void (*start)(struct slot *s), void (*ended)(struct slot *s))
{
	uint64_t next = 0;

	l->ended = ended;
	while (l->in_flight || (next < count && !lane_stopped(l))) {
		while (l->free_slots && next < count && !lane_stopped(l))
			slot_start(l, next++, start);
		if (!l->in_flight)
			continue;
		int err = session_serve(l->session, 1000);
		if (!err)
			continue;
		lane_fail(l, "%s", err == -ECONNRESET ? "the connection was lost" : strerror(-err));
		/* Only closing the session ends the commands in flight. */
		session_vanish(l->session);
		l->session = NULL;
	}
}
