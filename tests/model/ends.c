/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: where a partition ends: early warning, and the programmable zone before it (SSC-5 4.2.5, 4.2.6;
 * IBM LTO SCSI Reference 4.8). */
#include "tests/model/parts.h"

enum { ZONE_MAX = 64 << 20, MEGABYTE = 1000000 };

/* Early warning is the last sixteenth, or 64 MiB, which an LTO-8 cartridge has. */
static uint64_t warning_at(const struct model_partition *p)
{
	uint64_t zone = p->capacity / 16 < ZONE_MAX ? p->capacity / 16 : ZONE_MAX;
	return p->capacity - zone;
}

bool model_early_warning(const struct model *m)
{
	const struct model_partition *p = model_here(m);
	return p->objects[m->at].charge >= warning_at(p);
}

uint64_t model_room(const struct model *m)
{
	const struct model_partition *p = model_here(m);
	uint64_t used = p->objects[m->at].charge + p->objects[m->at].slack +
		(uint64_t)m->configuration.zone * MEGABYTE;
	return used < warning_at(p) ? warning_at(p) - used : 0;
}

bool model_exact(const struct model *m)
{
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++)
		if (m->part[i].objects[m->part[i].count].slack)
			return false;
	return true;
}

bool model_in_zone(const struct model *m)
{
	const struct model_partition *p = model_here(m);
	uint64_t zone = (uint64_t)m->configuration.zone * MEGABYTE;
	return zone && p->objects[m->at].charge + zone >= warning_at(p);
}

static bool is_told(const struct model *m)
{
	return m->zone_told == m->configuration.zone && m->zone_partition == m->partition;
}

void zone_settle(struct model *m)
{
	if (m->zone_told && (!m->loaded || !is_told(m) || !model_in_zone(m)))
		m->zone_told = 0;
}

/* The zone once, early warning always. */
void tell_writer(struct call *c)
{
	struct model *m = c->m;
	if (model_in_zone(m) && !is_told(m)) {
		m->zone_told = m->configuration.zone;
		m->zone_partition = m->partition;
		fail(c, 0, 0x00, 0x07);
	} else if (model_early_warning(m)) {
		fail(c, 0, 0x00, 0x02);
	} else {
		return;
	}
	flag(c, FLAG_EOM);
	info(c, 0);
}

bool tell_reader(struct call *c, int64_t left)
{
	if (!c->m->configuration.warns_readers || !model_early_warning(c->m))
		return true;
	fail(c, 13, 0x00, 0x02);
	flag(c, FLAG_EOM);
	info(c, left);
	return false;
}
