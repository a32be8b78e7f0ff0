/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one verb for several cartridges: one request and one result for each. */
#include "admin/cli/batch.h"
#include "admin/view/keys.h"

#include <stdio.h>
#include <string.h>

#include "vtl/base/log.h"

size_t each_count(const struct parsed *parsed, const char *key)
{
	return json_array_size(json_object_get(parsed->local, key));
}

/* An error that would repeat for every further name. */
static bool ends_all(const json_t *results)
{
	static const char *const codes[] = { FAIL_INTERRUPTED, FAIL_UNREACHABLE, FAIL_TIMEOUT };
	const json_t *last = json_array_get(results, json_array_size(results) - 1);
	const char *code = json_string_value(
		json_object_get(json_object_get(last, batch_result_keys.error), error_keys.code));
	for (size_t i = 0; code && i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

static void print_results(const struct cli *cli, json_t *results, size_t failed, size_t left)
{
	if (left)
		complain("%zu more not tried", left);
	json_t *document = !cli->json
		? NULL
		: json_pack("{s:O,s:i,s:i}", batch_keys.results, results, batch_keys.failed, (int)failed,
			  batch_keys.not_tried, (int)left);
	if (document) {
		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(document);
}

static int each_of(struct cli *cli, const struct verb *verb, struct parsed *parsed, const json_t *names,
	each_run run)
{
	struct cli one = *cli;
	size_t n = json_array_size(names), i, failed = 0;
	int code = EXIT_DONE;
	one.results = json_array();
	if (!one.results)
		return verb_fail(cli, FAIL_FAILED, "out of memory");
	for (i = 0; i < n && !(failed && ends_all(one.results)); i++) {
		char shown[LINE_LEN];
		const char *name = json_string_value(json_array_get(names, i));
		log_escape(shown, sizeof shown, "%s", name);
		one.about = shown;
		int result = run(&one, verb, parsed, name);
		failed += result != EXIT_DONE;
		code = code ? code : result;
	}
	print_results(cli, one.results, failed, n - i);
	json_decref(one.results);
	return code;
}

int each(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *key, each_run run)
{
	const json_t *names = json_object_get(parsed->local, key);
	if (json_array_size(names) == 1)
		return run(cli, verb, parsed, json_string_value(json_array_get(names, 0)));
	return each_of(cli, verb, parsed, names, run);
}

json_t *barcode_params(const struct parsed *parsed, const char *name)
{
	json_t *barcode = json_string(name), *params = barcode ? json_copy(parsed->params) : NULL;
	if (params)
		json_object_set(params, "barcode", barcode);
	json_decref(barcode);
	return params;
}

static int ask_one(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *name)
{
	json_t *params = barcode_params(parsed, name);
	int code = params ? ask_and_print(cli, verb, params, -1)
			  : verb_fail(cli, FAIL_USAGE, "BARCODE: \"%.100s\" is not UTF-8 text", name);
	json_decref(params);
	return code;
}

int run_each(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	return each(cli, verb, parsed, "barcodes", ask_one);
}
