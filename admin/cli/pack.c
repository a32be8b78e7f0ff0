/* SPDX-License-Identifier: Apache-2.0 */
/* Import from folders and export into them. */
#include "admin/cli/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/cli/client.h"
#include "admin/cli/files.h"
#include "admin/view/keys.h"
#include "media/container/container.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"

/* The thread that works on the folder while the daemon works on the stream. */
struct packer {
	int dirfd, fd;
	enum cart_container container;
	int err;
	char why[128];
};

static enum cart_container format_of(json_t *params)
{
	const char *format = json_string_value(json_object_get(params, "format"));
	return format ? cart_format_find(format) : CART_ANY;
}

bool pack_is_meant(json_t *params)
{
	enum cart_container container = format_of(params);
	return container != CART_ANY && cart_format_row(container).is_folder;
}

static void *read_run(void *arg)
{
	struct packer *p = arg;
	p->err = cart_folder_pack(p->dirfd, p->container, p->fd);
	/* The end of the stream says that it is whole; else its sender is gone. */
	shutdown(p->fd, p->err ? SHUT_RDWR : SHUT_WR);
	return NULL;
}

static void *write_run(void *arg)
{
	struct packer *p = arg;
	p->err = cart_folder_unpack(p->fd, p->dirfd, p->why);
	shutdown(p->fd, SHUT_RDWR);
	return NULL;
}

/* Calls the method with the other end of the thread's stream.  The answer, or NULL with *ret_code. */
static json_t *ask_beside(struct cli *cli, const struct verb *verb, json_t *params, struct packer *p,
	void *(*run)(void *), int *ret_code)
{
	int pair[2];
	pthread_t thread;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		*ret_code = verb_fail(cli, FAIL_FAILED, "cannot create a socket: %s", error_text(-errno));
		return NULL;
	}
	p->fd = pair[0];
	int err = pthread_create(&thread, NULL, run, p);
	json_t *answer = err ? NULL : client_ask(cli, verb->method, params, pair[1]);
	close(pair[1]);
	if (err)
		*ret_code = verb_fail(cli, FAIL_FAILED, "cannot start a thread: %s", error_text(-err));
	else
		pthread_join(thread, NULL);
	close(pair[0]);
	return answer;
}

int pack_import(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *path)
{
	int code = EXIT_REFUSED;
	autoclose int dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return verb_fail(cli, FAIL_FAILED, "%s: %s", path, error_text(-errno));
	struct packer p = { .dirfd = dirfd, .container = format_of(parsed->params) };
	if (p.container == CART_ANY) {
		p.container = cart_folder_look(dirfd);
		json_object_set_new(parsed->params, "format", json_string(cart_format_row(p.container).name));
	}
	if (!cart_format_row(p.container).is_folder)
		return verb_fail(cli, FAIL_FAILED, "%s is a folder, and %s is a file", path,
			cart_format_row(p.container).words);
	json_t *answer = ask_beside(cli, verb, parsed->params, &p, read_run, &code);
	json_t *result = answer ? answer_result(cli, answer, &code) : NULL;
	if (result)
		code = print_answer(cli, verb, result);
	json_decref(result);
	return code;
}

/* Removes a folder that this program has made, and the files in it. */
static void folder_drop(int dirfd, const char *path)
{
	const struct dirent *d;
	DIR *dir = fdopendir(dirfd);
	while (dir && (d = readdir(dir)))
		if (d->d_type == DT_REG)
			unlinkat(dirfd, d->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

int pack_export(struct cli *cli, const struct verb *verb, json_t *params, const char *path)
{
	int code = EXIT_DONE;
	if (json_is_true(json_object_get(params, "resume")))
		return verb_fail(cli, FAIL_USAGE, "--resume needs one file: a folder is exported anew");
	if (mkdir(path, 0750) < 0)
		return verb_fail(cli, FAIL_FAILED, "%s: %s%s", path, error_text(-errno),
			errno == EEXIST ? "; name a new folder" : "");
	int dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0) {
		rmdir(path);
		return verb_fail(cli, FAIL_FAILED, "%s: %s", path, error_text(-errno));
	}
	struct packer p = { .dirfd = dirfd };
	json_t *answer = ask_beside(cli, verb, params, &p, write_run, &code);
	/* When the daemon could not write, the cause is here. */
	bool ours = answer && p.err && p.err != -ECONNRESET;
	if (ours)
		code = verb_fail(cli, FAIL_FAILED, "%s: %s", path, p.why[0] ? p.why : error_text(p.err));
	json_t *result = answer && !ours ? answer_result(cli, answer, &code) : NULL;
	if (ours)
		json_decref(answer);
	if (result) {
		close(dirfd);
		return export_print(cli, verb, code, result, path);
	}
	folder_drop(dirfd, path);
	return code;
}
