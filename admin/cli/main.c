/* SPDX-License-Identifier: Apache-2.0 */
/* The evertape command: finds the row for the arguments and runs it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/verb.h"
#include "vtl/base/locked.h"
#include "vtl/base/timer.h"

/* The default state directory; evertaped uses the same rule. */
static const char *state_default(char *path, size_t size)
{
	const char *set = getenv("EVERTAPE_STATE"), *home = getenv("XDG_STATE_HOME");
	if (set && *set)
		return set;
	if (geteuid() == 0)
		return "/var/lib/evertape";
	if (home && *home)
		snprintf(path, size, "%s/evertape", home);
	else
		snprintf(path, size, "%s/.local/state/evertape", getenv("HOME") ? getenv("HOME") : "");
	return path;
}

static bool noun_known(const char *noun)
{
	for (const struct verb *v = verbs; v->noun; v++)
		if (strcmp(v->noun, noun) == 0)
			return true;
	return false;
}

static const struct verb *verb_find(const char *noun, const char *verb)
{
	for (const struct verb *v = verbs; v->noun; v++)
		if (strcmp(v->noun, noun) == 0 && (!v->verb || (verb && strcmp(v->verb, verb) == 0)))
			return v;
	return NULL;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int run_row(struct cli *cli, const struct verb *verb, int argc, char **argv)
{
	char why[LINE_LEN], name[80];
	struct parsed parsed;
	int code = EXIT_DONE;
	snprintf(name, sizeof name, "%s%s%s", verb->noun, verb->verb ? " " : "",
		verb->verb ? verb->verb : "");
	if (!options_parse(verb, cli, argc, argv, &parsed, why))
		code = verb_fail(cli, FAIL_USAGE, "%s: %s; see: evertape %s --help", name, why, name);
	else if (parsed.help)
		help_verb(verb);
	else if (verb->run)
		code = verb->run(cli, verb, &parsed);
	else
		code = ask_and_print(cli, verb, parsed.params, -1);
	parsed_fini(&parsed);
	return code;
}

/* argv[0] is the noun. */
static int run_words(struct cli *cli, int argc, char **argv)
{
	const char *noun = argv[0], *word = argc > 1 ? argv[1] : NULL;
	if (is_help(noun)) {
		help_all();
		return EXIT_DONE;
	}
	if (!noun_known(noun))
		return verb_fail(cli, FAIL_USAGE, "unknown noun \"%.100s\"; see: evertape help", noun);
	const struct verb *verb = verb_find(noun, word);
	if (verb && verb->raw && cli->timeout_s != TIMEOUT_USUAL)
		return verb_fail(cli, FAIL_USAGE, "%s has its own --timeout option: write it after %s", noun,
			noun);
	if (verb && verb->raw) {
		char name[40]; /* getopt's messages begin with it */
		snprintf(name, sizeof name, "evertape: %s", noun);
		argv[0] = name;
		return verb->raw(cli, argc, argv);
	}
	if (verb)
		return run_row(cli, verb, argc - (verb->verb ? 2 : 1), argv + (verb->verb ? 2 : 1));
	if (word && is_help(word)) {
		help_noun(noun);
		return EXIT_DONE;
	}
	if (!word)
		return verb_fail(cli, FAIL_USAGE, "%s: missing verb; see: evertape %s --help", noun, noun);
	return verb_fail(cli, FAIL_USAGE, "%s: unknown verb \"%.100s\"; see: evertape %s --help", noun, word,
		noun);
}

/* --json may stand anywhere: it is removed from argv before anything can fail. */
static int json_option_remove(int argc, char **argv, bool *ret_json)
{
	int kept = 1;
	bool words = true;
	for (int i = 1; i < argc; i++) {
		words = words && strcmp(argv[i], "--") != 0;
		if (words && strcmp(argv[i], "--json") == 0)
			*ret_json = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

/* Parses "--NAME VALUE" and "--NAME=VALUE".  NULL: argv[*at] is another option, or has no value. */
static const char *lead_value(const char *name, int argc, char **argv, int *at)
{
	size_t len = strlen(name);
	if (strncmp(argv[*at], name, len) != 0)
		return NULL;
	if (argv[*at][len] == '=')
		return argv[*at] + len + 1;
	return !argv[*at][len] && *at + 1 < argc ? argv[++*at] : NULL;
}

/* Parses an option before the noun.  Returns 0, or the exit code. */
static int lead_option(struct cli *cli, int argc, char **argv, int *at)
{
	const char *option = argv[*at], *value;
	if ((value = lead_value("--state", argc, argv, at))) {
		cli->state = value;
		return EXIT_DONE;
	}
	if ((value = lead_value("--timeout", argc, argv, at)))
		return timeout_read(value, &cli->timeout_s)
			? EXIT_DONE
			: verb_fail(cli, FAIL_USAGE,
				  "--timeout must be 0 (no limit) to %d seconds, not %.40s", TIMEOUT_MAX_S,
				  value);
	return verb_fail(cli, FAIL_USAGE,
		strcmp(option, "--state") == 0             ? "%s needs a directory"
			: strcmp(option, "--timeout") == 0 ? "%s needs a number of seconds"
							   : "unknown option %.100s; see: evertape help",
		option);
}

int main(int argc, char **argv)
{
	char path[4096];
	struct cli cli = { .state = state_default(path, sizeof path),
		.progress = isatty(STDERR_FILENO),
		.began_ms = now_ms(),
		.timeout_s = TIMEOUT_USUAL };
	int at = 1;
	json_set_alloc_funcs(malloc, wiping_free); /* requests hold secrets */
	signal(SIGPIPE, SIG_IGN);                  /* write() reports a reader that has closed the pipe */
	argc = json_option_remove(argc, argv, &cli.json);
	for (; at < argc && argv[at][0] == '-' && !is_help(argv[at]); at++) {
		if (strcmp(argv[at], "--version") == 0)
			return run_words(&cli, 1, (char *[]){ "version", NULL });
		int code = lead_option(&cli, argc, argv, &at);
		if (code)
			return code;
	}
	if (at == argc)
		return verb_fail(&cli, FAIL_USAGE, "missing noun; see: evertape help");
	int code = run_words(&cli, argc - at, argv + at);
	return output_ok() ? code : code ? code : EXIT_REFUSED;
}
