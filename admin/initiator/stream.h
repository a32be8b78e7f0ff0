/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator: lanes (one drive, one session, one thread) run phases of a plan. */
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "admin/initiator/latency.h"
#include "admin/initiator/meter.h"
#include "admin/initiator/options.h"
#include "admin/initiator/pattern.h"

enum { LANES_MAX = 64, LIST_MAX = 16, DEPTH_MAX = 256, RECORD_LONGEST = 0xffffff };

struct stream_phase;

struct stream_plan {
	struct login login;
	struct portal portal;           /* every loaded drive there, when no drive is named */
	bool portal_given;
	struct portal drives[LANES_MAX];
	size_t drive_count;
	uint64_t size;                  /* bytes per drive */
	uint32_t blocks[LIST_MAX];
	size_t block_count;
	unsigned depths[LIST_MAX];
	size_t depth_count;
	const struct stream_phase *phases[LIST_MAX];
	size_t phase_count;
	uint64_t filemark;              /* a filemark after so many bytes; 0: one at the end */
	enum pattern_kind pattern;
	uint64_t seed;
	bool seed_given, overwrite, load;
	unsigned seeks;
	pid_t pid;                      /* the target's; 0: not known */
};

/* Reads the command line; -1 to go on, else the exit code: with a line in why unless EXIT_DONE. */
int stream_options(struct stream_plan *plan, int argc, char **argv, char why[static WHY_LEN]);

struct lane;

/* One command in flight. */
struct slot {
	struct command command;
	struct lane *lane;
	uint64_t item, started;
	uint8_t stamp[PATTERN_STAMP];
	uint8_t *buf;
	struct slot *next_free;
};

/* What is done once now: the same for all lanes. */
struct stream_round {
	const struct stream_plan *plan;
	const struct stream_phase *phase;
	const struct pattern *pattern;
	uint32_t block;
	unsigned depth;
	uint64_t started;       /* meter_now_ns() */
};

struct lane {
	struct portal portal;
	struct session *session;
	unsigned number;
	const struct stream_round *round;
	pthread_t thread;
	struct slot *slots, *free_slots;
	uint8_t *memory;
	unsigned in_flight;
	void (*ended)(struct slot *s);
	/* what came of the round */
	struct latency latency;
	_Atomic uint64_t done_bytes;
	uint64_t records, moved;
	uint64_t began, data_end, sync_end;  /* meter_now_ns() */
	uint64_t at;            /* where spacing stands */
	bool early_warning, failed;
	_Atomic bool finished;
	char why[WHY_LEN];
	/* the loaded cartridge's way home */
	bool moved_in;
	uint16_t transport, home, element;
};

struct stream_phase {
	const char *name;
	bool data;              /* moves the whole size */
	void (*run)(struct lane *l);
};
const struct stream_phase *stream_phase_find(const char *name);

/* The layout of the tape: items are records and filemarks in the order they stand, so an item's
 * number is its record number. */
uint64_t layout_items(const struct stream_round *r);
uint64_t layout_records(const struct stream_round *r);
bool layout_mark(const struct stream_round *r, uint64_t item);
uint32_t layout_len(const struct stream_round *r, uint64_t item);

/* Sessions and memory of one lane. */
int lane_open(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN]);
int lane_prepare(struct lane *l, const struct stream_round *r);
void lane_close(struct lane *l);
__attribute__((format(printf, 2, 3))) void lane_fail(struct lane *l, const char *format, ...);
/* Runs start() for items 0..count-1 with the round's depth and ended() for each. */
void lane_pump(struct lane *l, uint64_t count, void (*start)(struct slot *s),
	void (*ended)(struct slot *s));
/* Names the record an item is. */
struct pattern_name lane_name(const struct lane *l, uint64_t item);

/* Finds loaded drives at plan->portal; -errno with a line in why. */
int stream_find(struct stream_plan *plan, char why[static WHY_LEN]);
/* Whose data the tape in the drive holds: nobody's or a load generator's, or somebody's. */
enum tape_owner { TAPE_FREE, TAPE_OTHERS, TAPE_UNKNOWN };
enum tape_owner lane_owner(struct lane *l, uint32_t size, char why[static WHY_LEN]);
/* Brings the n-th cartridge of those in slots into an empty drive, and back. */
int lane_load(struct lane *l, unsigned n, char why[static WHY_LEN]);
void lane_unload(struct lane *l);

/* One round's figures as a document, and that as text. */
json_t *stream_report(const struct stream_round *r, const struct lane *lanes, size_t count,
	const struct meter *before, const struct meter *after, double own_s, double machine_s);
void stream_report_print(const json_t *report);

/* The line that moves while a round runs. */
void stream_progress(const struct stream_round *r, const struct lane *lanes, size_t count);
void stream_progress_clear(void);
