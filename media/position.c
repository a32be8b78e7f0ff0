// SPDX-License-Identifier: Apache-2.0
/* Moves the position by objects and by filemarks, with the index and at most two segment headers. */
#include <errno.h>

#include "media/cart.h"
#include "media/check.h"

static void position_set(struct cart *cart, uint64_t object, uint64_t filemarks)
{
	cart->part->pos = (struct spot){ object, filemarks, 0 };
	cart->part->exact = object == 0;
}

/* Computes filemarks and charge at the position from the header of its segment. */
int position_exact(struct cart *cart)
{
	struct part *part = cart->part;
	struct segment s;
	if (part->exact)
		return 0;
	if (!index_find_object(&part->index, part->pos.object, &s)) {
		part->pos = part->end;
		part->exact = true;
		return 0;
	}
	const struct buf *b;
	int err = segment_look(cart, &s, &b);
	if (err)
		return err;
	struct spot at = b->head.at;
	for (uint32_t i = 0; i < b->head.entries && at.object <= part->pos.object; i++) {
		struct entry e = entry_at(b->mem, i);
		if (entry_begins(e.kind) && at.object == part->pos.object)
			break;
		at.object += entry_begins(e.kind);
		at.filemarks += e.kind == ENTRY_FILEMARK;
		at.charge += e.kind == ENTRY_FILEMARK ? FILEMARK_CHARGE : e.len;
	}
	part->pos = at;
	part->exact = true;
	return 0;
}

/* Bytes of its capacity that are behind early warning. */
uint64_t warning_zone_of(const struct cart *cart, const struct part *part)
{
	uint64_t most = part->capacity / WARNING_PART;
	return cart->warning_zone < most ? cart->warning_zone : most;
}

void cart_warn_before(struct cart *cart, uint64_t bytes)
{
	cart->warning_zone = bytes;
}

/* Bytes from there to early warning. */
static uint64_t before_warning(const struct cart *cart, uint64_t charge)
{
	uint64_t warning = cart->part->capacity - warning_zone_of(cart, cart->part);
	return charge < warning ? warning - charge : 0;
}

bool early_warning_at(const struct cart *cart, uint64_t charge)
{
	return before_warning(cart, charge) == 0;
}

int cart_position_settle(struct cart *cart)
{
	return position_exact(cart);
}

/* Moves to an object that exists. Reads the header of its segment only if the number of filemarks or early
 * warning depends on it. */
static void go(struct cart *cart, uint64_t object)
{
	struct part *part = cart->part;
	struct segment s;
	part->stretch = false;
	if (object == 0) {
		position_set(cart, 0, 0);
	} else if (object >= part->end.object || !index_find_object(&part->index, object, &s)) {
		part->pos = part->end;
		part->exact = true;
	} else {
		bool only_marks = s.objects == s.marks;
		position_set(cart, object, s.filemarks + (only_marks ? object - s.object : 0));
		/* An unreadable header leaves an estimate; the objects of its segment cannot be read either. */
		if ((s.marks > 0 && !only_marks && object != s.object) ||
			early_warning_at(cart, part->end.charge))
			position_exact(cart);
	}
	part->r.split = false;
	cart_must_hold(cart);
}

/* Finds the object that is the filemark of this number. */
int filemark_object(struct cart *cart, uint64_t filemark, uint64_t *ret_object)
{
	struct segment s;
	if (!index_find_filemark(&cart->part->index, filemark, &s))
		return -EBADMSG;
	uint64_t ahead = filemark - s.filemarks;
	if (s.objects == s.marks) {
		*ret_object = s.object + ahead;
		return 0;
	}
	const struct buf *b;
	int err = segment_look(cart, &s, &b);
	if (err)
		return err;
	uint64_t object = b->head.at.object;
	for (uint32_t i = 0; i < b->head.entries; i++) {
		enum entry_kind kind = entry_at(b->mem, i).kind;
		if (kind == ENTRY_FILEMARK && ahead-- == 0) {
			*ret_object = object;
			return 0;
		}
		object += entry_begins(kind);
	}
	return -EBADMSG;
}

int cart_rewind(struct cart *cart)
{
	return cart_locate(cart, cart->part->number, 0);
}

int cart_locate(struct cart *cart, uint32_t partition, uint64_t object)
{
	if (partition >= cart->layout.of.partitions)
		return -EINVAL;
	int err = partition == cart->part->number ? cart_sync(cart) : part_change(cart, partition);
	if (err)
		return err;
	go(cart, object);
	return object > cart->part->end.object ? end_of_data(cart->part) : MEDIA_OK;
}

int cart_space_eod(struct cart *cart)
{
	int err = cart_sync(cart);
	if (err)
		return err;
	go(cart, cart->part->end.object);
	return cart->part->end_unknown ? -ENODATA : 0;
}

/* Returns the absolute value; defined for INT64_MIN, too. */
static uint64_t steps(int64_t n)
{
	return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

static int blocks_forward(struct cart *cart, uint64_t n, uint64_t *ret_done)
{
	struct part *part = cart->part;
	uint64_t from = part->pos.object, mark = part->end.object;
	bool marked = part->pos.filemarks < part->end.filemarks;
	if (marked) {
		int err = filemark_object(cart, part->pos.filemarks, &mark);
		if (err)
			return err;
	}
	if (mark < from) /* an estimated position */
		mark = from;
	if (n <= mark - from) {
		go(cart, from + n);
		*ret_done = n;
		return MEDIA_OK;
	}
	*ret_done = mark - from;
	go(cart, marked ? mark + 1 : mark);
	return marked ? MEDIA_FILEMARK : end_of_data(part);
}

static int blocks_backward(struct cart *cart, uint64_t n, uint64_t *ret_done)
{
	struct part *part = cart->part;
	uint64_t from = part->pos.object, behind = 0; /* the first object that may be passed */
	bool marked = part->pos.filemarks > 0;
	if (marked) {
		int err = filemark_object(cart, part->pos.filemarks - 1, &behind);
		if (err)
			return err;
		behind++;
	}
	if (behind > from)
		behind = from;
	if (n <= from - behind) {
		go(cart, from - n);
		*ret_done = n;
		return MEDIA_OK;
	}
	*ret_done = from - behind;
	go(cart, marked ? behind - 1 : 0);
	return marked ? MEDIA_FILEMARK : MEDIA_BOP;
}

int cart_space_blocks(struct cart *cart, int64_t n, uint64_t *ret_done)
{
	*ret_done = 0;
	int err = cart_sync(cart);
	if (err || n == 0)
		return err;
	return n > 0 ? blocks_forward(cart, steps(n), ret_done) : blocks_backward(cart, steps(n), ret_done);
}

int cart_space_filemarks(struct cart *cart, int64_t n, uint64_t *ret_done)
{
	struct part *part = cart->part;
	*ret_done = 0;
	int err = cart_sync(cart);
	if (err || n == 0)
		return err;
	uint64_t here = part->pos.filemarks, object = 0;
	uint64_t there = n > 0 ? part->end.filemarks - here : here; /* so many can be passed */
	if (steps(n) > there) {
		*ret_done = there;
		go(cart, n > 0 ? part->end.object : 0);
		return n > 0 ? end_of_data(part) : MEDIA_BOP;
	}
	err = filemark_object(cart, n > 0 ? here + steps(n) - 1 : here - steps(n), &object);
	if (err)
		return err;
	*ret_done = steps(n);
	go(cart, n > 0 ? object + 1 : object);
	return MEDIA_OK;
}

void cart_position(const struct cart *cart, struct cart_position *ret_position)
{
	const struct part *part = cart->part;
	const struct stages *stages = &cart->stages; /* their records are behind part->pos and part->end */
	uint64_t object = part->pos.object + stages->objects;
	bool eod = part->pos.object == part->end.object;
	uint64_t before = (part->own.space_short && eod) || object > MEDIA_OBJECTS_WARNING ? 0
		: part->exact ? before_warning(cart, part->pos.charge + stages->charge)
			      : UINT64_MAX;
	*ret_position = (struct cart_position){
		.partition = part->number,
		.object = object,
		.filemarks = part->pos.filemarks,
		.bop = object == 0,
		.eod = eod,
		.early_warning = before == 0,
		.before_warning = before,
	};
	if (part->own.open && !cart->failed) {
		const struct spot *end = &part->end, *durable = &part->window.durable;
		ret_position->buffered_objects = end->object + stages->objects - durable->object;
		ret_position->buffered_bytes = end->charge + stages->charge - durable->charge;
	}
}
