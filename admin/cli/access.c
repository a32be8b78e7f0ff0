/* SPDX-License-Identifier: Apache-2.0 */
/* initiator allow and default, session drop: verbs whose options differ from the method's parameters. */
#include <stdlib.h>
#include <string.h>

#include "admin/cli/client.h"
#include "admin/view/keys.h"
#include "vtl/base/secret.h"
#include "vtl/access/access.h"

static const struct {
	const char *option, *local, *param;
} secrets[] = {
	{ "--secret-file", "secret_file", "chap_secret" },
	{ "--target-secret-file", "target_secret_file", "target_secret" },
};

static int secret_into(const struct cli *cli, struct parsed *parsed, size_t i)
{
	char secret[SECRET_MAX + 1], why[LINE_LEN];
	const char *path = parsed_text(parsed, secrets[i].local);
	if (!path)
		return EXIT_DONE;
	int code = EXIT_DONE;
	if (!secret_read(path, secret, why, sizeof why))
		code = verb_fail(cli, FAIL_FAILED, "%s", why);
	else if (strlen(secret) < CHAP_SECRET_MIN)
		code = verb_fail(cli, FAIL_FAILED,
			"%s: the secret has %zu bytes; a CHAP secret must have %d to %d bytes", path,
			strlen(secret), CHAP_SECRET_MIN, CHAP_SECRET_MAX);
	else if (json_object_set_new(parsed->params, secrets[i].param, json_string(secret)) < 0)
		code = verb_fail(cli, FAIL_FAILED, "%s: the secret is not UTF-8", path);
	explicit_bzero(secret, sizeof secret);
	return code;
}

static void wipe(json_t *params, const char *name)
{
	json_t *value = json_object_get(params, name);
	if (json_is_string(value))
		explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

int run_initiator_allow(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	int code = EXIT_DONE;
	for (size_t i = 0; i < 2 && code == EXIT_DONE; i++)
		code = secret_into(cli, parsed, i);
	if (code == EXIT_DONE)
		code = ask_and_print(cli, verb, parsed->params, -1);
	for (size_t i = 0; i < 2; i++)
		wipe(parsed->params, secrets[i].param);
	return code;
}

static const struct {
	const char *rule, *method;
} defaults[] = {
	{ "allow", "initiator.allow" },
	{ "deny", "initiator.deny" },
};

static int default_set(struct cli *cli, const char *rule)
{
	const char *method = NULL;
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (strcmp(defaults[i].rule, rule) == 0)
			method = defaults[i].method;
	if (!method)
		return verb_fail(cli, FAIL_USAGE, "initiator default: RULE must be allow or deny");
	json_t *params = json_pack("{s:s}", "name", "*");
	json_t *answer = client_ask(cli, method, params, -1);
	json_decref(params);
	const json_t *error = json_object_get(answer, reply_keys.error);
	const char *code = json_string_value(json_object_get(error, error_keys.code));
	/* No rule exists: then there is nothing to change. */
	int exit_code = error && code && strcmp(code, "not-found") != 0 ? print_refusal(cli, error)
									: EXIT_DONE;
	json_decref(answer);
	return exit_code;
}

int run_initiator_default(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *rule = parsed_text(parsed, "rule");
	int code = rule ? default_set(cli, rule) : EXIT_DONE;
	json_t *result = code == EXIT_DONE ? ask(cli, verb->method, NULL, -1, &code) : NULL;
	struct verb shown = *verb;
	/* The authentication of a rule that denies everybody is of no interest. */
	if (!json_is_true(json_object_get(result, rule_keys.allowed)))
		shown.say = verb->say_none;
	if (result)
		code = print_answer(cli, &shown, result);
	json_decref(result);
	return code;
}

/* A number is a TSIH, anything else an initiator's name. */
int run_session_drop(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *which = parsed_text(parsed, "which");
	if (!which == !json_is_true(json_object_get(parsed->params, "all")))
		return verb_fail(cli, FAIL_USAGE, "session drop: give a TSIH, an initiator's name, or --all");
	if (which && strspn(which, "0123456789") == strlen(which) && strlen(which) < 10)
		json_object_set_new(parsed->params, "tsih", json_integer(atoi(which)));
	else if (which)
		json_object_set_new(parsed->params, "initiator", json_string(which));
	return ask_and_print(cli, verb, parsed->params, -1);
}
