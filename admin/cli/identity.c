/* SPDX-License-Identifier: Apache-2.0 */
/* identity show, export, import. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/files.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"

/* --- show: every device in one table ----------------------------------------------------------------- */

static void device_into(json_t *list, const json_t *library, const json_t *device)
{
	const json_t *number = json_object_get(device, identity_drive_keys.number);
	json_t *row = json_deep_copy(device);
	json_object_set(row, identity_row_keys.library, json_object_get(library, identity_library_keys.name));
	json_object_set_new(row, identity_row_keys.device,
		number ? json_sprintf("drive:%d", (int)json_integer_value(number)) : json_string("changer"));
	if (json_is_false(json_object_get(device, identity_drive_keys.installed)))
		json_object_set_new(row, identity_row_keys.device,
			json_sprintf("drive:%d (removed)", (int)json_integer_value(number)));
	json_array_append_new(list, row);
}

static json_t *devices_of(const json_t *identity)
{
	size_t i, k;
	json_t *library, *drive, *list = json_array();
	json_array_foreach(json_object_get(identity, identity_keys.libraries), i, library) {
		device_into(list, library, json_object_get(library, identity_library_keys.changer));
		json_array_foreach(json_object_get(library, identity_library_keys.drives), k, drive)
			device_into(list, library, drive);
	}
	return list;
}

int run_identity_show(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	int code = EXIT_REFUSED;
	json_t *identity = ask(cli, verb->method, parsed->params, -1, &code);
	if (!cli->json && identity)
		json_object_set_new(identity, identity_shown_keys.devices, devices_of(identity));
	if (identity)
		code = print_answer(cli, verb, identity);
	json_decref(identity);
	return code;
}

/* --- export and import -------------------------------------------------------------------------------- */

int run_identity_import(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	autoclose int fd = open_plain(cli, parsed_text(parsed, "file"));
	return fd < 0 ? EXIT_REFUSED : ask_and_print(cli, verb, parsed->params, fd);
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);
		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static int to_stdout(const char *text)
{
	if (write_all(STDOUT_FILENO, text, strlen(text)))
		return EXIT_DONE;
	complain("cannot write to stdout: %s", error_text(-errno));
	return EXIT_REFUSED;
}

static int to_file(const struct cli *cli, const struct verb *verb, const char *path, bool force,
	const char *text)
{
	struct new_file file;
	if (!new_file_open(cli, &file, path, force))
		return EXIT_REFUSED;
	int code = write_all(file.fd, text, strlen(text))
		? EXIT_DONE
		: verb_fail(cli, FAIL_FAILED, "%s: %s", path, error_text(-errno));
	code = new_file_close(cli, &file, code);
	if (code != EXIT_DONE)
		return code;
	json_t *told = json_pack("{s:s,s:I}", identity_file_keys.file, path, identity_file_keys.bytes,
		(json_int_t)strlen(text));
	code = told ? print_answer(cli, verb, told) : EXIT_REFUSED;
	json_decref(told);
	return code;
}

int run_identity_export(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *path = parsed_text(parsed, "file");
	int code = EXIT_REFUSED;
	json_t *result = ask(cli, verb->method, NULL, -1, &code);
	const char *text = json_string_value(json_object_get(result, identity_text_keys.text));
	if (text)
		code = strcmp(path, "-") == 0 ? to_stdout(text)
					      : to_file(cli, verb, path, parsed_flag(parsed, "force"), text);
	else if (result)
		code = verb_fail(cli, FAIL_FAILED, "evertaped sent no identity file");
	json_decref(result);
	return code;
}
