/* SPDX-License-Identifier: Apache-2.0 */
/* Interprets paths of the command line. */
#include "admin/cli/path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DESCRIPTOR_DIGITS = 9 };

/* Parses digits up to the end of the text; -1: something else. */
static int number_of(const char *text)
{
	size_t len = strspn(text, "0123456789");
	return len && len <= DESCRIPTOR_DIGITS && !text[len] ? atoi(text) : -1;
}

int path_descriptor(const char *path, int standard)
{
	static const struct {
		const char *name;
		int fd;
	} names[] = { { "/dev/stdin", STDIN_FILENO }, { "/dev/stdout", STDOUT_FILENO } };
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
	if (strcmp(path, "-") == 0)
		return standard;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(path, names[i].name) == 0)
			return names[i].fd;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return number_of(path + strlen(folders[i]));
	return -1;
}

bool folder_of(const char *path, char out[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
	if (len >= PATH_MAX)
		return false;
	memcpy(out, len ? path : ".", len ? len : 1);
	out[len ? len : 1] = '\0';
	return true;
}
