/* SPDX-License-Identifier: Apache-2.0 */
/* SECURITY PROTOCOL IN and OUT (SPC-5 6.40, 6.41): the pages are rows of the device type. */
#include "vtl/base/locked.h"
#include "vtl/scsi/core.h"

enum { PROTOCOL_BYTE = 1, PAGE_BYTE = 2, REPLY_MAX = 1024, LIST_MAX = 4096 };

/* The row of the page that the CDB names, for this direction; NULL with the task failed. */
static const struct security_page *find(struct task *task, bool out)
{
	uint64_t protocol = cdb_field(task, "security_protocol");
	uint64_t page = cdb_field(task, "security_protocol_specific");
	bool known = false;
	for (const struct security_page *pg = task->lu->security_pages; pg->name; pg++) {
		if (pg->protocol != protocol || (out ? !pg->apply : !pg->build))
			continue;
		known = true;
		if (pg->page == page)
			return pg;
	}
	task_fail_cdb(task, known ? PAGE_BYTE : PROTOCOL_BYTE, 7);
	return NULL;
}

void scsi_security_in(struct task *task)
{
	uint8_t reply[REPLY_MAX];
	struct wire w = wire_over(reply, sizeof reply);
	const struct security_page *pg = find(task, false);
	if (pg && pg->build(task, &w))
		task_reply(task, reply, wire_len(&w), cdb_field(task, "allocation_length"));
}

void scsi_security_out(struct task *task)
{
	size_t len = cdb_field(task, "parameter_list_length");
	const struct security_page *pg = find(task, true);
	if (!pg || len == 0)
		return;
	if (len > LIST_MAX) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return;
	}
	uint8_t *list = locked_new(LIST_MAX, true);
	if (!list)
		task->status = STATUS_BUSY;
	else if (task_parameter_list(task, list, len))
		pg->apply(task, list, len);
	locked_free(list, LIST_MAX);
}

/* --- pages that follow from the rows ------------------------------------------------------------ */

bool security_protocols(struct task *task, struct wire *w)
{
	const struct security_page *rows = task->lu->security_pages;
	uint8_t list[256];
	unsigned n = 0;
	for (const struct security_page *pg = rows; pg->name; pg++)
		if (n == 0 || list[n - 1] != pg->protocol)
			list[n++] = pg->protocol;
	wire_zero(w, 6);
	wire_be16(w, n);
	wire_mem(w, list, n);
	return true;
}

bool security_certificate(struct task *task, struct wire *w)
{
	wire_zero(w, 4); /* its length is 0: there is none */
	return true;
}

static bool list_pages(const struct task *task, struct wire *w, bool out)
{
	uint64_t protocol = cdb_field(task, "security_protocol");
	uint16_t pages[REPLY_MAX / 2 - 2];
	unsigned n = 0;
	for (const struct security_page *pg = task->lu->security_pages; pg->name; pg++)
		if (pg->protocol == protocol && (out ? pg->apply != NULL : pg->build != NULL))
			pages[n++] = pg->page;
	wire_be16(w, (uint32_t)cdb_field(task, "security_protocol_specific"));
	wire_be16(w, n * 2);
	for (unsigned i = 0; i < n; i++)
		wire_be16(w, pages[i]);
	return true;
}

bool security_pages_in(struct task *task, struct wire *w)
{
	return list_pages(task, w, false);
}

bool security_pages_out(struct task *task, struct wire *w)
{
	return list_pages(task, w, true);
}
