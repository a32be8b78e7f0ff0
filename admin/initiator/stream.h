/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator.  A lane is one drive with one session and one thread; lanes run the phases of a
 * plan. */
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

enum { LANES_MAX = 64, LIST_MAX = 16, DEPTH_MAX = 256, RECORD_LONGEST = 0xffffff, PROTECT_LEN = 4 };

struct stream_phase;
struct stop;

struct stream_plan {
	struct login login;
	struct portal portal; /* use every loaded drive there, if no drive is named */
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
	uint64_t filemark; /* bytes between two filemarks; 0: one filemark at the end */
	enum pattern_kind pattern;
	uint64_t seed;
	bool seed_given, overwrite;
	bool encrypt;                    /* in the drive, with a key made of the seed */
	bool protect;                    /* records with a protection value behind them */
	bool load;                       /* load cartridges into empty drives */
	const char *barcodes[LANES_MAX]; /* use only these cartridges, and load them if needed */
	size_t barcode_count;
	unsigned seeks;
	pid_t pid; /* process of the target; 0: unknown */
};

/* Parses the command line.  Returns -1 to go on, else the exit code; why holds one line unless that is
 * EXIT_DONE. */
int stream_options(struct stream_plan *plan, int argc, char **argv, char why[static WHY_LEN]);
/* Returns the ISID qualifier of a lane (numbers below LANES_MAX) or a changer session (numbers above).  It
 * contains the process number, so that two load generators on one host do not reinstate each other's
 * sessions. */
static inline uint16_t stream_isid(unsigned number)
{
	return (uint16_t)((unsigned)getpid() * LANES_MAX * 2 + number);
}
/* Returns whether a phase writes. */
bool stream_writes(const struct stream_plan *plan);
/* Returns the longest record size. */
uint32_t stream_longest(const struct stream_plan *plan);

/* ---- ^C and SIGTERM -------------------------------------------------------------------------- */

/* Blocks SIGINT, SIGTERM and SIGHUP and receives them in a thread.  Call it before any other thread
 * starts.  NULL: not possible. */
struct stop *stop_watch(void);
bool stop_asked(const struct stop *s);
void stop_end(struct stop *s);

/* ---- changers -------------------------------------------------------------------------------- */

/* The changer of some drives.  It has a session of its own, so that a connection it loses does not affect
 * the drives. */
struct robot {
	struct robot *next;
	struct portal portal;    /* its target; lun LUN_UNNAMED: the target has no changer */
	struct session *session; /* NULL: not open, or lost */
	uint16_t isid;
	struct inventory inventory;
};

/* A cartridge that --load has examined and rejected. */
struct rejected_cartridge {
	const struct robot *robot;
	const struct lane *lane; /* NULL: rejected for every drive */
	uint16_t slot;
	char barcode[33], why[160];
};

/* What the lanes share while they are prepared. */
struct lane_group {
	const struct stream_plan *plan;
	const struct stop *stop;
	struct robot *robots;
	char discovered[272]; /* the address to which targets belong */
	struct target_list targets;
	struct rejected_cartridge *rejected;
	size_t rejected_count, rejected_room;
};
void lane_group_fini(struct lane_group *c);

/* Opens the session if needed, and reads the inventory again. */
int robot_look(struct robot *r, char why[static WHY_LEN]);
/* Writes "slot:3"; elements are counted from 1 within their type. */
const char *robot_place(const struct robot *r, uint16_t address, char text[static 32]);

struct lane;

/* One command in flight. */
struct slot {
	struct command command;
	struct lane *lane;
	uint64_t item, started;
	uint8_t stamp[PATTERN_STAMP], value[PROTECT_LEN];
	uint8_t *buf;
	struct slot *next_free;
};

/* One round: the same for all lanes. */
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
	/* results of the round */
	struct latency latency;
	_Atomic uint64_t done_bytes;
	uint64_t records, moved;
	uint64_t began, data_end, sync_end; /* meter_now_ns() */
	uint64_t at;                        /* the position, for phase space */
	bool early_warning, failed;
	_Atomic bool finished;
	char why[WHY_LEN];
	/* the cartridge in the drive, and where it came from */
	struct robot *robot; /* the changer of the drive, or NULL */
	uint16_t isid;
	uint16_t element, home;  /* addresses: the drive's element; the cartridge's source element */
	char barcode[33];        /* empty: unknown */
	bool used;               /* takes part in the run */
	bool moved_in, stays;    /* loaded by this run; and could not be put back */
	uint64_t written;        /* bytes written in the last write phase */
	char home_said[WHY_LEN]; /* where the cartridge is at the end, as text */
};

struct stream_phase {
	const char *name;
	bool data; /* transfers plan->size bytes */
	void (*run)(struct lane *l);
};
const struct stream_phase *stream_phase_find(const char *name);

/* The layout of the tape.  Items are records and filemarks in their order on tape, so an item's number is
 * its logical object number. */
uint64_t layout_items(const struct stream_round *r);
uint64_t layout_records(const struct stream_round *r);
bool layout_mark(const struct stream_round *r, uint64_t item);
uint32_t layout_len(const struct stream_round *r, uint64_t item);

/* Open and close the session of a lane, and allocate its memory. */
int lane_connect(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN]);
/* Sets a key made of the seed, for the session of the lane. */
int lane_encrypt(struct lane *l, uint64_t seed, char why[static WHY_LEN]);
/* Sets logical block protection with CRC32C for the session of the lane, in both directions. */
int lane_protect(struct lane *l, char why[static WHY_LEN]);
/* Bytes of a record's protection value in this run. */
static inline uint32_t protect_len(const struct stream_plan *plan)
{
	return plan->protect ? PROTECT_LEN : 0;
}
/* Adds the value of a record that is being written, of which the command has the other parts. */
void protect_add(struct slot *s);
/* Whether a record of len bytes has the right value behind it. */
bool protect_check(const uint8_t *record, uint32_t len);
int lane_prepare(struct lane *l, const struct stream_round *r);
void lane_close(struct lane *l);
/* Returns true, and fails the lane, when the run must end. */
bool lane_stopped(struct lane *l);
__attribute__((format(printf, 2, 3))) void lane_fail(struct lane *l, const char *format, ...);
/* Runs start() for items 0 to count - 1, at most the round's depth at once, and ended() for each. */
void lane_pump(struct lane *l, uint64_t count, void (*start)(struct slot *s), void (*ended)(struct slot *s));
/* Returns the name of the record that an item is. */
struct pattern_name lane_name(const struct lane *l, uint64_t item);

/* Finds the drives at plan->portal, with empty ones if cartridges will be loaded.  Returns 0, or -errno
 * with one line in why. */
int stream_find(struct stream_plan *plan, char why[static WHY_LEN]);

/* Decides whether the plan may use the loaded cartridge: it is writable, and it is blank, holds data of a
 * load generator, or --overwrite is given. */
enum verdict { MAY_USE, LEAVE_ALONE, NOT_IN_THIS_DRIVE, CANNOT_TELL };
enum verdict lane_judge(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN]);

/* Finds the changer of the lane's drive, and the cartridge in the drive.  l->robot is NULL if there is
 * none.  Returns -errno with one line in why only when the run must end. */
int lane_robot(struct lane_group *c, struct lane *l, char why[static WHY_LEN]);
/* Returns the element of the lane's drive if it holds a cartridge; NULL: empty or unknown. */
const struct element_seen *lane_cartridge(const struct lane *l);
/* Loads a usable cartridge into the lane's empty drive; rejected cartridges are put back.  Returns 0, or
 * -errno with one line in why. */
int lane_load_any(struct lane_group *c, struct lane *l, char why[static WHY_LEN]);
/* Loads plan->barcodes into drives, or finds them there; lanes without one are not used.  Returns 0, or
 * -errno with one line in why. */
int lanes_load_named(struct lane_group *c, struct lane *lanes, size_t count, char why[static WHY_LEN]);
/* Puts a cartridge back that this run has loaded, and writes its place to home_said. */
void lane_return(struct lane *l, const struct stream_plan *plan);

/* Returns the figures of a round as JSON; prints them as text. */
json_t *stream_report(const struct stream_round *r, const struct lane *lanes, size_t count,
	const struct meter *before, const struct meter *after, double own_s, double machine_s);
void stream_report_print(const json_t *report);
/* The cartridges of a run: printed before it, printed after it, and as JSON. */
void cartridges_announce(const struct stream_plan *plan, const struct lane *lanes, size_t count);
void cartridges_conclude(const struct stream_plan *plan, const struct lane *lanes, size_t count);
json_t *cartridges_report(const struct lane *lanes, size_t count);

/* The progress line of a round. */
void stream_progress(const struct stream_round *r, const struct lane *lanes, size_t count);
void stream_progress_clear(void);
