/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/power/run.h"
#include "vtl/base/cleanup.h"

enum {
	TURNS = 30,
	FILL = 30,    /* items that the used tape held before */
	APPENDED = 4, /* after a cut */
};

static bool host_begin(struct run *r, char why[static WHY_LEN])
{
	struct host *h = &r->host;
	*h = (struct host){ .daemon = &r->daemon, .log = r->disk.logged, .dice.state = r->seed };
	tapes_name(h->tapes);
	return !pattern_open(&h->random, PATTERN_RANDOM, r->seed, RECORD_MAX) &&
		!pattern_open(&h->half, PATTERN_HALF, r->seed, RECORD_MAX) && daemon_start(&r->daemon, why);
}

/* For another life of the host: after a cut it knows only what is in the story. */
static void tapes_reset(struct host *h)
{
	for (unsigned i = 0; i < REELS; i++) {
		tape_fini(&h->tapes[i]);
		h->tapes[i] = (struct tape){ 0 };
	}
	tapes_name(h->tapes);
}

static void host_end(struct host *h)
{
	session_close(h->session);
	pattern_close(&h->random);
	pattern_close(&h->half);
	tapes_reset(h);
}

/* The library, two partitions, a tape that is used; all of it safe before the first mark. */
static bool library_make(struct host *h, struct story *story, char why[static WHY_LEN])
{
	unsigned used = unit_reel(UNIT_USED);
	h->story = story;
	if (!host_library(h, why) || !host_login(h, why) || !host_format(h, why) ||
		!reel_append(h, used, FILL, why) || !reel_locate(h, used, 0, why))
		return false;
	sync();
	return true;
}

/* One life of the host up to its orderly end. */
static bool life(struct run *r, char why[static WHY_LEN])
{
	struct host *h = &r->host;
	if (!disk_begin(&r->disk, why))
		return false;
	chmod(r->disk.where, 0700);
	if (r->preload)
		setenv("LD_PRELOAD", r->preload, 1);
	bool ok = host_begin(r, why);
	unsetenv("LD_PRELOAD");
	ok = ok && library_make(h, &r->story, why) && host_work(h, TURNS, why);
	session_close(h->session);
	h->session = NULL;
	h->story = NULL;
	ok = ok && daemon_stop(&r->daemon, why);
	daemon_kill(&r->daemon);
	return disk_end(&r->disk, why) && ok;
}

/* What only a power failure does is no error for the daemon. */
static bool daemon_content(const struct daemon *d, char why[static WHY_LEN])
{
	char name[256], line[1024];
	snprintf(name, sizeof name, "%s.log", d->state);
	FILE *f = fopen(name, "re");
	bool ok = f != NULL;
	while (ok && fgets(line, sizeof line, f)) {
		const char *error = strstr(line, " error: ");
		ok = !error;
		if (error)
			snprintf(why, WHY_LEN, "the daemon says:%.250s", error);
	}
	if (f)
		fclose(f);
	return ok;
}

/* The unit that was being written, and another one, hold what was promised; what is written behind it is there as well. */
static bool cut_check(struct host *h, const struct cut *c, char why[static WHY_LEN])
{
	if (!host_login(h, why))
		return false;
	for (unsigned i = 0; i < REELS; i++) {
		if (reel_unit(i) != c->unit && reel_unit(i) != c->seed % UNITS)
			continue;
		if (!reel_check(h, i, why) || (reel_unit(i) == UNIT_WORM && !worm_refuses(h, why)))
			return false;
		if (reel_unit(i) == c->unit && !reel_append(h, i, APPENDED, why))
			return false;
	}
	for (unsigned i = 0; i < REELS; i++)
		if (reel_unit(i) == c->unit && !reel_check(h, i, why))
			return false;
	return daemon_content(h->daemon, why);
}

static bool cut_run(struct run *r, const struct cut *c, char why[static WHY_LEN])
{
	struct host *h = &r->host;
	tapes_reset(h);
	if (!story_tapes(&r->story, c->mark, h->tapes)) {
		snprintf(why, WHY_LEN, "no memory");
		return false;
	}
	bool ok = disk_cut(&r->disk, c, why) && daemon_start(&r->daemon, why) && cut_check(h, c, why);
	char more[WHY_LEN];
	session_vanish(h->session);
	h->session = NULL;
	daemon_kill(&r->daemon);
	return disk_uncut(&r->disk, ok ? why : more) && ok;
}

static void cut_report(struct run *r, const struct cut *c, bool ok, const char *why)
{
	r->tried[c->class][c->unit]++;
	if (ok)
		return;
	char *text = r->why[c->class];
	snprintf(text, WHY_LEN, "seed %llu, entry %zu of %zu, mark %zu, writing %s: %.220s",
		(unsigned long long)r->seed, c->end, r->disk.writes.count, c->mark, unit_names[c->unit], why);
	r->wrong[c->class]++;
	if (!r->preload)
		printf("# %s, %s: %s\n", r->disk.fs, cut_names[c->class], text);
}

bool run_once(struct run *r, size_t count, char why[static WHY_LEN])
{
	autofree struct cut *cuts = calloc(count, sizeof *cuts);
	bool ok = cuts && life(r, why);
	size_t wrong = 0, n = ok ? cuts_choose(&r->disk.writes, &r->story, &r->host.dice, count, cuts) : 0;
	if (ok)
		printf("# %s seed %llu: %.1f MB, %llu promises, %zu entries in the log\n", r->disk.fs,
			(unsigned long long)r->seed, (double)r->host.written / 1e6,
			(unsigned long long)r->host.syncs, r->disk.writes.count);
	for (size_t i = 0; i < n; i++) {
		*why = '\0';
		bool good = cut_run(r, &cuts[i], why);
		cut_report(r, &cuts[i], good, why);
		wrong += !good;
	}
	if (ok)
		printf("# %s seed %llu: %zu cuts, %zu wrong\n", r->disk.fs, (unsigned long long)r->seed, n,
			wrong);
	host_end(&r->host);
	story_fini(&r->story);
	if (ok)
		disk_fini(&r->disk);
	return ok;
}
