/* SPDX-License-Identifier: Apache-2.0 */
/* cartridge verify BARCODE|FILE: a file is checked here, a barcode by the daemon. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/rpc/offline.h"
#include "media/engine.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"

/* No barcode has a slash or a point; whoever means a file named like a barcode says ./E00001L8. */
static bool is_path(const char *text)
{
	return strpbrk(text, "/.") != NULL;
}

struct watch {
	const struct cli *cli;
	uint64_t size; /* of the file: the total where there is no better one */
};

static bool step(void *arg, uint64_t done, uint64_t total)
{
	const struct watch *watch = arg;
	progress_draw(watch->cli, done, total ? total : watch->size);
	return true;
}

/* A cartridge's folder, readable with no catalog. */
static int check_folder(const char *path, const struct media_progress *progress,
                        struct cart_report *report)
{
	autofree char *folder = realpath(path, NULL);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	if (!slash || !slash[1])
		return -ENOENT;
	struct engine *engine = engine_sync_new();
	if (!engine)
		return -ENOMEM;
	*slash = '\0';
	int err = cart_verify(engine, *folder ? folder : "/", slash + 1, progress, report);
	engine_free(engine);
	return err;
}

static int check_path(const struct cli *cli, const char *path, struct cart_report *report)
{
	struct stat st;
	struct watch watch = { .cli = cli };
	const struct media_progress progress = { .step = step, .arg = &watch };
	autoclose int fd = file_open_at(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return check_folder(path, &progress, report);
	watch.size = (uint64_t)st.st_size;
	return S_ISREG(st.st_mode) ? cart_verify_container(fd, &progress, report) : -EUCLEAN;
}

static int print_damage(const struct cli *cli, const char *path, const struct cart_report *report)
{
	char line[LINE_LEN];
	report_text(path, report, line, sizeof line);
	json_t *error = json_pack("{s:s,s:s,s:o}", "code", "damaged", "message", line, "details",
	                          report_view(path, report));
	int code = error ? print_refusal(cli, error) : verb_fail(cli, FAIL_FAILED, "%s", line);
	json_decref(error);
	return code;
}

int run_cartridge_verify(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *what = json_string_value(json_object_get(parsed->params, "barcode"));
	if (!is_path(what))
		return ask_and_print(cli, verb, parsed->params, -1);
	struct cart_report report = { 0 };
	int err = check_path(cli, what, &report);
	progress_draw(cli, 0, 0);
	if (err == -EBADMSG)
		return print_damage(cli, what, &report);
	if (err == -EUCLEAN)
		return verb_fail(cli, "damaged", "%s is no cartridge%s%s", what, report.why[0] ? ": " : "",
		            report.why);
	if (err)
		return verb_fail(cli, FAIL_FAILED, "%s: %s", what, strerror(-err));
	json_t *view = report_view(what, &report);
	int code = view ? print_answer(cli, verb, view) : EXIT_REFUSED;
	json_decref(view);
	return code;
}
