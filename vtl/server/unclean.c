/* SPDX-License-Identifier: Apache-2.0 */
/* Logs after a kill or power failure what was in the drives, in one line. */
#include "vtl/server/unclean.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vtl/base/log.h"

/* The text must fit into one line of the log; drives beyond that are counted. */
enum { LIST_LEN = 1500, ITEM_LEN = 160 };

struct list {
	char text[LIST_LEN];
	size_t n;
	unsigned listed, left_out;
};

static void add(struct list *list, const struct drive *drive)
{
	char item[ITEM_LEN], kept[48] = "cannot be read";
	struct drive_status status;
	drive_look((struct drive *)drive, &status);
	if (status.loaded)
		snprintf(kept, sizeof kept, "%" PRIu64 " objects kept", status.usage.objects);
	int len = snprintf(item, sizeof item, "%s%s in drive:%u of library %s, %s", list->n ? "; " : "",
		drive->element->cartridge->label.barcode, drive->number, drive->library->name, kept);
	if (list->n + (size_t)len >= sizeof list->text) {
		list->left_out++;
		return;
	}
	memcpy(list->text + list->n, item, (size_t)len + 1);
	list->n += (size_t)len;
	list->listed++;
}

void unclean_tell(struct installation *inst)
{
	struct list list = { .n = 0 };
	const struct drive *drive;
	char more[32] = "";
	if (!installation_was_unclean(inst))
		return;
	for (struct library *l = library_first(inst); l; l = library_next(l))
		TAILQ_FOREACH(drive, &l->drives, link)
			if (drive->element->cartridge)
				add(&list, drive);
	if (list.left_out)
		snprintf(more, sizeof more, "; and %u more", list.left_out);
	log_event(EVENT_UNCLEAN_STOP, &(struct log_fields){ 0 },
		"the last stop was not clean (kill, crash or power failure); data written "
		"before the last sync point are kept: %s%s",
		list.n ? list.text : "no cartridge was in a drive", more);
}
