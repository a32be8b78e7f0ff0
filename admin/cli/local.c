/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that need no daemon: library personalities, version, help. */
#include <string.h>

#include "admin/cli/client.h"
#include "admin/rpc/offline.h"
#include "admin/view/keys.h"

int run_personalities(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	(void)parsed;
	json_t *view = personalities_view();
	int code = view ? print_answer(cli, verb, view) : EXIT_REFUSED;
	json_decref(view);
	return code;
}

int run_version(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	(void)parsed;
	json_t *o = json_pack("{s:s,s:n}", versions_keys.version, EVERTAPE_VERSION, versions_keys.daemon);
	json_t *answer = client_ask(cli, verb->method, NULL, -1);
	json_t *daemon = json_object_get(json_object_get(answer, reply_keys.result), program_keys.version);
	if (daemon)
		json_object_set(o, versions_keys.daemon, daemon);
	int code = print_answer(cli, verb, o);
	json_decref(answer);
	json_decref(o);
	return code;
}

static const struct verb *find(const char *noun, const char *verb)
{
	for (const struct verb *v = verbs; v->noun; v++)
		if (strcmp(v->noun, noun) == 0 && (!v->verb || (verb && strcmp(v->verb, verb) == 0)))
			return v;
	return NULL;
}

int run_help(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *noun = parsed_text(parsed, "noun"), *word = parsed_text(parsed, "verb");
	if (parsed_flag(parsed, "roff")) {
		help_roff();
		return EXIT_DONE;
	}
	if (!noun) {
		help_all();
		return EXIT_DONE;
	}
	const struct verb *row = find(noun, word);
	if (row && row->raw)
		return row->raw(cli, 2, (char *[]){ (char *)noun, (char[]){ "--help" }, NULL });
	if (row) {
		help_verb(row);
		return EXIT_DONE;
	}
	for (const struct verb *v = verbs; v->noun && !word; v++) {
		if (strcmp(v->noun, noun) == 0) {
			help_noun(noun);
			return EXIT_DONE;
		}
	}
	return verb_fail(cli, FAIL_USAGE, "help: unknown noun or verb \"%.100s%s%.100s\"; see: evertape %s",
		noun, word ? " " : "", word ? word : "", verb->noun);
}
