/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator: lanes (one drive, one session, one thread) run phases of a plan. */
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <unistd.h>

#include "admin/initiator/latency.h"
#include "admin/initiator/meter.h"
#include "admin/initiator/options.h"
#include "admin/initiator/pattern.h"

enum { LANES_MAX = 64, LIST_MAX = 16, DEPTH_MAX = 256, RECORD_LONGEST = 0xffffff };

struct stream_phase;
struct stop;

struct stream_plan {
	struct login login;
	struct portal portal; /* every loaded drive there, when no drive is named */
	bool portal_given;
	struct portal drives[LANES_MAX];
	size_t drive_count;
	uint64_t size; /* bytes per drive */
	uint32_t blocks[LIST_MAX];
	size_t block_count;
	unsigned depths[LIST_MAX];
	size_t depth_count;
	const struct stream_phase *phases[LIST_MAX];
	size_t phase_count;
	uint64_t filemark; /* a filemark after so many bytes; 0: one at the end */
	enum pattern_kind pattern;
	uint64_t seed;
	bool seed_given, overwrite;
	bool load;                       /* cartridges are brought into empty drives */
	const char *barcodes[LANES_MAX]; /* these only; they are loaded when need be */
	size_t barcode_count;
	unsigned seeks;
	pid_t pid; /* the target's; 0: not known */
};

/* Reads the command line; -1 to go on, else the exit code: with a line in why unless EXIT_DONE. */
int stream_options(struct stream_plan *plan, int argc, char **argv, char why[static WHY_LEN]);
/* Our initiator ports: two load generators on one host are two, not one that reinstates.  Lanes have
 * the numbers below LANES_MAX, changers those above. */
static inline uint16_t stream_isid(unsigned number)
{
	return (uint16_t)((unsigned)getpid() * LANES_MAX * 2 + number);
}
/* Whether any phase writes. */
bool stream_writes(const struct stream_plan *plan);

/* ---- ^C and SIGTERM -------------------------------------------------------------------------- */

/* Takes the signals that end a program from now on; NULL: it cannot.  Before any other thread. */
struct stop *stop_watch(void);
bool stop_asked(const struct stop *s);
void stop_end(struct stop *s);

/* ---- changers -------------------------------------------------------------------------------- */

/* A changer beside the drives, over a session of its own: what a changer takes amiss is not the
 * drives' loss. */
struct robot {
	struct robot *next;
	struct portal portal;    /* its target; lun LUN_UNNAMED: no changer is there */
	struct session *session; /* NULL: not opened, or lost */
	uint16_t isid;
	struct inventory inventory;
};

/* A cartridge that --load has looked at and left alone. */
struct left_alone {
	const struct robot *robot;
	const struct lane *lane; /* NULL: no drive is to try it again */
	uint16_t slot;
	char barcode[33], why[160];
};

/* What lanes share while they are made ready. */
struct crew {
	const struct stream_plan *plan;
	const struct stop *stop;
	struct robot *robots;
	char discovered[272]; /* the address whose targets these are */
	struct target_list targets;
	struct left_alone *left;
	size_t left_count, left_room;
};
void crew_fini(struct crew *c);

/* Opens its session when there is none, and takes stock anew. */
int robot_look(struct robot *r, char why[static WHY_LEN]);
/* slot:3, counted as on the front of the machine. */
const char *robot_place(const struct robot *r, uint16_t address, char text[static 32]);

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
	const struct stop *stop;
	uint32_t block;
	unsigned depth;
	uint64_t started; /* meter_now_ns() */
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
	uint64_t began, data_end, sync_end; /* meter_now_ns() */
	uint64_t at;                        /* where spacing stands */
	bool early_warning, failed;
	_Atomic bool finished;
	char why[WHY_LEN];
	/* the cartridge in the drive, and its way home */
	struct robot *robot; /* that knows the drive, or NULL */
	uint16_t isid;
	uint16_t element, home;  /* the drive's; the cartridge's before */
	char barcode[33];        /* empty when nobody tells */
	bool used;               /* takes part in the run */
	bool moved_in, stays;    /* brought by us; and could not be brought back */
	uint64_t written;        /* bytes of the last write phase */
	char home_said[WHY_LEN]; /* what became of it in the end, in words */
};

struct stream_phase {
	const char *name;
	bool data; /* moves the whole size */
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
int lane_connect(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN]);
int lane_prepare(struct lane *l, const struct stream_round *r);
void lane_close(struct lane *l);
/* True, and the lane has failed, when the run shall end. */
bool lane_stopped(struct lane *l);
__attribute__((format(printf, 2, 3))) void lane_fail(struct lane *l, const char *format, ...);
/* Runs start() for items 0..count-1 with the round's depth and ended() for each. */
void lane_pump(struct lane *l, uint64_t count, void (*start)(struct slot *s), void (*ended)(struct slot *s));
/* Names the record an item is. */
struct pattern_name lane_name(const struct lane *l, uint64_t item);

/* Finds drives at plan->portal, empty ones too when cartridges are to be loaded; -errno with a line
 * in why. */
int stream_find(struct stream_plan *plan, char why[static WHY_LEN]);

/* Whether the cartridge in the drive may be used for the plan: it can be written to, and what would be
 * lost is nobody's but a load generator's, or --overwrite says so. */
enum verdict { MAY_USE, LEAVE_ALONE, NOT_IN_THIS_DRIVE, CANNOT_TELL };
enum verdict lane_judge(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN]);

/* Finds the changer that knows the lane's drive, and so what is in it.  A lane without one has
 * robot NULL; -errno with a line in why only when the run must end. */
int lane_robot(struct crew *c, struct lane *l, char why[static WHY_LEN]);
/* What the lane's drive holds, or NULL when it is empty or nobody tells. */
const struct element_seen *lane_cartridge(const struct lane *l);
/* Brings a cartridge that may be used into the lane's empty drive; those that may not are put back. */
int lane_load_any(struct crew *c, struct lane *l, char why[static WHY_LEN]);
/* Brings plan->barcodes into drives, or finds them there; lanes without one are not used. */
int lanes_load_named(struct crew *c, struct lane *lanes, size_t count, char why[static WHY_LEN]);
/* Puts back what was brought, and says where it is now in home_said. */
void lane_return(struct lane *l, const struct stream_plan *plan);

/* One round's figures as a document, and that as text. */
json_t *stream_report(const struct stream_round *r, const struct lane *lanes, size_t count,
	const struct meter *before, const struct meter *after, double own_s, double machine_s);
void stream_report_print(const json_t *report);
/* The cartridges of a run: before it begins, after it has ended, and as a document. */
void cartridges_announce(const struct stream_plan *plan, const struct lane *lanes, size_t count);
void cartridges_conclude(const struct stream_plan *plan, const struct lane *lanes, size_t count);
json_t *cartridges_report(const struct lane *lanes, size_t count);

/* The line that moves while a round runs. */
void stream_progress(const struct stream_round *r, const struct lane *lanes, size_t count);
void stream_progress_clear(void);
