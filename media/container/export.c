// SPDX-License-Identifier: Apache-2.0
/* Export of a cartridge as a stream, and verify, which reads all of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/container/formats.h"
#include "media/envelope.h"
#include "media/shelf/label.h"
#include "media/shelf/mam.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/crc32c.h"
#include "vtl/base/error_text.h"

/* Reads the record at the position whole, as it is stored or as the host has it. */
static int record_read(struct cart *cart, bool stored, uint8_t *to, uint32_t len)
{
	for (uint32_t at = 0; at < len;) {
		const void *p;
		size_t n = 0;
		int err = stored ? cart_read_stored(cart, at, &p, &n) : cart_read_chunk(cart, at, &p, &n);
		if (err)
			return err;
		memcpy(to + at, p, n);
		at += (uint32_t)n;
	}
	return 0;
}

struct exporting {
	struct cart *cart;
	struct stream s;
	enum cart_container container;
	struct image_out out; /* of a tape image */
	char *why;            /* 128 bytes */
	uint8_t *data;
	struct cart_report count;
	uint64_t object; /* the next one of the partition */
	unsigned partition;
	uint32_t crc;
};

/* Whether the cartridge has other partitions than one of its whole capacity. */
static bool has_layout(const struct cart *cart, struct cart_layout *ret_layout)
{
	cart_layout(cart, ret_layout);
	return ret_layout->partitions > 1 || ret_layout->available != cart_label(cart)->capacity ||
		ret_layout->capacity[0] != ret_layout->available;
}

/* The number that stands in a chunk of this kind. */
static uint64_t number_of(const struct exporting *x, enum chunk_kind kind)
{
	switch (kind) {
	case CHUNK_LABEL:
	case CHUNK_MEMORY:
	case CHUNK_LAYOUT: return 0;
	case CHUNK_PARTITION: return x->partition;
	case CHUNK_TRAILER: return x->count.records + x->count.filemarks;
	default: return x->object;
	}
}

static void put_chunk(struct exporting *x, enum chunk_kind kind, const void *data, uint32_t len)
{
	uint8_t head[CHUNK_HEAD], crc[4];
	struct chunk c = { kind, len, number_of(x, kind), crc32c(0, data, len) };
	chunk_head_put(&c, head);
	stream_write(&x->s, head, sizeof head);
	stream_write(&x->s, data, len);
	put_le32(crc, c.crc);
	x->crc = crc32c(x->crc, crc, sizeof crc);
}

static void put_layout(struct exporting *x, const struct cart_layout *layout)
{
	uint8_t bytes[8 + 8 * MEDIA_PARTITIONS];
	put_le64(bytes, layout->available);
	for (unsigned i = 0; i < layout->partitions; i++)
		put_le64(bytes + 8 + i * 8, layout->capacity[i]);
	put_chunk(x, CHUNK_LAYOUT, bytes, 8 + 8 * layout->partitions);
}

static int put_begin(struct exporting *x)
{
	uint8_t head[CONTAINER_HEAD];
	if (x->container != CART_NATIVE)
		return 0;
	autofree char *label = label_build(cart_label(x->cart));
	if (!label)
		return -ENOMEM;
	struct cart_layout layout;
	struct features features = { cart_features(x->cart).read & ~(uint32_t)FEATURE_LAYOUT, 0 };
	bool laid_out = has_layout(x->cart, &layout);
	if (laid_out)
		features.read |= FEATURE_LAYOUT;
	container_head_put(head, features);
	stream_write(&x->s, head, sizeof head);
	put_chunk(x, CHUNK_LABEL, label, (uint32_t)strlen(label));
	struct mam memory;
	int err = cart_memory_copy(x->cart, &memory);
	if (err)
		return err;
	if (memory.len > 0)
		put_chunk(x, CHUNK_MEMORY, memory.rows, (uint32_t)memory.len);
	mam_free(&memory);
	if (laid_out)
		put_layout(x, &layout);
	return 0;
}

/* 0, or an error with why: the format cannot hold the object. */
static int put_object(struct exporting *x, enum chunk_kind kind, uint32_t len)
{
	const struct image_writer *writer = container_formats[x->container].writer;
	int err = 0;
	if (!writer)
		put_chunk(x, kind, x->data, len);
	else if (kind == CHUNK_MARK)
		writer->mark(&x->out);
	else
		err = writer->record(&x->out, x->data, len, kind == CHUNK_DAMAGED, x->why);
	if (err)
		return err;
	x->count.filemarks += kind == CHUNK_MARK;
	x->count.records += kind != CHUNK_MARK;
	x->count.bytes += len;
	x->object++;
	return 0;
}

static int put_end(struct exporting *x)
{
	uint8_t trailer[TRAILER] = { 0 };
	if (x->container != CART_NATIVE) {
		container_formats[x->container].writer->end(&x->out);
		return stream_flush(&x->s);
	}
	put_le64(trailer, x->count.records);
	put_le64(trailer + 8, x->count.filemarks);
	put_le64(trailer + 16, x->count.bytes);
	put_le32(trailer + 24, x->crc);
	put_chunk(x, CHUNK_TRAILER, trailer, sizeof trailer);
	return stream_flush(&x->s);
}

/* Puts the object at the position. 0, MEDIA_EOD, -errno. */
static int export_one(struct exporting *x)
{
	uint32_t len = 0;
	bool stored = x->container == CART_NATIVE, transformed = false;
	int res = stored ? cart_peek_stored(x->cart, &len, &transformed) : cart_peek(x->cart, &len);
	if (res == MEDIA_FILEMARK) {
		res = put_object(x, CHUNK_MARK, 0);
	} else if (res == -EBADMSG && cart_read_damaged(x->cart, x->data, &len) == 0) {
		res = put_object(x, CHUNK_DAMAGED, len);
	} else if (res == MEDIA_OK) {
		res = record_read(x->cart, stored, x->data, len);
		if (!res)
			res = put_object(x, transformed ? CHUNK_TRANSFORMED : CHUNK_RECORD, len);
	}
	if (res)
		return res;
	return x->s.err ? x->s.err : cart_skip(x->cart);
}

/* The partition is written: goes on with the next one.  0; MEDIA_EOD there is none. */
static int export_next(struct exporting *x)
{
	if (x->partition + 1 >= cart_partitions(x->cart))
		return MEDIA_EOD;
	x->partition++;
	x->object = 0;
	put_chunk(x, CHUNK_PARTITION, "", 0);
	return cart_locate(x->cart, x->partition, 0);
}

/* The object at the position in words: its number, and its partition when there are several. */
struct object_name {
	char text[48];
};

static struct object_name object_name(const struct cart *cart)
{
	struct object_name name;
	struct cart_position pos;
	cart_position(cart, &pos);
	if (cart_partitions(cart) > 1)
		snprintf(name.text, sizeof name.text, "object %llu of partition %u",
			(unsigned long long)pos.object, pos.partition);
	else
		snprintf(name.text, sizeof name.text, "object %llu", (unsigned long long)pos.object);
	return name;
}

/* Why an object cannot be read.  -EIO of an object in a missing file becomes -ENOLINK. */
static const char *unread_text(const struct cart *cart, uint64_t object, int err)
{
	struct cart_usage usage;
	struct cart_position pos;
	cart_position(cart, &pos);
	cart_partition_usage(cart, pos.partition, &usage);
	bool lost = usage.lost_objects && object >= usage.first_lost &&
		object - usage.first_lost < usage.lost_objects;
	return media_error_text(err == -EIO && usage.lost_files && lost ? -ENOLINK : err);
}

/* The words for an object that cannot be read. */
static void export_why(const struct exporting *x, int err, char why[static 128])
{
	const struct object_name name = object_name(x->cart);
	if (!why[0] && (err == -EBADMSG || err == -EIO || err == -ENOKEY || err == -ENOPKG || err == -ECOMM))
		snprintf(why, 128, "%s cannot be read: %s", name.text,
			err == -EBADMSG ? "its checksum does not match"
					: unread_text(x->cart, x->object, err));
}

static int export(struct shelf shelf, const char *barcode, int fd, enum cart_container container, bool resume,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128])
{
	struct exporting x = { .container = container, .why = why };
	struct cart_usage usage;
	*ret_report = (struct cart_report){ .container = container };
	why[0] = '\0';
	int err = cart_open(shelf, barcode, true, &x.cart);
	if (err)
		return err;
	autofree uint8_t *data = malloc(TRANSFORMED_MAX), *packed = malloc(IMAGE_DATA);
	x.data = data;
	if (container != CART_NATIVE && cart_partitions(x.cart) > 1) {
		snprintf(why, 128, "%s has no partitions: export the cartridge with --format native",
			container_formats[container].words);
		cart_close(x.cart);
		return -EINVAL;
	}
	x.out = (struct image_out){ .s = &x.s, .packed = packed };
	err = data && packed ? stream_init(&x.s, shelf.engine, fd) : -ENOMEM;
	if (!err && resume)
		err = stream_resume(&x.s);
	if (!err)
		err = put_begin(&x);
	cart_usage(x.cart, &usage);
	uint64_t told_at = 0;
	while (!err) {
		err = export_one(&x);
		if (err == MEDIA_EOD)
			err = export_next(&x);
		if (x.count.bytes - told_at < STREAM_BUF)
			continue;
		told_at = x.count.bytes;
		if (!err && !progress_step(progress, x.count.bytes, usage.used))
			err = -ECANCELED;
	}
	if (err == MEDIA_EOD)
		err = put_end(&x);
	else if (err < 0 && err != x.s.err)
		export_why(&x, err, why);
	if (err == -EBADE)
		snprintf(why, 128,
			"the file is another export, or the cartridge was written since: delete it");
	x.count.container = container;
	*ret_report = x.count;
	ret_report->file_bytes = x.s.done;
	stream_fini(&x.s, ret_report->file_digest);
	cart_close(x.cart);
	return err;
}

int cart_export(struct shelf shelf, const char *barcode, int fd, enum cart_container container,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128])
{
	return export(shelf, barcode, fd, container, false, progress, ret_report, why);
}

int cart_export_on(struct shelf shelf, const char *barcode, int fd, enum cart_container container,
	const struct media_progress *progress, struct cart_report *ret_report, char why[static 128])
{
	return export(shelf, barcode, fd, container, true, progress, ret_report, why);
}

/* Reads all of the object at the position as it is stored: no key is needed.  Protection values of data that are not
 * encrypted are checked. */
static int verify_one(struct cart *cart, struct cart_report *report, struct digest *data)
{
	uint32_t len = 0;
	bool transformed;
	int res = cart_peek_stored(cart, &len, &transformed);
	if (res == MEDIA_FILEMARK) {
		report->filemarks++;
		return 0;
	}
	for (uint32_t at = 0; res == MEDIA_OK && at < len;) {
		const void *p;
		size_t n = 0;
		res = cart_verify_stored(cart, at, &p, &n);
		if (res == MEDIA_OK)
			digest_add(data, p, n);
		at += (uint32_t)n;
	}
	if (res == MEDIA_OK) {
		report->records++;
		report->bytes += len;
	}
	return res;
}

static void verify_note(struct cart *cart, struct cart_report *report, int err)
{
	struct cart_position pos;
	cart_position(cart, &pos);
	if (report->bad++ > 0)
		return;
	report->first_bad = pos.object;
	uint32_t len;
	const struct object_name name = object_name(cart);
	if (cart_read_damaged(cart, NULL, &len) == 0)
		snprintf(report->why, sizeof report->why, "%s was already damaged when it was imported",
			name.text);
	else if (err == -EBADMSG)
		snprintf(report->why, sizeof report->why, "%s does not have the checksum it was written with",
			name.text);
	else
		snprintf(report->why, sizeof report->why, "%s cannot be read: %s", name.text,
			unread_text(cart, pos.object, err));
}

int cart_verify(struct shelf shelf, const char *barcode, const struct media_progress *progress,
	struct cart_report *ret_report)
{
	struct cart *cart;
	struct cart_usage usage;
	struct digest data;
	*ret_report = (struct cart_report){ 0 };
	int err = cart_open(shelf, barcode, true, &cart);
	if (err) {
		snprintf(ret_report->why, sizeof ret_report->why, "cannot be opened: %s",
			media_error_text(err));
		return err;
	}
	cart_usage(cart, &usage);
	ret_report->tampered = usage.tampered;
	digest_begin(&data); /* without memory there is no digest; verify goes on */
	uint64_t told_at = 0;
	unsigned partition = 0;
	while (!err) {
		int res = verify_one(cart, ret_report, &data);
		if (res == MEDIA_EOD && ++partition >= cart_partitions(cart))
			break;
		if (res == MEDIA_EOD) {
			err = cart_locate(cart, partition, 0);
			continue;
		}
		if (res < 0)
			verify_note(cart, ret_report, res);
		err = cart_skip(cart);
		if (ret_report->bytes - told_at >= STREAM_BUF) {
			told_at = ret_report->bytes;
			if (!progress_step(progress, ret_report->bytes, usage.used))
				err = -ECANCELED;
		}
	}
	if (!err && (err = cart_failed(cart))) /* the mount could not read all files */
		snprintf(ret_report->why, sizeof ret_report->why, "its files cannot all be read: %s",
			media_error_text(err));
	digest_end(&data, ret_report->data_digest);
	if (err || ret_report->bad)
		ret_report->data_digest[0] = '\0';
	cart_close(cart);
	return err ? err : ret_report->bad ? -EBADMSG : 0;
}
