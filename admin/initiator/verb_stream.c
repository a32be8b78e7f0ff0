/* SPDX-License-Identifier: Apache-2.0 */
/* evertape stream: the load generator for tape drives at any portal. */
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
	struct lane *lanes;
	json_t *rounds;
	char why[WHY_LEN * 2];  /* the first thing that went wrong */
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
	return started == count ? EXIT_DONE : refused(run, "out of memory for blocks of this size and depth");
}

/* The first one is what the run failed of; the others are said at once. */
static int lane_failed(struct run *run, const struct lane *l)
{
	char text[WHY_LEN * 2];
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
		return refused(run, "there is no process with the number --pid says");
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
				struct stream_round r = { .plan = p, .phase = p->phases[f],
					.pattern = &run->pattern, .block = p->blocks[b],
					.depth = p->depths[d], .started = meter_now_ns() };
				int code = round_run(run, &r);
				if (code != EXIT_DONE)
					return code;
			}
	return EXIT_DONE;
}

static uint32_t longest(const struct stream_plan *p)
{
	uint32_t n = 0;
	for (size_t i = 0; i < p->block_count; i++)
		n = p->blocks[i] > n ? p->blocks[i] : n;
	return n;
}

static int lanes_open(struct run *run)
{
	char why[WHY_LEN];
	struct stream_plan *p = &run->plan;
	if (p->portal_given && stream_find(p, why))
		return refused(run, why);
	run->lanes = calloc(p->drive_count, sizeof *run->lanes);
	if (!run->lanes || pattern_open(&run->pattern, p->pattern, p->seed, longest(p)))
		return refused(run, "out of memory");
	for (size_t i = 0; i < p->drive_count; i++) {
		run->lanes[i].portal = p->drives[i];
		run->lanes[i].number = (unsigned)i;
		if (lane_open(&run->lanes[i], p, why))
			return refused(run, why);
	}
	return EXIT_DONE;
}

/* With --json a run that began gives its rounds, also when it failed in one of them. */
static void run_report(struct run *run, int code)
{
	json_t *j = json_pack("{s:b, s:I, s:I, s:O}", "failed", code != EXIT_DONE, "seed",
		(json_int_t)run->plan.seed, "size", (json_int_t)run->plan.size, "rounds", run->rounds);
	if (code != EXIT_DONE)
		json_object_set_new(j, "error",
			json_pack("{s:s, s:s}", "code", FAIL_FAILED, "message", run->why));
	json_dumpf(j, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(j);
}

static int run_all(struct run *run)
{
	int code = lanes_open(run);
	if (code != EXIT_DONE)
		return verb_fail(run->cli, FAIL_FAILED, "stream: %s", run->why);
	code = rounds_run(run);
	if (code != EXIT_DONE)
		fprintf(stderr, "evertape: stream: %s\n", run->why);
	if (run->cli->json)
		run_report(run, code);
	else if (code == EXIT_DONE)
		printf("seed %llu\n", (unsigned long long)run->plan.seed);
	return code;
}

int verb_stream(const struct cli *cli, int argc, char **argv)
{
	struct run run = { .cli = cli, .rounds = json_array() };
	int code = stream_options(&run.plan, argc, argv, run.why);
	if (code == EXIT_USAGE)
		verb_fail(cli, FAIL_USAGE, "stream: %s", run.why);
	else if (code < 0)
		code = run_all(&run);
	for (size_t i = 0; run.lanes && i < run.plan.drive_count; i++)
		lane_close(&run.lanes[i]);
	pattern_close(&run.pattern);
	login_fini(&run.plan.login);
	json_decref(run.rounds);
	free(run.lanes);
	return code;
}
