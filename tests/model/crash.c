/* SPDX-License-Identifier: Apache-2.0 */
/* The drive is killed and starts anew: what was written up to the last sync point is there, and of what came later a
 * beginning. */
#include <stdio.h>
#include <string.h>

#include "tests/model/stroll.h"
#include "vtl/base/bytes.h"

/* A host that no reservation holds off. */
static unsigned free_host(const struct model *m)
{
	for (unsigned who = 0; who < MODEL_HOSTS; who++)
		if (!m->persistent.type || model_reserves_for(m, who))
			return who;
	return 0;
}

/* A command that the reference is not asked about. */
static bool ask(struct walk *w, struct exchange *x)
{
	struct reply r = { 0 };
	x->in = w->in;
	if (!w->door->command(w->door, w->who, x, &r))
		return false;
	if (r.status && !w->quiet)
		printf("# after the crash command %02x ends with status %02x, %x/%02x/%02x\n", x->cdb[0],
			r.status, r.sense[2], r.sense[12], r.sense[13]);
	return !r.status;
}

/* To an object, or to end of data. */
static bool ask_locate(struct walk *w, unsigned partition, bool end)
{
	return ask(w,
		&(struct exchange){ .cdb = { 0x92, end ? 3 << 3 | 2 : 2, 0, (uint8_t)partition },
			.cdb_len = 16 });
}

/* How many objects there are in the partition, and filemarks among them. */
static bool ask_end(struct walk *w, unsigned partition, uint64_t *ret_objects, uint64_t *ret_marks)
{
	struct exchange position = { .cdb = { 0x34, 0x06 }, .cdb_len = 10, .in_len = 32 };
	if (!ask_locate(w, partition, true) || !ask(w, &position))
		return false;
	*ret_objects = get_be64(w->in + 8);
	*ret_marks = get_be64(w->in + 16);
	return true;
}

static bool lost(const struct walk *w, unsigned partition, uint64_t objects)
{
	const struct model_partition *p = &w->m.part[partition];
	if (!w->quiet)
		printf("# after the crash partition %u has %llu objects; %zu were written, %zu of them for certain\n",
			partition, (unsigned long long)objects, p->count, p->safe);
	return false;
}

static bool see_partition(struct walk *w, unsigned partition)
{
	struct model_partition *p = &w->m.part[partition];
	uint64_t objects, marks;
	if (!ask_end(w, partition, &objects, &marks))
		return false;
	if (objects < p->safe || objects > p->count || marks != p->objects[objects].marks)
		return lost(w, partition, objects);
	p->count = p->safe = (size_t)objects;
	return true;
}

bool see_what_is_left(struct walk *w)
{
	w->who = free_host(&w->m);
	for (unsigned i = 0; i < w->m.layout.partitions; i++)
		if (!see_partition(w, i))
			return false;
	return ask_locate(w, 0, false);
}
