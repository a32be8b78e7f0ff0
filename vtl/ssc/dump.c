/* SPDX-License-Identifier: Apache-2.0 */
/* The dump of a drive, which support tools and LTFS read after an error. */
#include "vtl/ssc/dump.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct text {
	char *out;
	uint32_t len;
};

static void line(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(struct text *t, const char *format, ...)
{
	va_list args;
	size_t room = TAPE_DUMP_MAX - t->len;
	va_start(args, format);
	int n = vsnprintf(t->out + t->len, room, format, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n < room ? (uint32_t)n : (uint32_t)room - 1;
}

static const char *const states[] = {
	[TAPE_EMPTY] = "empty",
	[TAPE_LOADING] = "loading",
	[TAPE_LOADED] = "loaded",
	[TAPE_UNLOADING] = "unloading",
	[TAPE_UNLOADED] = "seated, not loaded",
	[TAPE_CLEANING] = "cleaning",
	[TAPE_EXPIRED] = "seated, expired cleaning cartridge",
	[TAPE_REFUSED] = "seated, its format is not supported",
};
_Static_assert(sizeof states / sizeof *states == N_TAPE_STATES, "each state has a text");

static void put_medium(struct text *t, const struct tape *tape)
{
	struct cart_position at;
	struct cart_usage usage;
	if (tape->state != TAPE_EMPTY)
		line(t, "cartridge: %s\n", tape->label.barcode);
	if (!tape->cart)
		return;
	cart_position(tape->cart, &at);
	cart_usage(tape->cart, &usage);
	line(t, "partition: %" PRIu32 "\nobject: %" PRIu64 "\nfilemarks before it: %" PRIu64 "\n",
		at.partition, at.object, at.filemarks);
	line(t, "buffered objects: %" PRIu64 "\nbuffered bytes: %" PRIu64 "\n", at.buffered_objects,
		at.buffered_bytes);
	line(t,
		"objects: %" PRIu64 "\ncapacity: %" PRIu64 "\nused bytes: %" PRIu64 "\nlost objects: %" PRIu64
		"\n",
		usage.objects, usage.capacity, usage.used, usage.lost_objects);
}

static void put_counters(struct text *t, const char *when, const struct tape_counters *c)
{
	line(t,
		"%s: %" PRIu64 " bytes written, %" PRIu64 " bytes read, %" PRIu64 " write errors, %" PRIu64
		" read errors\n",
		when, c->written, c->read, c->write_errors, c->read_errors);
}

uint32_t tape_dump(const struct tape *tape, char out[static TAPE_DUMP_MAX])
{
	struct text t = { out, 0 };
	const struct lu_identity *id = &tape->lu.id;
	line(&t, "Evertape drive dump 1\nvendor: %s\nproduct: %s\nrevision: %s\nserial: %s\n", id->vendor,
		id->product, id->revision, id->serial);
	line(&t, "state: %s\nloads: %u\nTapeAlert: %016" PRIx64 "\n", states[tape->state], tape->mounts,
		tape->health.alerts);
	put_medium(&t, tape);
	put_counters(&t, "this load", &tape->mount);
	put_counters(&t, "since the start", &tape->total);
	for (int kind = HEALTH_NONE + 1; kind < N_HEALTH_KINDS; kind++)
		line(&t, "%s since the load: %" PRIu64 "\n", health_rows[kind].text,
			tape->health.mount[kind]);
	return t.len;
}
