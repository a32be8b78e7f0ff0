/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of library names, barcodes and serials that people type. */
#include <stdio.h>
#include <string.h>

#include "vtl/library/library.h"
#include "vtl/library/names.h"

bool library_name_ok(const char *name, char why[static WHY_LEN])
{
	if (!strcmp(name, "all")) {
		snprintf(why, WHY_LEN, "'all' means every library; a library needs another name");
		return false;
	}
	return name_ok(name, why);
}

bool barcode_ok(const char *barcode, char why[static WHY_LEN])
{
	char c[CHAR_SHOWN];
	if (!length_ok("barcode", barcode, BARCODE_LEN, why))
		return false;
	for (const char *p = barcode; *p; p++) {
		if (char_is_upper(*p) || char_is_digit(*p) || (p > barcode && (*p == '-' || *p == '_')))
			continue;
		if (char_is_lower(*p))
			snprintf(why, WHY_LEN,
				"the barcode '%s' has a lower-case letter; barcodes are "
				"upper case, like E00001L8",
				barcode);
		else
			snprintf(why, WHY_LEN, "a barcode may have only A-Z and 0-9, like E00001L8; not %s",
				char_shown(*p, c));
		return false;
	}
	return true;
}

static bool serial_long_ok(size_t len, enum device_kind kind, char why[static WHY_LEN])
{
	if (!len)
		snprintf(why, WHY_LEN, "the serial is missing");
	else if (kind == KIND_DRIVE && len != SERIAL_LEN)
		snprintf(why, WHY_LEN, "the serial of a drive must have %d characters; this one has %s",
			SERIAL_LEN, len > SERIAL_LEN ? "more" : "fewer");
	else if (len > SERIAL_MAX)
		snprintf(why, WHY_LEN, "a serial may have at most %d characters", SERIAL_MAX);
	else
		return true;
	return false;
}

bool serial_ok(const char *serial, enum device_kind kind, char why[static WHY_LEN])
{
	if (!serial_long_ok(strnlen(serial, SERIAL_MAX + 1), kind, why))
		return false;
	for (const char *p = serial; *p; p++) {
		char c[CHAR_SHOWN];
		if (char_is_upper(*p) || char_is_digit(*p) || *p == '_' || *p == '-')
			continue;
		snprintf(why, WHY_LEN, "a serial may have only A-Z, 0-9, '_' and '-'; not %s",
			char_shown(*p, c));
		return false;
	}
	return true;
}
