/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs about deleted cartridges whose output depends on the answer. */
#include "admin/cli/verb.h"
#include "admin/view/keys.h"

int run_cartridge_list(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	struct verb shown = *verb;
	if (json_is_true(json_object_get(parsed->params, "deleted"))) {
		shown.sections = cartridge_list_deleted_sections;
		shown.when = "deleted";
	}
	return ask_and_print(cli, &shown, parsed->params, -1);
}

int run_cartridge_delete(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	struct verb shown = *verb;
	int code = EXIT_REFUSED;
	json_t *result = ask(cli, verb->method, parsed->params, -1, &code);
	if (!result)
		return code;
	size_t destroyed = json_array_size(json_object_get(result, deletion_keys.destroyed));
	if (destroyed && destroyed == json_array_size(json_object_get(result, deletion_keys.barcodes)))
		shown.say = "{count cartridge} destroyed: {barcodes}";
	else if (destroyed)
		shown.say =
			"{count cartridge} deleted: {barcodes}; destroyed, because the disk is short of space: {destroyed}";
	code = print_answer(cli, &shown, result);
	json_decref(result);
	return code;
}
