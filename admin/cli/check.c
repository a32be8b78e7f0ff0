/* SPDX-License-Identifier: Apache-2.0 */
/* cartridge verify BARCODE|FILE: the command checks a file, the daemon checks a barcode. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/cli/batch.h"
#include "admin/cli/client.h"
#include "admin/cli/files.h"
#include "admin/cli/folder.h"
#include "admin/cli/path.h"
#include "admin/rpc/offline.h"
#include "admin/view/keys.h"
#include "media/engine/engine.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"

enum { CHECK_SAID = 1 }; /* failed, and an error was printed */

struct watch {
	const struct cli *cli;
	uint64_t size; /* of the file; used when the total is not known */
};

static bool step(void *arg, uint64_t done, uint64_t total)
{
	const struct watch *watch = arg;
	progress_draw(watch->cli, done, total ? total : watch->size);
	return true;
}

/* Verifies a cartridge folder; needs no catalog. */
static int check_folder(const char *path, const struct media_progress *progress, struct cart_report *report)
{
	struct folder_place place;
	int err = folder_place(path, &place);
	if (err)
		return err;
	struct engine *engine = engine_sync_new();
	err = engine ? cart_verify(shelf_at(engine, place.root), place.name, progress, report) : -ENOMEM;
	engine_free(engine);
	return err;
}

static int check_path(const struct cli *cli, const char *path, struct cart_report *report)
{
	struct stat st;
	struct watch watch = { .cli = cli };
	const struct media_progress progress = { .step = step, .arg = &watch };
	if (path_descriptor(path, -1) < 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return check_folder(path, &progress, report);
	autoclose int fd = open_source(cli, path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return CHECK_SAID;
	watch.size = (uint64_t)st.st_size;
	return cart_verify_container(fd, CART_ANY, &progress, report);
}

static int print_damage(const struct cli *cli, const char *path, const struct cart_report *report)
{
	char line[LINE_LEN];
	report_text(path, report, line, sizeof line);
	json_t *error = json_pack("{s:s,s:s,s:o}", error_keys.code, "damaged", error_keys.message, line,
		error_keys.details, report_view(path, report));
	int code = error ? print_refusal(cli, error) : verb_fail(cli, FAIL_FAILED, "%s", line);
	json_decref(error);
	return code;
}

static int verify_path(const struct cli *cli, const struct verb *verb, const char *path)
{
	char name[LINE_LEN / 2];
	struct cart_report report = { 0 };
	int64_t began = now_ms();
	int err = check_path(cli, path, &report);
	progress_draw(cli, 0, 0);
	log_escape(name, sizeof name, "%s", path);
	if (err == CHECK_SAID)
		return EXIT_REFUSED;
	if (err == -EBADMSG)
		return print_damage(cli, name, &report);
	if (err == -EUCLEAN)
		return verb_fail(cli, "damaged", "%s is not a cartridge%s%s", name, report.why[0] ? ": " : "",
			report.why);
	if (err)
		return verb_fail(cli, FAIL_FAILED, "%s: %s", name, media_error_text(err));
	json_t *view = report_view(name, &report);
	report_rate(view, &report, now_ms() - began);
	int code = view ? print_answer(cli, verb, view) : EXIT_REFUSED;
	json_decref(view);
	return code;
}

static int verify_one(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *what)
{
	if (is_path(what))
		return verify_path(cli, verb, what);
	json_t *params = barcode_params(parsed, what);
	if (!params)
		return verb_fail(cli, FAIL_USAGE,
			"BARCODE|FILE: the name is not UTF-8; write ./FILE to name a file");
	int code = ask_and_print(cli, verb, params, -1);
	json_decref(params);
	return code;
}

int run_cartridge_verify(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	return each(cli, verb, parsed, "what", verify_one);
}
