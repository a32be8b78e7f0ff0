/* SPDX-License-Identifier: Apache-2.0 */
/* evertaped: order of start and stop. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "admin/rpc/rpc.h"
#include "vtl/base/container.h"
#include "vtl/base/crew.h"
#include "vtl/base/error_text.h"
#include "vtl/base/io.h"
#include "vtl/base/job.h"
#include "vtl/base/locked.h"
#include "vtl/base/log.h"
#include "vtl/base/secret.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"
#include "vtl/iscsi/iscsi.h"
#include "vtl/library/deleted.h"
#include "vtl/library/library.h"
#include "vtl/server/hosting.h"
#include "vtl/server/login_policy.h"
#include "vtl/server/notify.h"
#include "vtl/server/options.h"
#include "vtl/server/portals.h"
#include "vtl/server/privileges.h"
#include "vtl/server/tidy.h"
#include "vtl/server/unclean.h"

enum { SIGNAL_TRIES = 100, SIGNAL_PAUSE_MS = 100 };
/* Time after the signal: for calls of operators, and for everything. */
enum { STOP_CALLS_MS = 1000, STOP_MS = 9000, STOP_GRACE_MS = 500, STOP_LOOK_MS = 20 };

struct server {
	struct options options;
	struct worker *workers[WORKERS_MAX];
	unsigned n_workers;
	struct crew *crew; /* shared by all workers */
	int signals;       /* signalfd: SIGTERM, SIGINT */
	int64_t started_ms;
	struct portals portals;
	struct login_policy policy;
	struct installation *inst;
	struct hosting *hosting;
	struct fronts fronts;
	struct iscsi *iscsi; /* one of them */
	struct rpc *rpc;
	struct tidy tidy;
	int exit_code;
	const char *why_stop; /* NULL: no stop was requested */
	struct waitq stops;   /* woken when a stop is requested */
	struct timer clock;   /* limits the stop */
};

/* --- workers --------------------------------------------------------------------------------------- */

static const char *const worker_names[] = { "worker-0", "worker-1", "worker-2", "worker-3", "worker-4",
	"worker-5", "worker-6", "worker-7", "worker-n" };

/* What an administrator can do about it. */
static const char *uring_hint(int err)
{
	if (err == -EPERM || err == -ENOSYS)
		return "; check sysctl kernel.io_uring_disabled";
	return err == -ENOMEM ? "; raise the limit of locked memory (ulimit -l, or LimitMEMLOCK= of the "
				"service)"
			      : "";
}

/* Adds a worker. Worker 0 runs on the main thread, the others on threads of their own. */
static int worker_add(struct server *s)
{
	unsigned i = s->n_workers, last_name = sizeof worker_names / sizeof *worker_names - 1;
	int err = worker_new(worker_names[i < last_name ? i : last_name], &s->workers[i]);
	if (err) {
		log_fatal("cannot use io_uring: %s%s", error_text(err), uring_hint(err));
		return err;
	}
	s->n_workers++;
	crew_serve(s->crew, s->workers[i]);
	if (i > 0 && (err = worker_start(s->workers[i])))
		log_fatal("cannot start worker thread %u: %s; start fewer (workers in evertaped.conf), or "
			  "raise the limit of processes (ulimit -u, or TasksMax= of the service)",
			i, error_text(err));
	return err;
}

static int workers_new(struct server *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = s->options.workers ? s->options.workers : cores > 0 ? (unsigned)cores : 1;
	if (n > WORKERS_MAX)
		n = WORKERS_MAX;
	int err = crew_new(0, &s->crew);
	if (err)
		log_fatal("%s", error_text(err));
	while (!err && s->n_workers < n)
		err = worker_add(s);
	return err;
}

static void workers_free(struct server *s)
{
	for (unsigned i = 1; i < s->n_workers; i++) {
		worker_stop(s->workers[i]);
		worker_join(s->workers[i]);
	}
	crew_free(s->crew);
	for (unsigned i = 0; i < s->n_workers; i++)
		worker_free(s->workers[i]);
}

/* --- start and stop, in a fiber on worker 0 ----------------------------------------------------------- */

static int fail(struct server *s, const char *why)
{
	log_fatal("%s", why);
	s->exit_code = 1;
	return -1;
}

static void portals_each(void *arg, void (*visit)(const char *portal, void *to), void *to)
{
	struct server *s = arg;
	for (unsigned i = 0; i < s->portals.n; i++)
		visit(s->portals.text[i], to);
}

/* Addresses are bound first: when one cannot be bound, nothing has been changed. */
static int server_listen(struct server *s, char why[static WHY_LEN])
{
	const struct iscsi_config config = {
		.access = login_decide,
		.arg = &s->policy,
		.workers = s->workers,
		.n_workers = s->n_workers,
		.login_timeout_s = s->options.login_timeout_s,
		.max_connections = s->options.max_connections,
		.max_per_address = s->options.max_per_address,
		.ping_s = s->options.ping_s,
		.discovery_s = s->options.discovery_s,
	};
	s->iscsi = iscsi_new(&config);
	int err = s->iscsi ? fronts_join(&s->fronts, iscsi_front(s->iscsi)) : -ENOMEM;
	if (!err)
		err = portals_open(s->iscsi, &s->options, &s->portals, why);
	privileges_drop_rest(s->workers, s->n_workers);
	return err;
}

static int server_open(struct server *s, char why[static WHY_LEN])
{
	s->hosting = hosting_new(s->workers, s->n_workers, s->options.storage_timeout_s);
	if (!s->hosting)
		return -ENOMEM;
	const struct library_settings settings = {
		.cartridges = s->options.cartridges,
		.floor_mib = s->options.floor_mib,
		.nearly_full_mib = s->options.nearly_full_mib,
	};
	int err = installation_open(s->options.state, &settings, &s->inst, why);
	if (err)
		return err;
	s->policy = (struct login_policy){ .home = s->workers[0], .inst = s->inst };
	err = hosting_begin(s->hosting, s->inst, &s->fronts);
	if (err)
		snprintf(why, WHY_LEN, "cannot serve the libraries: %s", error_text(err));
	else
		unclean_tell(s->inst);
	return err;
}

/* Serves initiators, also those that connected during the start; then operators. */
static int server_serve(struct server *s, char why[static WHY_LEN])
{
	const struct rpc_context context = {
		.inst = s->inst,
		.fronts = &s->fronts,
		.version = EVERTAPE_VERSION,
		.state_dir = s->options.state,
		.workers = s->n_workers,
		.started_ms = s->started_ms,
		.portals = portals_each,
		.arg = s,
	};
	library_wastebasket_keep(s->inst, s->options.keep_deleted_days);
	int err = iscsi_serve(s->iscsi);
	if (!err)
		err = rpc_start(&context, &s->rpc, why);
	if (!err)
		tidy_start(&s->tidy, s->inst);
	return err;
}

static int server_start(struct server *s)
{
	char why[WHY_LEN] = "out of memory";
	if (server_listen(s, why) || server_open(s, why) || server_serve(s, why))
		return fail(s, why);
	privileges_advise(&s->options);
	for (unsigned i = 0; i < s->portals.n; i++)
		log_info("listening on %s", s->portals.text[i]);
	return 0;
}

/* What is still waited for may never come; everything else is on stable storage. */
static void give_up(void)
{
	log_fatal("shutdown timed out after %d s; exiting with files still open", STOP_MS / 1000);
	_exit(1);
}

static void time_is_up(struct timer *timer)
{
	const struct server *s = container_of(timer, struct server, clock);
	if (!s->inst)
		log_error("the files of %s, or of its cartridges folder, do not respond", s->options.state);
	give_up();
}

static void server_stop(struct server *s)
{
	int64_t began = now_ms();
	if (!s->clock.armed)
		timer_arm(&s->clock, STOP_MS + STOP_GRACE_MS, time_is_up);
	rpc_stop(s->rpc, began + STOP_CALLS_MS);
	fronts_stop(&s->fronts);
	bool gone = !s->hosting || hosting_let_go(s->hosting, began + STOP_MS);
	if (!tidy_stop(&s->tidy, began + STOP_MS) || !gone || !rpc_stop(s->rpc, began + STOP_MS))
		give_up();
	while (jobs_left()) /* the stop timer is running */
		fiber_sleep(STOP_LOOK_MS);
	rpc_free(s->rpc);
	if (s->hosting)
		hosting_end(s->hosting);
	fronts_free(&s->fronts);
	if (s->inst && !installation_rest(s->inst, began + STOP_MS))
		give_up();
	if (s->inst)
		installation_close(s->inst);
	hosting_free(s->hosting);
}

/* Waits for a signal to stop and returns the reason. When signals cannot be read any more, the daemon stops
 * while an orderly stop is possible. */
static const char *signal_wait(struct server *s)
{
	struct signalfd_siginfo info;
	int64_t n = -1;
	for (unsigned tries = 0; n < 0 && tries < SIGNAL_TRIES; tries++) {
		n = io_read(s->signals, &info, sizeof info, 0);
		if (n < 0)
			fiber_sleep(SIGNAL_PAUSE_MS);
	}
	if (n < 0)
		log_error("cannot read signals: %s", error_text((int)n));
	return n < 0                       ? "cannot read signals"
		: info.ssi_signo == SIGINT ? "SIGINT received"
					   : "SIGTERM received";
}

/* Signals are read from the beginning, so that a start that waits for files that do not respond can be ended. */
static void signal_fiber(void *arg)
{
	struct server *s = arg;
	s->why_stop = signal_wait(s);
	timer_arm(&s->clock, STOP_MS + STOP_GRACE_MS, time_is_up);
	waitq_wake(&s->stops);
}

static void server_fiber(void *arg)
{
	struct server *s = arg;
	fronts_init(&s->fronts);
	waitq_init(&s->stops);
	if (fiber_start("signals", signal_fiber, s)) {
		fail(s, "out of memory");
	} else if (server_start(s) == 0) {
		/* Printed at every log level, because scripts wait for it. */
		fprintf(stderr, "ready\n");
		log_event(EVENT_START, &(struct log_fields){ 0 }, "evertaped %s serves %s", EVERTAPE_VERSION,
			s->options.state);
		notify_state("READY=1");
		while (!s->why_stop)
			waitq_wait(&s->stops);
		notify_state("STOPPING=1");
		log_event(EVENT_STOP, &(struct log_fields){ 0 }, "stopping: %s", s->why_stop);
	}
	server_stop(s);
	worker_stop(s->workers[0]);
}

/* --- main ------------------------------------------------------------------------------------------------ */

struct boot {
	struct msg msg;
	struct server *server;
};

static void boot_arrived(struct msg *msg)
{
	struct boot *boot = (struct boot *)(void *)msg;
	if (fiber_start("server", server_fiber, boot->server)) {
		boot->server->exit_code = 1;
		worker_stop(worker_self());
	}
}

/* Signals are read from a descriptor, so no system call of this program is interrupted. */
static int signals_open(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* exceeding a file size limit is an error of the write, -EFBIG */
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
	static struct server server;
	secret_guard_process();
	json_set_alloc_funcs(malloc, wiping_free); /* requests contain secrets */
	setlocale(LC_CTYPE, "");
	umask(0027);
	log_begin();
	int code = options_read(argc, argv, &server.options);
	if (code >= 0)
		return code;
	char why[WHY_LEN];
	if (*server.options.log)
		log_levels_set(server.options.log, true, why, sizeof why);
	if (privileges_drop(&server.options, why)) {
		fprintf(stderr, "evertaped: %s\n", why);
		return 1;
	}
	server.started_ms = now_ms();
	server.signals = signals_open();
	if (server.signals < 0) {
		perror("evertaped: cannot read signals");
		return 1;
	}
	if (workers_new(&server)) {
		workers_free(&server);
		return 1;
	}
	struct boot boot = { .msg.run = boot_arrived, .server = &server };
	worker_post(server.workers[0], &boot.msg);
	worker_run(server.workers[0]);
	workers_free(&server);
	close(server.signals);
	return server.exit_code;
}
