/* SPDX-License-Identifier: Apache-2.0 */
/* The size of the terminal, and text that is cut to fit. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "admin/cli/cli.h"

enum { COLUMNS_USUAL = 80, ROWS_USUAL = 24, COLUMNS_MOST = 1000 };

static unsigned from_environment(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	long n = text ? strtol(text, NULL, 10) : 0;
	return n > 0 && n <= COLUMNS_MOST ? (unsigned)n : otherwise;
}

void terminal_size(int fd, unsigned *ret_columns, unsigned *ret_rows)
{
	struct winsize size = { 0 };
	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	*ret_columns = size.ws_col ? size.ws_col : from_environment("COLUMNS", COLUMNS_USUAL);
	*ret_rows = size.ws_row ? size.ws_row : from_environment("LINES", ROWS_USUAL);
}

size_t text_fit(const char *text, size_t len, unsigned columns)
{
	size_t at = 0;
	for (unsigned used = 0; at < len; used++) {
		if (used == columns)
			return at;
		at++;
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++; /* continuation bytes of a UTF-8 character */
	}
	return len;
}
