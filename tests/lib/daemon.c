/* SPDX-License-Identifier: Apache-2.0 */
/* Starts, kills and stops the daemon under test. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "vtl/base/cleanup.h"

enum { READY_S = 30, STOP_S = 10 };

bool daemon_port(struct daemon *d)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool ok = fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof a) &&
		!getsockname(fd, (struct sockaddr *)&a, &len);
	if (fd >= 0)
		close(fd);
	snprintf(d->listen, sizeof d->listen, "127.0.0.1:%u", ntohs(a.sin_port));
	return ok;
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void log_name(const struct daemon *d, char *out, size_t size)
{
	snprintf(out, size, "%s.log", d->state);
}

bool daemon_launch(struct daemon *d, char why[static WHY_LEN])
{
	char log[512];
	log_name(d, log, sizeof log);
	autoclose int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	d->pid = fd < 0 ? -1 : fork();
	if (d->pid < 0) {
		snprintf(why, WHY_LEN, "cannot start the daemon: %m");
		return false;
	}
	if (d->pid == 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execl(d->evertaped, d->evertaped, "--state", d->state, "--listen", d->listen, (char *)NULL);
		_exit(127);
	}
	d->starts++;
	return true;
}

static bool log_has(const char *file, const char *line)
{
	char text[1024];
	FILE *f = fopen(file, "re");
	bool found = false;
	while (f && !found && fgets(text, sizeof text, f))
		found = !strcmp(text, line);
	if (f)
		fclose(f);
	return found;
}

bool daemon_start(struct daemon *d, char why[static WHY_LEN])
{
	char log[512];
	int status;
	if (!daemon_launch(d, why))
		return false;
	log_name(d, log, sizeof log);
	for (double end = now_s() + READY_S; now_s() < end; usleep(5000)) {
		if (log_has(log, "ready\n"))
			return true;
		if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
			d->pid = 0;
			snprintf(why, WHY_LEN, "the daemon ended while starting (status %x); see %.200s",
				(unsigned)status, log);
			return false;
		}
	}
	snprintf(why, WHY_LEN, "the daemon was not ready after %d s; see %.200s", READY_S, log);
	return false;
}

void daemon_kill(struct daemon *d)
{
	if (d->pid <= 0)
		return;
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	d->pid = 0;
}

bool daemon_stop(struct daemon *d, char why[static WHY_LEN])
{
	int status = 0;
	kill(d->pid, SIGTERM);
	for (double end = now_s() + STOP_S; now_s() < end; usleep(5000)) {
		if (waitpid(d->pid, &status, WNOHANG) != d->pid)
			continue;
		d->pid = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			return true;
		snprintf(why, WHY_LEN, "stopped with status %x", (unsigned)status);
		return false;
	}
	snprintf(why, WHY_LEN, "did not stop within %d s", STOP_S);
	return false;
}

bool daemon_tell(struct daemon *d, const char *const *words, char why[static WHY_LEN])
{
	const char *argv[24] = { d->evertape, "--state", d->state };
	int n = 3, status = -1;
	while (*words && n < 23)
		argv[n++] = *words++;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		execv(d->evertape, (char *const *)argv);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	snprintf(why, WHY_LEN, "evertape %s %s failed", argv[3], argv[4] ? argv[4] : "");
	return false;
}
