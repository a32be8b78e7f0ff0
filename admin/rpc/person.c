/* SPDX-License-Identifier: Apache-2.0 */
/* The person behind a control client, according to the system and to the client itself. */
#include "admin/rpc/person.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/job.h"

enum { RECORD_MAX = 4096, NO_LOGIN_UID = -1 };

struct look_up {
	uid_t uid;
	pid_t pid;
	char name[PERSON_NAME_MAX + 1], login[PERSON_NAME_MAX + 1];
};

static void name_of(uid_t uid, char out[static PERSON_NAME_MAX + 1])
{
	char room[RECORD_MAX];
	struct passwd record, *found = NULL;
	if (getpwuid_r(uid, &record, room, sizeof room, &found) || !found)
		snprintf(out, PERSON_NAME_MAX + 1, "uid %u", (unsigned)uid);
	else
		snprintf(out, PERSON_NAME_MAX + 1, "%s", found->pw_name);
}

/* Reads the user who logged in on the client's terminal (proc(5), loginuid); the kernel keeps it through
 * sudo and su.  ProtectProc= makes it unreadable. */
static bool login_uid(pid_t pid, uid_t *ret_uid)
{
	char path[64], text[32];
	snprintf(path, sizeof path, "/proc/%d/loginuid", (int)pid);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*ret_uid = (uid_t)strtoul(text, NULL, 10);
	return *ret_uid != (uid_t)NO_LOGIN_UID;
}

/* May block: reads the system's user database. */
static void look_up(void *arg)
{
	struct look_up *who = arg;
	uid_t login;
	name_of(who->uid, who->name);
	if (login_uid(who->pid, &login) && login != who->uid)
		name_of(login, who->login);
}

void person_text(uid_t uid, pid_t pid, const char *claim, char out[static PERSON_MAX + 1])
{
	struct look_up who = { .uid = uid, .pid = pid };
	job_call(look_up, &who);
	int n = snprintf(out, PERSON_MAX + 1, "%s (uid %u, pid %d", who.name, (unsigned)uid, (int)pid);
	size_t at = n > 0 && n <= PERSON_MAX ? (size_t)n : PERSON_MAX;
	if (*who.login)
		snprintf(out + at, PERSON_MAX + 1 - at, ", logged in as %s)", who.login);
	else if (claim && uid == 0)
		snprintf(out + at, PERSON_MAX + 1 - at, ", claims sudo by %s)", claim);
	else
		snprintf(out + at, PERSON_MAX + 1 - at, ")");
}

bool person_claim_ok(const char *claim)
{
	size_t n = strspn(claim, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-\\$");
	return n && !claim[n] && n <= PERSON_NAME_MAX;
}
