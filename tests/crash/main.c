/* SPDX-License-Identifier: Apache-2.0 */
/* Kills evertaped at random moments while a host writes, and looks at what is left each time. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "tests/crash/crash.h"

enum { KILLS = 110, LONGEST_MS = 400 };

/* What each row of the report proves. */
enum { ROW_START, ROW_WORK, ROW_DATA, ROW_PLACES, ROW_NAMES, ROW_STOP, ROWS };
static const char *const rows[ROWS] = {
	"the daemon starts again after every kill",
	"it refuses nothing while it lives",
	"every record before the last sync point is there, all are whole and in order",
	"every cartridge stands in exactly one element",
	"every name is as it was",
	"it stops cleanly at the end",
};

struct report {
	char failure[ROWS][WHY_LEN];
	bool stopped; /* the end was reached */
};

static bool row_failed(struct report *r, int row, int kill, const char *why)
{
	snprintf(r->failure[row], WHY_LEN, "after kill %d: %.250s", kill, why);
	return false;
}

static bool library_make(struct host *h, char why[static WHY_LEN])
{
	static const char *const create[] = { "library", "create", "crash", "--drives", "2", "--slots", "8",
		"--mailslots", "1", NULL };
	static const char *const fill[] = { "cartridge", "create", "C00001L8", "C00002L8", "C00003L8",
		"C00004L8", NULL };
	static const char *const allow[] = { "initiator", "default", "allow", NULL };
	for (int i = 0; i < TAPES; i++)
		snprintf(h->tapes[i].barcode, sizeof h->tapes[i].barcode, "%s", fill[2 + i]);
	return daemon_tell(h->daemon, create, why) && daemon_tell(h->daemon, fill, why) &&
		daemon_tell(h->daemon, allow, why);
}

struct killer {
	pid_t pid;
	uint64_t after_us;
};

static void *killer_main(void *arg)
{
	const struct killer *k = arg;
	usleep((useconds_t)k->after_us);
	kill(k->pid, SIGKILL);
	return NULL;
}

/* Short waits as likely as long ones: most of what goes wrong goes wrong soon. */
static uint64_t delay_us(struct dice *d)
{
	uint64_t most = 1000u << dice_below(d, 10);
	if (most > LONGEST_MS * 1000)
		most = LONGEST_MS * 1000;
	return 1 + dice_below(d, most);
}

/* Now and then the daemon dies while it is still coming back. */
static bool start_rough(struct host *h, struct report *r, int kill, char why[static WHY_LEN])
{
	while (!dice_below(&h->dice, 8)) {
		if (!daemon_launch(h->daemon, why))
			return row_failed(r, ROW_START, kill, why);
		usleep((useconds_t)dice_below(&h->dice, 60000));
		daemon_kill(h->daemon);
	}
	return daemon_start(h->daemon, why) || row_failed(r, ROW_START, kill, why);
}

static bool look(struct host *h, struct report *r, int kill, char why[static WHY_LEN])
{
	if (!host_login(h, why))
		return row_failed(r, ROW_START, kill, why);
	if (!host_check_places(h, why))
		return row_failed(r, ROW_PLACES, kill, why);
	if (!host_check_names(h, why))
		return row_failed(r, ROW_NAMES, kill, why);
	for (int i = 0; i < TAPES; i++)
		if (!host_check_tape(h, &h->tapes[i], why))
			return row_failed(r, ROW_DATA, kill, why);
	return true;
}

static bool round_run(struct host *h, struct report *r, int kill, char why[static WHY_LEN])
{
	pthread_t thread;
	struct killer k = { .pid = h->daemon->pid, .after_us = delay_us(&h->dice) };
	if (pthread_create(&thread, NULL, killer_main, &k))
		return row_failed(r, ROW_WORK, kill, "no thread");
	bool worked = host_work(h, why);
	pthread_join(thread, NULL);
	daemon_kill(h->daemon);
	if (!worked)
		return row_failed(r, ROW_WORK, kill, why);
	return start_rough(h, r, kill, why) && look(h, r, kill, why);
}

static int tell(const struct report *r, const struct host *h, int kills, uint64_t seed)
{
	int passed = 0, failed = 0, skipped = 0;
	for (int i = 0; i < ROWS; i++) {
		bool ok = !*r->failure[i];
		if (ok && i == ROW_STOP && !r->stopped) {
			printf("skip - %s: a failure came before\n", rows[i]);
			skipped++;
			continue;
		}
		printf("%sok - %s\n", ok ? "" : "not ", rows[i]);
		if (!ok)
			printf("# %s\n", r->failure[i]);
		passed += ok;
		failed += !ok;
	}
	printf("# %d kills, %d starts, %.1f MB written, %llu sync points, %llu moves, seed %llu\n", kills,
		h->daemon->starts, (double)h->written / 1e6, (unsigned long long)h->syncs,
		(unsigned long long)h->moves, (unsigned long long)seed);
	printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed != 0;
}

static int kills_run(struct host *h, struct report *r, int kills)
{
	char why[WHY_LEN] = "";
	int done = 0;
	if (!daemon_start(h->daemon, why) || !library_make(h, why)) {
		row_failed(r, ROW_START, 0, why);
		return 0;
	}
	bool ok = look(h, r, 0, why);
	while (ok && done < kills)
		ok = round_run(h, r, ++done, why);
	session_close(h->session);
	h->session = NULL;
	r->stopped = ok;
	if (ok && !daemon_stop(h->daemon, why))
		row_failed(r, ROW_STOP, done, why);
	daemon_kill(h->daemon);
	return done;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: crash EVERTAPED EVERTAPE STATE_DIRECTORY [KILLS [SEED]]\n", stderr);
		return 2;
	}
	struct daemon d = { .evertaped = argv[1], .evertape = argv[2], .state = argv[3] };
	struct host h = { .daemon = &d };
	struct report r = { 0 };
	int kills = argc > 4 ? atoi(argv[4]) : KILLS;
	uint64_t seed = 0;
	if (argc > 5)
		seed = strtoull(argv[5], NULL, 10);
	else if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		seed = (uint64_t)time(NULL);
	h.dice.state = seed;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# seed %llu\n", (unsigned long long)seed);
	if (!daemon_port(&d) || pattern_open(&h.pattern, PATTERN_RANDOM, seed >> 1, RECORD_MAX)) {
		puts("not ok - no port or no memory\n0 passed, 1 failed, 0 skipped");
		return 1;
	}
	kills = kills_run(&h, &r, kills);
	pattern_close(&h.pattern);
	for (int i = 0; i < TAPES; i++)
		tape_fini(&h.tapes[i]);
	json_decref(h.passport);
	return tell(&r, &h, kills, seed);
}
