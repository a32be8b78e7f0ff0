/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts have written and read in each partition (SPC-5 table 444, attribute 0341h). The cartridge's memory keeps
 * the numbers of earlier loads (FORMAT.md 3.1, row 0C03h). */
#include "vtl/ssc/attribute.h"
#include "vtl/ssc/tape.h"

enum { ROW = 0x0c03, ROW_LEN = 40, MIB_SHIFT = 20 };

/* Of the loads before this one. */
struct past {
	uint64_t written, read;           /* in the partition's life */
	uint64_t last_written, last_read; /* in the last of these loads */
	uint64_t loads;
};

static struct past past_of(const struct tape *tape, uint32_t partition)
{
	struct cart_attribute a;
	if (!cart_attribute(tape->cart, partition, ROW, &a) || a.len != ROW_LEN)
		return (struct past){ 0 };
	return (struct past){ get_be64(a.value), get_be64(a.value + 8), get_be64(a.value + 16),
		get_be64(a.value + 24), get_be64(a.value + 32) };
}

void partition_count(struct tape *tape, uint64_t written, uint64_t read)
{
	struct cart_position at;
	cart_position(tape->cart, &at);
	tape->partitions[at.partition].written += written;
	tape->partitions[at.partition].read += read;
}

void partition_history_store(struct tape *tape)
{
	for (uint32_t i = 0; i < cart_partitions(tape->cart); i++) {
		const struct partition_use *now = &tape->partitions[i];
		const struct past past = past_of(tape, i);
		uint8_t row[ROW_LEN];
		put_be64(row, past.written + now->written);
		put_be64(row + 8, past.read + now->read);
		put_be64(row + 16, now->written);
		put_be64(row + 24, now->read);
		put_be64(row + 32, past.loads + 1);
		cart_attribute_note(tape->cart,
			&(struct cart_attribute){ .partition = (uint8_t)i,
				.id = ROW,
				.len = sizeof row,
				.value = row });
	}
}

void partition_history_forget(struct tape *tape)
{
	for (uint8_t i = 0; i < MEDIA_PARTITIONS; i++) {
		tape->partitions[i] = (struct partition_use){ 0 };
		cart_attribute_note(tape->cart, &(struct cart_attribute){ .partition = i, .id = ROW });
	}
}

static void put_amounts(struct wire *w, uint64_t written, uint64_t read)
{
	wire_be32(w, (uint32_t)(written >> MIB_SHIFT));
	wire_be32(w, 0); /* nothing is ever retried */
	wire_be32(w, (uint32_t)(read >> MIB_SHIFT));
	wire_be32(w, 0);
}

void attribute_partition_history(const struct attribute_ask *ask, struct wire *w)
{
	const struct partition_use *now = &ask->tape->partitions[ask->partition];
	const struct past past = past_of(ask->tape, ask->partition);
	put_amounts(w, now->written, now->read);
	put_amounts(w, past.last_written, past.last_read);
	put_amounts(w, past.written + now->written, past.read + now->read);
	wire_be32(w, (uint32_t)past.loads + 1);
	wire_be32(w, 0); /* changes of the partition are not counted */
	wire_be32(w, attribute_formats(ask->tape));
}
