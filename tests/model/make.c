/* SPDX-License-Identifier: Apache-2.0 */
/* Random commands about records and positions. */
#include <string.h>

#include "tests/model/stroll.h"
#include "vtl/base/bytes.h"

uint32_t roll(struct walk *w, uint32_t sides)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((w->random >> 33) % sides);
}

/* Mostly small, sometimes large, seldom the largest. */
static uint32_t roll_length(struct walk *w)
{
	switch (roll(w, 60)) {
	case 0: return 0;
	case 1: return 1;
	case 2: return 300000 + roll(w, 900000);
	case 3: return 65536;
	case 4: return seldom(w, 10) ? 8 << 20 : seldom(w, 10) ? (8 << 20) + 1 : 512;
	case 5:
	case 6:
	case 7:
	case 8:
	case 9: return 512;
	default: return 1 + roll(w, 5000);
	}
}

static void command(struct walk *w, uint8_t code, uint8_t len)
{
	w->x.cdb[0] = code;
	w->x.cdb_len = len;
}

/* Some place: the present one mostly, else any, seldom one that is not there. */
static void put_place(struct walk *w, uint8_t *cdb, unsigned sides)
{
	const struct model *m = &w->m;
	unsigned partition = m->partition;
	uint64_t object = m->at;
	if (seldom(w, sides))
		partition = seldom(w, 8) ? roll(w, 6) : roll(w, m->layout.partitions);
	if (partition != m->partition || seldom(w, sides))
		object = roll(w, (uint32_t)m->part[partition % MODEL_PARTITIONS].count + 2);
	cdb[3] = (uint8_t)partition;
	put_be64(cdb + 4, object);
}

/* FIXED and TRANSFER LENGTH of the short command or the long one. */
static void make_transfer(struct walk *w, uint8_t code, uint8_t code_long, unsigned sides)
{
	bool fixed = seldom(w, 3), is_long = seldom(w, 5);
	uint32_t block = w->m.host[w->who].block_length;
	command(w, is_long ? code_long : code, is_long ? 16 : 6);
	if (is_long)
		put_place(w, w->x.cdb, sides);
	w->x.cdb[1] |= fixed;
	put_be24(w->x.cdb + (is_long ? 12 : 2), fixed ? roll(w, block > 100000 ? 3 : 30) : roll_length(w));
}

static uint32_t length_of(const struct exchange *x)
{
	return get_be24(x->cdb + (x->cdb_len == 16 ? 12 : 2));
}

/* --- reading ------------------------------------------------------------------------------------------ */

/* The bytes of an encrypted record that is read raw are not known. */
static bool may_read(const struct walk *w)
{
	enum { RAW = 1 };
	if (model_keys_of(&w->m, w->who)->decryption != RAW)
		return true;
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++)
		for (size_t k = 0; k < w->m.part[i].count; k++)
			if (w->m.part[i].objects[k].cipher && !w->m.part[i].objects[k].never_raw)
				return false;
	return true;
}

static void make_ready(struct walk *w)
{
	command(w, 0x00, 6);
}

/* Where there is nothing to read, mostly goes somewhere else first. */
static bool goes_back(struct walk *w)
{
	size_t count = model_here(&w->m)->count;
	if (w->m.at < count || !count || seldom(w, 4))
		return false;
	command(w, 0x2b, 10);
	put_be32(w->x.cdb + 3, roll(w, (uint32_t)count));
	return true;
}

/* A READ or VERIFY, often of the length of the next record.  False: another command was made. */
static bool make_reading(struct walk *w, uint8_t code, uint8_t code_long)
{
	const struct model_object *o = model_object(&w->m);
	if (goes_back(w))
		return false;
	if (!may_read(w)) {
		make_ready(w);
		return false;
	}
	make_transfer(w, code, code_long, 2);
	uint32_t extra = model_protects(&w->m.host[w->who], false) ? MODEL_VALUE : 0;
	if (!(w->x.cdb[1] & 1) && o && !o->mark && roll(w, 2))
		put_be24(w->x.cdb + (w->x.cdb_len == 16 ? 12 : 2), o->len + extra);
	return true;
}

static void make_read(struct walk *w)
{
	if (!make_reading(w, 0x08, 0x88))
		return;
	bool fixed = w->x.cdb[1] & 1;
	w->x.cdb[1] |= seldom(w, 4) ? 2 : 0;
	uint64_t all = (uint64_t)length_of(&w->x) * (fixed ? w->m.host[w->who].block_length : 1);
	w->x.in_len = all < BUFFER ? (uint32_t)all : BUFFER;
	if (seldom(w, 10))
		w->x.in_len = seldom(w, 2) ? BUFFER : roll(w, 3000);
}

static void make_verify(struct walk *w)
{
	if (!make_reading(w, 0x13, 0x8f))
		return;
	unsigned at = w->x.cdb_len == 16 ? 12 : 2;
	if (seldom(w, 4)) {
		w->x.cdb[1] |= (uint8_t)(seldom(w, 10) ? 0x28 : seldom(w, 3) ? 0x20 : 0x08);
		put_be24(w->x.cdb + at, roll(w, 5));
	}
	if (seldom(w, 8))
		w->x.cdb[1] |= 0x10;
	if (seldom(w, 6))
		w->x.cdb[1] |= 4;
}

/* --- writing ------------------------------------------------------------------------------------------ */

/* How many bytes of encrypted records are in the buffer, and so whether early warning is reached, depends on time:
 * they stay away from it. */
static bool may_write(const struct walk *w, uint64_t bytes, uint32_t records)
{
	struct model there = w->m;
	if (w->x.cdb_len == 16 && w->x.cdb[3] < MODEL_PARTITIONS) {
		there.partition = w->x.cdb[3];
		uint64_t object = get_be64(w->x.cdb + 4);
		const struct model_partition *p = model_here(&there);
		there.at = object < p->count ? (size_t)object : p->count;
	}
	if (!model_protects(&w->m.host[w->who], true) && model_keys_of(&w->m, w->who)->encryption != 2 &&
		!(w->m.compresses && w->m.can_compress) && !model_here(&there)->objects[there.at].slack)
		return true;
	return bytes + (uint64_t)records * MODEL_ENVELOPE < model_room(&there);
}

static void make_rewind(struct walk *w)
{
	command(w, 0x01, 6);
	w->x.cdb[1] = (uint8_t)roll(w, 2);
}

/* Mostly at the end, else the tape would stay short. */
static bool goes_to_end(struct walk *w)
{
	if (!model_object(&w->m) || seldom(w, w->m.worm ? 2 : 30))
		return false;
	command(w, 0x11, 6);
	w->x.cdb[1] = 3;
	return true;
}

/* A block: a record, and the value behind it when the host protects blocks, seldom a wrong one. */
static void put_record(struct walk *w, uint8_t *to, uint32_t size, uint32_t seed)
{
	unsigned method = model_protects(&w->m.host[w->who], true);
	if (!method || size <= MODEL_VALUE) {
		model_pattern(to, size, seed);
		return;
	}
	model_pattern(to, size - MODEL_VALUE, seed);
	model_protection(method, to, size - MODEL_VALUE, to + size - MODEL_VALUE);
	to[size - 1] ^= seldom(w, 40);
}

static void make_write(struct walk *w)
{
	if (goes_to_end(w))
		return;
	make_transfer(w, 0x0a, 0x8a, 4);
	bool fixed = w->x.cdb[1] & 1;
	uint32_t n = length_of(&w->x), size = fixed ? w->m.host[w->who].block_length : n;
	uint32_t records = !n ? 0 : fixed ? n : 1;
	uint64_t all = (uint64_t)records * size;
	if (w->x.cdb_len == 16)
		w->x.cdb[1] |= (uint8_t)(seldom(w, 4) ? 8 : 0) | (uint8_t)(seldom(w, 4) ? 4 : 0);
	if (all > BUFFER || !may_write(w, all, records)) {
		memset(&w->x.cdb, 0, sizeof w->x.cdb);
		make_rewind(w);
		return;
	}
	for (uint32_t i = 0; i < records; i++)
		put_record(w, w->out + (size_t)i * size, size, w->seed + i);
	w->x.out_len = (uint32_t)all;
	if (seldom(w, 40) && all)
		w->x.out_len = roll(w, (uint32_t)all);
	else if (seldom(w, 40) && all)
		w->x.out_len += 1 + roll(w, 3000);
}

static void make_marks(struct walk *w)
{
	bool is_long = seldom(w, 5);
	uint32_t n = seldom(w, 100) ? 30 : roll(w, 4);
	if (!seldom(w, 3) && goes_to_end(w))
		return;
	command(w, is_long ? 0x80 : 0x10, is_long ? 16 : 6);
	if (is_long)
		put_place(w, w->x.cdb, 4);
	w->x.cdb[1] = (uint8_t)(roll(w, 2) | (is_long && seldom(w, 4) ? 8 : 0));
	put_be24(w->x.cdb + (is_long ? 12 : 2), n);
	if (!may_write(w, n * 4096, 0)) {
		memset(&w->x.cdb, 0, sizeof w->x.cdb);
		make_rewind(w);
	}
}

static void make_erase(struct walk *w)
{
	bool is_long = seldom(w, 2);
	command(w, is_long ? 0x93 : 0x19, is_long ? 16 : 6);
	if (is_long)
		put_place(w, w->x.cdb, 4);
	w->x.cdb[1] = (uint8_t)(roll(w, 4) | (is_long && seldom(w, 2) ? 8 : 0));
}

/* --- moving ------------------------------------------------------------------------------------------- */

static void make_space(struct walk *w)
{
	int64_t n = (int64_t)roll(w, 41) - 20;
	uint8_t code = (uint8_t)(roll(w, 20) ? roll(w, 2) : roll(w, 16));
	bool is_long = seldom(w, 2);
	command(w, is_long ? 0x91 : 0x11, is_long ? 16 : 6);
	if (is_long && seldom(w, 50))
		n = roll(w, 2) ? INT64_MIN : INT64_MAX;
	if (is_long)
		put_be64(w->x.cdb + 4, (uint64_t)n);
	else
		put_be24(w->x.cdb + 2, (uint32_t)n & 0xffffff);
	w->x.cdb[1] = code;
}

static void make_locate(struct walk *w)
{
	static const uint8_t types[] = { 0, 0, 0, 1, 1, 3, 3, 2 };
	bool is_long = seldom(w, 2), changes = w->m.layout.partitions > 1 ? seldom(w, 2) : seldom(w, 10);
	unsigned type = is_long ? types[roll(w, 8)] : 0;
	unsigned partition = seldom(w, 10) ? roll(w, 6)
					   : roll(w, w->m.layout.partitions + !w->m.layout.partitions);
	unsigned target = changes ? partition % MODEL_PARTITIONS : w->m.partition;
	uint64_t where = type == 1 ? roll(w, 10) : roll(w, (uint32_t)w->m.part[target].count + 3);
	if (is_long && seldom(w, 50))
		where = UINT64_MAX;
	command(w, is_long ? 0x92 : 0x2b, is_long ? 16 : 10);
	w->x.cdb[1] = (uint8_t)(type << 3 | (changes ? 2 : 0) | (seldom(w, 4) ? 1 : 0));
	w->x.cdb[is_long ? 3 : 8] = (uint8_t)partition;
	if (is_long)
		put_be64(w->x.cdb + 4, where);
	else
		put_be32(w->x.cdb + 3, (uint32_t)where);
}

static void make_position(struct walk *w)
{
	static const uint8_t forms[] = { 0, 1, 6, 6, 8 };
	command(w, 0x34, 10);
	w->x.cdb[1] = forms[roll(w, 5)];
	if (w->x.cdb[1] == 8)
		w->x.cdb[8] = (uint8_t)roll(w, 40);
	w->x.in_len = seldom(w, 5) ? roll(w, 64) : w->x.cdb[1] == 0 || w->x.cdb[1] == 1 ? 20 : 32;
}

/* --- the rest ------------------------------------------------------------------------------------------ */

static void make_load(struct walk *w)
{
	command(w, 0x1b, 6);
	w->x.cdb[1] = (uint8_t)(w->door->early_load && roll(w, 2));
	w->x.cdb[4] = (uint8_t)((w->m.loaded ? roll(w, 2) : 1) | (seldom(w, 10) ? 8 : 0) |
		(seldom(w, 10) ? 2 : 0));
}

static void make_prevent(struct walk *w)
{
	command(w, 0x1e, 6);
	w->x.cdb[4] = (uint8_t)(roll(w, 3) == 0);
}

static void make_sense(struct walk *w)
{
	command(w, 0x03, 6);
	w->x.cdb[4] = w->x.in_len = (uint8_t)(seldom(w, 3) ? roll(w, 100) : 18);
}

/* READ REVERSE, and others that the drive does not have. */
static void make_unknown(struct walk *w)
{
	static const uint8_t codes[] = { 0x0f, 0x81, 0x02, 0x14, 0xb4, 0xc1 };
	uint8_t code = codes[roll(w, sizeof codes)];
	command(w, code, code < 0x20 ? 6 : code == 0x81 ? 16 : code < 0xc0 ? 12 : 10);
}

/* clang-format off */
static const struct kind {
	unsigned weight;
	void (*make)(struct walk *w);
} kinds[] = {
	{ 300, make_write }, { 260, make_read }, { 100, make_marks }, { 120, make_space }, { 80, make_locate },
	{ 50, make_verify }, { 30, make_rewind }, { 4, make_erase }, { 8, make_load }, { 10, make_prevent },
	{ 20, make_ready }, { 10, make_sense }, { 40, make_position }, { 40, make_mode }, { 10, make_mode_sense },
	{ 25, make_keys }, { 15, make_key_status }, { 6, make_format }, { 6, make_allow }, { 4, make_unknown }, { 10, make_reserve },
	{ 12, make_persistent }, { 15, make_log }, { 12, make_attribute },
};
/* clang-format on */

/* A bit of the CDB that must be 0. */
static void spoil(struct walk *w)
{
	unsigned byte = 1 + roll(w, w->x.cdb_len - 1u), bit = roll(w, 8);
	if (model_reserves(w->x.cdb, byte, bit))
		w->x.cdb[byte] |= (uint8_t)(1 << bit);
}

void make_command(struct walk *w)
{
	unsigned total = 0, i = 0;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		total += kinds[k].weight;
	unsigned pick = roll(w, total);
	while (pick >= kinds[i].weight)
		pick -= kinds[i++].weight;
	w->x = (struct exchange){ .out = w->out, .in = w->in };
	/* The tape must not grow for ever: now and then it begins anew. */
	bool long_tape = w->m.loaded && model_here(&w->m)->count > OBJECTS_MAX && !w->m.worm;
	if (!w->m.loaded && seldom(w, 3))
		make_load(w);
	else if (w->m.configuration.only_reserved && seldom(w, 6))
		roll(w, 3) ? make_mode(w) : make_reserve(w);
	else if (w->m.reserved_by == (int)w->who && seldom(w, 8))
		make_reserve(w);
	else if (w->m.host[w->who].key && seldom(w, 12))
		make_persistent(w);
	else if (long_tape)
		w->m.at < OBJECTS_MAX / 2 ? make_erase(w) : make_rewind(w);
	else
		kinds[i].make(w);
	if (w->plain && w->x.cdb[0] == 0xb5)
		w->out[6] = 0;
	if (seldom(w, 40))
		spoil(w);
}
