/* SPDX-License-Identifier: Apache-2.0 */
/* CRC32C by ISA-L, which keeps the register uninverted between calls. */
#include "vtl/base/crc32c.h"

#include <limits.h>

#include <isa-l/crc.h>

uint32_t crc32c(uint32_t crc, const void *buf, size_t len)
{
	const unsigned char *p = buf;
	crc = ~crc;
	while (len > 0) {
		int n = len > INT_MAX ? INT_MAX : (int)len;
		crc = crc32_iscsi((unsigned char *)p, n, crc);
		p += n;
		len -= (size_t)n;
	}
	return ~crc;
}
