/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of names of libraries, initiators and targets. */
#include "vtl/base/name.h"

#include <stdio.h>
#include <string.h>

const char *char_shown(char c, char out[static CHAR_SHOWN])
{
	unsigned char u = (unsigned char)c;
	if (u > ' ' && u < 0x7f)
		snprintf(out, CHAR_SHOWN, "'%c'", c);
	else if (u == ' ')
		snprintf(out, CHAR_SHOWN, "a space");
	else
		snprintf(out, CHAR_SHOWN, "%02Xh", u);
	return out;
}

bool length_ok(const char *what, const char *text, size_t max, char why[static WHY_LEN])
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
	char c[CHAR_SHOWN];
	if (!length_ok("name", name, NAME_MAX_LEN, why))
		return false;
	for (const char *p = name; *p; p++) {
		bool plain = char_is_upper(*p) || char_is_lower(*p) || char_is_digit(*p);
		if (plain || (p > name && (*p == '-' || *p == '_' || *p == '.')))
			continue;
		snprintf(why, WHY_LEN,
			"a name may have letters and digits, and '-', '_', '.' after the first "
			"character; not %s",
			char_shown(*p, c));
		return false;
	}
	if (strstr(name, "..")) {
		snprintf(why, WHY_LEN, "the name '%s' contains '..'", name);
		return false;
	}
	return true;
}

bool iqn_ok(const char *name)
{
	size_t len = strnlen(name, IQN_MAX + 1);
	if (len < 5 || len > IQN_MAX)
		return false;
	if (strncmp(name, "iqn.", 4) && strncmp(name, "eui.", 4) && strncmp(name, "naa.", 4))
		return false;
	/* RFC 3722 allows of ASCII: lower case, digits, '-', '.' and ':'. */
	for (const char *p = name; *p; p++)
		if (!char_is_lower(*p) && !char_is_digit(*p) && *p != '-' && *p != '.' && *p != ':' &&
			*p != '_')
			return false;
	return true;
}

void iqn_fold(const char *name, char out[static IQN_MAX + 1])
{
	size_t i = 0;
	for (; i < IQN_MAX && name[i]; i++)
		out[i] = (char)(char_is_upper(name[i]) ? name[i] + ('a' - 'A') : name[i]);
	out[i] = 0;
}
