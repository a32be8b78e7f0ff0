/* SPDX-License-Identifier: Apache-2.0 */
/* The changer's access to the drive: it inserts or removes a cartridge. The work runs in a fiber of its own,
 * so that the changer's command can end when the cartridge's files do not respond. Work that ends after that
 * is undone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/ssc/health.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/tape.h"

/* How long the changer waits for a command that uses the medium. */
enum { ROBOT_PATIENCE_MS = 10000 };

struct robot {
	struct tape *tape;
	struct cart_label label;
	char *root; /* NULL: remove the cartridge */
	struct kept_actor by;
	int err;
	bool stays;      /* a cartridge that cannot be opened stays in the drive */
	bool done, left; /* left: the caller no longer waits */
};

/* Why this cartridge cannot be inserted, or 0. */
static int seat_check(const struct tape *tape, const struct generation *generation)
{
	if (tape->state != TAPE_EMPTY)
		return -EBUSY;
	return generation ? 0 : -EMEDIUMTYPE;
}

void tape_unseat(struct tape *tape)
{
	if (tape->state != TAPE_EMPTY)
		tape_health_leaves(tape);
	free(tape->root);
	tape->root = NULL;
	tape->generation = NULL;
	memset(&tape->label, 0, sizeof tape->label);
	tape->use = (struct tape_use){ 0 };
	tape->state = TAPE_EMPTY;
}

static int seat(struct tape *tape, const struct cart_label *label, const char *root)
{
	const struct generation *generation = generation_find(label->generation);
	int err = seat_check(tape, generation);
	if (err)
		return err;
	tape->root = strdup(root);
	if (!tape->root)
		return -ENOMEM;
	tape->label = *label;
	tape->generation = generation;
	tape->state = TAPE_UNLOADED;
	return 0;
}

static int thread_seated(struct robot *r)
{
	struct tape *tape = r->tape;
	bool cleans = tape->generation->format == FORMAT_CLEANING;
	tape->doing = 0; /* no command */
	int err = cleans ? tape_clean(tape, &r->by.actor) : tape_thread_cartridge(tape, NULL, &r->by.actor);
	if (!err && r->left) {
		timer_stop(&tape->cleaning);
		tape_unthread_cartridge(tape, &(struct actor){ 0 });
		err = -ETIMEDOUT;
	}
	return err;
}

static int insert_cartridge(struct robot *r)
{
	struct tape *tape = r->tape;
	if (!tape_acquire(tape, ROBOT_PATIENCE_MS))
		return -EBUSY;
	int err = tape->closing ? -ENODEV : seat(tape, &r->label, r->root);
	if (!err) {
		err = thread_seated(r);
		if (err) {
			result_trouble(tape, err, MEDIA_LOADING);
			if (tape->state == TAPE_REFUSED)
				err = 0; /* as in a real drive: it stays, and is not ready until it is unloaded */
			else if (!r->stays || r->left)
				tape_unseat(tape);
		}
	}
	tape_release(tape);
	return err;
}

static int remove_cartridge(struct robot *r)
{
	struct tape *tape = r->tape;
	while (tape->state == TAPE_CLEANING)
		waitq_wait(&tape->released);
	if (lu_removal_prevented(&tape->lu) || !tape_acquire(tape, ROBOT_PATIENCE_MS))
		return -EBUSY;
	/* A host may have prevented removal while we waited. */
	int err = lu_removal_prevented(&tape->lu) ? -EBUSY : 0;
	if (!err && tape->state != TAPE_EMPTY) {
		tape_unthread_cartridge(tape, &r->by.actor);
		/* When the caller has left, the library still has the cartridge in this drive. */
		if (!r->left)
			tape_unseat(tape);
	}
	tape_release(tape);
	return err;
}

static void robot_free(struct robot *r)
{
	free(r->root);
	free(r);
}

static void robot_run(void *arg)
{
	struct robot *r = arg;
	struct tape *tape = r->tape;
	r->err = r->root ? insert_cartridge(r) : remove_cartridge(r);
	r->done = true;
	tape->fibers--;
	if (r->left)
		robot_free(r);
	waitq_wake(&tape->released);
}

/* Runs the work and waits. The drive stays in memory until every caller has left. */
static int robot_send(struct robot *r)
{
	struct tape *tape = r->tape;
	tape->fibers++;
	if (fiber_start("robot", robot_run, r))
		robot_run(r); /* no memory for a fiber: run it here */
	while (!r->done && !tape->stalled)
		waitq_wait(&tape->released);
	if (!r->done) {
		r->left = true;
		return -ETIMEDOUT;
	}
	int err = r->err;
	robot_free(r);
	return err;
}

static struct robot *robot_new(struct tape *tape, const struct actor *by)
{
	struct robot *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	r->tape = tape;
	actor_keep(by, &r->by);
	return r;
}

int tape_thread(void *server, const struct cart_label *label, const char *root, bool stays,
	const struct actor *by)
{
	struct tape *tape = server;
	if (tape->stalled)
		return -ETIMEDOUT;
	struct robot *r = robot_new(tape, by);
	char *copy = r ? strdup(root) : NULL;
	if (!copy) {
		free(r);
		return -ENOMEM;
	}
	r->label = *label;
	r->root = copy;
	r->stays = stays;
	return robot_send(r);
}

int tape_unthread(void *server, const struct actor *by)
{
	struct tape *tape = server;
	if (tape->stalled)
		return -ETIMEDOUT;
	struct robot *r = robot_new(tape, by);
	return r ? robot_send(r) : -ENOMEM;
}
