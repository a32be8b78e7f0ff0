/* SPDX-License-Identifier: Apache-2.0 */
/* The usual verb: ask what the row says, print what comes back. */
#include <stdio.h>

#include "admin/cli/client.h"

int print_refusal(const struct cli *cli, const json_t *error)
{
	const json_t *details = json_object_get(error, "details");
	const char *message = json_string_value(json_object_get(error, "message"));
	if (cli->json)
		error_print(error);
	else
		changes_print(json_object_get(details, "differences"), json_object_get(details, "additions"));
	complain("%s", message ? message : "refused");
	return EXIT_REFUSED;
}

json_t *answer_result(const struct cli *cli, json_t *answer, const char *why)
{
	if (!answer) {
		verb_fail(cli, FAIL_UNREACHABLE, "%s", why);
		return NULL;
	}
	const json_t *error = json_object_get(answer, "error");
	if (error)
		print_refusal(cli, error);
	json_t *result = error ? NULL : json_incref(json_object_get(answer, "result"));
	json_decref(answer);
	return result;
}

json_t *ask(const struct cli *cli, const char *method, json_t *params, int fd)
{
	char why[LINE_LEN];
	json_t *answer = client_ask(cli, method, params, fd, why);
	return answer_result(cli, answer, why);
}

int ask_and_print(const struct cli *cli, const struct verb *verb, json_t *params, int fd)
{
	json_t *result = ask(cli, verb->method, params, fd);
	int code = result ? print_answer(cli, verb, result) : EXIT_REFUSED;
	json_decref(result);
	return code;
}
