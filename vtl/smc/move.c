/* SPDX-License-Identifier: Apache-2.0 */
/* MOVE MEDIUM and EXCHANGE MEDIUM, and the sense data for each refusal of the library. */
#include "vtl/smc/changer.h"

#include "vtl/library/robot.h"
#include "vtl/smc/elements.h"

static enum sense move_sense(enum move_result result)
{
	switch (result) {
	case MOVE_DONE: return SENSE_NONE;
	case MOVE_SOURCE_EMPTY: return SENSE_SOURCE_EMPTY;
	case MOVE_DESTINATION_FULL: return SENSE_DESTINATION_FULL;
	case MOVE_NO_ELEMENT: return SENSE_INVALID_ELEMENT;
	case MOVE_PREVENTED:
	case MOVE_LOCKED: return SENSE_REMOVAL_PREVENTED;
	case MOVE_INCOMPATIBLE: return SENSE_INCOMPATIBLE_MEDIUM;
	case MOVE_IN_USE:
	case MOVE_LOAD_FAILED:
	case MOVE_NO_ANSWER: return SENSE_LOAD_FAILED;
	case MOVE_DISK_FULL:
	case MOVE_FAILED: return SENSE_TARGET_FAILURE;
	}
	return SENSE_TARGET_FAILURE; /* no enumerator has this value */
}

static void move_end(struct task *task, enum move_result result)
{
	if (result != MOVE_DONE)
		task_fail(task, move_sense(result));
}

/* The element that a CDB field names, or NULL. The library refuses a transport by itself. */
static struct element *named_element(struct task *task, const char *field)
{
	return element_at(changer_library(task->lu), (uint16_t)cdb_field(task, field));
}

static bool transport_named(struct task *task)
{
	return transport_ok(changer_library(task->lu), (uint16_t)cdb_field(task, "transport_element"));
}

void smc_move_medium(struct task *task)
{
	struct element *from = named_element(task, "source_element");
	struct element *to = named_element(task, "destination_element");

	if (!transport_named(task) || !from || !to) {
		task_fail(task, SENSE_INVALID_ELEMENT);
		return;
	}
	const struct actor host = nexus_actor(task->nexus);
	struct kept_actor by; /* the session may end before the move */
	actor_keep(&host, &by);
	move_end(task, library_move(changer_library(task->lu), from, to, &by.actor));
}

void smc_exchange_medium(struct task *task)
{
	struct element *source = named_element(task, "source_element");
	struct element *first = named_element(task, "first_destination_element");
	struct element *second = named_element(task, "second_destination_element");

	if (!transport_named(task) || !source || !first || !second) {
		task_fail(task, SENSE_INVALID_ELEMENT);
		return;
	}
	const struct actor host = nexus_actor(task->nexus);
	struct kept_actor by;
	actor_keep(&host, &by);
	move_end(task, library_exchange(changer_library(task->lu), source, first, second, &by.actor));
}
