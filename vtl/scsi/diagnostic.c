/* SPDX-License-Identifier: Apache-2.0 */
/* SEND DIAGNOSTIC and RECEIVE DIAGNOSTIC RESULTS (SPC-5 6.42, 6.32): the default self-test, which always passes, and
 * the diagnostic pages of the device type. */
#include <stdlib.h>

#include "vtl/base/cleanup.h"
#include "vtl/scsi/core.h"

enum { PAGE_SUPPORTED = 0x00, HEADER = 4 };

static const struct diagnostic_page *find(const struct lu *lu, uint8_t page)
{
	for (const struct diagnostic_page *pg = lu->type->diagnostic_pages; pg->name; pg++)
		if (pg->page == page)
			return pg;
	return NULL;
}

/* One page in a list of len bytes. */
static void run_page(struct task *task, const uint8_t *list, size_t len)
{
	if (len < HEADER || get_be16(list + 2) > len - HEADER) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return;
	}
	const struct diagnostic_page *pg = find(task->lu, list[0]);
	size_t wanted = pg ? pg->len : HEADER;
	if (!pg && list[0] != PAGE_SUPPORTED) {
		task_fail_list(task, 0, 7);
	} else if (list[1]) {
		task_fail_list(task, 1, 7);
	} else if (get_be16(list + 2) + (size_t)HEADER != wanted) {
		task_fail_list(task, 2, 7);
	} else if (len != wanted) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH); /* one page in a list (SPC-5 6.42) */
	} else if (pg) {
		unsigned wrong = pg->run(task->lu, list);
		if (wrong)
			task_fail_list(task, wrong, 7);
	}
}

void scsi_send_diagnostic(struct task *task)
{
	size_t len = cdb_field(task, "parameter_list_length");

	if (cdb_field(task, "self_test_code")) {
		task_fail_cdb(task, 1, 7);
		return;
	}
	if (!len)
		return;
	/* A self-test takes no list; without PF its format is not known. */
	if (cdb_field(task, "selftest") || !task->lu->type->diagnostic_pages) {
		task_fail_cdb(task, 3, 7);
		return;
	}
	if (!cdb_field(task, "pf")) {
		task_fail_cdb(task, 1, 4);
		return;
	}
	autofree uint8_t *list = malloc(len);
	if (!list)
		task->status = STATUS_BUSY;
	else if (task_parameter_list(task, list, len))
		run_page(task, list, len);
}

/* Page 00h, the list of pages; no page has results. */
void scsi_receive_diagnostic(struct task *task)
{
	uint8_t data[HEADER + 256];
	struct wire w = wire_over(data, sizeof data);

	if (cdb_field(task, "page_code") != PAGE_SUPPORTED) {
		task_fail_cdb(task, 2, 7);
		return;
	}
	wire_zero(&w, HEADER);
	wire_u8(&w, PAGE_SUPPORTED);
	for (const struct diagnostic_page *pg = task->lu->type->diagnostic_pages; pg->name; pg++)
		wire_u8(&w, pg->page);
	put_be16(data + 2, (uint32_t)wire_len(&w) - HEADER);
	task_reply(task, data, wire_len(&w), cdb_field(task, "allocation_length"));
}
