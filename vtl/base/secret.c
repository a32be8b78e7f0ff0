/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a secret and leaves no copy in memory. */
#include "vtl/base/error_text.h"
#include "vtl/base/file.h"
#include "vtl/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"

/* The length up to which a line that is too long is counted. */
enum { LINE_MAX_COUNTED = 4096 };

/* The first line, as it is in the file. */
struct line {
	uint8_t bytes[SECRET_MAX + 8]; /* room for a mark and an end of line */
	size_t len;                    /* of the whole line, which may be longer than what is kept */
	bool zero;                     /* it has a byte of 0 */
};

void secret_guard_process(void)
{
	const struct rlimit none = { 0, 0 };
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
}

/* Refuses a file that other users can read or write. */
static bool file_private(const char *path, int fd, char *why, size_t size)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		snprintf(why, size, "%s: %s", path, error_text(-errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, size, "%s is not a plain file", path);
	else if (st.st_mode & 077)
		snprintf(why, size, "secret file %s can be used by others (mode %04o): chmod 600 it", path,
			(unsigned)st.st_mode & 07777);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		snprintf(why, size, "secret file %s belongs to somebody else", path);
	else
		return true;
	return false;
}

/* Reads byte by byte, because what follows the line on stdin belongs to others.  0 or -errno. */
static int line_read(int fd, struct line *line)
{
	while (line->len < LINE_MAX_COUNTED) {
		uint8_t c;
		ssize_t n = read(fd, &c, 1);
		if (n < 0)
			return -errno;
		if (n == 0 || c == '\n')
			break;
		line->zero |= c == 0;
		if (line->len < sizeof line->bytes)
			line->bytes[line->len] = c;
		line->len++;
	}
	return 0;
}

static int terminal_read(struct line *line)
{
	struct termios old, quiet;
	if (tcgetattr(STDIN_FILENO, &old) < 0)
		return -errno;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs("secret: ", stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	int err = line_read(STDIN_FILENO, line);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	return err;
}

/* Whether there is a mark of UTF-16, or the zeros that UTF-16 puts beside each ASCII character. */
static bool is_utf16(const struct line *line)
{
	const uint8_t *b = line->bytes;
	if (line->len >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
		return true;
	return line->zero && line->len >= 2 && !b[0] != !b[1];
}

static bool line_take(const struct line *line, const char *name, char out[static SECRET_MAX + 1], char *why,
	size_t size)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
	const uint8_t *p = line->bytes;
	size_t len = line->len;
	if (is_utf16(line)) {
		snprintf(why, size,
			"%s is UTF-16 text, as > of Windows PowerShell writes it: save it as ASCII "
			"(Set-Content -Encoding ascii)",
			name);
		return false;
	}
	if (line->zero) {
		snprintf(why, size, "%s: its first line has a byte of 0, it is no text", name);
		return false;
	}
	if (len >= sizeof mark && memcmp(p, mark, sizeof mark) == 0) {
		p += sizeof mark;
		len -= sizeof mark;
	}
	if (len && line->len <= sizeof line->bytes && p[len - 1] == '\r')
		len--;
	if (!len)
		snprintf(why, size, "%s: there is no secret in it", name);
	else if (line->len >= LINE_MAX_COUNTED)
		snprintf(why, size, "%s has %d bytes or more in its first line, a secret has at most %d",
			name, LINE_MAX_COUNTED, SECRET_MAX);
	else if (len > SECRET_MAX)
		snprintf(why, size, "%s has %zu bytes, a secret has at most %d", name, len, SECRET_MAX);
	else
		memcpy(out, p, len);
	out[len <= SECRET_MAX ? len : 0] = '\0';
	return len && len <= SECRET_MAX;
}

bool secret_read(const char *path, char out[static SECRET_MAX + 1], char *why, size_t size)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct line line = { .len = 0 };
	autoclose int fd = is_stdin ? -1 : file_open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	if (!is_stdin && fd < 0) {
		if (fd == -EUCLEAN)
			snprintf(why, size, "%s is not a plain file", path);
		else
			snprintf(why, size, "%s: %s", path, error_text(fd));
		return false;
	}
	if (!is_stdin && !file_private(path, fd, why, size))
		return false;
	secret_guard_process();
	int err = !is_stdin            ? line_read(fd, &line)
		: isatty(STDIN_FILENO) ? terminal_read(&line)
				       : line_read(STDIN_FILENO, &line);
	if (err)
		snprintf(why, size, "%s: %s", is_stdin ? "stdin" : path, error_text(err));
	bool good = !err && line_take(&line, is_stdin ? "stdin" : path, out, why, size);
	explicit_bzero(&line, sizeof line);
	return good;
}
