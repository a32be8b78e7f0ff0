/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power fails while a host writes to evertaped.  Each run makes an empty file system on a disk that logs every write,
 * lets a host write, and then goes through moments of that log: the disk as a cut there leaves it is mounted, the daemon
 * started, every reel compared with what was promised, written on and read again.
 *   power FILE_SYSTEM DATA LOG CHANGES FOLDER EVERTAPED EVERTAPE NO_SYNC
 * Devices, an empty folder, programs, the library that leaves syncs out.  RUNS and CUTS (of each run) in the environment;
 * SEED repeats the choices of a run, though not the moment of each write.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/seed.h"
#include "tests/power/run.h"

enum { RUNS = 5, CUTS = 105, CONTROL_CUTS = 15, CUTS_MOST = 10000 };

static size_t number_wanted(const char *name, size_t usually)
{
	const char *given = getenv(name);
	return given && *given ? strtoul(given, NULL, 0) % CUTS_MOST : usually;
}

static unsigned sum(const unsigned *numbers, unsigned count)
{
	unsigned all = 0;
	while (count)
		all += numbers[--count];
	return all;
}

static void tell(const struct run *r)
{
	for (int i = 0; i < CUT_CLASSES; i++) {
		printf("%sok - %s: %u cuts %s: what was promised is there, nothing is wrong, the tape goes on\n",
			r->wrong[i] ? "not " : "", r->disk.fs, sum(r->tried[i], UNITS), cut_names[i]);
		printf("#   while writing:");
		for (int j = 0; j < UNITS; j++)
			printf(" %s %u", unit_names[j], r->tried[i][j]);
		putchar('\n');
		if (r->wrong[i])
			printf("#   %u wrong; %s\n", r->wrong[i], r->why[i]);
	}
}

/* What does not find a daemon without syncs finds nothing. */
static void control(struct run *r, const char *no_sync)
{
	char why[WHY_LEN] = "no cut at a mark finds it";
	r->preload = no_sync;
	bool ok = run_once(r, CONTROL_CUTS, why) && r->wrong[CUT_MARK];
	printf("%sok - %s: a daemon that leaves out syncs is found by cuts at marks\n", ok ? "" : "not ",
		r->disk.fs);
	printf("#   %u of %u cuts find it; %s\n", sum(r->wrong, CUT_CLASSES),
		sum(&r->tried[0][0], CUT_CLASSES * UNITS), ok ? r->why[CUT_MARK] : why);
}

static void runs(struct run *r)
{
	char why[WHY_LEN] = "";
	bool ok = true;
	for (size_t i = number_wanted("RUNS", RUNS); ok && i; i--, r->seed++)
		ok = run_once(r, number_wanted("CUTS", CUTS), why);
	printf("%sok - %s: the host is never refused\n", ok ? "" : "not ", r->disk.fs);
	if (!ok)
		printf("#   seed %llu: %s\n", (unsigned long long)r->seed - 1, why);
	tell(r);
}

int main(int argc, char **argv)
{
	if (argc != 9) {
		fputs("usage: power FILE_SYSTEM DATA LOG CHANGES FOLDER EVERTAPED EVERTAPE NO_SYNC\n",
			stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	const struct run fresh = {
		.disk = { .fs = argv[1],
			.data = argv[2],
			.log = argv[3],
			.changes = argv[4],
			.where = argv[5] },
		.daemon = { .evertaped = argv[6], .evertape = argv[7], .state = argv[5] },
		.seed = seed_new(),
	};
	struct run *r = malloc(sizeof *r);
	if (!r)
		return 1;
	*r = fresh;
	if (daemon_port(&r->daemon))
		control(r, argv[8]);
	*r = fresh;
	if (daemon_port(&r->daemon))
		runs(r);
	free(r);
	return 0;
}
