/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at random moments.  A child changes the library and says in shared
 * memory what it is about to do and what has been answered; after its death
 * every answered change is there, the one under way happened or did not, and
 * each cartridge is in exactly one place.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/entries.h"
#include "tests/lib/seed.h"
#include "vtl/base/log.h"
#include "vtl/base/worker.h"

enum { KILLS = SLOWER > 1 ? 60 : 120, CARTRIDGES = 8, PLACE_MAX = 16 };

struct ledger {
	char place[CARTRIDGES][PLACE_MAX];  /* answered; "" does not exist */
	char wanted[CARTRIDGES][PLACE_MAX]; /* under way: here afterwards, or still in place */
	unsigned drives, drives_wanted;     /* elements there have ever been */
	unsigned layout, layout_wanted;
	uint64_t seed, changes;
	char first_serial[SERIAL_LEN + 1];
};

struct scene {
	struct bench b;
	struct ledger *ledger;
};

static void barcode_text(int i, char out[static 16])
{
	snprintf(out, 16, "E%05dL8", i);
}

static unsigned dice(struct ledger *ledger, unsigned n)
{
	ledger->seed = ledger->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(ledger->seed >> 33) % n;
}

/* --- what the child does -------------------------------------------------------------------------------- */

static struct element *any_element(struct scene *s)
{
	struct library *l = s->b.library;
	unsigned kind = dice(s->ledger, 4);
	if (kind < 2)
		return &l->slots[dice(s->ledger, l->n_slots)];
	if (kind == 2)
		return &l->mailslots[dice(s->ledger, l->n_mailslots)];
	return &l->drive_elements[dice(s->ledger, l->n_drive_elements)];
}

static int index_of(const struct element *element)
{
	return element->cartridge ? atoi(element->cartridge->label.barcode + 1) : -1;
}

static void do_move(struct scene *s)
{
	struct element *from = any_element(s), *to = any_element(s);
	int i = index_of(from);
	if (i >= 0)
		element_text(to, s->ledger->wanted[i]);
	library_move(s->b.library, from, to, BY_HOST);
}

static void do_exchange(struct scene *s)
{
	struct element *source = any_element(s), *first = any_element(s);
	struct element *second = dice(s->ledger, 2) ? source : any_element(s);
	int one = index_of(source), two = index_of(first);
	if (one >= 0 && two >= 0 && one != two) {
		element_text(first, s->ledger->wanted[one]);
		element_text(second, s->ledger->wanted[two]);
	}
	library_exchange(s->b.library, source, first, second, BY_HOST);
}

static void do_vault(struct scene *s)
{
	int i = (int)dice(s->ledger, CARTRIDGES);
	char barcode[16];
	barcode_text(i, barcode);
	struct cartridge *cartridge = cartridge_find(s->b.library, barcode);
	if (!cartridge)
		return;
	if (cartridge->at) {
		strcpy(s->ledger->wanted[i], "vault");
		library_vault(s->b.library, cartridge, BY_PERSON);
	} else {
		strcpy(s->ledger->wanted[i],
			s->b.library->mailslots[0].cartridge ? "mailslot:2" : "mailslot:1");
		library_unvault(s->b.library, cartridge, BY_PERSON);
	}
}

static const struct deleted_cartridge *deleted_of(struct scene *s, const char *barcode)
{
	const struct deleted_cartridge *d = deleted_first(s->b.inst);
	while (d && strcmp(d->what.barcode, barcode))
		d = deleted_next(d);
	return d;
}

/* A new one, or the one that was deleted before. */
static void do_come(struct scene *s, int i, const char *barcode)
{
	const struct deleted_cartridge *deleted = deleted_of(s, barcode);
	struct cartridge_plan plan = { .barcode = barcode, .capacity = 1 << 20 };
	unsigned slot = 0;
	while (slot < s->b.library->n_slots && s->b.library->slots[slot].cartridge)
		slot++;
	snprintf(s->ledger->wanted[i], PLACE_MAX, "slot:%u", slot + 1);
	if (deleted && dice(s->ledger, 2))
		cartridge_restore(s->b.inst, s->b.library, deleted->entry, NULL, s->b.why);
	else
		cartridge_create(s->b.inst, s->b.library, &plan, NULL, s->b.why);
}

static void do_make(struct scene *s)
{
	int i = (int)dice(s->ledger, CARTRIDGES);
	char barcode[16];
	barcode_text(i, barcode);
	struct cartridge *cartridge = cartridge_find(s->b.library, barcode);
	if (!cartridge) {
		do_come(s, i, barcode);
		return;
	}
	strcpy(s->ledger->wanted[i], "nowhere");
	if (dice(s->ledger, 4))
		cartridge_delete(s->b.inst, cartridge, BY_PERSON, "a test", s->b.why);
	else
		cartridge_destroy(s->b.inst, cartridge, s->b.why);
}

static void do_purge(struct scene *s)
{
	const struct deleted_cartridge *deleted = deleted_first(s->b.inst);
	if (deleted && dice(s->ledger, 2))
		cartridge_purge(s->b.inst, deleted->entry, s->b.why);
}

static void do_identity(struct scene *s)
{
	struct library *l = s->b.library;
	if (dice(s->ledger, 2)) {
		s->ledger->layout_wanted = !l->layout;
		library_set_layout(s->b.inst, l, (enum layout) !l->layout, s->b.why);
	} else if (l->n_drive_elements < 40) {
		s->ledger->drives_wanted = l->n_drive_elements + 1u;
		drive_add(s->b.inst, l, NULL, NULL, s->b.why);
	}
}

static void answered(struct scene *s)
{
	for (int i = 0; i < CARTRIDGES; i++) {
		char barcode[16];
		barcode_text(i, barcode);
		strcpy(s->ledger->place[i], bench_where(&s->b, barcode));
	}
	s->ledger->drives = s->b.library->n_drive_elements;
	s->ledger->layout = s->b.library->layout;
	s->ledger->changes++;
}

static void child_run(void *arg)
{
	struct scene *s = arg;
	static void (*const acts[])(struct scene *) = { do_move, do_move, do_move, do_exchange, do_exchange,
		do_vault, do_make, do_make, do_purge, do_identity };
	if (bench_open(&s->b))
		_exit(3);
	for (;;) {
		memcpy(s->ledger->wanted, s->ledger->place, sizeof s->ledger->wanted);
		s->ledger->layout_wanted = s->ledger->layout;
		s->ledger->drives_wanted = s->ledger->drives;
		acts[dice(s->ledger, sizeof acts / sizeof *acts)](s);
		answered(s);
	}
}

/* --- what must be true afterwards --------------------------------------------------------------------------- */

/* Each has its place, with its cartridge and nothing else in it; and there is no other place. */
static void wastebasket_check(struct scene *s)
{
	char path[256];
	unsigned listed = 0;
	for (const struct deleted_cartridge *d = deleted_first(s->b.inst); d; d = deleted_next(d), listed++) {
		snprintf(path, sizeof path, "%s/cartridges/.deleted/%s/%s/label.json", s->b.dir, d->entry,
			d->what.barcode);
		if (access(path, F_OK))
			fail_msg("%s is in no place", path);
		assert_string_equal(d->what.reason, "a test");
	}
	snprintf(path, sizeof path, "%s/cartridges/.deleted", s->b.dir);
	unsigned there = entries_of(path);
	assert_int_equal(there ? there - 2 : 0, listed);
}

static void check(void *arg)
{
	struct scene *s = arg;
	struct ledger *l = s->ledger;
	size_t n = 0;
	char path[128];
	glob_t damaged;
	if (bench_open(&s->b))
		fail_msg("%s", s->b.why);
	snprintf(path, sizeof path, "%s/catalog.damaged*", s->b.dir);
	assert_int_equal(glob(path, 0, NULL, &damaged), GLOB_NOMATCH);
	for (int i = 0; i < CARTRIDGES; i++) {
		char barcode[16];
		barcode_text(i, barcode);
		const char *where = bench_where(&s->b, barcode);
		if (strcmp(where, l->place[i]) && strcmp(where, l->wanted[i]))
			fail_msg("%s was at %s, may be at %s, is at %s", barcode, l->place[i], l->wanted[i],
				where);
		bool there = strcmp(where, "nowhere");
		snprintf(path, sizeof path, "%s/cartridges/%s", s->b.dir, barcode);
		assert_int_equal(access(path, F_OK), there ? 0 : -1);
		n += there;
	}
	bench_sound(&s->b, n);
	wastebasket_check(s);
	unsigned drives = s->b.library->n_drive_elements, layout = s->b.library->layout;
	assert_true(drives == l->drives || drives == l->drives_wanted);
	assert_true(layout == l->layout || layout == l->layout_wanted);
	assert_string_equal(drive_find(s->b.library, 1)->identity.serial, l->first_serial);
	char *text = identity_export(s->b.inst), *file = file_text(s->b.dir, "identity.json", NULL);
	assert_string_equal(text, file);
	free(text);
	free(file);
	answered(s);
	l->changes--;
	bench_close(&s->b);
}

static void furnish(void *arg)
{
	struct scene *s = arg;
	assert_int_equal(bench_open(&s->b), 0);
	bench_library(&s->b);
	strcpy(s->ledger->first_serial, drive_find(s->b.library, 1)->identity.serial);
	for (int i = 0; i < 5; i++) {
		char barcode[16];
		barcode_text(i, barcode);
		bench_cartridge(&s->b, barcode);
	}
	answered(s);
	bench_close(&s->b);
}

/* How long a child lives at most: longer when children are killed before their first answer, because sanitizers and
 * other programs make them slow. */
static unsigned life_ms(unsigned before, bool answered)
{
	enum { LEAST = 40, MOST = 4000 };
	unsigned after = answered ? before - before / 8 : before + before / 2;
	return after < LEAST ? LEAST : after > MOST ? MOST : after;
}

static void every_answered_change_outlives_kill_9(void **state)
{
	unsigned life = life_ms(0, true);
	struct scene s;
	bench_make(&s.b);
	s.ledger = mmap(NULL, sizeof *s.ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(s.ledger, MAP_FAILED);
	s.ledger->seed = seed_new();
	on_worker(furnish, &s);
	for (int kill_n = 0; kill_n < KILLS; kill_n++) {
		fflush(NULL);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			worker_run_once(child_run, &s);
			_exit(4);
		}
		unsigned long long changes = s.ledger->changes;
		usleep(2000 + dice(s.ledger, life) * 1000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		life = life_ms(life, s.ledger->changes > changes);
		on_worker(check, &s);
	}
	print_message("%d kills, %llu changes answered\n", KILLS, (unsigned long long)s.ledger->changes);
	assert_true(s.ledger->changes > KILLS / 4);
	munmap(s.ledger, sizeof *s.ledger);
	bench_remove(&s.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answered_change_outlives_kill_9),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
