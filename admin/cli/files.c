/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that open a file here, with the user's own permissions, and send it along. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/pump.h"
#include "vtl/base/cleanup.h"

static bool is_dash(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* A new file; nobody's old one is written over unless that was said. */
static int create_new(const char *path, bool force)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), 0640);
	if (fd >= 0)
		return fd;
	complain(0, "%s: %s%s", path, strerror(errno),
	         errno == EEXIST ? "; --force writes over it" : "");
	return -1;
}

/* Keeps the file when all went well and it is on the disk, else takes it away again. */
static int finish_new(const char *path, int fd, int code)
{
	if (code == EXIT_DONE && fsync(fd) < 0)
		code = complain(EXIT_REFUSED, "%s: %s", path, strerror(errno));
	if (code != EXIT_DONE)
		unlink(path);
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
	autoclose int fd = create_new(path, parsed_flag(parsed, "force"));
	if (fd < 0)
		return EXIT_REFUSED;
	return finish_new(path, fd, ask_and_print(cli, verb, parsed->params, fd));
}

static int open_plain(const char *path)
{
	struct stat st;
	/* O_NONBLOCK: somebody else's FIFO shall not hang us; a plain file does not care. */
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		complain(0, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		complain(0, "%s is not a plain file", path);
		return -1;
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return take_fd(fd);
}

int run_cartridge_import(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	const char *path = parsed_text(parsed, "file");
	if (is_dash(path))
		return pump_ask(cli, verb, parsed->params, STDIN_FILENO, PUMP_IN);
	guess_format(path, parsed);
	autoclose int fd = open_plain(path);
	return fd < 0 ? EXIT_REFUSED : ask_and_print(cli, verb, parsed->params, fd);
}

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
	if (is_dash(path))
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
	} else if (is_dash(path)) {
		code = identity_write(cli, verb, path, STDOUT_FILENO,
		                      json_object_get(answer, "result"));
	} else {
		autoclose int fd = create_new(path, parsed_flag(parsed, "force"));
		if (fd >= 0)
			code = finish_new(path, fd, identity_write(cli, verb, path, fd,
			                                           json_object_get(answer, "result")));
	}
	json_decref(answer);
	return code;
}
