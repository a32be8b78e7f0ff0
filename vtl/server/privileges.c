/* SPDX-License-Identifier: Apache-2.0 */
/* Drops the privileges of root that a tape library does not need. */
#include "vtl/server/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/base/mail.h"
#include "vtl/server/state_dir.h"

/* The limits that contrib/systemd/evertaped.service sets: io_uring registers its buffers as locked memory. */
enum { MEMLOCK = 256 << 20, FILES = 65536, LOW_PORTS = 1024 };

/* --- capabilities ------------------------------------------------------------------------------------ */

/* Sets the capabilities of this thread, permitted and effective, to exactly this set. */
static int capabilities_set(uint64_t set)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };
	for (unsigned i = 0; i < 2; i++)
		data[i].permitted = data[i].effective = (uint32_t)(set >> 32 * i);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* Drops capabilities that programs started by this one could get; it starts none. */
static void bounding_set_drop(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static bool is_low(const struct listen *l)
{
	const struct sockaddr *a = (const void *)&l->address;
	in_port_t port = a->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
						  : ((const struct sockaddr_in *)(const void *)a)->sin_port;
	return port && ntohs(port) < LOW_PORTS;
}

static uint64_t needed(const struct options *options)
{
	for (unsigned i = 0; i < options->n_listen; i++)
		if (is_low(&options->listen[i]))
			return (uint64_t)1 << CAP_NET_BIND_SERVICE;
	return 0;
}

static void drop_here(void *arg)
{
	int *err = arg;
	int mine = capabilities_set(0);
	*err = *err ? *err : mine;
}

void privileges_drop_rest(struct worker *const *workers, unsigned n)
{
	int err = 0;
	if (geteuid() == 0) /* the administrator chose to stay root */
		return;
	for (unsigned i = 0; i < n; i++)
		worker_call(workers[i], drop_here, &err);
	if (err)
		log_warn("cannot drop capabilities: %s", error_text(err));
}

/* --- changing the user ------------------------------------------------------------------------ */

static void limit_raise(int what, rlim_t wanted)
{
	struct rlimit limit;
	if (getrlimit(what, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
		return;
	struct rlimit more = { wanted, limit.rlim_max };
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
		more.rlim_max = wanted;
	if (!setrlimit(what, &more))
		return;
	log_debug("cannot raise resource limit %d: %s", what, error_text(-errno));
	limit.rlim_cur = limit.rlim_max;
	setrlimit(what, &limit);
}

static int become(const struct passwd *who, uint64_t keep, char why[static WHY_LEN])
{
	limit_raise(RLIMIT_MEMLOCK, MEMLOCK);
	limit_raise(RLIMIT_NOFILE, FILES);
	bounding_set_drop();
	if (initgroups(who->pw_name, who->pw_gid) || setresgid(who->pw_gid, who->pw_gid, who->pw_gid) ||
		prctl(PR_SET_KEEPCAPS, keep != 0, 0, 0, 0) ||
		setresuid(who->pw_uid, who->pw_uid, who->pw_uid))
		return start_refuse(why, -errno, "cannot become user %s: %s", who->pw_name,
			error_text(-errno));
	int err = capabilities_set(keep);
	if (err)
		return start_refuse(why, err, "cannot drop capabilities: %s", error_text(err));
	if (setresuid(0, 0, 0) == 0)
		return start_refuse(why, -EPERM, "cannot drop privileges: user %s can become root again",
			who->pw_name);
	return 0;
}

static int root_becomes(const struct options *options, const struct passwd *who, char why[static WHY_LEN])
{
	int err = state_dir_make(options->state, who, why);
	if (!err)
		err = state_dir_check(options->state, who->pw_uid, why);
	if (!err)
		err = become(who, needed(options), why);
	return err ? err : state_dir_reach(options->state, who->pw_name, why);
}

static int user_find(const char *name, struct passwd *who, char **ret_memory, char why[static WHY_LEN])
{
	enum { SIZE = 64 << 10 };
	struct passwd *found = NULL;
	char *memory = malloc(SIZE);
	int err = memory ? getpwnam_r(name, who, memory, SIZE, &found) : ENOMEM;
	if (!found) {
		free(memory);
		return err ? start_refuse(why, -err, "cannot look up user %.100s: %s", name, error_text(-err))
			   : start_refuse(why, -ENOENT,
				     "this machine has no user %.100s; create one with: useradd --system "
				     "--user-group %.32s",
				     name, name);
	}
	*ret_memory = memory;
	return 0;
}

void privileges_advise(const struct options *options)
{
	if (!*options->user && geteuid() == 0)
		log_info("running as root with all privileges; use --user NAME, or user = NAME in "
			 "evertaped.conf, to drop them");
}

int privileges_drop(const struct options *options, char why[static WHY_LEN])
{
	struct passwd who;
	autofree char *memory = NULL;
	bool root = geteuid() == 0;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!*options->user)
		return state_dir_check(options->state, geteuid(), why);
	int err = user_find(options->user, &who, &memory, why);
	if (err)
		return err;
	if (who.pw_uid == geteuid())
		return state_dir_check(options->state, who.pw_uid, why);
	if (!root)
		return start_refuse(why, -EPERM, "only root can become user %s", who.pw_name);
	return root_becomes(options, &who, why);
}
