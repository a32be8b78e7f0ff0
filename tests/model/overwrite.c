/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: what may be overwritten on a WORM cartridge and in append-only mode; ALLOW OVERWRITE. */
#include "tests/model/parts.h"

bool is_blank(const struct model *m)
{
	size_t objects = 0;
	for (unsigned i = 0; i < MODEL_PARTITIONS; i++)
		objects += m->part[i].count;
	return !objects;
}

/* Records of the partition; how many objects there are up to the last. */
static size_t records(const struct model_partition *p, size_t *ret_last)
{
	size_t n = 0;
	*ret_last = 0;
	for (size_t i = 0; i < p->count; i++)
		if (!p->objects[i].mark)
			n++, *ret_last = i + 1;
	return n;
}

/* At end of data; over filemarks that end the data, at the beginning or behind another one.  On a WORM cartridge also at
 * the beginning over one or two records that only filemarks follow. */
static bool appends(const struct model *m)
{
	const struct model_partition *p = model_here(m);
	size_t last, n = records(p, &last);
	if (m->at == p->count)
		return true;
	if (m->at == 0)
		return m->worm ? n <= 2 && last == n : !n;
	return last <= m->at && p->objects[m->at - 1].mark;
}

static bool allowed_here(const struct call *c)
{
	const struct model_overwrite *o = &c->allowed;
	return o->what == MODEL_HERE && o->partition == c->m->partition && o->at == c->m->at;
}

bool may_append(struct call *c)
{
	const struct model *m = c->m;
	if (m->worm)
		return appends(m) || fail(c, 7, 0x30, 0x0c);
	return !m->configuration.appends_only || allowed_here(c) || appends(m) || fail(c, 7, 0x5a, 0x02);
}

bool may_erase(struct call *c, bool all)
{
	const struct model *m = c->m;
	if (m->worm)
		return fail(c, 7, 0x30, 0x0c);
	return !m->configuration.appends_only || c->allowed.what == MODEL_FORMAT ||
		(all ? is_blank(m) : !model_object(m)) || fail(c, 7, 0x5a, 0x02);
}

void use_medium(struct call *c)
{
	c->allowed = c->m->overwrite;
	c->m->overwrite.what = MODEL_NOTHING;
}

void run_allow_overwrite(struct call *c)
{
	struct model *m = c->m;
	unsigned what = c->cdb[2] & 15;
	if (what > MODEL_FORMAT) {
		fail_cdb(c, 2, 3);
		return;
	}
	m->overwrite.what = MODEL_NOTHING;
	if (!m->configuration.appends_only)
		fail(c, 5, 0x20, 0x0c);
	else if (what == MODEL_HERE && (c->cdb[3] != m->partition || get_be64(c->cdb + 4) != m->at))
		fail(c, 5, 0x3b, 0x00);
	else
		m->overwrite = (struct model_overwrite){ what, m->partition, m->at };
}
