/* SPDX-License-Identifier: Apache-2.0 */
/* READ BUFFER and WRITE BUFFER (SPC-5 6.17, 6.49): a data buffer and an echo buffer to test the connection, the
 * drive's dump, and its error history. There is no firmware to load: such modes are refused. */
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/ssc/dump.h"

enum { DATA_ID = 0x00, DUMP_ID = 0x01, DATA_MAX = 64 << 10, ECHO_MAX = 4096 };
enum { MODE_BYTE = 1, MODE_MSB = 4, ID_BYTE = 2, OFFSET_BYTE = 3, LENGTH_BYTE = 6 };

struct tape_buffers {
	uint8_t data[DATA_MAX];
	uint8_t echo[ECHO_MAX];
	uint32_t echo_len; /* of the last WRITE BUFFER to it; 0: none */
	char dump[TAPE_DUMP_MAX];
	uint32_t dump_len; /* 0: none was taken */
};

/* Made at the first use, freed with the drive. NULL, with BUSY: no memory. */
static struct tape_buffers *buffers_of(struct task *task)
{
	struct tape *tape = tape_of(task->lu);
	if (!tape->buffers)
		tape->buffers = calloc(1, sizeof *tape->buffers);
	if (!tape->buffers)
		task->status = STATUS_BUSY;
	return tape->buffers;
}

static void take_dump(struct tape *tape, struct tape_buffers *buffers)
{
	buffers->dump_len = tape_dump(tape, buffers->dump);
}

unsigned ssc_force_dump(struct lu *lu, const uint8_t *page)
{
	enum { ID_AT = 4, ID = 0x0160 };
	struct tape *tape = tape_of(lu);
	if (get_be16(page + ID_AT) != ID)
		return ID_AT;
	/* A dump that was not taken before is taken when it is read. */
	if (tape->buffers)
		take_dump(tape, tape->buffers);
	return 0;
}

/* --- parts of a buffer ------------------------------------------------------------------------- */

struct region {
	uint8_t *bytes;
	uint32_t len;
};

/* False, with the task failed, when there is no buffer with the id of the CDB. */
static bool find(struct task *task, struct tape_buffers *buffers, struct region *ret_region)
{
	switch (cdb_field(task, "buffer_id")) {
	case DATA_ID: *ret_region = (struct region){ buffers->data, DATA_MAX }; return true;
	case DUMP_ID:
		if (!buffers->dump_len)
			take_dump(tape_of(task->lu), buffers);
		*ret_region = (struct region){ (uint8_t *)buffers->dump, buffers->dump_len };
		return true;
	default: task_fail_cdb(task, ID_BYTE, 7); return false;
	}
}

/* False, with the task failed, when the offset lies behind the end. */
static bool begins_inside(struct task *task, const struct region *region, uint32_t *ret_offset)
{
	*ret_offset = (uint32_t)cdb_field(task, "buffer_offset");
	if (*ret_offset <= region->len)
		return true;
	task_fail_cdb(task, OFFSET_BYTE, 7);
	return false;
}

static void reply_region(struct task *task, const struct region *region)
{
	uint32_t offset;
	if (begins_inside(task, region, &offset))
		task_reply(task, region->bytes + offset, region->len - offset,
			cdb_field(task, "allocation_length"));
}

/* --- READ BUFFER ------------------------------------------------------------------------------- */

static void read_data(struct task *task, struct tape_buffers *buffers)
{
	struct region region;
	if (find(task, buffers, &region))
		reply_region(task, &region);
}

/* Any offset and length are allowed. A buffer that does not exist has no bytes (SPC-5 6.17.5). */
static void read_descriptor(struct task *task, struct tape_buffers *buffers)
{
	uint8_t reply[4] = { 0 };
	struct region region = { NULL, 0 };
	if (cdb_field(task, "buffer_id") <= DUMP_ID)
		find(task, buffers, &region);
	put_be24(reply + 1, region.len);
	task_reply(task, reply, sizeof reply, cdb_field(task, "allocation_length"));
}

/* The bytes that were written last; before that there is no echo to send (SPC-5 6.17.6). */
static void read_echo(struct task *task, struct tape_buffers *buffers)
{
	if (buffers->echo_len)
		task_reply(task, buffers->echo, buffers->echo_len, cdb_field(task, "allocation_length"));
	else
		task_fail(task, SENSE_COMMAND_SEQUENCE);
}

/* One echo buffer for all initiators, so EBOS is zero. */
static void read_echo_descriptor(struct task *task, struct tape_buffers *buffers)
{
	uint8_t reply[4] = { 0 };
	put_be16(reply + 2, ECHO_MAX);
	task_reply(task, reply, sizeof reply, cdb_field(task, "allocation_length"));
}

/* --- error history (SPC-5 6.17.8): one buffer, which holds the dump -------------------------------- */

enum { HISTORY_ID = 0x10, HISTORY_DIRECTORY_MAX = 0x03, HISTORY_NEW = 0x01, HISTORY_CLEAR = 0xfe };

static void reply_directory(struct task *task, const struct tape_buffers *buffers)
{
	enum { HEADER = 32, ENTRY = 8, VERSION = 1, FROM_THIS_NEXUS = 0x02 };
	uint8_t reply[HEADER + ENTRY] = { 0 };
	struct wire w = wire_over(reply, sizeof reply);
	wire_ascii(&w, task->lu->id.vendor, 8);
	wire_u8(&w, VERSION);
	wire_u8(&w, FROM_THIS_NEXUS);
	wire_zero(&w, 20);
	wire_be16(&w, ENTRY);
	wire_u8(&w, HISTORY_ID);
	wire_zero(&w, 3);
	wire_be32(&w, buffers->dump_len);
	const struct region region = { reply, sizeof reply };
	reply_region(task, &region);
}

static void read_history(struct task *task, struct tape_buffers *buffers)
{
	unsigned id = (unsigned)cdb_field(task, "buffer_id");
	const struct region dump = { (uint8_t *)buffers->dump, buffers->dump_len };
	if (id <= HISTORY_DIRECTORY_MAX) {
		if (!buffers->dump_len || id & HISTORY_NEW)
			take_dump(tape_of(task->lu), buffers);
		reply_directory(task, buffers);
	} else if (id == HISTORY_ID && buffers->dump_len) {
		reply_region(task, &dump);
	} else if (id == HISTORY_ID) {
		task_fail(task, SENSE_COMMAND_SEQUENCE); /* the directory comes first */
	} else if (id >= HISTORY_CLEAR) {
		buffers->dump_len = 0;
	} else {
		task_fail_cdb(task, ID_BYTE, 7);
	}
}

/* --- WRITE BUFFER ------------------------------------------------------------------------------ */

/* Receives len bytes to `to`, or nothing. */
static bool receive(struct task *task, uint8_t *to, uint32_t len)
{
	autofree uint8_t *list = malloc(len + 1u);
	if (!list) {
		task->status = STATUS_BUSY;
		return false;
	}
	if (!task_parameter_list(task, list, len))
		return false;
	memcpy(to, list, len);
	return true;
}

static void write_data(struct task *task, struct tape_buffers *buffers)
{
	uint32_t len = (uint32_t)cdb_field(task, "parameter_list_length"), offset;
	const struct region region = { buffers->data, DATA_MAX };
	if (cdb_field(task, "buffer_id") != DATA_ID)
		task_fail_cdb(task, ID_BYTE, 7);
	else if (begins_inside(task, &region, &offset) && len > DATA_MAX - offset)
		task_fail_cdb(task, LENGTH_BYTE, 7);
	else if (!task->status && len)
		receive(task, buffers->data + offset, len);
}

/* Buffer id and offset are ignored (SPC-5 6.49.9). */
static void write_echo(struct task *task, struct tape_buffers *buffers)
{
	uint32_t len = (uint32_t)cdb_field(task, "parameter_list_length");
	if (len > ECHO_MAX)
		task_fail_cdb(task, LENGTH_BYTE, 7);
	else if (len && receive(task, buffers->echo, len))
		buffers->echo_len = len;
}

/* --- modes ------------------------------------------------------------------------------------- */

struct mode {
	uint8_t mode;
	void (*run)(struct task *task, struct tape_buffers *buffers);
};
static const struct mode reads[] = {
	{ 0x02, read_data },
	{ 0x03, read_descriptor },
	{ 0x0a, read_echo },
	{ 0x0b, read_echo_descriptor },
	{ 0x1c, read_history },
	{ 0 },
};
static const struct mode writes[] = { { 0x02, write_data }, { 0x0a, write_echo }, { 0 } };

static void run_mode(struct task *task, const struct mode *modes)
{
	unsigned mode = (unsigned)cdb_field(task, "mode");
	while (modes->run && modes->mode != mode)
		modes++;
	struct tape_buffers *buffers = modes->run ? buffers_of(task) : NULL;
	if (buffers)
		modes->run(task, buffers);
	else if (!modes->run)
		task_fail_cdb(task, MODE_BYTE, MODE_MSB);
}

void ssc_read_buffer(struct task *task)
{
	run_mode(task, reads);
}

void ssc_write_buffer(struct task *task)
{
	run_mode(task, writes);
}
