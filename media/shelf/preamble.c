// SPDX-License-Identifier: Apache-2.0
/* The preamble of binary structures (FORMAT.md section 2). */
#include "media/shelf/preamble.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

enum { FORMAT_VERSION = 2 };
enum { AT_VERSION = 8, AT_UNITS = 10, AT_CRC = 12, AT_READ = 16, AT_WRITE = 20, AT_ZERO = 24 };

/* The checksum of len bytes with the four at AT_CRC counted as zero. */
static uint32_t head_crc(const uint8_t *head, size_t len)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32c(crc32c(0, head, AT_CRC), zero, sizeof zero);
	return crc32c(crc, head + AT_CRC + 4, len - AT_CRC - 4);
}

void preamble_put(uint8_t *head, const char *name, uint32_t units, struct features features, size_t len)
{
	memset(head, 0, PREAMBLE_SIZE);
	memcpy(head, name, MAGIC_NAME);
	head[MAGIC_NAME] = '0' + FORMAT_VERSION;
	put_le16(head + AT_VERSION, FORMAT_VERSION);
	put_le16(head + AT_UNITS, units);
	put_le32(head + AT_READ, features.read);
	put_le32(head + AT_WRITE, features.write);
	put_le32(head + AT_CRC, head_crc(head, len));
}

int preamble_check(const uint8_t *head, const char *name, size_t len, struct features *ret_features)
{
	uint32_t version = get_le16(head + AT_VERSION);
	if (memcmp(head, name, MAGIC_NAME) != 0 || version == 0 ||
		get_le32(head + AT_CRC) != head_crc(head, len))
		return -EBADMSG;
	if (version != FORMAT_VERSION)
		return version < FORMAT_VERSION ? -EPROTOTYPE : -EPROTONOSUPPORT;
	if (head[MAGIC_NAME] != '0' + FORMAT_VERSION || get_le64(head + AT_ZERO) != 0)
		return -EBADMSG;
	if (preamble_feature(head) >= 0)
		return -EPROTONOSUPPORT;
	*ret_features = (struct features){ get_le32(head + AT_READ), get_le32(head + AT_WRITE) };
	return 0;
}

uint32_t preamble_units(const uint8_t *head)
{
	return get_le16(head + AT_UNITS);
}

int feature_unknown(uint32_t features, uint32_t known)
{
	return ffs((int)(features & ~known)) - 1;
}

int preamble_feature(const uint8_t *head)
{
	if (get_le16(head + AT_VERSION) != FORMAT_VERSION)
		return -1;
	return feature_unknown(get_le32(head + AT_READ), FEATURES_READ);
}
