/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a secret without leaving it about. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "admin/cli/secret.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"

/* A secret others can read is none. */
static bool file_private(const char *path, int fd, char why[static LINE_LEN])
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		snprintf(why, LINE_LEN, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, LINE_LEN, "%s is not a plain file", path);
	else if (st.st_mode & 077)
		snprintf(why, LINE_LEN, "secret file %s can be used by others (mode %04o): chmod 600 it",
		         path, (unsigned)st.st_mode & 07777);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		snprintf(why, LINE_LEN, "secret file %s belongs to somebody else", path);
	else
		return true;
	return false;
}

/* The first line, without its end; what does not fit is no secret of ours. */
static bool line_read(int fd, char out[static SECRET_MAX + 1])
{
	size_t len = 0;
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);
		if (n < 0)
			return false;
		if (n == 0 || c == '\n')
			break;
		if (len == SECRET_MAX || c == '\0') {
			errno = EFBIG;
			return false;
		}
		out[len++] = c;
	}
	if (len && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return true;
}

static bool terminal_read(char out[static SECRET_MAX + 1])
{
	struct termios old, quiet;
	if (tcgetattr(STDIN_FILENO, &old) < 0)
		return false;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs("secret: ", stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	bool good = line_read(STDIN_FILENO, out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	return good;
}

bool secret_get(const char *path, char out[static SECRET_MAX + 1], char why[static LINE_LEN])
{
	bool is_stdin = strcmp(path, "-") == 0;
	autoclose int fd = is_stdin ? -1 : file_open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	if (!is_stdin && fd < 0) {
		if (fd == -EUCLEAN)
			snprintf(why, LINE_LEN, "%s is not a plain file", path);
		else
			snprintf(why, LINE_LEN, "%s: %s", path, strerror(-fd));
		return false;
	}
	if (!is_stdin && !file_private(path, fd, why))
		return false;
	bool good = !is_stdin ? line_read(fd, out)
	            : isatty(STDIN_FILENO) ? terminal_read(out)
	                                   : line_read(STDIN_FILENO, out);
	if (good && out[0])
		return true;
	snprintf(why, LINE_LEN, "%s: %s", is_stdin ? "stdin" : path,
	         good ? "there is no secret in it"
	         : errno == EFBIG ? "its first line is no secret of at most 255 bytes"
	                          : strerror(errno));
	return false;
}
