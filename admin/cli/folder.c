/* SPDX-License-Identifier: Apache-2.0 */
/* cartridge export DIR: reads a cartridge folder only, so it needs no daemon and no write permission. */
#include "admin/cli/folder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/files.h"
#include "admin/cli/pack.h"
#include "admin/method/param_check.h"
#include "admin/rpc/offline.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"

bool is_path(const char *text)
{
	return strcmp(text, "-") == 0 || strpbrk(text, "/.") != NULL;
}

int folder_place(const char *path, struct folder_place *ret_place)
{
	if (!realpath(path, ret_place->path))
		return -errno;
	char *slash = strrchr(ret_place->path, '/');
	if (!slash[1])
		return -ENOENT;
	size_t len = slash == ret_place->path ? 1 : (size_t)(slash - ret_place->path);
	memcpy(ret_place->root, ret_place->path, len);
	ret_place->root[len] = '\0';
	ret_place->name = slash + 1;
	return 0;
}

/* Blocks the signals that end an export to a file, so that step() sees them and the unfinished file is
 * removed. */
static void stops_hold(sigset_t *stops, sigset_t *ret_before)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	sigemptyset(stops);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct sigaction action;
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(stops, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, stops, ret_before);
}

/* taken: these signals ended the export; consume them so that they do not kill the program too. */
static void stops_release(const sigset_t *stops, const sigset_t *before, bool taken)
{
	while (taken && sigtimedwait(stops, NULL, &(struct timespec){ 0 }) > 0)
		;
	sigprocmask(SIG_SETMASK, before, NULL);
}

struct watch {
	const struct cli *cli;
	sigset_t stops;
};

static bool step(void *arg, uint64_t done, uint64_t total)
{
	const struct watch *watch = arg;
	sigset_t came;
	progress_draw(watch->cli, done, total);
	sigpending(&came);
	sigandset(&came, &came, &watch->stops);
	return sigisemptyset(&came);
}

static int export_failed(const struct cli *cli, const char *path, int err, const char *why)
{
	char name[LINE_LEN / 2];
	log_escape(name, sizeof name, "%s", path);
	if (err == -ECANCELED)
		return verb_fail(cli, FAIL_INTERRUPTED, "interrupted: %s was not exported", name);
	return verb_fail(cli,
		err == -EBUSY                                ? "busy"
			: err == -EBADMSG || err == -EUCLEAN ? "damaged"
							     : FAIL_FAILED,
		"cannot export %s: %s", name, why[0] ? why : media_error_text(err));
}

/* Writes the container to fd.  Returns the exit code; sets *ret_result only with EXIT_DONE. */
static int export_to(const struct cli *cli, const struct parsed *parsed, const struct folder_place *place,
	int fd, struct watch *watch, json_t **ret_result)
{
	const char *format = json_string_value(json_object_get(parsed->params, "format"));
	enum cart_container container = format ? cart_format_find(format) : CART_NATIVE;
	const struct media_progress progress = { .step = step, .arg = watch };
	struct cart_report report = { 0 };
	char why[128] = "";
	int64_t began = now_ms();
	struct engine *engine = engine_sync_new();
	int err = engine ? cart_export(shelf_at(engine, place->root), place->name, fd, container, &progress,
				   &report, why)
			 : -ENOMEM;
	engine_free(engine);
	progress_draw(cli, 0, 0);
	if (err)
		return export_failed(cli, place->path, err, why);
	*ret_result = transfer_view(place->name, &report, now_ms() - began);
	return *ret_result ? EXIT_DONE : verb_fail(cli, FAIL_FAILED, "out of memory");
}

/* stdout may hold the data, so nothing is printed there. */
static int export_stream(const struct cli *cli, const struct parsed *parsed, const struct folder_place *place,
	int fd)
{
	struct cli plain = *cli;
	struct watch watch = { .cli = &plain };
	json_t *result = NULL;
	plain.json = false;
	sigemptyset(&watch.stops);
	if (isatty(fd))
		return verb_fail(cli, FAIL_FAILED,
			"refusing to write binary data to a terminal; name a file");
	int code = export_to(&plain, parsed, place, fd, &watch, &result);
	json_decref(result);
	return code;
}

static int export_file(const struct cli *cli, const struct verb *verb, const struct parsed *parsed,
	const struct folder_place *place, const char *path)
{
	struct watch watch = { .cli = cli };
	struct new_file file;
	sigset_t before;
	json_t *result = NULL;
	stops_hold(&watch.stops, &before);
	int code = EXIT_REFUSED;
	if (new_file_open(cli, &file, path, parsed_flag(parsed, "force")))
		code = new_file_close(cli, &file, export_to(cli, parsed, place, file.fd, &watch, &result));
	code = export_print(cli, verb, code, result, path);
	stops_release(&watch.stops, &before, code == EXIT_INTERRUPTED);
	return code;
}

int folder_export(const struct cli *cli, const struct verb *verb, const struct parsed *parsed,
	const struct folder_place *place, const char *path)
{
	const char *format = json_string_value(json_object_get(parsed->params, "format"));
	char unknown[WHY_LEN];
	if (format && !format_ok(format, unknown))
		return verb_fail(cli, FAIL_USAGE, "--format %s", unknown);
	if (format && !cart_format_row(cart_format_find(format)).writes)
		return verb_fail(cli, FAIL_USAGE, "%s can only be imported; export in another format",
			cart_format_row(cart_format_find(format)).words);
	if (json_is_true(json_object_get(parsed->params, "resume")))
		return verb_fail(cli, FAIL_USAGE,
			"--resume needs the daemon: name the cartridge by its barcode");
	if (pack_is_meant(parsed->params))
		return verb_fail(cli, FAIL_USAGE, "a cartridge folder can only be exported to one file");
	autoclose int sink = open_sink(path);
	return sink >= 0 ? export_stream(cli, parsed, place, sink)
			 : export_file(cli, verb, parsed, place, path);
}
