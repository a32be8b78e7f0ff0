/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT, SIGTERM and SIGHUP end a run in order: commands in flight end, and cartridges are put back. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/cli.h"
#include "admin/initiator/stream.h"

struct stop {
	pthread_t thread;
	sigset_t signals, before;
	_Atomic bool asked, over;
};

static void message_write(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

static void *listen_for_signals(void *arg)
{
	struct stop *s = arg;
	int number;
	while (sigwait(&s->signals, &number) == 0 && !s->over) {
		if (s->asked) {
			message_write("evertape: stream: stopped; cartridges stay in the drives\n");
			_exit(EXIT_REFUSED);
		}
		s->asked = true;
		if (isatty(STDERR_FILENO))
			message_write("\nevertape: stream: ending; interrupt again to stop at once\n");
	}
	return NULL;
}

struct stop *stop_watch(void)
{
	struct stop *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGTERM);
	sigaddset(&s->signals, SIGHUP);
	/* Later threads inherit this mask, so that only the listener receives the signals. */
	pthread_sigmask(SIG_BLOCK, &s->signals, &s->before);
	if (!pthread_create(&s->thread, NULL, listen_for_signals, s))
		return s;
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	free(s);
	return NULL;
}

bool stop_asked(const struct stop *s)
{
	return s && s->asked;
}

void stop_end(struct stop *s)
{
	if (!s)
		return;
	s->over = true;
	pthread_kill(s->thread, SIGTERM);
	pthread_join(s->thread, NULL);
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	free(s);
}
