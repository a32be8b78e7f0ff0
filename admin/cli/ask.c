/* SPDX-License-Identifier: Apache-2.0 */
/* The usual verb: ask what the row says, print what comes back. */
#include <stdio.h>

#include "admin/cli/client.h"

int print_refusal(const struct cli *cli, const json_t *error)
{
	const char *message = json_string_value(json_object_get(error, "message"));
	if (cli->json) {
		json_t *document = json_pack("{s:O}", "error", error);
		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	}
	return complain(EXIT_REFUSED, "%s", message ? message : "refused");
}

int ask_and_print(const struct cli *cli, const struct verb *verb, json_t *params, int fd)
{
	char why[LINE_LEN];
	json_t *answer = client_ask(cli, verb->method, params, fd, why);
	if (!answer)
		return complain(EXIT_REFUSED, "%s", why);
	const json_t *error = json_object_get(answer, "error");
	int code = error ? print_refusal(cli, error)
	                 : print_answer(cli, verb, json_object_get(answer, "result"));
	json_decref(answer);
	return code;
}
