/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of texts in requests about initiators. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/method/param_check.h"
#include "vtl/access/access.h"

bool initiator_ok(const char *name, char why[static WHY_LEN])
{
	static const char *const types[] = { "iqn.", "eui.", "naa." };
	size_t len = strlen(name);
	if (strcmp(name, "*") == 0)
		return true;
	bool known = false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		known |= strncasecmp(name, types[i], 4) == 0 && len > 4;
	if (!known || len > IQN_MAX) {
		snprintf(why, WHY_LEN,
			"must be a name like iqn.1991-05.com.microsoft:host, at most %d "
			"bytes, or *",
			IQN_MAX);
		return false;
	}
	for (const char *c = name; *c; c++) {
		if (isalnum((unsigned char)*c) || strchr(".:-_", *c))
			continue;
		snprintf(why, WHY_LEN, "must have only letters, digits, '.', ':', '-' and '_'");
		return false;
	}
	return true;
}

bool chap_secret_ok(const char *text, char why[static WHY_LEN])
{
	size_t len = strlen(text);
	if (len >= CHAP_SECRET_MIN && len <= CHAP_SECRET_MAX)
		return true;
	snprintf(why, WHY_LEN, "it has %zu bytes; a CHAP secret must have %d to %d bytes", len,
		CHAP_SECRET_MIN, CHAP_SECRET_MAX);
	return false;
}

bool chap_user_ok(const char *text, char why[static WHY_LEN])
{
	bool good = *text && strlen(text) <= CHAP_NAME_MAX;
	for (const char *c = text; *c; c++)
		good &= (unsigned char)*c > ' ' && *c != 0x7f;
	if (!good)
		snprintf(why, WHY_LEN, "a CHAP user must have 1 to %d bytes and no spaces", CHAP_NAME_MAX);
	return good;
}

bool from_ok(const char *text, char why[static WHY_LEN])
{
	struct network network;
	return strcmp(text, "any") == 0 || network_parse(text, &network, why);
}

int device_number(const char *text)
{
	char *end;
	if (strcmp(text, "changer") == 0)
		return 0;
	if (strncmp(text, "drive:", 6) != 0 || text[6] < '1' || text[6] > '9')
		return -1;
	long n = strtol(text + 6, &end, 10);
	return *end || n > DRIVES_MAX ? -1 : (int)n;
}

bool device_ok(const char *text, char why[static WHY_LEN])
{
	if (device_number(text) >= 0 || strcmp(text, ALL) == 0)
		return true;
	snprintf(why, WHY_LEN, "must be \"changer\", \"drive:1\" to \"drive:%d\", or \"all\"", DRIVES_MAX);
	return false;
}
