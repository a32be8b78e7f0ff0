/* SPDX-License-Identifier: Apache-2.0 */
/* The states and cursors of a command's data-out. */
#include "vtl/iscsi/inflow.h"

#include <assert.h>
#include <string.h>

static bool is_direct(const struct inflow *in)
{
	return in->state == INFLOW_DIRECT || in->state == INFLOW_RECEIVING;
}

static bool waits(const struct inflow *in)
{
	return in->state == INFLOW_ASKED || is_direct(in);
}

void inflow_check(const struct inflow *in)
{
	assert(waits(in) == (in->buf != NULL));
	assert(is_direct(in) == (in->direct != 0));
	if (waits(in))
		assert(in->at < in->len && in->direct <= in->len - in->at);
	if (is_direct(in))
		assert(in->taken == in->arrived);
	if (in->state == INFLOW_DROPPING || in->state == INFLOW_STOPPING)
		return;
	assert(in->taken <= in->arrived);
	assert(in->arrived - in->taken <= (in->hold ? in->hold_size : 0));
}

/* The LU's buffer is not used any more. */
static void release(struct inflow *in, enum inflow_state state)
{
	in->state = state;
	in->buf = NULL;
	in->len = in->at = in->direct = 0;
}

void inflow_ask(struct inflow *in, void *buf, uint32_t len)
{
	assert(in->state == INFLOW_HOLDING);
	in->state = INFLOW_ASKED;
	in->buf = buf;
	in->len = len;
	in->at = 0;
}

bool inflow_feed(struct inflow *in)
{
	if (in->state != INFLOW_ASKED)
		return false;
	while (in->taken != in->arrived && in->at < in->len) {
		uint32_t from = in->taken % in->hold_size, n = in->arrived - in->taken;
		if (n > in->len - in->at)
			n = in->len - in->at;
		if (n > in->hold_size - from)
			n = in->hold_size - from;
		memcpy(in->buf + in->at, in->hold + from, n);
		in->at += n;
		in->taken += n;
	}
	if (in->at < in->len)
		return false;
	release(in, INFLOW_HOLDING);
	return true;
}

void inflow_segment(struct inflow *in, uint32_t len)
{
	if (in->state != INFLOW_ASKED || in->taken != in->arrived || !len)
		return;
	in->state = INFLOW_DIRECT;
	in->direct = in->len - in->at < len ? in->len - in->at : len;
}

uint8_t *inflow_place(const struct inflow *in, uint32_t at, uint32_t *n)
{
	if (in->state == INFLOW_DROPPING)
		return NULL;
	uint32_t into = at - in->arrived;
	if (into < in->direct) {
		if (*n > in->direct - into)
			*n = in->direct - into;
		return in->buf + in->at + into;
	}
	if (!in->hold)
		return NULL;
	uint32_t first = in->direct ? in->arrived + in->direct : in->taken;
	uint32_t pos = at % in->hold_size, room = in->hold_size - (at - first);
	if (*n > in->hold_size - pos)
		*n = in->hold_size - pos;
	if (*n > room)
		*n = room;
	return *n ? in->hold + pos : NULL;
}

void inflow_receiving(struct inflow *in, uint32_t at)
{
	if (in->state == INFLOW_DIRECT && at - in->arrived < in->direct)
		in->state = INFLOW_RECEIVING;
}

bool inflow_received(struct inflow *in)
{
	bool cancelled = in->state == INFLOW_STOPPING;
	if (in->state == INFLOW_RECEIVING)
		in->state = INFLOW_DIRECT;
	else if (cancelled)
		in->state = INFLOW_DROPPING;
	return cancelled;
}

void inflow_commit(struct inflow *in, uint32_t len)
{
	in->arrived += len;
	if (in->state != INFLOW_DIRECT)
		return;
	in->taken += in->direct;
	in->at += in->direct;
	in->direct = 0;
	in->state = INFLOW_ASKED;
}

enum inflow_cancel inflow_cancel(struct inflow *in)
{
	bool receiving = in->state == INFLOW_RECEIVING;
	if (!waits(in))
		return INFLOW_NOT_WAITING;
	release(in, receiving ? INFLOW_STOPPING : INFLOW_DROPPING);
	return receiving ? INFLOW_INTERRUPT : INFLOW_ANSWER;
}

bool inflow_drop(struct inflow *in)
{
	bool waited = waits(in);
	release(in, INFLOW_DROPPING);
	return waited;
}

uint32_t inflow_wanted(const struct inflow *in)
{
	return waits(in) ? in->len - in->at : 0;
}
