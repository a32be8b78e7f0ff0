/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: commands, in which order they are checked, and what all of them share. */
#include "tests/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "tests/model/parts.h"

/* --- sense ------------------------------------------------------------------------------------------- */

bool fail(struct call *c, unsigned key, unsigned asc, unsigned ascq)
{
	uint8_t *s = c->a->sense;
	c->a->status = 0x02;
	memset(s, 0, MODEL_SENSE);
	s[0] = 0x70;
	s[2] = (uint8_t)key;
	s[7] = MODEL_SENSE - 8;
	s[12] = (uint8_t)asc;
	s[13] = (uint8_t)ascq;
	return false;
}

void flag(struct call *c, unsigned flags)
{
	c->a->sense[2] |= (uint8_t)flags;
}

/* VALID is 0 when the value does not fit. */
void info(struct call *c, int64_t information)
{
	if (information > (int64_t)UINT32_MAX)
		return;
	c->a->sense[0] |= 0x80;
	put_be32(c->a->sense + 3, (uint32_t)information);
}

static bool fail_at(struct call *c, unsigned asc, unsigned flags, unsigned byte, int bit)
{
	fail(c, 5, asc, 0);
	c->a->sense[15] = (uint8_t)(0x80 | flags | (bit >= 0 ? 8 | bit : 0));
	put_be16(c->a->sense + 16, byte);
	return false;
}

bool fail_cdb(struct call *c, unsigned byte, int bit)
{
	return fail_at(c, 0x24, 0x40, byte, bit);
}

bool fail_list(struct call *c, unsigned byte, int bit)
{
	return fail_at(c, 0x26, 0, byte, bit);
}

bool fail_end_of_data(struct call *c)
{
	fail(c, 8, 0x00, 0x05);
	if (model_early_warning(c->m))
		flag(c, FLAG_EOM);
	return false;
}

bool fail_protected(struct call *c)
{
	return fail(c, 7, 0x27, 0x00);
}

void answer(struct call *c, const uint8_t *bytes, size_t len, size_t allocation)
{
	memcpy(c->a->in, bytes, len);
	c->a->in_len = len;
	c->a->want = len < allocation ? len : allocation;
}

/* --- unit attentions --------------------------------------------------------------------------------- */

static const struct {
	uint8_t asc, ascq;
} attentions[] = {
	[ATTENTION_POWER_ON] = { 0x29, 0x00 },
	[ATTENTION_RESET] = { 0x29, 0x03 },
	[ATTENTION_MEDIUM] = { 0x28, 0x00 },
	[ATTENTION_MODE] = { 0x2a, 0x01 },
	[ATTENTION_LOG] = { 0x2a, 0x02 },
	[ATTENTION_PREEMPTED] = { 0x2a, 0x03 },
	[ATTENTION_RELEASED] = { 0x2a, 0x04 },
	[ATTENTION_UNREGISTERED] = { 0x2a, 0x05 },
	[ATTENTION_KEY_CHANGED] = { 0x2a, 0x11 },
	[ATTENTION_KEY_LOST] = { 0x2a, 0x12 },
};

void attend(struct model *m, unsigned who, enum attention what)
{
	m->host[who].attentions |= 1u << what;
}

/* True: what the host has not heard of yet is the command's sense now. */
static bool news(struct call *c)
{
	struct model_host *h = c->host;
	if (h->attentions) {
		int first = __builtin_ctz(h->attentions);
		h->attentions &= h->attentions - 1;
		fail(c, 6, attentions[first].asc, attentions[first].ascq);
		return true;
	}
	if (!h->deferred)
		return false;
	h->deferred = false;
	fail(c, 0, 0, 0);
	memcpy(c->a->sense, h->deferred_sense, MODEL_SENSE);
	c->a->sense[0] |= 1;
	return true;
}

/* --- commands without data ---------------------------------------------------------------------------- */

static void run_ready(struct call *c)
{
}

enum { CONFLICT = 0x18 };

static void run_prevent(struct call *c)
{
	if (c->cdb[4] & 1 && conflicts(c, false, false))
		c->a->status = CONFLICT;
	else
		c->host->prevents = c->cdb[4] & 1;
}

static void not_ready(struct call *c)
{
	fail(c, 2, 0x04, 0x02);
}

/* What is pending, else the state of the drive; more than 18 bytes are the maker's. */
static void run_request_sense(struct call *c)
{
	enum { MAKERS = 96 };
	uint8_t bytes[MAKERS] = { 0 };
	size_t allocation = c->cdb[4];
	if (!news(c)) {
		fail(c, 0, 0, 0);
		if (!c->m->loaded)
			not_ready(c);
	}
	memcpy(bytes, c->a->sense, MODEL_SENSE);
	c->a->status = 0;
	if (allocation > MODEL_SENSE)
		bytes[7] = MAKERS - 8;
	for (size_t i = MODEL_SENSE; i < MAKERS; i++)
		c->a->unknown[i] = true;
	answer(c, bytes, allocation > MODEL_SENSE ? MAKERS : MODEL_SENSE, allocation);
}

static void unload(struct model *m)
{
	parts_sync(m);
	if (m->loaded)
		key_ends_with_unload(m);
	m->loaded = m->planned = false;
	m->overwrite.what = MODEL_NOTHING;
	m->zone_told = 0;
	m->partition = 0;
	m->at = 0;
}

/* HOLD leaves the cartridge seated, as every unload does. */
static void run_load(struct call *c)
{
	struct model *m = c->m;
	bool load = c->cdb[4] & 1 && !(c->cdb[4] & 8);
	bool prevented = m->host[0].prevents || m->host[1].prevents;
	if (!load && m->loaded && prevented) {
		fail(c, 5, 0x53, 0x02);
		return;
	}
	use_medium(c);
	if (!load) {
		unload(m);
		return;
	}
	if (!m->loaded) {
		attend(m, !c->in->who, ATTENTION_MEDIUM);
		log_load(m);
	}
	m->loaded = true;
	parts_sync(m);
	go_to(m, 0, 0);
}

/* --- rows ---------------------------------------------------------------------------------------------- */

enum {
	NEEDS_MEDIUM = 1,
	KEEPS_NEWS = 2,
	SHARED = 4, /* passes every reservation */
	CHANGES = 8,
	PASSES = 16, /* passes every persistent one */
	READS = 32,  /* passes one that makes writes exclusive */
	WRITES = NEEDS_MEDIUM | CHANGES
};

/* clang-format off */
static const struct row {
	uint8_t code, len, flags;
	uint8_t usage[16]; /* bits that may be set, from byte 1 on */
	void (*run)(struct call *c);
} rows[] = {
	{ 0x00, 6, NEEDS_MEDIUM | PASSES, { 0 }, run_ready },
	{ 0x01, 6, NEEDS_MEDIUM, { 0x01 }, run_rewind },
	{ 0x03, 6, KEEPS_NEWS | SHARED, { 0x01, 0, 0, 0xff }, run_request_sense },
	{ 0x04, 6, NEEDS_MEDIUM, { 0x03, 0x0f, 0xff, 0xff }, run_format },
	{ 0x08, 6, NEEDS_MEDIUM | READS, { 0x03, 0xff, 0xff, 0xff }, run_read },
	{ 0x0a, 6, WRITES, { 0x01, 0xff, 0xff, 0xff }, run_write },
	{ 0x0b, 6, NEEDS_MEDIUM, { 0x01, 0, 0xff, 0xff }, run_capacity },
	{ 0x10, 6, NEEDS_MEDIUM, { 0x01, 0xff, 0xff, 0xff }, run_marks },
	{ 0x11, 6, NEEDS_MEDIUM, { 0x0f, 0xff, 0xff, 0xff }, run_space },
	{ 0x13, 6, NEEDS_MEDIUM | READS, { 0x3d, 0xff, 0xff, 0xff }, run_verify },
	{ 0x15, 6, 0, { 0x11, 0, 0, 0xff }, run_mode_select },
	{ 0x16, 6, SHARED, { 0 }, run_reserve },
	{ 0x17, 6, SHARED, { 0 }, run_release },
	{ 0x19, 6, WRITES, { 0x03 }, run_erase },
	{ 0x1a, 6, READS, { 0x08, 0xff, 0xff, 0xff }, run_mode_sense },
	{ 0x1b, 6, 0, { 0x01, 0, 0, 0x0b }, run_load },
	{ 0x1e, 6, SHARED, { 0, 0, 0, 0x01 }, run_prevent },
	{ 0x2b, 10, NEEDS_MEDIUM, { 0x07, 0, 0xff, 0xff, 0xff, 0xff, 0, 0xff }, run_locate },
	{ 0x34, 10, NEEDS_MEDIUM | READS, { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff }, run_position },
	{ 0x4c, 10, 0, { 0x02, 0xff, 0xff, 0, 0, 0, 0xff, 0xff }, run_log_select },
	{ 0x4d, 10, SHARED, { 0, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xff }, run_log_sense },
	{ 0x55, 10, 0, { 0x11, 0, 0, 0, 0, 0, 0xff, 0xff }, run_mode_select },
	{ 0x5a, 10, READS, { 0x08, 0xff, 0xff, 0, 0, 0, 0xff, 0xff }, run_mode_sense },
	{ 0x5e, 10, SHARED, { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff }, run_persistent_in },
	{ 0x5f, 10, SHARED, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, run_persistent_out },
	{ 0x80, 16, WRITES, { 0x0d, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_marks },
	{ 0x82, 16, NEEDS_MEDIUM, { 0, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_allow_overwrite },
	{ 0x88, 16, NEEDS_MEDIUM | READS, { 0x03, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_read },
	{ 0x8a, 16, WRITES, { 0x0d, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_write },
	{ 0x8c, 16, READS, { 0, 0, 0, 0, 0xff, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 }, run_read_attribute },
	{ 0x8d, 16, 0, { 0x01, 0, 0, 0, 0xff, 0, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, run_write_attribute },
	{ 0x8f, 16, NEEDS_MEDIUM | READS, { 0x3d, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_verify },
	{ 0x91, 16, NEEDS_MEDIUM, { 0x0f, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_space },
	{ 0x92, 16, NEEDS_MEDIUM, { 0x3b, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_locate },
	{ 0x93, 16, WRITES, { 0x0f, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, run_erase },
	{ 0xa2, 12, READS, { 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, run_security_in },
	{ 0xb5, 12, 0, { 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, run_security_out },
};
/* clang-format on */

/* Bits 7 to 5 of byte 1 once were a LUN, which old hosts still send. */
static bool bits_ok(struct call *c, const struct row *row)
{
	for (unsigned i = 1; i < row->len; i++) {
		unsigned bad = c->cdb[i] & ~row->usage[i - 1] & 0xff;
		if (i == 1 && row->len <= 10)
			bad &= 0x1f;
		if (bad)
			return fail_cdb(c, i, 31 - __builtin_clz(bad));
	}
	return true;
}

static const struct row *row_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

bool model_reserves(const uint8_t *cdb, unsigned byte, unsigned bit)
{
	const struct row *row = row_of(cdb[0]);
	return row && byte < row->len && !(row->usage[byte - 1] & 1u << bit) &&
		!(byte == 1 && bit >= 5 && row->len <= 10);
}

void model_command(struct model *m, const struct model_call *call, struct model_answer *ret)
{
	uint8_t *in = ret->in;
	*ret = (struct model_answer){ .in = in };
	struct call c = { m, call, call->cdb, &m->host[call->who], ret, false, { 0 }, false };
	const struct row *row = row_of(c.cdb[0]);
	if (!row) {
		fail(&c, 5, 0x20, 0);
		return;
	}
	if (!bits_ok(&c, row) || (!(row->flags & KEEPS_NEWS) && news(&c)))
		return;
	if (!(row->flags & SHARED) && conflicts(&c, row->flags & READS, row->flags & PASSES)) {
		ret->status = CONFLICT;
		return;
	}
	bool uses = c.cdb[0] == 0x1b || (row->flags & NEEDS_MEDIUM && !(row->flags & PASSES));
	if (uses && m->configuration.only_reserved && !anyone_reserves(m)) {
		fail(&c, 5, 0x2c, 0x0b);
		return;
	}
	if (row->flags & NEEDS_MEDIUM && !m->loaded) {
		not_ready(&c);
		return;
	}
	if (row->flags & CHANGES && m->protected) {
		fail_protected(&c);
		return;
	}
	row->run(&c);
	zone_settle(m);
	if (c.early && ret->status) {
		c.host->deferred = true;
		memcpy(c.host->deferred_sense, ret->sense, MODEL_SENSE);
		ret->status = 0;
	}
}

/* --- from outside -------------------------------------------------------------------------------------- */

void model_init(struct model *m)
{
	memset(m, 0, sizeof *m);
	pages_reset(m);
	m->reserved_by = -1;
	parts_blank(m, &(struct model_layout){ 0 });
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		attend(m, i, ATTENTION_POWER_ON);
}

void model_fini(struct model *m)
{
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++)
		free(m->part[i].objects);
}

void model_insert(struct model *m, uint64_t bytes, bool worm)
{
	unload(m);
	m->whole = bytes;
	m->worm = worm;
	m->protected = false;
	m->layout = layout_one(bytes);
	memset(m->attributes, 0, sizeof m->attributes);
	parts_blank(m, &m->layout);
	m->loaded = true;
	log_load(m);
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		attend(m, i, ATTENTION_MEDIUM);
}

void model_protect(struct model *m, bool protected)
{
	unload(m);
	m->protected = protected;
	m->loaded = true;
	log_load(m);
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		attend(m, i, ATTENTION_MEDIUM);
}

void model_power_on(struct model *m)
{
	m->planned = false;
	m->loaded = true;
	log_load(m);
	go_to(m, 0, 0);
	pages_reset(m);
	m->reserved_by = -1;
	m->shared = (struct model_keys){ 0 };
	m->instances = 0;
	m->persistent.generation = 0;
	if (!m->persistent.kept)
		m->persistent.type = 0;
	for (unsigned i = 0; i < MODEL_HOSTS; i++) {
		struct model_host new = { .registered_at = m->host[i].registered_at };
		memcpy(new.port, m->host[i].port, sizeof new.port);
		new.key = m->persistent.kept ? m->host[i].key : 0;
		m->host[i] = new;
		attend(m, i, ATTENTION_POWER_ON);
	}
}

void model_reset(struct model *m)
{
	m->reserved_by = -1;
	key_ends_with_reservation(m, false);
	key_ends_with_reset(m);
	pages_reset(m);
	for (unsigned i = 0; i < MODEL_HOSTS; i++) {
		struct model_host *h = &m->host[i];
		h->block_length = 0;
		h->prevents = h->deferred = false;
		h->protection = h->protection_length = h->protection_flags = 0;
		attend(m, i, ATTENTION_RESET);
	}
}

bool model_reserves_for(const struct model *m, unsigned who)
{
	return reserves(m, who);
}

void model_pattern(uint8_t *buf, size_t len, uint32_t seed)
{
	uint64_t x = (uint64_t)seed * 0x9e3779b97f4a7c15u + 1;
	size_t repeats = seed % 4 ? 8 : 256; /* some records can be compressed */
	for (size_t i = 0; i < len; i += 8) {
		if (i % repeats == 0) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		memcpy(buf + i, &x, len - i < 8 ? len - i : 8);
	}
}
