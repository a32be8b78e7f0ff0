/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A changer on the bench: the real device server over a real library in a temporary folder, with
 * two initiators, a front end made of memory and drives that do as they are told.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/actors.h"
#include "tests/lib/fake_port.h"
#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"
#include "vtl/smc/smc.h"

enum { BENCH_NEXUSES = 2 };

struct bench {
	char dir[64];
	struct installation *inst;
	struct library *library;
	struct target target;
	struct nexus nexus[BENCH_NEXUSES];
	struct changer *changer;
	int thread_err, unthread_err; /* what the drives answer to the robot */
	unsigned failures;

	/* The last answer. */
	struct fake fake;
	uint64_t want;
	uint8_t *in;
	size_t in_size;
	char said[32]; /* "good", "5/21/01", "5/24/00 cdb 6.4", "5/26/00 list 3", "status 18" */
};

/* Runs body in a fiber with such a library and cartridges B00001L8.. in its first slots; returns
 * the number of failed checks. */
unsigned bench_run(const struct library_plan *plan, unsigned cartridges, void (*body)(struct bench *b));
/* Notes a failure and says it. */
void bench_fail(struct bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define CHECK(b, condition)                                                         \
	do {                                                                        \
		if (!(condition))                                                   \
			bench_fail(b, "%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

/* A whole command of initiator who, given in hex; the answer stays in b.  in_len: what the
 * initiator takes, out: what it sends. */
void bench_command(struct bench *b, unsigned who, const char *cdb, uint32_t in_len, const void *out,
	uint32_t out_len);
/* The same for bytes; at most 16. */
void bench_bytes(struct bench *b, unsigned who, const uint8_t *cdb, unsigned len, uint32_t in_len,
	const void *out, uint32_t out_len);
/* A command without data must answer so. */
void bench_expect(struct bench *b, const char *what, const char *cdb, const char *said);
/* Takes every pending unit attention off both initiators. */
void bench_settle(struct bench *b);
/* Makes a cartridge in the first free slot. */
void bench_cartridge(struct bench *b, const char *barcode, const char *generation);

/* A gold file: what was asked and answered, compared at the end with tests/gold/NAME (GOLD_BLESS=1 in
 * the environment writes it anew). */
struct gold;
struct gold *gold_open(struct bench *b, const char *name);
void gold_ask(struct gold *gold, const char *what, const char *cdb, uint32_t in_len);
void gold_close(struct gold *gold);
