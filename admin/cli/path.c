/* SPDX-License-Identifier: Apache-2.0 */
/* What a path means, and how it is shown. */
#include "admin/cli/path.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DESCRIPTOR_DIGITS = 9 };

/* Digits to the end of the text. */
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

/* Whether the first len bytes are whole UTF-8. */
static bool is_utf8(const char *bytes, size_t len)
{
	json_t *text = json_stringn(bytes, len);
	json_decref(text);
	return text != NULL;
}

/* Bytes of the character here; 0 when it is none. */
static size_t character(const char *p)
{
	for (size_t len = 1; len <= 4 && p[len - 1]; len++)
		if (is_utf8(p, len))
			return len;
	return 0;
}

void path_text(const char *path, char *out, size_t size)
{
	size_t n = 0;
	while (*path && n + 5 < size) {
		size_t len = character(path);
		if (len)
			memcpy(out + n, path, len);
		else
			snprintf(out + n, 5, "\\x%02x", (unsigned char)*path);
		n += len ? len : 4;
		path += len ? len : 1;
	}
	out[n] = '\0';
}
