/* SPDX-License-Identifier: Apache-2.0 */
/* evertape-demo: the main job of a backup host, done once and told. */
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

/* The first cartridge that is blank or an older demonstration; those with somebody's data go home
 * untouched. */
static int mount_free(struct demo *d, char why[static WHY_LEN])
{
	for (unsigned n = 0;; n++) {
		int err = demo_mount(d, NULL, n, why);
		if (err > 0)
			snprintf(why, WHY_LEN, "every cartridge holds data of its own; make a blank one "
				"with: evertape cartridge create --count 1 --prefix DEMO");
		if (err)
			return -1;
		if (demo_tape_free(d, why))
			return 0;
		if (*why)
			return -1;
		printf("  %s holds data of its own and is left alone\n", d->barcode);
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

int main(int argc, char **argv)
{
	char why[WHY_LEN] = "";
	struct demo d = { 0 };
	bool writes = argc > 4 && !strcmp(argv[1], "backup");
	if (argc < 5 || (!writes && strcmp(argv[1], "compare"))) {
		fputs("usage: evertape-demo backup|compare PORTAL NOTE FILE...\n"
			"backup writes the files to a blank cartridge and names it in NOTE;\n"
			"compare reads that cartridge again\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	d.files = argv + 4;
	d.file_count = argc - 4;
	int err = demo_login(&d, argv[2], why);
	if (!err)
		err = writes ? backup(&d, argv[3], why) : restore(&d, argv[3], why);
	session_close(d.session);
	return err ? failed(*why ? why : "out of memory") : 0;
}
