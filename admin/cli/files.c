/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that open a file with the user's own permissions and send its descriptor to the daemon. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/cli/batch.h"
#include "admin/cli/client.h"
#include "admin/cli/files.h"
#include "admin/cli/folder.h"
#include "admin/cli/kept.h"
#include "admin/cli/pack.h"
#include "admin/cli/path.h"
#include "admin/cli/pump.h"
#include "admin/view/keys.h"
#include "media/container/container.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/file.h"

enum { FIFO_WAIT_MS = 10000, NAME_TRIES = 100 };

/* --- a file under construction -------------------------------------------------------------------------- */

/* --force replaces plain files only, never a device or a folder. */
static bool replaceable(const struct cli *cli, const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		return true;
	verb_fail(cli, FAIL_FAILED, "%s is not a plain file", path);
	return false;
}

static bool is_free(const struct cli *cli, const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return true;
	verb_fail(cli, FAIL_NEEDS_FORCE, "%s: %s; use --force to overwrite it", path, error_text(-EEXIST));
	return false;
}

/* Creates an unnamed file, if the file system supports that. */
static int nameless_open(const char *path)
{
	char folder[PATH_MAX];
	if (!folder_of(path, folder)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0640);
}

static int named_open(struct new_file *file)
{
	int len = snprintf(file->made, sizeof file->made, "%s.XXXXXX", file->path);
	if (len < 0 || (size_t)len >= sizeof file->made) {
		file->made[0] = '\0';
		errno = ENAMETOOLONG;
		return -1;
	}
	mode_t mask = umask(0);
	umask(mask);
	int fd = mkostemp(file->made, O_CLOEXEC);
	if (fd >= 0)
		(void)fchmod(fd, 0640 & ~mask);
	else
		file->made[0] = '\0';
	return fd;
}

/* Whether there may be a new file of this name. */
static bool may_make(const struct cli *cli, const char *path, bool force)
{
	const char *kept = kept_folder(path);
	if (!kept)
		return force ? replaceable(cli, path) : is_free(cli, path);
	verb_fail(cli, FAIL_FAILED,
		"%s would be in %s, where only evertaped makes files: choose another folder", path, kept);
	return false;
}

bool new_file_open_part(const struct cli *cli, struct new_file *file, const char *path, bool force)
{
	*file = (struct new_file){ .path = path, .force = force, .part = true, .fd = -1 };
	struct stat st;
	if (!may_make(cli, path, force))
		return false;
	int len = snprintf(file->made, sizeof file->made, "%s.part", path), err = 0;
	if (len < 0 || (size_t)len >= sizeof file->made)
		err = -ENAMETOOLONG;
	else if ((file->fd = file_open_at(AT_FDCWD, file->made, O_RDWR | O_CREAT | O_NOFOLLOW, 0640)) < 0)
		err = file->fd;
	else if (fstat(file->fd, &st) < 0 || !S_ISREG(st.st_mode))
		err = -EUCLEAN;
	else if (flock(file->fd, LOCK_EX | LOCK_NB) < 0)
		err = -errno;
	if (!err)
		return true;
	verb_fail(cli, FAIL_FAILED, "%s.part: %s", path,
		err == -EWOULDBLOCK       ? "another export writes it"
			: err == -EUCLEAN ? "it is not a plain file"
					  : error_text(err));
	if (file->fd >= 0)
		close(file->fd);
	return false;
}

bool new_file_open(const struct cli *cli, struct new_file *file, const char *path, bool force)
{
	*file = (struct new_file){ .path = path, .force = force, .fd = -1 };
	if (!may_make(cli, path, force))
		return false;
	file->fd = nameless_open(path);
	if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		file->fd = named_open(file);
	if (file->fd < 0)
		verb_fail(cli, FAIL_FAILED, "%s: %s", path, error_text(-errno));
	return file->fd >= 0;
}

/* Links an unnamed file to the name `to`, which must not exist. */
static int name_link(int fd, const char *to)
{
	char from[64];
	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
}

/* Links the file to a temporary name in the same folder. */
static int name_temporary(struct new_file *file)
{
	for (unsigned i = 0; i < NAME_TRIES; i++) {
		int len = snprintf(file->made, sizeof file->made, "%s.%d-%u", file->path, (int)getpid(), i);
		if (len < 0 || (size_t)len >= sizeof file->made)
			errno = ENAMETOOLONG;
		else if (name_link(file->fd, file->made) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	file->made[0] = '\0';
	return -1;
}

/* Gives the file its final name atomically.  Replaces an existing file only with force. */
static int new_file_publish(struct new_file *file)
{
	if (fsync(file->fd) < 0)
		return -1;
	if (!file->force && !file->made[0])
		return name_link(file->fd, file->path);
	if (!file->made[0] && name_temporary(file) < 0)
		return -1;
	if (renameat2(AT_FDCWD, file->made, AT_FDCWD, file->path, file->force ? 0 : RENAME_NOREPLACE) < 0)
		return -1;
	file->made[0] = '\0';
	return 0;
}

int new_file_close(const struct cli *cli, struct new_file *file, int code)
{
	if (code == EXIT_DONE && new_file_publish(file) < 0)
		code = verb_fail(cli, FAIL_FAILED, "%s: %s", file->path, error_text(-errno));
	if (file->made[0] && !file->part)
		unlink(file->made);
	close(file->fd);
	return code;
}

/* --- cartridges ---------------------------------------------------------------------------------------- */

/* The suffix of the file to be written selects the format, unless --format is given. */
static void format_of_name(const char *path, struct parsed *parsed)
{
	enum cart_container format = cart_format_of_path(path);
	if (!json_object_get(parsed->params, "format") && format != CART_ANY)
		json_object_set_new(parsed->params, "format", json_string(cart_format_row(format).name));
}

static bool is_file(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int open_sink(const char *path)
{
	struct stat st;
	int fd = path_descriptor(path, STDOUT_FILENO);
	if (fd >= 0)
		return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode) ? open(path, O_WRONLY | O_CLOEXEC) : -1;
}

static bool is_folder(const char *path)
{
	struct stat st;
	return path_descriptor(path, STDOUT_FILENO) < 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The path of the exported file: the path itself, or a file named after the cartridge if it is a folder. */
static bool target_path(const struct cli *cli, const struct parsed *parsed, const char *barcode,
	char out[static PATH_MAX])
{
	const char *path = parsed_text(parsed, "file");
	const char *format = json_string_value(json_object_get(parsed->params, "format"));
	enum cart_container container = format ? cart_format_find(format) : CART_NATIVE;
	const char *suffix = cart_format_row(container == CART_ANY ? CART_NATIVE : container).suffix;
	bool slash = path[0] && path[strlen(path) - 1] == '/';
	int len = !is_folder(path)
		? snprintf(out, PATH_MAX, "%s", path)
		: snprintf(out, PATH_MAX, "%s%s%s.%s", path, slash ? "" : "/", barcode, suffix);
	if (len >= 0 && len < PATH_MAX)
		return true;
	verb_fail(cli, FAIL_FAILED, "%.100s...: %s", path, error_text(-ENAMETOOLONG));
	return false;
}

int export_print(const struct cli *cli, const struct verb *verb, int code, json_t *result, const char *path)
{
	json_t *name = json_string(path); /* NULL when it is not UTF-8 */
	if (result && name)
		json_object_set(result, exported_keys.file, name);
	json_decref(name);
	if (code == EXIT_DONE)
		code = print_answer(cli, verb, result);
	json_decref(result);
	return code;
}

static int export_to(struct cli *cli, const struct verb *verb, json_t *params, const char *path, bool force)
{
	bool resume = json_is_true(json_object_get(params, "resume"));
	autoclose int sink = open_sink(path);
	if (sink >= 0 && resume)
		return verb_fail(cli, FAIL_USAGE, "--resume needs a file: %s is a pipe", path);
	if (sink >= 0)
		return pump_ask(cli, verb, params, sink, PUMP_OUT);
	struct new_file file;
	if (resume ? !new_file_open_part(cli, &file, path, force) : !new_file_open(cli, &file, path, force))
		return EXIT_REFUSED;
	int code = EXIT_DONE;
	json_t *result = ask(cli, verb->method, params, file.fd, &code);
	return export_print(cli, verb, new_file_close(cli, &file, code), result, path);
}

/* Exports a cartridge folder without the daemon. */
static int export_folder(const struct cli *cli, const struct verb *verb, const struct parsed *parsed,
	const char *folder)
{
	char path[PATH_MAX];
	struct folder_place place;
	int err = folder_place(folder, &place);
	if (!err && !is_folder(folder))
		err = -ENOTDIR;
	if (err)
		return verb_fail(cli, FAIL_FAILED, "cannot open cartridge folder %.300s: %s", folder,
			error_text(err));
	return !target_path(cli, parsed, place.name, path) ? EXIT_REFUSED
							   : folder_export(cli, verb, parsed, &place, path);
}

static int export_one(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *barcode)
{
	char path[PATH_MAX];
	if (is_path(barcode))
		return export_folder(cli, verb, parsed, barcode);
	json_t *params = barcode_params(parsed, barcode);
	if (!params)
		return verb_fail(cli, FAIL_USAGE, "BARCODE: \"%.100s\" is not UTF-8 text", barcode);
	int code = !target_path(cli, parsed, barcode, path) ? EXIT_REFUSED
		: pack_is_meant(params)                     ? pack_export(cli, verb, params, path)
					: export_to(cli, verb, params, path, parsed_flag(parsed, "force"));
	json_decref(params);
	return code;
}

int run_cartridge_export(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *path = parsed_text(parsed, "file");
	if (each_count(parsed, "barcodes") > 1 && !is_folder(path))
		return verb_fail(cli, FAIL_USAGE,
			"%s is not a folder: several cartridges can be exported only into an existing "
			"folder",
			path);
	format_of_name(path, parsed);
	return each(cli, verb, parsed, "barcodes", export_one);
}

int open_plain(const struct cli *cli, const char *path)
{
	struct stat st;
	autoclose int fd = file_open_at(AT_FDCWD, path, O_RDONLY, 0);
	int err = fd >= 0 && fstat(fd, &st) < 0 ? -errno : fd < 0 ? fd : 0;
	if (err == -EUCLEAN || (!err && !S_ISREG(st.st_mode)))
		verb_fail(cli, FAIL_FAILED, "%s is not a plain file", path);
	else if (err)
		verb_fail(cli, FAIL_FAILED, "%s: %s", path, error_text(err));
	else
		return take_fd(fd);
	return -1;
}

/* Waits until a process opens the FIFO for writing.  Without a writer the FIFO would read as empty. */
static bool fifo_wait(const struct cli *cli, int fd, const char *path)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	if (poll(&ready, 1, FIFO_WAIT_MS) > 0)
		return true;
	verb_fail(cli, FAIL_FAILED,
		"%s: no program opened this FIFO for writing within %d s; name a plain file or start the writer",
		path, FIFO_WAIT_MS / 1000);
	return false;
}

int open_source(const struct cli *cli, const char *path)
{
	struct stat st;
	int named = path_descriptor(path, STDIN_FILENO);
	autoclose int fd = named >= 0 ? fcntl(named, F_DUPFD_CLOEXEC, 3)
				      : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		verb_fail(cli, FAIL_FAILED, "%s: %s", path, error_text(-errno));
		return -1;
	}
	if (named >= 0)
		return take_fd(fd);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
		verb_fail(cli, FAIL_FAILED, "%s is not a plain file or a FIFO", path);
		return -1;
	}
	if (S_ISFIFO(st.st_mode) && !fifo_wait(cli, fd, path))
		return -1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return take_fd(fd);
}

int run_cartridge_import(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *path = parsed_text(parsed, "file");
	if (is_folder(path))
		return pack_import(cli, verb, parsed, path);
	autoclose int fd = open_source(cli, path);
	if (fd < 0)
		return EXIT_REFUSED;
	if (pack_is_meant(parsed->params))
		return verb_fail(cli, FAIL_FAILED, "%s is not a folder", path);
	return is_file(fd) ? ask_and_print(cli, verb, parsed->params, fd)
			   : pump_ask(cli, verb, parsed->params, fd, PUMP_IN);
}
