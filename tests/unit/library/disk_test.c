/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks that refuse: every call that writes, syncs or renames fails in turn
 * under every change.  A change that was refused has not happened, one that
 * was answered has; whatever is left, the next start agrees with itself.
 */
#include "bench.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vtl/base/log.h"
#include "vtl/base/worker.h"
#include "vtl/library/installation.h"

/* --- system calls that fail ---------------------------------------------------------------------------- */

static const struct refusal {
	const char *name;
	int err;
	int calls[6];
} refusals[] = {
	{ "no write", ENOSPC, { SYS_pwrite64, SYS_pwritev, SYS_writev } },
	{ "a bad sector", EIO, { SYS_pwrite64, SYS_pwritev, SYS_writev } },
	{ "no sync of data", EIO, { SYS_fdatasync, SYS_msync } },
	{ "no sync of files and folders", EIO, { SYS_fsync } },
	{ "no rename", EROFS,
		{
#ifdef SYS_rename
			SYS_rename,
#endif
			SYS_renameat, SYS_renameat2 } },
	{ "no new folder", EDQUOT,
		{
#ifdef SYS_mkdir
			SYS_mkdir,
#endif
			SYS_mkdirat } },
	{ "no removal", EROFS,
		{
#ifdef SYS_unlink
			SYS_unlink,
#endif
			SYS_unlinkat } },
	{ "no lock", ENOLCK, { SYS_fcntl } },
};

static const struct refusal unreadable = { "no read", EIO, { SYS_pread64, SYS_preadv } };

enum { FILTER_MAX = 2 * 6 + 4 };

/* From now on, for ever, in all threads of this process. False: not allowed here. */
static bool refuse_calls(const struct refusal *r)
{
	struct sock_filter code[FILTER_MAX];
	unsigned short n = 0;
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < sizeof r->calls / sizeof *r->calls && (i == 0 || r->calls[i]); i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)r->calls[i], 0,
			1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_ERRNO | (unsigned)r->err);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { n, code };
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
		!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

/* --- changes --------------------------------------------------------------------------------------------- */

static int do_move(struct bench *b)
{
	return library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "drive:1"), BY_HOST) ==
			MOVE_DONE
		? 0
		: -EIO;
}

static int do_exchange(struct bench *b)
{
	return library_exchange(b->library, bench_element(b, "slot:1"), bench_element(b, "slot:2"),
		       bench_element(b, "slot:1"), BY_HOST) == MOVE_DONE
		? 0
		: -EIO;
}

static int do_make(struct bench *b)
{
	struct cartridge_plan plan = { .barcode = "E00009L8" };
	return cartridge_create(b->inst, b->library, &plan, NULL, b->why);
}

static int do_delete(struct bench *b)
{
	return cartridge_delete(b->inst, cartridge_find(b->library, "E00001L8"), BY_PERSON, NULL, b->why);
}

static int do_protect(struct bench *b)
{
	return cartridge_protect(b->inst, cartridge_find(b->library, "E00001L8"), true, b->why);
}

static int do_library(struct bench *b)
{
	struct library_plan plan = { .name = "more", .drives = 1, .slots = 1 };
	return library_create(b->inst, &plan, NULL, b->why);
}

static int do_drive(struct bench *b)
{
	return drive_add(b->inst, b->library, NULL, NULL, b->why);
}

static int do_layout(struct bench *b)
{
	return library_set_layout(b->inst, b->library, LAYOUT_TARGET_PER_DEVICE, b->why);
}

static int do_rule(struct bench *b)
{
	struct initiator rule = { .name = "iqn.x", .allowed = true };
	return initiator_set(installation_access(b->inst), &rule, b->why);
}

static int do_memory(struct bench *b)
{
	return memory_save(b->inst, b->library->changer.id, "mode", "x", 1);
}

static const struct change {
	const char *name;
	int (*run)(struct bench *b);
	bool half; /* what is refused may have happened: it says so */
} changes[] = {
	{ "a move", do_move, false },
	{ "an exchange", do_exchange, false },
	{ "a new cartridge", do_make, false },
	{ "a deletion", do_delete, true },
	{ "a write-protect tab", do_protect, false },
	{ "a new library", do_library, false },
	{ "a new drive", do_drive, false },
	{ "another layout", do_layout, false },
	{ "a rule", do_rule, false },
	{ "a memory", do_memory, false },
};

enum { STATE_TEXT = 32 << 10 };

/* Everything a change can change, as text. */
static void state_text(struct bench *b, char out[static STATE_TEXT])
{
	static const char *const barcodes[] = { "E00001L8", "E00002L8", "E00009L8" };
	struct initiator rule;
	char *identity = identity_export(b->inst), byte;
	int n = snprintf(out, STATE_TEXT, "%s", identity);
	for (size_t i = 0; i < sizeof barcodes / sizeof *barcodes; i++) {
		const struct cartridge *c = cartridge_find(b->library, barcodes[i]);
		n += snprintf(out + n, STATE_TEXT - (size_t)n, "%s %s%s\n", barcodes[i],
			bench_where(b, barcodes[i]), c && c->label.write_protected ? " protected" : "");
	}
	snprintf(out + n, STATE_TEXT - (size_t)n, "rule %d memory %d\n",
		initiator_rule(installation_access(b->inst), "iqn.x", &rule),
		(int)memory_load(b->inst, b->library->changer.id, "mode", &byte, 1));
	free(identity);
}

/* --- a change under a refusal, in a process of its own ----------------------------------------------------- */

struct outcome {
	bool allowed, ended;
	int err;
	char before[STATE_TEXT], after[STATE_TEXT], why[WHY_LEN];
};

struct trial {
	struct bench b;
	const struct refusal *refusal;
	const struct change *change;
	struct outcome *outcome;
	char again[STATE_TEXT];
};

static void furnish(void *arg)
{
	struct trial *t = arg;
	assert_int_equal(bench_open(&t->b), 0);
	bench_library(&t->b);
	bench_cartridge(&t->b, "E00001L8");
	bench_cartridge(&t->b, "E00002L8");
	bench_close(&t->b);
}

static void change_run(void *arg)
{
	struct trial *t = arg;
	struct outcome *o = t->outcome;
	if (bench_open(&t->b))
		_exit(3);
	bench_serve(&t->b);
	state_text(&t->b, o->before);
	o->allowed = refuse_calls(t->refusal);
	if (o->allowed) {
		o->err = t->change->run(&t->b);
		snprintf(o->why, sizeof o->why, "%s", t->b.why);
		state_text(&t->b, o->after);
		o->ended = true;
	}
	_exit(0); /* without a word to the catalog, as in a crash */
}

static void look_again(void *arg)
{
	struct trial *t = arg;
	if (bench_open(&t->b))
		fail_msg("%s, %s: %s", t->change->name, t->refusal->name, t->b.why);
	state_text(&t->b, t->again);
	size_t n = 0;
	struct cartridge *cartridge;
	TAILQ_FOREACH(cartridge, &t->b.library->cartridges, link)
		n++;
	bench_sound(&t->b, n);
	bench_close(&t->b);
}

static void child_run(struct trial *t, void (*run)(void *))
{
	int status;
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		worker_run_once(run, t);
		_exit(4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("%s: status %x", t->refusal->name, (unsigned)status);
}

/* On memory where there is some: nothing here needs the disk to be slow. */
static void trial_make(struct trial *t)
{
	bench_make(&t->b);
	if (access("/dev/shm", W_OK) == 0) {
		bench_remove(&t->b);
		strcpy(t->b.dir, "/dev/shm/evertape-test-XXXXXX");
		assert_non_null(mkdtemp(t->b.dir));
	}
}

static struct outcome *outcome_new(void)
{
	void *p = mmap(NULL, sizeof(struct outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		0);
	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static void trial(struct trial *t, unsigned *refused)
{
	struct outcome *o = t->outcome;
	*o = (struct outcome){ 0 };
	child_run(t, change_run);
	if (!o->allowed) {
		print_message("skipped: system calls cannot be filtered here\n");
		skip();
	}
	on_worker(look_again, t);
	const char *should = o->err ? o->before : o->after;
	bool is = !strcmp(t->again, should) || (o->err && t->change->half && !strcmp(t->again, o->after));
	if (!o->ended || !is || (o->err && !t->change->half && strcmp(o->after, o->before)) ||
		(!o->err && !strcmp(o->after, o->before)))
		fail_msg("%s, %s: %d (%s)\nbefore: %s\nafter: %s\nafter a start: %s", t->change->name,
			t->refusal->name, o->err, o->why, o->before, o->after, t->again);
	*refused += o->err != 0;
}

static void what_a_disk_refuses_has_not_happened(void **state)
{
	struct trial t = { .outcome = outcome_new() };
	unsigned refused = 0, done = 0;
	trial_make(&t);
	on_worker(furnish, &t);
	char good[sizeof t.b.dir + 8];
	snprintf(good, sizeof good, "%s-good", t.b.dir);
	run_command("cp -a '%s' '%s'", t.b.dir, good);
	for (size_t r = 0; r < sizeof refusals / sizeof *refusals; r++)
		for (size_t c = 0; c < sizeof changes / sizeof *changes; c++, done++) {
			t.refusal = &refusals[r];
			t.change = &changes[c];
			trial(&t, &refused);
			if (strcmp(t.again, t.outcome->before))
				run_command("rm -rf '%s'; cp -a '%s' '%s'", t.b.dir, good, t.b.dir);
		}
	print_message("%u changes, %u refused\n", done, refused);
	assert_true(refused > 30);
	run_command("rm -rf '%s'", good);
	munmap(t.outcome, sizeof *t.outcome);
	bench_remove(&t.b);
}

/* --- a catalog that cannot be read ---------------------------------------------------------------------------- */

static void open_unread(void *arg)
{
	struct trial *t = arg;
	t->outcome->allowed = refuse_calls(t->refusal);
	t->outcome->err = bench_open(&t->b);
	snprintf(t->outcome->why, sizeof t->outcome->why, "%s", t->b.why);
	_exit(0);
}

/* Whether it is damaged is not known then: it stays where it is, with its rules. */
static void a_catalog_that_cannot_be_read_is_left_alone(void **state)
{
	struct trial t = { .outcome = outcome_new(), .refusal = &unreadable, .change = &changes[0] };
	trial_make(&t);
	on_worker(furnish, &t);
	child_run(&t, open_unread);
	if (!t.outcome->allowed)
		skip();
	assert_int_equal(t.outcome->err, -EIO);
	assert_non_null(strstr(t.outcome->why, t.b.dir));
	assert_non_null(strstr(t.outcome->why,
		"catalog cannot be opened: the disk reports an error (Input/output error)"));
	run_command("test \"$(cd '%s' && echo catalog*)\" = catalog", t.b.dir);
	on_worker(look_again, &t);
	munmap(t.outcome, sizeof *t.outcome);
	bench_remove(&t.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_disk_refuses_has_not_happened),
		cmocka_unit_test(a_catalog_that_cannot_be_read_is_left_alone),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
