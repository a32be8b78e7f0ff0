/* SPDX-License-Identifier: Apache-2.0 */
/* The usual verb: calls its method and prints the answer. */
#include <stdio.h>

#include "admin/cli/client.h"
#include "admin/method/method.h"
#include "admin/view/keys.h"

int print_refusal(const struct cli *cli, const json_t *error)
{
	const json_t *details = json_object_get(error, error_keys.details);
	const char *message = json_string_value(json_object_get(error, error_keys.message));
	if (cli->json || cli->results)
		error_print(cli, error);
	if (!cli->json)
		changes_print(json_object_get(details, change_details_keys.differences),
			json_object_get(details, change_details_keys.additions));
	complain_about(cli, message ? message : "refused");
	return exit_of(json_string_value(json_object_get(error, error_keys.code)));
}

json_t *answer_result(const struct cli *cli, json_t *answer, int *ret_exit)
{
	const json_t *error = json_object_get(answer, reply_keys.error);
	if (error)
		*ret_exit = print_refusal(cli, error);
	else if (!answer)
		*ret_exit = verb_fail(cli, FAIL_FAILED, "out of memory");
	json_t *result = error ? NULL : json_incref(json_object_get(answer, reply_keys.result));
	json_decref(answer);
	return result;
}

json_t *ask(const struct cli *cli, const char *method, json_t *params, int fd, int *ret_exit)
{
	return answer_result(cli, client_ask(cli, method, params, fd), ret_exit);
}

int ask_and_print(const struct cli *cli, const struct verb *verb, json_t *params, int fd)
{
	int code = EXIT_REFUSED;
	const struct method *method = method_find(verb->method);
	for (const struct param *p = method->params; !cli->json && p->name; p++)
		if (p->in_tables)
			json_object_set_new(params, p->name, json_true());
	json_t *result = ask(cli, verb->method, params, fd, &code);
	if (result)
		code = print_answer(cli, verb, result);
	json_decref(result);
	return code;
}
