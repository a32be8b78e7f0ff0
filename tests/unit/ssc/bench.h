/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A drive on the bench: the whole device server over a real cartridge in a temporary folder, with
 * two initiators and a front end made of memory.  Runs inside a worker's fiber; what is wrong is
 * counted and printed, and asserted outside.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/actors.h"
#include "media/engine/engine.h"
#include "media/media.h"
#include "vtl/base/mail.h"
#include "vtl/library/health.h"
#include "vtl/ssc/ssc.h"

enum { BENCH_NEXUSES = 2, BENCH_SENSE = 18 };

/* How the front end answers receive and send. */
enum bench_pace {
	PACE_NOW,   /* before the call returns */
	PACE_LATER, /* from the worker's loop */
	PACE_STUCK, /* not before it is cancelled, once `stuck_after` bytes have moved */
};

/* What goes wrong in the drive's I/O: with err set, every write, read or sync after so many more. */
struct bench_faults {
	int err;
	bool writes, reads, syncs;
	unsigned spare;
	bool hold;       /* without an error: every sync waits, so that others can look at the drive */
	bool hold_opens; /* so does whatever is opened */
	bool busy; /* what the crew computes is done when somebody waits for it, as far as it takes work */
};

struct bench {
	const void *arg;
	struct bench_faults faults;
	struct target target;
	struct nexus nexus[BENCH_NEXUSES];
	struct library library; /* no more of it than the drive tells */
	struct element element;
	struct drive drive;
	struct tape *tape;
	struct worker *worker; /* the drive's */
	struct engine *engine; /* for what the bench itself does to cartridges */
	struct engine *drives; /* the drive's, where it can be told to fail */
	char root[64];
	enum bench_pace pace;
	size_t stuck_after;
	struct health_report told; /* what the drive told of its health: counts added up */
	unsigned tellings;
	unsigned failures;
	const char *what; /* the row being run, for messages */
};

struct bench_answer {
	uint8_t status;
	uint8_t sense[BENCH_SENSE];
	uint8_t sense_len;
	uint32_t in_done, out_done;
	uint64_t want;
	bool aborted;
};

/* A command in flight. */
struct bench_task {
	struct task task;
	struct bench *bench;
	const uint8_t *out;
	uint8_t *in;
	size_t out_at, in_at;
	struct msg later;
	bool asked, done;
	struct waitq ended;
};

/* Runs body in a fiber with a drive of that personality and no cartridge; returns the failures.  arg
 * comes as b->arg. */
unsigned bench_run(const char *personality, void (*body)(struct bench *b), const void *arg);
/* The same as in the daemon: the drive on a worker of its own, with that one's ring, and no faults. */
unsigned bench_run_apart(const char *personality, void (*body)(struct bench *b), const void *arg);
void bench_fail(struct bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define BENCH_CHECK(b, condition)                                                   \
	do {                                                                        \
		if (!(condition))                                                   \
			bench_fail(b, "%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

/* Makes a cartridge ("lto8", bytes; 0: the generation's capacity) and threads it as the robot does. */
void bench_create(struct bench *b, const char *barcode, const char *generation, uint64_t capacity, bool worm,
	bool write_protected);
int bench_thread(struct bench *b, const char *barcode);
int bench_unthread(struct bench *b);
struct drive_status bench_status(struct bench *b);
/* An engine with those faults, for the drive. */
struct engine *bench_engine(struct bench_faults *faults);
/* Tells the drive that its files do not answer, or that they do again, as its engine would. */
void bench_stall(struct bench *b, bool stalled);

/* One whole command; in_len and out_len are what the initiator offers. */
void bench_command(struct bench *b, unsigned who, const uint8_t *cdb, unsigned cdb_len, const void *out,
	uint32_t out_len, void *in, uint32_t in_len, struct bench_answer *ret);
void bench_start(struct bench *b, struct bench_task *t, unsigned who, const uint8_t *cdb, unsigned cdb_len,
	const void *out, uint32_t out_len, void *in, uint32_t in_len);
void bench_wait(struct bench_task *t, struct bench_answer *ret);

/* "08 00 00 10 00 00" to bytes; how many. */
unsigned bench_hex(const char *text, uint8_t *out, unsigned max);
/* Short words for common commands; each returns the status. */
uint8_t bench_cdb(struct bench *b, unsigned who, const char *hex, struct bench_answer *ret);
/* Makes a writable cartridge of its usual capacity, loads it, and settles. */
void bench_load(struct bench *b, const char *barcode, const char *generation);
void bench_settle(struct bench *b); /* takes every pending unit attention off both nexuses */
void bench_write(struct bench *b, uint32_t len, uint32_t seed); /* one variable record */
uint64_t bench_object(struct bench *b);                         /* READ POSITION, long form */
/* The bytes of a record are a function of its seed. */
void bench_pattern(uint8_t *buf, size_t len, uint32_t seed);
