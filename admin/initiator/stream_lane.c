/* SPDX-License-Identifier: Apache-2.0 */
/* One drive under load: its session, its commands in flight, its figures. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/initiator/stream.h"
#include "vtl/base/cleanup.h"

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

/* Reads the first record whole: some targets give nothing of one that does not fit. */
enum tape_owner lane_owner(struct lane *l, uint32_t size, char why[static WHY_LEN])
{
	uint32_t len = 0;
	autofree uint8_t *buf = NULL;
	enum tape_end end = TAPE_LONGER;
	snprintf(why, WHY_LEN, "out of memory");
	for (int i = 0; i < 2 && end == TAPE_LONGER; i++) {
		free(buf);
		buf = calloc(1, size);
		if (!buf || tape_rewind(l->session, l->portal.lun, why))
			return TAPE_UNKNOWN;
		end = tape_read(l->session, l->portal.lun, buf, size, &len, why);
		size = len > size ? len : size;
	}
	if (end == TAPE_FAILED)
		return TAPE_UNKNOWN;
	return end == TAPE_END_OF_DATA || (end == TAPE_RECORD && pattern_ours(buf, len)) ? TAPE_FREE
											: TAPE_OTHERS;
}

static int drive_ready(struct lane *l, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	int err = device_ready(l->session, l->portal.lun, text);
	if (err)
		snprintf(why, WHY_LEN, "the drive at LUN %d is not ready: %.240s", l->portal.lun, text);
	return err ? err : tape_variable(l->session, l->portal.lun, why);
}

/* Loads one cartridge after the other until one may be written over. */
static int free_one_load(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN])
{
	for (unsigned n = 0;; n++) {
		int err = lane_load(l, n, why);
		if (!err)
			err = drive_ready(l, why);
		/* What stood in the drive before is judged when it is written to. */
		if (err || !l->moved_in || plan->overwrite)
			return err;
		enum tape_owner owner = lane_owner(l, plan->blocks[0], why);
		if (owner == TAPE_FREE)
			return 0;
		lane_unload(l);
		if (owner == TAPE_UNKNOWN)
			return -EIO;
	}
}

int lane_open(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN])
{
	struct session_options o = plan->login.session;
	o.chap_secret = plan->login.chap_secret;
	o.target_secret = plan->login.target_secret;
	/* Two load generators on one host are two initiators ports, not one that reinstates. */
	o.isid = (uint16_t)((unsigned)getpid() * LANES_MAX + l->number);
	int err = session_open(&l->portal, &o, &l->session, why);
	if (err)
		return err;
	uint8_t inquiry[96];
	int len = device_inquiry(l->session, l->portal.lun, inquiry, sizeof inquiry, why);
	if (len < 0)
		return len;
	if ((inquiry[0] & 0x1f) != TYPE_TAPE) {
		snprintf(why, WHY_LEN, "LUN %d of %.200s is no tape drive", l->portal.lun,
			l->portal.target);
		return -ENODEV;
	}
	return plan->load ? free_one_load(l, plan, why) : drive_ready(l, why);
}

int lane_prepare(struct lane *l, const struct stream_round *r)
{
	size_t each = ((size_t)r->block + 4095) / 4096 * 4096;

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
	if (l->moved_in && l->session)
		lane_unload(l);
	session_close(l->session);      /* ends what is in flight: before the memory goes */
	l->session = NULL;
	free(l->slots);
	free(l->memory);
}

struct pattern_name lane_name(const struct lane *l, uint64_t item)
{
	return (struct pattern_name){ .drive = l->number, .record = item,
		.len = layout_len(l->round, item) };
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

void lane_pump(struct lane *l, uint64_t count, void (*start)(struct slot *s),
	void (*ended)(struct slot *s))
{
	uint64_t next = 0;

	l->ended = ended;
	while (l->in_flight || (next < count && !l->failed)) {
		while (l->free_slots && next < count && !l->failed)
			slot_start(l, next++, start);
		if (!l->in_flight)
			continue;
		int err = session_serve(l->session, 1000);
		if (!err)
			continue;
		lane_fail(l, "%s", err == -ECONNRESET ? "the connection was lost" : strerror(-err));
		/* Only the end of the session ends what is in flight. */
		session_vanish(l->session);
		l->session = NULL;
	}
}
