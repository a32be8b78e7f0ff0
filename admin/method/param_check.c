/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of texts in requests about libraries, drives and cartridges. */
#include "admin/method/param_check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "media/container/container.h"
#include "vtl/base/log.h"

#define FORMAT(ID, NAME, ...) " " NAME
static const char format_names[] =
#include "media/container/formats.def"
	;
#undef FORMAT

bool layout_ok(const char *text, char why[static WHY_LEN])
{
	enum layout layout;
	if (layout_find(text, &layout))
		return true;
	snprintf(why, WHY_LEN, "must be one-target or target-per-device");
	return false;
}

bool compression_ok(const char *text, char why[static WHY_LEN])
{
	enum cart_compression compression;
	if (compression_find(text, &compression))
		return true;
	snprintf(why, WHY_LEN, "must be off, auto, lz4 or zstd");
	return false;
}

bool prefix_ok(const char *text, char why[static WHY_LEN])
{
	size_t len = strlen(text);
	bool good = len >= 1 && len < VOLUME_LEN;
	for (const char *c = text; *c; c++)
		good &= isdigit((unsigned char)*c) || (*c >= 'A' && *c <= 'Z');
	if (!good)
		snprintf(why, WHY_LEN, "must be 1 to %d capital letters or digits", VOLUME_LEN - 1);
	return good;
}

bool generation_ok(const char *text, char why[static WHY_LEN])
{
	const struct generation *generation;
	return generation_named(text, &generation, why);
}

bool drive_personality_ok(const char *text, char why[static WHY_LEN])
{
	const struct personality *p;
	return !personality_wanted(text, KIND_DRIVE, &p, why);
}

bool changer_personality_ok(const char *text, char why[static WHY_LEN])
{
	const struct personality *p;
	return !personality_wanted(text, KIND_CHANGER, &p, why);
}

bool naa_ok(const char *text, char why[static WHY_LEN])
{
	uint64_t naa;
	return naa_parse(text, &naa, why);
}

bool target_ok(const char *text, char why[static WHY_LEN])
{
	if (iqn_ok(text))
		return true;
	snprintf(why, WHY_LEN, "must be a name like iqn.2026-11.com.example:library, in lower case");
	return false;
}

bool format_ok(const char *text, char why[static WHY_LEN])
{
	if (cart_format_find(text) != CART_ANY)
		return true;
	snprintf(why, WHY_LEN, "must be one of%s", format_names);
	return false;
}

bool reason_ok(const char *text, char why[static WHY_LEN])
{
	if (strlen(text) <= REASON_MAX)
		return true;
	snprintf(why, WHY_LEN, "has more than %d bytes", REASON_MAX);
	return false;
}

bool levels_ok(const char *text, char why[static WHY_LEN])
{
	return log_levels_set(text, false, why, WHY_LEN) == 0;
}
