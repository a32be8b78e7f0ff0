/* SPDX-License-Identifier: Apache-2.0 */
/* The command line and the settings file; every setting is a row. */
#include "vtl/server/options.h"

#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/base/longopt.h"
#include "vtl/library/library.h"
#include "vtl/server/state_dir.h"

/* --- settings: numbers with a range and a default ------------------------------------------------ */

struct setting {
	const char *name;
	size_t at;
	unsigned least, most, standard;
	const char *help;
};

static const struct setting settings[] = {
	{ "workers", offsetof(struct options, workers), 0, WORKERS_MAX, 0,
		"number of worker threads; 0 means one per core" },
	{ "ping", offsetof(struct options, ping_s), 0, 3600, 0,
		"seconds without a request before a ping (NOP-In); 0 means never" },
	{ "login-timeout", offsetof(struct options, login_timeout_s), 1, 600, 15,
		"seconds a login may take" },
	{ "discovery-timeout", offsetof(struct options, discovery_s), 1, 3600, 60,
		"seconds without a request after which a discovery session ends" },
	{ "max-connections", offsetof(struct options, max_connections), 1, 65536, 1024,
		"connections at the same time" },
	{ "max-per-address", offsetof(struct options, max_per_address), 1, 65536, 512,
		"connections at the same time from one address" },
	{ "storage-timeout", offsetof(struct options, storage_timeout_s), 1, 3600, 60,
		"seconds to wait for a cartridge's files before commands of its drive fail" },
	{ "keep-deleted-days", offsetof(struct options, keep_deleted_days), 0, 3650, KEEP_DAYS,
		"days a deleted cartridge stays in the wastebasket; 0 means it is destroyed at once" },
	{ "disk-floor", offsetof(struct options, floor_mib), 0, 1 << 30, 0,
		"MiB below which the cartridges' disk is called full;\n"
		"                     0 means 1/64 of the disk, at most 256" },
	{ "disk-nearly-full", offsetof(struct options, nearly_full_mib), 0, 1 << 30, 0,
		"MiB below which the disk is called nearly full;\n"
		"                     0 means 1/20 of the disk, at most 10240" },
	{ 0 },
};

static unsigned *setting_at(struct options *o, const struct setting *setting)
{
	return (unsigned *)(void *)((char *)o + setting->at);
}

/* --- addresses ------------------------------------------------------------------------------------- */

static bool add_listen(struct options *o, const char *text, char why[static LISTEN_WHY])
{
	if (o->n_listen == LISTEN_MAX) {
		snprintf(why, LISTEN_WHY, "too many addresses: the limit is %d", LISTEN_MAX);
		return false;
	}
	if (!listen_parse(text, &o->listen[o->n_listen], why))
		return false;
	o->n_listen++;
	return true;
}

/* --- the user ---------------------------------------------------------------------------------------- */

static bool set_user(struct options *o, const char *name)
{
	size_t len = strlen(name);
	if (len < 1 || len > USER_NAME_MAX)
		return false;
	memcpy(o->user, name, len + 1);
	return true;
}

/* --- the folder of the cartridges ---------------------------------------------------------------------- */

static bool set_cartridges(struct options *o, const char *path)
{
	return *path == '/' &&
		(size_t)snprintf(o->cartridges, sizeof o->cartridges, "%s", path) < sizeof o->cartridges;
}

/* --- log levels ---------------------------------------------------------------------------------------- */

/* Behind those that are there already: later ones win. */
static bool add_log(struct options *o, const char *text, char *why, size_t size)
{
	size_t n = strlen(o->log);
	if (log_levels_set(text, false, why, size))
		return false;
	if ((size_t)snprintf(o->log + n, sizeof o->log - n, "%s%s", n ? "," : "", text) < sizeof o->log - n)
		return true;
	o->log[n] = '\0';
	snprintf(why, size, "too many levels");
	return false;
}

/* The command line wins. */
static bool set_log(struct options *o, const char *text)
{
	char why[WHY_LEN];
	return *o->log ? log_levels_set(text, false, why, sizeof why) == 0
		       : add_log(o, text, why, sizeof why);
}

/* --- the settings file -------------------------------------------------------------------------------- */

static const struct text_setting {
	const char *name;
	bool (*set)(struct options *o, const char *value);
	const char *bad, *help;
} texts[] = {
	{ "user", set_user, "not a user name", "same as --user" },
	{ "cartridges", set_cartridges, "not an absolute path",
		"the folder of the cartridges (DIR/cartridges)" },
	{ "log", set_log, "not a level or ROOM=LEVEL", "same as --log (info)" },
	{ 0 },
};

struct file {
	struct options *options;
	bool listen_given, user_given; /* given on the command line, which has precedence */
	const char *path;
	bool bad;
};

static bool parse_number(const char *text, const struct setting *row, unsigned *ret)
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, 10);
	if (!*text || *end || errno || text[0] == '-' || v < row->least || v > row->most)
		return false;
	*ret = (unsigned)v;
	return true;
}

static int file_row(void *arg, const char *section, const char *name, const char *value)
{
	struct file *file = arg;
	(void)section;
	if (!strcmp(name, "listen")) {
		char why[LISTEN_WHY];
		if (file->listen_given || add_listen(file->options, value, why))
			return 1;
		log_fatal("%s: listen: '%s': %s", file->path, value, why);
		file->bad = true;
		return 0;
	}
	for (const struct text_setting *row = texts; row->name; row++) {
		if (strcmp(name, row->name))
			continue;
		if ((row->set == set_user && file->user_given) || row->set(file->options, value))
			return 1;
		log_fatal("%s: %s: %s: %s", file->path, name, row->bad, value);
		file->bad = true;
		return 0;
	}
	for (const struct setting *row = settings; row->name; row++) {
		if (strcmp(name, row->name))
			continue;
		if (parse_number(value, row, setting_at(file->options, row)))
			return 1;
		log_fatal("%s: %s: not a number from %u to %u: %s", file->path, name, row->least, row->most,
			value);
		file->bad = true;
		return 0;
	}
	log_fatal("%s: unknown setting: %s", file->path, name);
	file->bad = true;
	return 0;
}

static bool read_file(struct options *o)
{
	char path[sizeof o->state + 20];
	snprintf(path, sizeof path, "%s/evertaped.conf", o->state);
	if (access(path, F_OK) && errno == ENOENT)
		return true;
	if (access(path, R_OK)) { /* also when the state directory does not exist or is not readable */
		int err = errno;
		log_fatal("cannot read %s: %s", err == ENOTDIR ? o->state : path, error_text(-err));
		return false;
	}
	struct file file = { .options = o,
		.listen_given = o->n_listen > 0,
		.user_given = *o->user,
		.path = path };
	int line = ini_parse(path, file_row, &file);
	if (line == 0)
		return true;
	if (line < 0)
		log_fatal("%s: cannot be read", path);
	else if (!file.bad)
		log_fatal("%s: line %d is not of the form name = value", path, line);
	return false;
}

/* --- the command line ------------------------------------------------------------------------------------ */

static void usage(FILE *out)
{
	fprintf(out,
		"usage: evertaped [--state DIR] [--listen ADDRESS[:PORT]]... [--user NAME]\n"
		"                 [--log [ROOM=]LEVEL]... [--verbose]\n"
		"       evertaped --help | --version\n");
}

static void help(void)
{
	usage(stdout);
	printf("\nServes the virtual tape libraries of a state directory over iSCSI, in the foreground.\n\n"
	       "  --state DIR        default $EVERTAPE_STATE, else /var/lib/evertape for root,\n"
	       "                     else $XDG_STATE_HOME/evertape\n"
	       "  --listen ADDRESS   127.0.0.1:3260 when none is given; IPv6 in brackets:\n"
	       "                     [::1]:3260, [fe80::1%%eth0]:3260; with port 0 the system\n"
	       "                     picks a free port and the log names it\n"
	       "  --user NAME        when started as root: run as this user, who owns DIR,\n"
	       "                     and drop all privileges of root\n"
	       "  --log [ROOM=]LEVEL log level of all rooms, or of one: error, warning, info,\n"
	       "                     debug or trace; scsi=trace logs every command\n"
	       "  --verbose          same as --log debug\n"
	       "\nSettings in DIR/evertaped.conf, as name = value: listen, and\n");
	for (const struct text_setting *row = texts; row->name; row++)
		printf("  %-18s %s\n", row->name, row->help);
	for (const struct setting *row = settings; row->name; row++)
		printf("  %-18s %s (%u)\n", row->name, row->help, row->standard);
}

static bool default_state(char *out, size_t size)
{
	const char *given = getenv("EVERTAPE_STATE"), *home = getenv("HOME");
	const char *xdg = getenv("XDG_STATE_HOME");
	int n;
	if (given && *given)
		n = snprintf(out, size, "%s", given);
	else if (geteuid() == 0)
		n = snprintf(out, size, "/var/lib/evertape");
	else if (xdg && *xdg)
		n = snprintf(out, size, "%s/evertape", xdg);
	else
		n = snprintf(out, size, "%s/.local/state/evertape", home ? home : ".");
	return n > 0 && (size_t)n < size;
}

static const struct option long_options[] = {
	{ "state", required_argument, NULL, 's' },
	{ "listen", required_argument, NULL, 'l' },
	{ "user", required_argument, NULL, 'u' },
	{ "log", required_argument, NULL, 'L' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

/* The next option; '?' after an error message. */
static int option_next(int argc, char **argv)
{
	int at = -1;
	int c = getopt_long(argc, argv, "", long_options, &at);
	const char *cut = c != -1 && c != '?' ? longopt_cut(argv, &long_options[at]) : NULL;
	if (!cut)
		return c;
	log_fatal("unknown option %.*s: names cannot be abbreviated; write --%s", (int)strcspn(cut, "="), cut,
		long_options[at].name);
	return '?';
}

/* Handles one option. -1: continue; else the exit code. */
static int take_option(struct options *o, int c, bool *state_fits)
{
	char why[WHY_LEN];
	switch (c) {
	case 's':
		*state_fits = *optarg &&
			(size_t)snprintf(o->state, sizeof o->state, "%s", optarg) < sizeof o->state;
		return -1;
	case 'l':
		if (add_listen(o, optarg, why))
			return -1;
		log_fatal("--listen '%s': %s", optarg, why);
		return 2;
	case 'u':
		if (set_user(o, optarg))
			return -1;
		fprintf(stderr, "evertaped: --user: not a user name: %s\n", optarg);
		return 2;
	case 'v': return add_log(o, "debug", why, sizeof why) ? -1 : 2;
	case 'L':
		if (add_log(o, optarg, why, sizeof why))
			return -1;
		log_fatal("--log: %s", why);
		return 2;
	case 'h': help(); return 0;
	case 'V': printf("evertaped %s\n", EVERTAPE_VERSION); return 0;
	default: usage(stderr); return 2;
	}
}

/* Checks the folders before anything in them is trusted. -1: continue; else the exit code. */
static int read_folders(struct options *o)
{
	char unsafe[WHY_LEN];
	if (state_dir_private(o->state, unsafe) ||
		(geteuid() != 0 && state_dir_check(o->state, geteuid(), unsafe))) {
		fprintf(stderr, "evertaped: %s\n", unsafe);
		return 1;
	}
	if (!read_file(o))
		return 2;
	if (*o->cartridges && state_dir_private(o->cartridges, unsafe)) {
		log_fatal("%s", unsafe);
		return 1;
	}
	return -1;
}

int options_read(int argc, char **argv, struct options *o)
{
	char why[LISTEN_WHY];
	int code = -1;
	*o = (struct options){ 0 };
	for (const struct setting *row = settings; row->name; row++)
		*setting_at(o, row) = row->standard;
	bool fits = default_state(o->state, sizeof o->state);

	for (int c; code < 0 && (c = option_next(argc, argv)) != -1;)
		code = take_option(o, c, &fits);
	if (code < 0 && optind < argc) {
		log_fatal("unexpected argument: %s", argv[optind]);
		return 2;
	}
	if (code < 0 && !fits) {
		log_fatal("--state: the path is empty or too long");
		return 2;
	}
	if (code < 0)
		code = read_folders(o);
	if (code < 0 && o->n_listen == 0)
		add_listen(o, "127.0.0.1:3260", why);
	return code;
}
