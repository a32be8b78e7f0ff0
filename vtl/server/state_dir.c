/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the state directory before use: owner, mode, path. */
#include "vtl/base/error_text.h"
#include "vtl/server/state_dir.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USER_TEXT = 40 };

int start_refuse(char why[static WHY_LEN], int err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(why, WHY_LEN, format, args);
	va_end(args);
	return err;
}

static void user_text(uid_t uid, char out[static USER_TEXT])
{
	char memory[4096];
	struct passwd who, *found = NULL;
	getpwuid_r(uid, &who, memory, sizeof memory, &found);
	if (found)
		snprintf(out, USER_TEXT, "%s", who.pw_name);
	else
		snprintf(out, USER_TEXT, "user %u", (unsigned)uid);
}

int state_dir_private(const char *path, char why[static WHY_LEN])
{
	struct stat st;
	if (stat(path, &st) || !S_ISDIR(st.st_mode) || !(st.st_mode & 022))
		return 0;
	return start_refuse(why, -EPERM,
		"%.80s is writable by other users (mode %04o); run: chmod go-w %.80s", path,
		(unsigned)st.st_mode & 07777, path);
}

/* Explains both ways to correct the owner. */
static int explain(const char *path, const char *name, uid_t is, uid_t should, char why[static WHY_LEN])
{
	char owner[USER_TEXT], user[USER_TEXT];
	user_text(is, owner);
	user_text(should, user);
	if (should == 0)
		return start_refuse(why, -EPERM,
			"%.60s%s belongs to %s; start with --user %s, or run: chown -R root: %.60s", path,
			name, owner, owner, path);
	return start_refuse(why, -EPERM, "%.60s%s belongs to %s, not to %s; run: chown -R %s: %.60s", path,
		name, owner, user, user, path);
}

int state_dir_check(const char *path, uid_t user, char why[static WHY_LEN])
{
	static const char *const names[] = { "", "/lock", "/catalog", "/catalog/data.mdb", "/catalog/secrets",
		"/cartridges", "/identity.json", "/ballast" };
	char file[4200];
	struct stat st;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(file, sizeof file, "%s%s", path, names[i]);
		int err = i ? lstat(file, &st) : stat(file, &st);
		/* Whoever opens the file follows or refuses a symbolic link. */
		if (!err && st.st_uid != user && !S_ISLNK(st.st_mode))
			return explain(path, names[i], st.st_uid, user, why);
	}
	return 0;
}

/* Creates the folders above it, owned by root and accessible for everyone. */
static int above_make(const char *path, char why[static WHY_LEN])
{
	char part[4096];
	snprintf(part, sizeof part, "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) == 0) {
			chmod(part, 0755);
		} else if (errno != EEXIST) {
			return start_refuse(why, -errno, "cannot create folder %.120s: %s", part,
				error_text(-errno));
		}
		*slash = '/';
	}
	return 0;
}

int state_dir_make(const char *path, const struct passwd *user, char why[static WHY_LEN])
{
	struct stat st;
	if (stat(path, &st) == 0 || errno != ENOENT)
		return 0;
	int err = above_make(path, why);
	if (err)
		return err;
	if (mkdir(path, 0750) || lchown(path, user->pw_uid, user->pw_gid))
		return start_refuse(why, -errno, "cannot create folder %.120s: %s", path, error_text(-errno));
	return 0;
}

int state_dir_reach(const char *path, const char *user, char why[static WHY_LEN])
{
	struct stat st;
	if (stat(path, &st) == 0 || errno != EACCES)
		return 0;
	return start_refuse(why, -EACCES,
		"user %.32s cannot reach %.90s: a folder above it lacks search permission; "
		"run chmod o+x on that folder",
		user, path);
}
