/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the status of drives, each on the worker of the drive. */
#include <stdlib.h>

#include "admin/rpc/view.h"
#include "vtl/base/mail.h"

struct reading {
	const struct drive_server *ops;
	void *server;
	struct drive_status *status;
};

static void read_status(void *arg)
{
	const struct reading *reading = arg;
	reading->ops->status(reading->server, reading->status);
}

bool panel_read(struct installation *inst, const char *library, unsigned number,
	struct drive_status *ret_status)
{
	char why[WHY_LEN];
	struct library *l = library_find(inst, library, why);
	struct drive *drive = l ? drive_find(l, number) : NULL;
	if (!drive)
		return false;
	*ret_status = (struct drive_status){ .activity = DRIVE_IDLE };
	/* A drive that is removed meanwhile is closed on the same worker after this call. */
	struct reading reading = { drive->ops, drive->server, ret_status };
	if (drive->ops && drive->ops->status && drive->worker)
		worker_call(drive->worker, read_status, &reading);
	return true;
}

struct panel *panels_read(struct installation *inst, const char *library, size_t *ret_n)
{
	char why[WHY_LEN];
	struct library *l = library_find(inst, library, why);
	const struct drive *drive;
	size_t n = 0, i = 0;
	if (l)
		TAILQ_FOREACH(drive, &l->drives, link)
			n++;
	struct panel *panels = calloc(n + 1, sizeof *panels);
	if (!panels)
		return NULL;
	if (l)
		TAILQ_FOREACH(drive, &l->drives, link)
			panels[i++].number = drive->number;
	for (i = 0; i < n; i++)
		if (!panel_read(inst, library, panels[i].number, &panels[i].status))
			panels[i].number = 0;
	*ret_n = n;
	return panels;
}

const struct drive_status *panel_of(const struct panel *panels, size_t n, unsigned number)
{
	for (size_t i = 0; i < n; i++)
		if (panels[i].number == number)
			return &panels[i].status;
	return NULL;
}
