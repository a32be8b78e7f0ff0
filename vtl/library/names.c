/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of names, barcodes and serials that people type. */
#include <stdio.h>
#include <string.h>

#include "vtl/library/library.h"
#include "vtl/library/names.h"

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A character of the refused text, made printable. */
static const char *shown(char c, char out[static 8])
{
	unsigned char u = (unsigned char)c;
	if (u > ' ' && u < 0x7f)
		snprintf(out, 8, "'%c'", c);
	else if (u == ' ')
		snprintf(out, 8, "a space");
	else
		snprintf(out, 8, "%02Xh", u);
	return out;
}

static bool length_ok(const char *what, const char *text, size_t max, char why[static WHY_LEN])
{
	size_t len = strnlen(text, max + 1);
	if (!len)
		snprintf(why, WHY_LEN, "the %s is empty", what);
	else if (len > max)
		snprintf(why, WHY_LEN, "the %s '%.40s...' is longer than %zu characters", what, text, max);
	return len && len <= max;
}

bool name_ok(const char *name, char why[static WHY_LEN])
{
	char c[8];
	if (!length_ok("name", name, NAME_MAX_LEN, why))
		return false;
	for (const char *p = name; *p; p++) {
		bool plain = is_upper(*p) || is_lower(*p) || is_digit(*p);
		if (plain || (p > name && (*p == '-' || *p == '_' || *p == '.')))
			continue;
		snprintf(why, WHY_LEN,
			"a name may have letters and digits, and '-', '_', '.' after the first "
			"character; not %s",
			shown(*p, c));
		return false;
	}
	if (strstr(name, "..")) {
		snprintf(why, WHY_LEN, "the name '%s' contains '..'", name);
		return false;
	}
	return true;
}

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
	char c[8];
	if (!length_ok("barcode", barcode, BARCODE_LEN, why))
		return false;
	for (const char *p = barcode; *p; p++) {
		if (is_upper(*p) || is_digit(*p) || (p > barcode && (*p == '-' || *p == '_')))
			continue;
		if (is_lower(*p))
			snprintf(why, WHY_LEN,
				"the barcode '%s' has a lower-case letter; barcodes are "
				"upper case, like E00001L8",
				barcode);
		else
			snprintf(why, WHY_LEN, "a barcode may have only A-Z and 0-9, like E00001L8; not %s",
				shown(*p, c));
		return false;
	}
	return true;
}

bool serial_ok(const char *serial, char why[static WHY_LEN])
{
	size_t len = strnlen(serial, SERIAL_LEN + 1);
	if (!len) {
		snprintf(why, WHY_LEN, "the serial is missing");
		return false;
	}
	if (len != SERIAL_LEN) {
		snprintf(why, WHY_LEN, "a serial must have %d characters; this one has %s", SERIAL_LEN,
			len > SERIAL_LEN ? "more" : "fewer");
		return false;
	}
	for (const char *p = serial; *p; p++) {
		char c[8];
		if (is_upper(*p) || is_digit(*p))
			continue;
		snprintf(why, WHY_LEN, "a serial may have only A-Z and 0-9; not %s", shown(*p, c));
		return false;
	}
	return true;
}

bool target_ok(const char *target)
{
	size_t len = strnlen(target, IQN_MAX + 1);
	if (len < 5 || len > IQN_MAX)
		return false;
	if (strncmp(target, "iqn.", 4) && strncmp(target, "eui.", 4) && strncmp(target, "naa.", 4))
		return false;
	/* RFC 3722 allows of ASCII: lower case, digits, '-', '.' and ':'. */
	for (const char *p = target; *p; p++)
		if (!is_lower(*p) && !is_digit(*p) && *p != '-' && *p != '.' && *p != ':' && *p != '_')
			return false;
	return true;
}
