/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of attributes (SPC-5 7.4.2, SSC-5 8.3, and what LTO drives have beyond). */
#include "vtl/ssc/attribute.h"

#include "vtl/ssc/tape.h"

/* ASCII data (SPC-5 4.3.1), with spaces behind it; some programs send zeros there. */
static size_t right_ascii(const uint8_t *value, size_t len)
{
	size_t n = 0;
	while (n < len && value[n] >= 0x20 && value[n] <= 0x7e)
		n++;
	for (size_t i = n; i < len; i++)
		if (value[i])
			return n;
	return len;
}

/* SPC-5 table 448 */
static size_t right_localization(const uint8_t *value, size_t len)
{
	return value[0] <= 0x0a || value[0] == 0x80 || value[0] == 0x81 ? len : 0;
}

static size_t right_flag(const uint8_t *value, size_t len)
{
	return value[0] <= 1 ? len : 0;
}

#define BINARY(bytes) .len_min = (bytes), .len = (bytes), .format = ATTRIBUTE_BINARY
#define ASCII(bytes)  .len_min = (bytes), .len = (bytes), .format = ATTRIBUTE_ASCII, .right = right_ascii
#define TEXT(bytes)   .len_min = (bytes), .len = (bytes), .format = ATTRIBUTE_TEXT

/* clang-format off */
const struct attribute tape_attributes[] = {
	/* device */
	{ .id = 0x0000, BINARY(8), .scope = OF_PARTITION, .name = "remaining capacity in partition (MiB)", .value = attribute_remaining },
	{ .id = 0x0001, BINARY(8), .scope = OF_PARTITION, .name = "maximum capacity in partition (MiB)", .value = attribute_maximum },
	{ .id = 0x0002, BINARY(8), .name = "TapeAlert flags", .value = attribute_alerts },
	{ .id = 0x0003, BINARY(8), .name = "load count", .value = attribute_loads },
	{ .id = 0x0004, BINARY(8), .name = "MAM space remaining (bytes)", .value = attribute_space },
	{ .id = 0x0005, ASCII(8), .name = "assigning organization", .value = attribute_organization },
	{ .id = 0x0006, BINARY(1), .name = "formatted density code", .value = attribute_density },
	{ .id = 0x0007, BINARY(2), .name = "initialization count", .value = attribute_initializations },
	{ .id = 0x0008, ASCII(32), .name = "volume identifier", .value = attribute_volume },
	{ .id = ATTRIBUTE_CHANGES, BINARY(4), .name = "volume change reference", .value = attribute_changes },
	{ .id = 0x020a, ASCII(40), .name = "device vendor and serial number at last load", .value = attribute_drive_0 },
	{ .id = 0x020b, ASCII(40), .name = "device vendor and serial number at load-1", .value = attribute_drive_1 },
	{ .id = 0x020c, ASCII(40), .name = "device vendor and serial number at load-2", .value = attribute_drive_2 },
	{ .id = 0x020d, ASCII(40), .name = "device vendor and serial number at load-3", .value = attribute_drive_3 },
	{ .id = 0x0220, BINARY(8), .name = "total written in medium life (MiB)", .value = attribute_life_written },
	{ .id = 0x0221, BINARY(8), .name = "total read in medium life (MiB)", .value = attribute_life_read },
	{ .id = 0x0222, BINARY(8), .name = "total written in current or last load (MiB)", .value = attribute_load_written },
	{ .id = 0x0223, BINARY(8), .name = "total read in current or last load (MiB)", .value = attribute_load_read },
	{ .id = 0x0224, BINARY(8), .scope = OF_PARTITION, .name = "logical position of first encrypted block", .value = attribute_first_encrypted },
	{ .id = 0x0225, BINARY(8), .scope = OF_PARTITION, .name = "logical position of first unencrypted block after the first encrypted block", .value = attribute_first_encrypted },
	{ .id = 0x0340, BINARY(90), .name = "medium usage history", .value = attribute_medium_history },
	{ .id = 0x0341, BINARY(60), .scope = OF_PARTITION, .name = "partition usage history", .value = attribute_partition_history },
	/* medium */
	{ .id = 0x0400, ASCII(8), .name = "medium manufacturer", .value = attribute_manufacturer },
	{ .id = 0x0401, ASCII(32), .name = "medium serial number", .value = attribute_serial },
	{ .id = 0x0402, BINARY(4), .name = "medium length (m)", .value = attribute_length },
	{ .id = 0x0403, BINARY(4), .name = "medium width (0.1 mm)", .value = attribute_width },
	{ .id = 0x0404, ASCII(8), .name = "assigning organization", .value = attribute_organization },
	{ .id = 0x0405, BINARY(1), .name = "medium density code", .value = attribute_density },
	{ .id = 0x0406, ASCII(8), .name = "medium manufacture date", .value = attribute_made },
	{ .id = 0x0407, BINARY(8), .name = "MAM capacity (bytes)", .value = attribute_capacity },
	{ .id = 0x0408, BINARY(1), .name = "medium type (00h data, 80h WORM)", .value = attribute_medium_type },
	{ .id = 0x0409, BINARY(2), .name = "medium type information", .value = attribute_type_information },
	{ .id = 0x040b, BINARY(1), .since = 7, .name = "supported density codes", .value = attribute_density },
	/* host */
	{ .id = 0x0800, ASCII(8), .name = "application vendor" },
	{ .id = 0x0801, ASCII(32), .name = "application name" },
	{ .id = 0x0802, ASCII(8), .name = "application version" },
	{ .id = 0x0803, TEXT(160), .name = "user medium text label" },
	{ .id = 0x0804, ASCII(12), .name = "date and time last written" },
	{ .id = 0x0805, BINARY(1), .name = "text localization identifier", .right = right_localization },
	{ .id = 0x0806, ASCII(32), .name = "barcode" },
	{ .id = 0x0807, TEXT(80), .name = "owning host textual name" },
	{ .id = 0x0808, TEXT(160), .name = "media pool" },
	{ .id = 0x0809, ASCII(16), .scope = OF_PARTITION, .name = "partition user text label" },
	{ .id = 0x080a, BINARY(1), .scope = OF_PARTITION, .name = "load/unload at partition", .right = right_flag },
	{ .id = 0x080b, ASCII(16), .scope = OF_PARTITION, .name = "application format version" },
	{ .id = 0x080c, .len_min = 23, .len = 1023, .format = ATTRIBUTE_BINARY, .scope = OF_PARTITION, .name = "volume coherency information" },
	{ .id = 0x0820, BINARY(36), .since = 7, .name = "medium globally unique identifier" },
	{ .id = 0x0821, BINARY(36), .since = 7, .name = "media pool globally unique identifier" },
	/* vendor */
	{ .id = 0x1000, BINARY(28), .name = "unique cartridge identity", .value = attribute_identity },
	{ .id = 0x1001, BINARY(24), .name = "alternative unique cartridge identity", .value = attribute_other_identity },
	{ .id = 0x1010, BINARY(1), .since = 9, .name = "medium optimization needed; hosts may set it while the tape is blank", .value = attribute_optimization_needed, .settable = attribute_tape_blank, .right = right_flag },
	{ .id = 0x1011, BINARY(1), .since = 9, .name = "medium optimization version", .value = attribute_optimization_version },
	{ .id = 0x1400, .last = 0x17ff, .len_min = 1, .len = 1023, .format = ATTRIBUTE_ANY, .scope = OF_PARTITION, .name = "vendor specific, for hosts" },
	{ 0 },
};
/* clang-format on */

const struct attribute *attribute_find(const struct tape *tape, uint32_t id)
{
	for (const struct attribute *row = tape_attributes; row->name; row++)
		if (id >= row->id && id <= (row->last ? row->last : row->id) &&
			tape->profile->generation >= row->since)
			return row;
	return NULL;
}
