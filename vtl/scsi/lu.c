/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing a logical unit. */
#include "vtl/scsi/lu.h"

#include <errno.h>
#include <stdlib.h>

#include "vtl/scsi/core.h"
#include "vtl/scsi/pr.h"

struct life {
	struct lu *lu;
	int err;
};

static void lu_release(struct lu *lu)
{
	nobody_free(lu);
	pr_close(lu);
	mode_close(lu);
	free(lu->known);
	free(lu->table);
	lu->known = NULL;
	lu->table = NULL;
}

static int lu_prepare(struct lu *lu)
{
	TAILQ_INIT(&lu->queue);
	TAILQ_INIT(&lu->running);
	TAILQ_INIT(&lu->nexuses);
	waitq_init(&lu->work);
	waitq_init(&lu->idle);
	turn_init(&lu->pr_turn);
	if (!lu->abort_patience_ms)
		lu->abort_patience_ms = ABORT_PATIENCE_MS;

	int err = op_table_new(lu, &lu->table);
	if (!err)
		err = known_ports_new(lu);
	if (!err)
		err = mode_open(lu);
	if (!err)
		err = pr_open(lu);
	if (!err)
		err = nobody_new(lu);
	return err;
}

static void open_here(void *arg)
{
	struct life *life = arg;
	struct lu *lu = life->lu;

	life->err = lu_prepare(lu);
	if (!life->err)
		life->err = queue_start(lu);
	if (life->err)
		lu_release(lu);
	else
		lu->state = LU_OPEN;
}

int lu_open(struct lu *lu)
{
	struct life life = { .lu = lu };

	worker_call(lu->worker, open_here, &life);
	return life.err;
}

static void close_here(void *arg)
{
	struct lu *lu = arg;

	lu->state = LU_CLOSING;
	lu_detach_all(lu, NULL);
	waitq_wake(&lu->work);
	while (lu->fibers)
		waitq_wait(&lu->idle);
	lu->state = LU_CLOSED;
	lu_release(lu);
}

void lu_close(struct lu *lu)
{
	if (lu->state != LU_CLOSED)
		worker_call(lu->worker, close_here, lu);
}
