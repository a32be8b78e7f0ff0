/* SPDX-License-Identifier: Apache-2.0 */
/* evertape stream: a load generator for tape drives of any iSCSI target. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/cli.h"
#include "admin/initiator/stream.h"

enum { PROGRESS_US = 200000 };

struct run {
	const struct cli *cli;
	struct stream_plan plan;
	struct pattern pattern;
	struct lane_group group;
	struct stop *stop;
	struct lane *lanes;
	json_t *rounds;
	char why[WHY_LEN * 2]; /* the first error */
};

static int refused(struct run *run, const char *why)
{
	snprintf(run->why, sizeof run->why, "%s", why);
	return EXIT_REFUSED;
}

static void *lane_main(void *arg)
{
	struct lane *l = arg;
	l->began = l->data_end = l->sync_end = meter_now_ns();
	l->round->phase->run(l);
	l->finished = true;
	return NULL;
}

static bool all_finished(const struct run *run)
{
	for (size_t i = 0; i < run->plan.drive_count; i++)
		if (!run->lanes[i].finished)
			return false;
	return true;
}

static int lanes_run(struct run *run, const struct stream_round *r)
{
	size_t count = run->plan.drive_count, started = 0;
	for (; started < count; started++) {
		struct lane *l = &run->lanes[started];
		l->finished = false;
		if (lane_prepare(l, r) || pthread_create(&l->thread, NULL, lane_main, l))
			break;
	}
	if (started == count && run->cli->progress && !run->cli->json) {
		while (!all_finished(run)) {
			stream_progress(r, run->lanes, count);
			usleep(PROGRESS_US);
		}
		stream_progress_clear();
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(run->lanes[i].thread, NULL);
	return started == count
		? EXIT_DONE
		: refused(run, "cannot start the drives: out of memory for this block size and queue depth");
}

/* The first error becomes the error of the run; further errors are printed at once. */
static int lane_failed(struct run *run, const struct lane *l)
{
	char text[WHY_LEN * 2];
	if (stop_asked(run->stop))
		return *run->why ? EXIT_REFUSED : refused(run, "interrupted");
	snprintf(text, sizeof text, "%s LUN %d: %s", l->portal.target, l->portal.lun, l->why);
	if (!*run->why)
		return refused(run, text);
	fprintf(stderr, "evertape: stream: %s\n", text);
	return EXIT_REFUSED;
}

static int round_run(struct run *run, const struct stream_round *r)
{
	struct meter before = { 0 }, after = { 0 };
	pid_t pid = run->plan.pid;

	if (pid && !meter_read(pid, &before))
		return refused(run, "--pid: no such process");
	double own = meter_own(), machine = meter_machine();
	int code = lanes_run(run, r);
	if (code != EXIT_DONE)
		return code;
	own = meter_own() - own;
	machine = meter_machine() - machine;
	bool measured = pid && meter_read(pid, &after);
	json_t *report = stream_report(r, run->lanes, run->plan.drive_count, &before,
		measured ? &after : NULL, own, machine);
	json_array_append_new(run->rounds, report);
	for (size_t i = 0; i < run->plan.drive_count; i++)
		if (run->lanes[i].failed)
			code = lane_failed(run, &run->lanes[i]);
	if (code == EXIT_DONE && !run->cli->json) {
		stream_report_print(report);
		fflush(stdout);
	}
	return code;
}

static int rounds_run(struct run *run)
{
	const struct stream_plan *p = &run->plan;
	for (size_t b = 0; b < p->block_count; b++)
		for (size_t d = 0; d < p->depth_count; d++)
			for (size_t f = 0; f < p->phase_count; f++) {
				struct stream_round r = { .plan = p,
					.phase = p->phases[f],
					.pattern = &run->pattern,
					.stop = run->stop,
					.block = p->blocks[b],
					.depth = p->depths[d],
					.started = meter_now_ns() };
				int code = round_run(run, &r);
				if (code != EXIT_DONE)
					return code;
			}
	return EXIT_DONE;
}

/* Opens the sessions and finds out which cartridge is in which drive. */
static int lanes_connect(struct run *run, char why[static WHY_LEN])
{
	const struct stream_plan *p = &run->plan;
	int err = 0;
	for (size_t i = 0; !err && i < p->drive_count && !stop_asked(run->stop); i++) {
		struct lane *l = &run->lanes[i];
		l->portal = p->drives[i];
		l->number = (unsigned)i;
		l->isid = stream_isid(l->number);
		err = lane_connect(l, p, why);
		if (!err)
			err = lane_robot(&run->group, l, why);
	}
	return err;
}

/* Closes lanes that take no part; orders the others by number. */
static int lanes_keep(struct run *run)
{
	struct lane *kept = calloc(run->plan.barcode_count, sizeof *kept);
	if (!kept)
		return -ENOMEM;
	for (size_t i = 0; i < run->plan.drive_count; i++) {
		struct lane *l = &run->lanes[i];
		if (l->used)
			kept[l->number] = *l;
		else
			lane_close(l);
	}
	free(run->lanes);
	run->lanes = kept;
	run->plan.drive_count = run->plan.barcode_count;
	return 0;
}

static int lanes_load(struct run *run, char why[static WHY_LEN])
{
	const struct stream_plan *p = &run->plan;
	int err = 0;
	if (p->barcode_count) {
		err = lanes_load_named(&run->group, run->lanes, p->drive_count, why);
		return err ? err : lanes_keep(run);
	}
	for (size_t i = 0; !err && p->load && i < p->drive_count && !stop_asked(run->stop); i++)
		err = lane_load_any(&run->group, &run->lanes[i], why);
	return err;
}

/* Checks a cartridge that was already loaded. */
static int lane_check(struct run *run, struct lane *l, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	const struct stream_plan *p = &run->plan;
	if (l->moved_in)
		return 0; /* examined when it was loaded */
	int err = device_ready(l->session, l->portal.lun, text);
	if (err)
		snprintf(why, WHY_LEN, "LUN %d: the drive is not ready: %.240s", l->portal.lun, text);
	else
		err = tape_variable(l->session, l->portal.lun, why);
	if (err || lane_judge(l, p, text) == MAY_USE)
		return err;
	snprintf(why, WHY_LEN, "%s%sLUN %d: %.200s", l->barcode, *l->barcode ? " in the drive at " : "",
		l->portal.lun, text);
	return -EPERM;
}

/* Nothing is written before every cartridge has been checked. */
static int lanes_open(struct run *run)
{
	char why[WHY_LEN] = "out of memory";
	struct stream_plan *p = &run->plan;
	if (p->portal_given && stream_find(p, why))
		return refused(run, why);
	run->lanes = calloc(p->drive_count, sizeof *run->lanes);
	if (!run->lanes || pattern_open(&run->pattern, p->pattern, p->seed, stream_longest(p)))
		return refused(run, "out of memory");
	int err = lanes_connect(run, why);
	if (!err && !stop_asked(run->stop))
		err = lanes_load(run, why);
	for (size_t i = 0; !err && i < p->drive_count && !stop_asked(run->stop); i++)
		err = lane_check(run, &run->lanes[i], why);
	if (stop_asked(run->stop))
		return refused(run, "interrupted");
	return err ? refused(run, why) : EXIT_DONE;
}

/* Puts all cartridges back, however the run ended.  Appends to run->why those that could not be put back
 * and, after a failure, those that were. */
static int lanes_return(struct run *run, int code)
{
	size_t n = strlen(run->why);
	for (size_t i = 0; run->lanes && i < run->plan.drive_count; i++) {
		struct lane *l = &run->lanes[i];
		lane_return(l, &run->plan);
		if (l->stays)
			code = EXIT_REFUSED;
		if (!*l->home_said || (code == EXIT_DONE && !l->stays))
			continue;
		int len = snprintf(run->why + n, sizeof run->why - n, "%s%s", n ? "; " : "", l->home_said);
		n = len < 0 || n + (size_t)len >= sizeof run->why ? sizeof run->why - 1 : n + (size_t)len;
	}
	return code;
}

/* The error code of a failed run. */
static const char *fail_code(const struct run *run)
{
	return stop_asked(run->stop) ? FAIL_INTERRUPTED : FAIL_FAILED;
}

/* With --json a run that has begun prints its rounds, also when one of them failed. */
static void run_report(struct run *run, int code)
{
	json_t *j = json_pack("{s:b, s:I, s:I, s:o, s:O}", "failed", code != EXIT_DONE, "seed",
		(json_int_t)run->plan.seed, "size", (json_int_t)run->plan.size, "cartridges",
		cartridges_report(run->lanes, run->plan.drive_count), "rounds", run->rounds);
	if (code != EXIT_DONE)
		json_object_set_new(j, "error",
			json_pack("{s:s, s:s}", "code", fail_code(run), "message", run->why));
	json_dumpf(j, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(j);
}

static int run_all(struct run *run)
{
	const struct stream_plan *p = &run->plan;
	int code = lanes_open(run);
	if (code != EXIT_DONE) {
		lanes_return(run, code);
		return verb_fail(run->cli, fail_code(run), "stream: %s", run->why);
	}
	if (!run->cli->json)
		cartridges_announce(p, run->lanes, p->drive_count);
	code = lanes_return(run, rounds_run(run));
	if (code != EXIT_DONE)
		fprintf(stderr, "evertape: stream: %s\n", run->why);
	if (run->cli->json)
		run_report(run, code);
	else if (code == EXIT_DONE) {
		cartridges_conclude(p, run->lanes, p->drive_count);
		printf("seed %llu\n", (unsigned long long)p->seed);
	}
	return code == EXIT_DONE ? EXIT_DONE : exit_of(fail_code(run));
}

int verb_stream(const struct cli *cli, int argc, char **argv)
{
	struct run run = { .cli = cli, .rounds = json_array() };
	int code = stream_options(&run.plan, argc, argv, run.why);
	if (code == EXIT_USAGE)
		verb_fail(cli, FAIL_USAGE, "stream: %s", run.why);
	else if (code < 0) {
		signal(SIGPIPE, SIG_IGN); /* put cartridges back even if the reader of stdout is gone */
		run.stop = stop_watch();
		run.group = (struct lane_group){ .plan = &run.plan, .stop = run.stop };
		code = run_all(&run);
	}
	for (size_t i = 0; run.lanes && i < run.plan.drive_count; i++)
		lane_close(&run.lanes[i]);
	lane_group_fini(&run.group);
	stop_end(run.stop);
	pattern_close(&run.pattern);
	login_fini(&run.plan.login);
	json_decref(run.rounds);
	free(run.lanes);
	return code;
}
