/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A front end without a wire, for tests of device servers: attach a nexus,
 * run a CDB, look at status, sense and data.  All calls from fibers of one
 * worker, the nexus's home; list tests/lib/fake_port.c among the sources.
 *
 *	struct target target;
 *	struct nexus a;
 *	struct fake f = { 0 };
 *	target_init(&target, "iqn.test:t", 1, 1);
 *	... make an lu with lu->target, lu->lun; lu_open(lu); target_add(&target, lu);
 *	fake_attach(&a, &target, "a");
 *	assert_int_equal(fake_cmd(&f, &a, 0, "12 00 00 00 24 00"), STATUS_GOOD);
 *	... f.data, f.task.in_done; fake_sense(&f) == 0x062900
 *	fake_detach(&a); target_remove(&target, 0); lu_close(lu);
 */
#pragma once

#include "vtl/scsi/scsi.h"

enum { FAKE_DATA = 65536 };

struct fake {
	struct task task;
	/* --- to set before the command, when the defaults do not do; kept from one to the next -- */
	enum task_attr attr;
	uint64_t tag; /* 0: a new one each time */
	uint8_t *in;  /* NULL: data, FAKE_DATA bytes */
	size_t in_len;
	bool cdb_long; /* say that the transport carried a longer CDB */
	bool hold;     /* leave receive and send unanswered until fake_release() */
	bool keeps;    /* also when they are cancelled */
	int data_err;  /* answer them with this */
	void (*on_done)(struct fake *fake);
	/* --- to look at ------------------------------------------------------------------------- */
	bool done, held;
	unsigned dones, cancels, moves;
	uint8_t data[FAKE_DATA];
	/* --- its own ---------------------------------------------------------------------------- */
	const uint8_t *out;
	struct waitq wait;
};

/* A nexus of initiator port "iqn.test:NAME,i,0x400001370000", attached to target; unit attention
 * 29h waits in every LU (fake_clear() takes it). */
void fake_attach(struct nexus *nexus, struct target *target, const char *name);
void fake_detach(struct nexus *nexus);
/* TEST UNIT READY and REQUEST SENSE until nothing is pending. */
void fake_clear(struct nexus *nexus, uint16_t lun);

/* Runs a command to its end.  cdb is hex bytes, printf style. The status. */
uint8_t fake_cmd(struct fake *f, struct nexus *nexus, uint16_t lun, const char *cdb, ...)
	__attribute__((format(printf, 4, 5)));
/* The same with len bytes of data-out (and no data-in). */
uint8_t fake_out(struct fake *f, struct nexus *nexus, uint16_t lun, const void *out, size_t len,
	const char *cdb, ...) __attribute__((format(printf, 6, 7)));
/* Starts a command and returns; fake_wait() for its end, fake_release() answers what is held. */
void fake_start(struct fake *f, struct nexus *nexus, uint16_t lun, const void *out, size_t out_len,
	const char *cdb, ...) __attribute__((format(printf, 6, 7)));
uint8_t fake_wait(struct fake *f);
void fake_release(struct fake *f);

/* Sense key, ASC and ASCQ as 0xKKAAQQ; 0 without sense. */
uint32_t fake_sense(const struct fake *f);
/* The field pointer of the sense: byte << 8 | bit (FFh: no bit), or -1 without one. */
int fake_pointer(const struct fake *f);
/* Hex text to bytes; how many.  Aborts on bad text: tests only. */
size_t fake_hex(const char *text, uint8_t *out, size_t size);
