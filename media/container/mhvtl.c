// SPDX-License-Identifier: Apache-2.0
/*
 * A cartridge of mhvtl (its tape formats 2 to 4): the folder has the blocks one after the other in `data`, and in
 * `indx` 512 bytes for each block or filemark, as the machine that wrote it keeps them (little-endian): offset in data
 * (8), type, flags, number, size, size in data, CRC32C of the uncompressed block (4 each; only with its flag), the key
 * of a block that is said to be encrypted; the block itself is stored in clear.  Format 4 has a number behind the
 * names: data.0, indx.0.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif

#include "media/container/folders.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/crc32c.h"

enum { INDEX_ROW = 512, INDEX_USED = 32 };
enum { TYPE_MARK = 3, TYPE_END = 5, TYPE_NOTHING = 8, TYPE_DATA = 11 };
enum { PACKED_ZLIB = 1, PACKED_LZO = 4, HAS_CRC = 8 };

struct row {
	uint64_t offset;
	uint32_t type, flags, number, size, stored, crc;
};

static struct row row_of(const uint8_t p[static INDEX_USED])
{
	return (struct row){ get_le64(p), get_le32(p + 8), get_le32(p + 12), get_le32(p + 16),
		get_le32(p + 20), get_le32(p + 24), get_le32(p + 28) };
}

/* Undoes the compression of p->packed into p->data. */
static int undo(struct packing *p, const struct row *row)
{
	if (row->flags & PACKED_LZO) {
#ifdef HAVE_LZO
		lzo_uint len = row->size;
		if (lzo_init() == LZO_E_OK &&
			lzo1x_decompress_safe(p->packed, row->stored, p->data, &len, NULL) == LZO_E_OK &&
			len == row->size)
			return 0;
#else
		return pack_bad(p, "it is compressed with LZO: this program was built without liblzo2");
#endif
	} else {
		uLongf len = row->size;
		if (uncompress(p->data, &len, p->packed, row->stored) == Z_OK && len == row->size)
			return 0;
	}
	return pack_bad(p, "it cannot be decompressed");
}

static int record_pack(struct packing *p, const struct row *row, int fd, uint64_t data_size)
{
	bool packed = row->flags & (PACKED_ZLIB | PACKED_LZO);
	if (row->size == 0 || row->size > MEDIA_RECORD_MAX || row->stored > IMAGE_DATA ||
		(!packed && row->stored != row->size))
		return pack_bad(p, "its size in the index is not valid");
	if (row->offset > data_size || row->stored > data_size - row->offset)
		return pack_bad(p, "the data file ends before it");
	int err = pack_read(p, fd, packed ? p->packed : p->data, row->stored, row->offset, "data");
	if (!err && packed)
		err = undo(p, row);
	if (!err && (row->flags & HAS_CRC) && crc32c(0, p->data, row->size) != row->crc)
		err = pack_bad(p, "its checksum does not match");
	if (!err)
		err = simh_writer.record(&p->out, p->data, row->size, false, p->why);
	return err ? err : p->s.err;
}

/* A file of the cartridge by its name in formats 2 and 3, or in format 4. */
static int part_open(struct packing *p, const char *name, uint64_t *ret_size)
{
	char numbered[16];
	snprintf(numbered, sizeof numbered, "%.8s.0", name);
	return pack_open(p, faccessat(p->dirfd, numbered, F_OK, 0) == 0 ? numbered : name, ret_size);
}

int mhvtl_pack(struct packing *p)
{
	uint64_t index_size = 0, data_size = 0;
	if (faccessat(p->dirfd, "indx.1", F_OK, 0) == 0)
		return pack_bad(p, "the cartridge has several partitions");
	autoclose int index = part_open(p, "indx", &index_size);
	autoclose int data = index < 0 ? -1 : part_open(p, "data", &data_size);
	int err = data < 0 ? -EBADMSG : 0;
	for (uint64_t at = 0; !err && at < index_size; at += INDEX_ROW) {
		uint8_t bytes[INDEX_USED];
		if (index_size - at < INDEX_ROW)
			return pack_bad(p, "the index ends too early");
		err = pack_read(p, index, bytes, sizeof bytes, at, "indx");
		const struct row row = row_of(bytes);
		if (err)
			return err;
		if (row.type == TYPE_END)
			break;
		if (row.type != TYPE_NOTHING && row.number != at / INDEX_ROW)
			return pack_bad(p, "the index has another object there");
		switch (row.type) {
		case TYPE_DATA: err = record_pack(p, &row, data, data_size); break;
		case TYPE_MARK:
			simh_writer.mark(&p->out);
			err = p->s.err;
			break;
		case TYPE_NOTHING: continue;
		default: return pack_bad(p, "the index has an unknown type of object");
		}
		p->object++;
	}
	return err;
}
