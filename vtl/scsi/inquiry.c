/* SPDX-License-Identifier: Apache-2.0 */
/* INQUIRY (SPC-5 6.6). It is always answered and does not report unit attentions. */
#include <string.h>

#include "vtl/scsi/core.h"

enum {
	STANDARD_MIN = 36,
	STANDARD_MAX = 5 + 255,
	VPD_MAX = 4096,
	REMOVABLE = 0x80,
	RESPONSE_FORMAT = 0x02,
	PROTECT = 0x01,
	COMMAND_QUEUING = 0x02
};

/* The personality's bytes, with our device type, vendor, product and revision. */
static size_t standard_build(const struct lu *lu, uint8_t data[static STANDARD_MAX])
{
	const struct lu_identity *id = &lu->id;
	size_t len = id->inquiry && id->inquiry_len > STANDARD_MIN ? id->inquiry_len : STANDARD_MIN;

	memset(data, 0, STANDARD_MAX);
	data[1] = REMOVABLE;
	data[3] = RESPONSE_FORMAT;
	data[7] = COMMAND_QUEUING;
	if (id->inquiry)
		memcpy(data, id->inquiry, id->inquiry_len);
	data[0] = lu->type->device_type;
	data[2] = id->version;
	data[4] = (uint8_t)(len - 5);
	data[5] |= id->protects ? PROTECT : 0;
	struct wire w = wire_over(data + 8, 28);
	wire_ascii(&w, id->vendor, 8);
	wire_ascii(&w, id->product, 16);
	wire_ascii(&w, id->revision, 4);
	return len;
}

static void supported_pages(const struct lu *lu, struct wire *w)
{
	wire_u8(w, 0);
	for (const struct vpd_page *pg = lu->vpd_pages; pg->name; pg++)
		wire_u8(w, pg->page);
}

static const struct vpd_page *vpd_find(const struct lu *lu, unsigned page)
{
	for (const struct vpd_page *pg = lu->vpd_pages; pg->name; pg++)
		if (pg->page == page)
			return pg;
	return NULL;
}

static void vital_product_data(struct task *task, unsigned page, size_t alloc)
{
	struct lu *lu = task->lu;
	const struct vpd_page *pg = page ? vpd_find(lu, page) : NULL;
	uint8_t data[VPD_MAX];
	struct wire w = wire_over(data, sizeof data);

	if (page && !pg) {
		task_fail_cdb(task, 2, 7);
		return;
	}
	wire_u8(&w, lu->type->device_type);
	wire_u8(&w, page);
	wire_be16(&w, 0);
	if (pg)
		pg->build(lu, task, &w);
	else
		supported_pages(lu, &w);
	if (w.over) {
		task_fail(task, SENSE_TARGET_FAILURE);
		return;
	}
	put_be16(data + 2, (uint32_t)wire_len(&w) - 4);
	task_reply(task, data, wire_len(&w), alloc);
}

void scsi_inquiry(struct task *task)
{
	unsigned page = (unsigned)cdb_field(task, "page_code");
	size_t alloc = cdb_field(task, "allocation_length");
	uint8_t data[STANDARD_MAX];

	if (cdb_field(task, "evpd")) {
		vital_product_data(task, page, alloc);
		return;
	}
	if (page) {
		task_fail_cdb(task, 2, 7);
		return;
	}
	size_t len = standard_build(task->lu, data);
	task_reply(task, data, len, alloc);
}
