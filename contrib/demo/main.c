/* SPDX-License-Identifier: Apache-2.0 */
/* evertape-demo: one backup and one compare, as a backup host does them. */
#include <stdio.h>
#include <string.h>

#include "contrib/demo/demo.h"
#include "vtl/base/cleanup.h"

static int failed(const char *why)
{
	fflush(stdout);
	fprintf(stderr, "evertape-demo: %s\n", why);
	return 1;
}

/* Loads the first cartridge that is blank or an earlier demonstration tape; other cartridges are put back
 * unchanged. */
static int mount_free(struct demo *d, char why[static WHY_LEN])
{
	for (unsigned n = 0;; n++) {
		int err = demo_mount(d, NULL, n, why);
		if (err > 0)
			snprintf(why, WHY_LEN,
				"every cartridge holds data; create a blank one "
				"with: evertape cartridge create --count 1 --prefix DEMO");
		if (err)
			return -1;
		if (demo_tape_free(d, why))
			return 0;
		if (*why)
			return -1;
		printf("  %s holds data or is not writable; skipped\n", d->barcode);
		if (demo_unmount(d, why))
			return -1;
	}
}

static int note_write(const char *file, const char *barcode, char why[static WHY_LEN])
{
	FILE *f = fopen(file, "we");
	bool ok = f && fprintf(f, "%s\n", barcode) > 0;
	if (f && fclose(f))
		ok = false;
	if (!ok)
		snprintf(why, WHY_LEN, "%.200s: %m", file);
	return ok ? 0 : -1;
}

static int note_read(const char *file, char *barcode, int size, char why[static WHY_LEN])
{
	FILE *f = fopen(file, "re");
	bool ok = f && fgets(barcode, size, f);
	if (f)
		fclose(f);
	if (!ok)
		snprintf(why, WHY_LEN, "%.200s does not name a cartridge", file);
	else
		barcode[strcspn(barcode, "\n")] = '\0';
	return ok ? 0 : -1;
}

static int backup(struct demo *d, const char *note, char why[static WHY_LEN])
{
	if (demo_inventory(d, why) || mount_free(d, why) || demo_write(d, why) || demo_compare(d, why) ||
		demo_unmount(d, why))
		return -1;
	return note_write(note, d->barcode, why);
}

static int restore(struct demo *d, const char *note, char why[static WHY_LEN])
{
	char barcode[33];
	if (note_read(note, barcode, sizeof barcode, why) || demo_mount(d, barcode, 0, why) ||
		demo_compare(d, why))
		return -1;
	return demo_unmount(d, why);
}

static const char usage[] = "usage: evertape-demo [OPTION...] backup|compare PORTAL NOTE FILE...\n"
			    "backup writes the files to a blank cartridge and writes its barcode to NOTE;\n"
			    "compare reads that cartridge and compares it with the files\n" LOGIN_HELP;

/* Returns the index of the first word that is not an option, or -1 with one line in why. */
static int options_read(struct login *login, int argc, char **argv, char why[static WHY_LEN])
{
	static const struct option options[] = { LOGIN_OPTIONS, { 0 } };
	int option, at;
	opterr = 0;
	while ((option = option_next(argc, argv, "+:", options, &at, why)) != -1)
		if (option == OPTION_WRONG || !login_option(login, option, optarg, why))
			return -1;
	return login_check(login, why) ? optind : -1;
}

static int run(struct demo *d, int argc, char **argv)
{
	char why[WHY_LEN] = "";
	int first = options_read(&d->login, argc, argv, why);
	if (first < 0)
		return failed(why);
	argv += first;
	argc -= first;
	bool writes = argc > 3 && !strcmp(argv[0], "backup");
	if (argc < 4 || (!writes && strcmp(argv[0], "compare"))) {
		fputs(usage, stderr);
		return 2;
	}
	d->files = argv + 3;
	d->file_count = argc - 3;
	int err = demo_login(d, argv[1], why);
	if (!err)
		err = writes ? backup(d, argv[2], why) : restore(d, argv[2], why);
	return err ? failed(*why ? why : "out of memory") : 0;
}

int main(int argc, char **argv)
{
	struct demo d = { 0 };
	setvbuf(stdout, NULL, _IOLBF, 0);
	int code = run(&d, argc, argv);
	session_close(d.session);
	login_fini(&d.login);
	return code;
}
