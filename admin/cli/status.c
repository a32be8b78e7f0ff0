/* SPDX-License-Identifier: Apache-2.0 */
/* status, and status --check for monitoring: one line for each problem, and the severity as exit code. */
#include <stdio.h>
#include <string.h>

#include "admin/cli/client.h"
#include "admin/cli/size.h"
#include "admin/view/keys.h"
#include "vtl/base/log.h"

/* The exit codes of monitoring plugins. */
enum { CHECK_OK = 0, CHECK_WARNING = 1, CHECK_CRITICAL = 2 };

static int exit_of_state(const char *state)
{
	static const struct {
		const char *state;
		int exit;
	} rows[] = { { "good", CHECK_OK }, { "warning", CHECK_WARNING } };
	for (size_t i = 0; state && i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].state, state) == 0)
			return rows[i].exit;
	return CHECK_CRITICAL;
}

/* Only stdout: monitoring systems read stdout. */
static void put_line(const char *line)
{
	char safe[2 * LINE_LEN];
	log_escape(safe, sizeof safe, "%s", line);
	puts(safe);
}

static int print_unreachable(const struct cli *cli, const json_t *error)
{
	char line[2 * LINE_LEN];
	const char *message = json_string_value(json_object_get(error, error_keys.message));
	snprintf(line, sizeof line, "critical: evertaped: %s; start it, or read its log",
		message ? message : "no answer");
	if (cli->json && error)
		error_print(cli, error);
	else
		put_line(line);
	return CHECK_CRITICAL;
}

/* Prints a size of the answer, or that it is unknown. */
static void size_of(const json_t *status, const char *key, char out[static SIZE_TEXT])
{
	const json_t *bytes = json_object_get(status, key);
	if (json_is_integer(bytes))
		size_text((uint64_t)json_integer_value(bytes), out);
	else
		snprintf(out, SIZE_TEXT, "unknown");
}

static void print_ok(const json_t *status)
{
	char total[SIZE_TEXT], available[SIZE_TEXT], line[LINE_LEN];
	size_of(status, disk_keys.disk_bytes, total);
	size_of(status, disk_keys.disk_available_bytes, available);
	snprintf(line, sizeof line, "ok: %lld cartridges, %zu drives, %lld sessions, %s of %s available",
		json_integer_value(json_object_get(status, status_keys.cartridges)),
		json_array_size(json_object_get(status, status_keys.drives)),
		json_integer_value(json_object_get(status, status_keys.sessions)), available, total);
	put_line(line);
}

static int check(const struct cli *cli, const json_t *status)
{
	size_t i;
	json_t *problem;
	const json_t *health = json_object_get(status, status_keys.health);
	const json_t *problems = json_object_get(health, summary_keys.problems);
	if (cli->json) {
		json_dumpf(health, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!json_array_size(problems)) {
		print_ok(status);
	}
	if (!cli->json)
		json_array_foreach(problems, i, problem)
			put_line(json_string_value(json_object_get(problem, problem_keys.line)));
	fflush(stdout);
	return exit_of_state(json_string_value(json_object_get(health, summary_keys.state)));
}

int run_status(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	if (!parsed_flag(parsed, "check"))
		return ask_and_print(cli, verb, parsed->params, -1);
	json_t *answer = client_ask(cli, verb->method, parsed->params, -1);
	const json_t *status = json_object_get(answer, reply_keys.result);
	int code = status ? check(cli, status)
			  : print_unreachable(cli, json_object_get(answer, reply_keys.error));
	json_decref(answer);
	return code;
}
