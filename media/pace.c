// SPDX-License-Identifier: Apache-2.0
#include "media/pace.h"

#include "media/cart.h"
#include "media/compress.h"

void pace_begin(struct pace *pace, bool on)
{
	*pace = (struct pace){ .on = on, .rest_next = PACE_REST };
}

void pace_behind(struct pace *pace)
{
	pace->rest = pace->rest_next;
	pace->rest_next *= pace->rest_next < PACE_REST_MAX ? 2 : 1;
	pace->steady = 0;
}

/* Whether one more record would have to wait for the crew. */
static bool is_behind(struct cart *cart, uint32_t len)
{
	const struct staged *oldest = TAILQ_FIRST(&cart->stages.queue);
	return oldest && !oldest->work.ended && !stages_have_room(&cart->stages, len);
}

bool pace_allows(struct cart *cart, uint32_t len)
{
	struct pace *pace = &cart->stages.pace;
	if (len < PACE_SHORTEST || (!pace->shrinks && !cart->stages.bound))
		return false;
	if (pace->rest) {
		pace->rest -= len < pace->rest ? len : pace->rest;
		return false;
	}
	if (!is_behind(cart, len))
		return true;
	pace_behind(pace);
	return false;
}

void pace_passed(struct pace *pace, const struct staged *slot)
{
	if (slot->hurried)
		return;
	pace->in_vain = slot->envelope.compression ? 0 : pace->in_vain + 1;
	if (pace->in_vain >= PACE_DISAPPOINTED)
		pace->shrinks = false;
	pace->steady += slot->host_len;
	if (slot->core_lost && !pace->rest)
		pace_behind(pace);
	else if (pace->steady >= PACE_STEADY)
		pace->rest_next = PACE_REST;
}

void pace_look(struct pace *pace, uint32_t record_len, const uint8_t *p, uint32_t len)
{
	if (record_len < PACE_SHORTEST)
		return;
	if (pace->look_in > record_len) {
		pace->look_in -= record_len;
		return;
	}
	pace->look_in = PACE_LOOK;
	pace->shrinks = compress_looks_good(p, len);
	pace->in_vain = 0;
}
