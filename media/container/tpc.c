// SPDX-License-Identifier: Apache-2.0
/* TPC: each record behind a 16-bit length, padded to an even number of bytes; length 0 is a filemark, FFFFh the
 * end of the medium. */
#include <errno.h>

#include "media/container/formats.h"
#include "vtl/base/bytes.h"

enum { TPC_MARK = 0, TPC_END = 0xffff, TPC_ALIKE = 3 };

int tpc_step(struct image *im)
{
	uint8_t bytes[2], pad;
	int res = image_begin(im, bytes, sizeof bytes);
	if (res)
		return res;
	uint16_t len = get_le16(bytes);
	if (len == TPC_MARK)
		return image_mark(im);
	if (len == TPC_END)
		return IMAGE_MARKER;
	if (image_take(im, im->data, len) < len || ((len & 1) && image_take(im, &pad, 1) < 1))
		return image_short(im);
	return image_record(im, false, len);
}

/* A length stands once only, so that nearly everything could be TPC.  Believed are three records of one length,
 * and never more than formats that have more to check. */
size_t tpc_look(const uint8_t *p, size_t n)
{
	size_t at = 0;
	uint16_t first = n < 2 ? 0 : get_le16(p);
	for (int i = 0; i < TPC_ALIKE; i++) {
		if (n < at + 2 || get_le16(p + at) != first || first == TPC_MARK || first == TPC_END)
			return 0;
		at += 2 + (size_t)first + (first & 1);
	}
	return 1;
}
