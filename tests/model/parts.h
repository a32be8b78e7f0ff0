/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of the reference drive: its parts. */
#pragma once

#include "tests/model/model.h"
#include "vtl/base/bytes.h"

struct call {
	struct model *m;
	const struct model_call *in;
	const uint8_t *cdb;
	struct model_host *host;
	struct model_answer *a;
	bool early;                     /* status was sent before the work: a failure is deferred */
	struct model_overwrite allowed; /* by the command before */
	bool rounded;                   /* MODE SELECT has taken another value than was sent */
};

/* Sense data: key, ASC, ASCQ; flags of byte 2; INFORMATION; a field pointer (bit -1: none). */
enum { FLAG_MARK = 0x80, FLAG_EOM = 0x40, FLAG_ILI = 0x20 };
bool fail(struct call *c, unsigned key, unsigned asc, unsigned ascq);
void flag(struct call *c, unsigned flags);
void info(struct call *c, int64_t information);
bool fail_cdb(struct call *c, unsigned byte, int bit);
bool fail_list(struct call *c, unsigned byte, int bit);
bool fail_end_of_data(struct call *c);
bool fail_protected(struct call *c);
/* Bytes of an answer. */
void answer(struct call *c, const uint8_t *bytes, size_t len, size_t allocation);

/* Unit attentions, in order of precedence. */
enum attention {
	ATTENTION_POWER_ON,
	ATTENTION_RESET,
	ATTENTION_MEDIUM,
	ATTENTION_MODE,
	ATTENTION_LOG,
	ATTENTION_PREEMPTED,
	ATTENTION_RELEASED,
	ATTENTION_UNREGISTERED,
	ATTENTION_KEY_CHANGED,
	ATTENTION_KEY_LOST
};
void attend(struct model *m, unsigned who, enum attention what);

/* persistent.c */
/* The host has a reservation, or access to what is reserved. */
bool reserves(const struct model *m, unsigned who);
bool anyone_reserves(const struct model *m);
/* Whether a reservation of another host forbids the command; reads: it only reads; passes: persistent ones allow it. */
bool conflicts(const struct call *c, bool reads, bool passes);
void run_reserve(struct call *c);
void run_release(struct call *c);
void run_persistent_in(struct call *c);
void run_persistent_out(struct call *c);

/* attribute.c */
void run_read_attribute(struct call *c);
void run_write_attribute(struct call *c);

/* log.c */
void log_load(struct model *m);
void run_log_sense(struct call *c);
void run_log_select(struct call *c);

/* tape.c */
void part_append(struct model *m, struct model_object o);
void part_cut(struct model *m);
void parts_blank(struct model *m, const struct model_layout *layout);
/* A sync point: what was written is safe. */
void parts_sync(struct model *m);
/* Moves; false: end of data came first. */
bool go_to(struct model *m, unsigned partition, uint64_t object);
/* The place of a 16-byte command; false with the command failed. */
bool go_place(struct call *c, bool writes);
void run_space(struct call *c);
void run_locate(struct call *c);
void run_rewind(struct call *c);
void run_position(struct call *c);
void run_erase(struct call *c);

/* transfer.c */
void run_read(struct call *c);
void run_verify(struct call *c);
void run_write(struct call *c);
void run_marks(struct call *c);

/* layout.c */
enum { LAYOUT_PAGE = 16 };
void layout_page(const struct model *m, uint8_t page[static LAYOUT_PAGE]);
struct model_layout layout_one(uint64_t available);
/* Takes the page; the byte that is wrong, or 0.  *ret_rounded is set if sizes became others. */
unsigned layout_plan(struct model *m, const uint8_t *page, bool *ret_rounded);
void run_format(struct call *c);
void run_capacity(struct call *c);

/* ends.c */
void tell_writer(struct call *c);
/* A record was read, left others are to be: false with the command failed. */
bool tell_reader(struct call *c, int64_t left);
/* After each command: out of the zone it is forgotten that it was reported. */
void zone_settle(struct model *m);

/* overwrite.c */
/* Whether an object may be written here; whether from here on, or all, may be erased.  False with the command failed. */
bool may_append(struct call *c);
bool may_erase(struct call *c, bool all);
bool is_blank(const struct model *m);
/* A command that moves, reads or writes begins: what ALLOW OVERWRITE has allowed holds for this one only. */
void use_medium(struct call *c);
void run_allow_overwrite(struct call *c);

/* protection.c: mode page 0Ah/F0h, with its header of four bytes. */
void protection_page(const struct model_host *h, uint8_t *page);
/* Takes the page; the byte that is wrong, or 0. */
unsigned protection_take(struct call *c, const uint8_t *page);

/* mode.c */
enum { MODE_PAGE_MAX = 32 };
/* The page of that code as MODE SENSE returns it; its length, 0: there is none. */
unsigned model_mode_page(const struct model *m, unsigned who, unsigned code, unsigned subpage,
	uint8_t page[static MODE_PAGE_MAX]);
/* As at power on. */
void pages_reset(struct model *m);
void run_mode_select(struct call *c);
void run_mode_sense(struct call *c);

/* keys.c */
void key_ends_with_unload(struct model *m);
/* Reservations have changed. */
void key_ends_with_reservation(struct model *m, bool preempted);
void key_ends_with_reset(struct model *m);
/* Why this host cannot read the record: ASCQ of 74h; 0: it can. */
unsigned key_refuses(const struct call *c, const struct model_object *o);
bool key_locks_out(const struct call *c);
void run_security_in(struct call *c);
void run_security_out(struct call *c);
