/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that open a file here, with the user's own permissions, and send it along. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/files.h"
#include "admin/cli/pump.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"

static bool is_dash(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* A device or a folder that is called so is not what --force is for. */
static bool replaceable(const struct cli *cli, const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		return true;
	verb_fail(cli, FAIL_FAILED, "%s is not a plain file", path);
	return false;
}

bool new_file_open(const struct cli *cli, struct new_file *file, const char *path, bool force)
{
	*file = (struct new_file){ .path = path, .fd = -1 };
	if (force && !replaceable(cli, path))
		return false;
	int len = snprintf(file->made, sizeof file->made, force ? "%s.XXXXXX" : "%s", path);
	if (len < 0 || (size_t)len >= sizeof file->made)
		errno = ENAMETOOLONG;
	else if (force)
		file->fd = mkostemp(file->made, O_CLOEXEC);
	else
		file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (file->fd < 0)
		verb_fail(cli, errno == EEXIST ? FAIL_NEEDS_FORCE : FAIL_FAILED, "%s: %s%s", path,
		          strerror(errno), errno == EEXIST ? "; --force writes over it" : "");
	return file->fd >= 0;
}

int new_file_close(const struct cli *cli, struct new_file *file, int code)
{
	bool moved = strcmp(file->made, file->path) != 0;
	if (code == EXIT_DONE && (fsync(file->fd) < 0 || (moved && rename(file->made, file->path) < 0)))
		code = verb_fail(cli, FAIL_FAILED, "%s: %s", file->path, strerror(errno));
	if (code != EXIT_DONE)
		unlink(file->made);
	close(file->fd);
	return code;
}

/* ".tap" in the name says which container is meant, unless --format does. */
static void guess_format(const char *path, struct parsed *parsed)
{
	size_t len = strlen(path);
	if (!json_object_get(parsed->params, "format") && len > 4 &&
	    strcasecmp(path + len - 4, ".tap") == 0)
		json_object_set_new(parsed->params, "format", json_string("tap"));
}

int run_cartridge_export(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *path = parsed_text(parsed, "file");
	if (is_dash(path))
		return pump_ask(cli, verb, parsed->params, STDOUT_FILENO, PUMP_OUT);
	guess_format(path, parsed);
	struct new_file file;
	if (!new_file_open(cli, &file, path, parsed_flag(parsed, "force")))
		return EXIT_REFUSED;
	json_t *result = ask(cli, verb->method, parsed->params, file.fd);
	int code = new_file_close(cli, &file, result ? EXIT_DONE : EXIT_REFUSED);
	if (code == EXIT_DONE)
		code = print_answer(cli, verb, result);
	json_decref(result);
	return code;
}

int open_plain(const struct cli *cli, const char *path)
{
	struct stat st;
	autoclose int fd = file_open_at(AT_FDCWD, path, O_RDONLY, 0);
	int err = fd >= 0 && fstat(fd, &st) < 0 ? -errno : fd < 0 ? fd : 0;
	if (err == -EUCLEAN || (!err && !S_ISREG(st.st_mode)))
		verb_fail(cli, FAIL_FAILED, "%s is not a plain file", path);
	else if (err)
		verb_fail(cli, FAIL_FAILED, "%s: %s", path, strerror(-err));
	else
		return take_fd(fd);
	return -1;
}

int run_cartridge_import(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *path = parsed_text(parsed, "file");
	if (is_dash(path))
		return pump_ask(cli, verb, parsed->params, STDIN_FILENO, PUMP_IN);
	guess_format(path, parsed);
	autoclose int fd = open_plain(cli, path);
	return fd < 0 ? EXIT_REFUSED : ask_and_print(cli, verb, parsed->params, fd);
}
