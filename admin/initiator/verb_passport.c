/* SPDX-License-Identifier: Apache-2.0 */
/* evertape passport: saves, shows and compares what an initiator sees at a portal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/files.h"
#include "admin/initiator/options.h"
#include "admin/initiator/passport.h"
#include "admin/initiator/passport_advice.h"
#include "admin/view/keys.h"

enum { ISID_PASSPORT = 0x7001, OPTION_ALLOW_REMOVED = 2000, OPTION_FORCE };

static const char help[] =
	"usage: evertape passport save PORTAL FILE      save what hosts see at a portal\n"
	"       evertape passport compare PORTAL FILE   print what has changed since; exit 1 if anything has\n"
	"       evertape passport show PORTAL           print what hosts see\n"
	"PORTAL is HOST:PORT or iscsi://HOST:PORT/TARGET, of any vendor.  What a device does not report\n"
	"is named and left out.  If a target is lost meanwhile, nothing is saved.\n"
	"FILE may be -: stdout for save, stdin for compare.\n"
	"  --force                   save: overwrite an existing file\n"
	"  --allow-removed           compare: ignore logical units that were removed\n" LOGIN_HELP;

struct passport_job {
	const struct cli *cli;
	struct portal portal;
	struct login login;
	const char *file;
	bool allow_removed, force;
};

static int refused(const struct passport_job *job, const char *why)
{
	return verb_fail(job->cli, FAIL_FAILED, "%s", why);
}

/* Reads the passport now.  NULL: an error was printed. */
static json_t *read_now(const struct passport_job *job)
{
	char why[WHY_LEN];
	json_t *now = passport_read(&job->portal, &job->login.session, why);
	if (!now)
		refused(job, why);
	return now;
}

static void json_print(const json_t *j)
{
	json_dumpf(j, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
	putchar('\n');
}

static int save_to_stdout(struct passport_job *job, const json_t *now)
{
	int err = passport_write(now, STDOUT_FILENO);
	return err ? verb_fail(job->cli, FAIL_FAILED, "cannot write to stdout: %s", strerror(-err))
		   : EXIT_DONE;
}

static void save_print(const struct passport_job *job, const json_t *now)
{
	size_t i, units = 0;
	json_t *target;
	const json_t *targets = json_object_get(now, "targets");
	json_array_foreach(targets, i, target)
		units += json_array_size(json_object_get(target, "units"));
	if (job->cli->json)
		json_print(now);
	else
		printf("%s: saved %zu target%s, %zu logical unit%s\n", job->file, json_array_size(targets),
			json_array_size(targets) == 1 ? "" : "s", units, units == 1 ? "" : "s");
}

/* The file is created before the portal is read, so that an existing file is refused at once. */
static int save(struct passport_job *job)
{
	struct new_file file;
	bool dash = strcmp(job->file, "-") == 0;
	if (!dash && !new_file_open(job->cli, &file, job->file, job->force))
		return EXIT_REFUSED;
	json_t *now = read_now(job);
	int code = now ? EXIT_DONE : EXIT_REFUSED;
	if (now && dash)
		code = save_to_stdout(job, now);
	int err = now && !dash ? passport_write(now, file.fd) : 0;
	if (err)
		code = verb_fail(job->cli, FAIL_FAILED, "%s: %s", job->file, strerror(-err));
	if (!dash)
		code = new_file_close(job->cli, &file, code);
	if (!dash && code == EXIT_DONE)
		save_print(job, now);
	json_decref(now);
	return code;
}

static int show(struct passport_job *job)
{
	json_t *now = read_now(job);
	if (!now)
		return EXIT_REFUSED;
	if (job->cli->json) {
		json_object_set_new(now, "advice", passport_advice(now));
		json_print(now);
	} else {
		passport_show(now, stdout);
	}
	json_decref(now);
	return EXIT_DONE;
}

static int differences_print(const struct passport_job *job, const struct passport_difference *d)
{
	size_t count = json_array_size(d->differences);
	if (job->cli->json) {
		json_t *both = json_pack("{s:b, s:O, s:O}", comparison_keys.same, !count,
			comparison_keys.differences, d->differences, comparison_keys.additions, d->additions);
		json_print(both);
		json_decref(both);
	} else {
		changes_print(d->differences, d->additions);
		if (!count)
			printf("no difference from %s\n", job->file);
	}
	if (count)
		fprintf(stderr, "evertape: %zu difference%s from %s\n", count, count == 1 ? "" : "s",
			job->file);
	return count ? EXIT_REFUSED : EXIT_DONE;
}

static int compare(struct passport_job *job)
{
	char why[WHY_LEN];
	struct passport_difference d;
	json_t *was = passport_load(job->file, why);
	if (!was)
		return refused(job, why);
	int code = EXIT_REFUSED;
	json_t *now = read_now(job);
	if (now) {
		passport_compare(was, now, job->allow_removed, &d);
		code = differences_print(job, &d);
		json_decref(d.differences);
		json_decref(d.additions);
	}
	json_decref(now);
	json_decref(was);
	return code;
}

static const struct passport_verb {
	const char *name;
	int arguments;
	int (*run)(struct passport_job *job);
} verbs[] = {
	{ "save", 2, save },
	{ "compare", 2, compare },
	{ "show", 1, show },
};

static int usage(const struct passport_job *job, const char *why)
{
	return verb_fail(job->cli, FAIL_USAGE, "passport: %s", why);
}

static int options_read(struct passport_job *job, int argc, char **argv, char why[static WHY_LEN])
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "allow-removed", no_argument, NULL, OPTION_ALLOW_REMOVED },
		{ "force", no_argument, NULL, OPTION_FORCE },
		LOGIN_OPTIONS,
		{ 0 },
	};
	int option, at;
	optind = opterr = 0;
	while ((option = option_next(argc, argv, ":h", options, &at, why)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (option == OPTION_WRONG)
			return usage(job, why);
		if (option == OPTION_ALLOW_REMOVED)
			job->allow_removed = true;
		else if (option == OPTION_FORCE)
			job->force = true;
		else if (!login_option(&job->login, option, optarg, why))
			return usage(job, why);
	}
	return login_check(&job->login, why) ? -1 : usage(job, why);
}

static int run(struct passport_job *job, int argc, char **argv)
{
	char why[WHY_LEN];
	int done = options_read(job, argc, argv, why);
	if (done >= 0)
		return done;
	const struct passport_verb *verb = NULL;
	int given = argc - optind;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs && given; i++)
		if (!strcmp(argv[optind], verbs[i].name))
			verb = &verbs[i];
	if (!verb || given - 1 != verb->arguments)
		return usage(job, "must be save PORTAL FILE, compare PORTAL FILE or show PORTAL; see --help");
	if (!portal_parse(argv[optind + 1], &job->portal, why))
		return usage(job, why);
	job->file = verb->arguments > 1 ? argv[optind + 2] : NULL;
	job->login.session.isid = ISID_PASSPORT;
	job->login.session.chap_secret = job->login.chap_secret;
	job->login.session.target_secret = job->login.target_secret;
	return verb->run(job);
}

int verb_passport(const struct cli *cli, int argc, char **argv)
{
	struct passport_job job = { .cli = cli };
	int code = run(&job, argc, argv);
	login_fini(&job.login);
	return code;
}
