/* SPDX-License-Identifier: Apache-2.0 */
/* LOG SENSE and LOG SELECT (SPC-5 6.8, 6.9), from the rows of log pages. */
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/scsi/core.h"

enum { PC_THRESHOLD, PC_CUMULATIVE, PC_DEFAULT_THRESHOLD, PC_DEFAULT_CUMULATIVE };
enum {
	SPF = 0x40,
	PAGE_SUPPORTED = 0x00,
	ALL_SUBPAGES = 0xff,
	LOG_PAGE_MAX = 32768,
	FORMAT_AND_LINKING = 0x03,
	BOUNDED_COUNTER = 0x00,
	UNBOUNDED_COUNTER = 0x02
};

static const struct log_page *find(const struct lu *lu, unsigned page, unsigned subpage)
{
	for (const struct log_page *pg = lu->log_pages; pg->name; pg++)
		if (pg->page == page && pg->subpage == subpage)
			return pg;
	return NULL;
}

static bool page_known(const struct lu *lu, unsigned page)
{
	for (const struct log_page *pg = lu->log_pages; pg->name; pg++)
		if (pg->page == page)
			return true;
	return page == PAGE_SUPPORTED;
}

/* --- the core's lists: 00h, 00h/FFh and xxh/FFh ---------------------------------------------- */

static void supported_pages(const struct lu *lu, struct wire *w)
{
	wire_u8(w, PAGE_SUPPORTED);
	for (const struct log_page *pg = lu->log_pages; pg->name; pg++)
		if (pg->page != PAGE_SUPPORTED && !pg->subpage)
			wire_u8(w, pg->page);
}

static void supported_subpages(const struct lu *lu, unsigned page, struct wire *w)
{
	if (page == PAGE_SUPPORTED) {
		wire_be16(w, PAGE_SUPPORTED << 8);
		wire_be16(w, PAGE_SUPPORTED << 8 | ALL_SUBPAGES);
	}
	for (const struct log_page *pg = lu->log_pages; pg->name; pg++)
		if (pg->page != PAGE_SUPPORTED && (page == PAGE_SUPPORTED || pg->page == page))
			wire_be16(w, (uint32_t)pg->page << 8 | pg->subpage);
}

/* --- parameters ------------------------------------------------------------------------------ */

static bool is_counter(const struct log_param *param)
{
	unsigned format = param->control & FORMAT_AND_LINKING;

	if (param->flag)
		return false;
	return format == BOUNDED_COUNTER || format == UNBOUNDED_COUNTER;
}

/* Thresholds are at their maximum, so that none is ever met; default values are zero. */
static void put_value(struct lu *lu, const struct log_param *param, unsigned pc, struct wire *w)
{
	if (is_counter(param) && pc == PC_DEFAULT_CUMULATIVE && !param->build) {
		wire_zero(w, param->len);
		return;
	}
	if (is_counter(param) && pc != PC_CUMULATIVE && !param->build) {
		uint8_t *p = wire_room(w, param->len);
		if (p)
			memset(p, 0xff, param->len);
		return;
	}
	if (param->build) {
		param->build(lu, param->code, w);
		return;
	}
	uint64_t value = param->value(lu, param->code);
	for (unsigned i = param->len; i-- > 0;)
		wire_u8(w, i < 8 ? (uint8_t)(value >> 8 * i) : 0);
}

static void put_param(struct lu *lu, const struct log_param *param, unsigned pc, struct wire *w)
{
	wire_be16(w, param->code);
	wire_u8(w, param->control);
	uint8_t *len = wire_room(w, 1);
	size_t before = wire_len(w);
	put_value(lu, param, pc, w);
	if (len)
		*len = (uint8_t)(wire_len(w) - before);
}

/* False when no parameter has this code or a higher one. */
static bool put_params(struct lu *lu, const struct log_page *pg, unsigned pc, unsigned pointer,
	struct wire *w)
{
	bool any = false;

	for (const struct log_param *param = pg->params; param->name; param++)
		if (param->code >= pointer && (!param->present || param->present(lu, param->code))) {
			put_param(lu, param, pc, w);
			any = true;
		}
	return any || !pointer;
}

static bool build(struct task *task, const struct log_page *pg, unsigned page, unsigned subpage,
	struct wire *w)
{
	unsigned pointer = (unsigned)cdb_field(task, "parameter_pointer");
	bool list = !pg || !pg->params;

	if (list && pointer) {
		task_fail_cdb(task, 5, 7);
		return false;
	}
	if (list && subpage == ALL_SUBPAGES)
		supported_subpages(task->lu, page, w);
	else if (list)
		supported_pages(task->lu, w);
	else if (!put_params(task->lu, pg, (unsigned)cdb_field(task, "pc"), pointer, w)) {
		task_fail_cdb(task, 5, 7);
		return false;
	}
	if (!w->over)
		return true;
	task_fail(task, SENSE_TARGET_FAILURE);
	return false;
}

/* The page that was asked for; NULL with *ret_list for a list that the core makes. */
static bool locate(struct task *task, unsigned page, unsigned subpage, const struct log_page **ret_pg)
{
	*ret_pg = find(task->lu, page, subpage);
	if (*ret_pg || (subpage == ALL_SUBPAGES && page_known(task->lu, page)) ||
		(page == PAGE_SUPPORTED && !subpage))
		return true;
	if (page_known(task->lu, page))
		task_fail_cdb(task, 3, 7);
	else
		task_fail_cdb(task, 2, 5);
	return false;
}

/* Tells the page which of its parameters the initiator received. */
static void tell_sent(struct task *task, const struct log_page *pg, const uint8_t *data)
{
	for (size_t at = 4; at + 4 <= task->in_done; at += 4u + data[at + 3])
		if (at + 4u + data[at + 3] <= task->in_done)
			pg->sent(task->lu, task->lu_nexus, (uint16_t)get_be16(data + at), data + at + 4);
}

void scsi_log_sense(struct task *task)
{
	unsigned page = (unsigned)cdb_field(task, "page_code");
	unsigned subpage = (unsigned)cdb_field(task, "subpage_code");
	const struct log_page *pg;

	if (!locate(task, page, subpage, &pg))
		return;
	autofree uint8_t *data = malloc(LOG_PAGE_MAX);
	if (!data) {
		task->status = STATUS_BUSY;
		return;
	}
	struct wire w = wire_over(data, LOG_PAGE_MAX);
	wire_u8(&w, page | (subpage ? SPF : 0));
	wire_u8(&w, subpage);
	wire_be16(&w, 0);
	/* Some parameters differ between nexuses (TapeAlert). */
	task->lu->asking = task->lu_nexus;
	bool built = build(task, pg, page, subpage, &w);
	task->lu->asking = NULL;
	if (!built)
		return;
	put_be16(data + 2, (uint32_t)wire_len(&w) - 4);
	task_reply(task, data, wire_len(&w), cdb_field(task, "allocation_length"));
	if (pg && pg->sent)
		tell_sent(task, pg, data);
}

/* --- TapeAlert ------------------------------------------------------------------------------- */

void lu_alert(struct lu *lu, unsigned flag)
{
	struct lu_nexus *nexus;

	TAILQ_FOREACH(nexus, &lu->nexuses, link)
		nexus->alerts |= UINT64_C(1) << (flag - 1);
}

uint64_t log_alert(struct lu *lu, uint16_t code)
{
	return lu->asking ? lu->asking->alerts >> (code - 1) & 1 : 0;
}

void log_alert_sent(struct lu *lu, struct lu_nexus *nexus, uint16_t code, const uint8_t *value)
{
	/* A flag that was set while the page was being sent has not been reported. */
	if (value[0])
		nexus->alerts &= ~(UINT64_C(1) << (code - 1));
}

/* --- LOG SELECT ------------------------------------------------------------------------------ */

/* Clears one page, or all for page 00h. Other nexuses get a unit attention (6/2A/02). */
static void reset(struct task *task, unsigned page, unsigned subpage)
{
	struct lu *lu = task->lu;
	bool all = page == PAGE_SUPPORTED;
	bool any = false;

	if (!all && !find(lu, page, subpage)) {
		task_fail_cdb(task, page_known(lu, page) ? 3 : 2, page_known(lu, page) ? 7 : 5);
		return;
	}
	for (const struct log_page *pg = lu->log_pages; pg->name; pg++)
		if (pg->reset && (all || (pg->page == page && pg->subpage == subpage))) {
			pg->reset(lu);
			any = true;
		}
	if (any)
		lu_raise(lu, SENSE_UA_LOG_CHANGED, task->nexus);
}

/* No parameter can be set to a value: the list is checked only to point at the wrong byte. */
static void refuse_list(struct task *task, size_t len)
{
	autofree uint8_t *list = malloc(len);

	if (!list) {
		task->status = STATUS_BUSY;
		return;
	}
	if (!task_parameter_list(task, list, len))
		return;
	if (len < 4)
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
	else if (!find(task->lu, list[0] & 0x3f, list[0] & SPF ? list[1] : 0))
		task_fail_list(task, 0, 5);
	else if (get_be16(list + 2) > len - 4)
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
	else if (get_be16(list + 2))
		task_fail_list(task, 4, 7);
}

void scsi_log_select(struct task *task)
{
	bool pcr = cdb_field(task, "pcr");
	unsigned pc = (unsigned)cdb_field(task, "pc");
	unsigned page = (unsigned)cdb_field(task, "page_code");
	unsigned subpage = (unsigned)cdb_field(task, "subpage_code");
	size_t len = cdb_field(task, "parameter_list_length");

	if (pcr && len)
		task_fail_cdb(task, 1, 1);
	else if (len && (page || subpage))
		task_fail_cdb(task, page ? 2 : 3, page ? 5 : 7);
	else if (len)
		refuse_list(task, len);
	else if (pcr || pc == PC_DEFAULT_CUMULATIVE)
		reset(task, page, subpage);
}
