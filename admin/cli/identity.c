/* SPDX-License-Identifier: Apache-2.0 */
/* identity show, export, import: one small file that is a library's names. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/files.h"
#include "vtl/base/cleanup.h"

/* --- show: every device in one table ----------------------------------------------------------------- */

static void device_into(json_t *list, const json_t *library, const json_t *device)
{
	const json_t *number = json_object_get(device, "number");
	json_t *row = json_deep_copy(device);
	json_object_set(row, "library", json_object_get(library, "name"));
	json_object_set_new(row, "device",
	                    number ? json_sprintf("drive %d", (int)json_integer_value(number))
	                           : json_string("changer"));
	if (json_is_false(json_object_get(device, "installed")))
		json_object_set_new(row, "device",
		                    json_sprintf("drive %d (removed)", (int)json_integer_value(number)));
	json_array_append_new(list, row);
}

static json_t *devices_of(const json_t *identity)
{
	size_t i, k;
	json_t *library, *drive, *list = json_array();
	json_array_foreach(json_object_get(identity, "libraries"), i, library) {
		device_into(list, library, json_object_get(library, "changer"));
		json_array_foreach(json_object_get(library, "drives"), k, drive)
			device_into(list, library, drive);
	}
	return list;
}

int run_identity_show(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	char why[LINE_LEN];
	json_t *answer = client_ask(cli, verb->method, parsed->params, -1, why);
	if (!answer)
		return complain(EXIT_REFUSED, "%s", why);
	json_t *identity = json_object_get(answer, "result");
	const json_t *error = json_object_get(answer, "error");
	if (!cli->json && identity)
		json_object_set_new(identity, "devices", devices_of(identity));
	int code = error ? print_refusal(cli, error) : print_answer(cli, verb, identity);
	json_decref(answer);
	return code;
}

/* --- export and import -------------------------------------------------------------------------------- */

int run_identity_import(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	autoclose int fd = open_plain(parsed_text(parsed, "file"));
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

static int identity_write(const struct cli *cli, const struct verb *verb, const char *path, int fd,
                          const json_t *result)
{
	const char *text = json_string_value(json_object_get(result, "text"));
	if (!text || !write_all(fd, text, strlen(text)))
		return complain(EXIT_REFUSED, "%s: %s", path,
		                text ? strerror(errno) : "no text came from the daemon");
	if (strcmp(path, "-") == 0)
		return EXIT_DONE;
	json_t *told = json_pack("{s:s,s:I}", "file", path, "bytes", (json_int_t)strlen(text));
	int code = told ? print_answer(cli, verb, told) : EXIT_REFUSED;
	json_decref(told);
	return code;
}

int run_identity_export(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *path = parsed_text(parsed, "file");
	char why[LINE_LEN];
	json_t *answer = client_ask(cli, verb->method, NULL, -1, why);
	const json_t *error = json_object_get(answer, "error");
	int code = EXIT_REFUSED;
	if (!answer) {
		complain(code, "%s", why);
	} else if (error) {
		code = print_refusal(cli, error);
	} else if (strcmp(path, "-") == 0) {
		code = identity_write(cli, verb, path, STDOUT_FILENO,
		                      json_object_get(answer, "result"));
	} else {
		struct new_file file;
		if (new_file_open(&file, path, parsed_flag(parsed, "force")))
			code = new_file_close(&file,
			                      identity_write(cli, verb, path, file.fd,
			                                     json_object_get(answer, "result")));
	}
	json_decref(answer);
	return code;
}
