/* SPDX-License-Identifier: Apache-2.0 */
/* Parses portals, targets and LUNs. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/initiator/initiator.h"
#include "vtl/base/secret.h"

enum { PORT_DEFAULT = 3260, LUN_MAX = 16383 };

static bool number_parse(const char *text, long max, long *ret)
{
	if (!isdigit((unsigned char)*text))
		return false;
	char *end;
	errno = 0;
	long v = strtol(text, &end, 10);
	if (*end || errno || v > max)
		return false;
	*ret = v;
	return true;
}

/* Splits HOST[:PORT]; an IPv6 address with a port must be in brackets. */
static bool address_parse(const char *text, char *out, size_t out_size)
{
	const char *host = text, *port = NULL;
	size_t len = strlen(text);

	if (*text == '[') {
		const char *close = strchr(text, ']');
		if (!close || close == text + 1)
			return false;
		len = (size_t)(close - text) + 1;
		if (close[1] == ':')
			port = close + 2;
		else if (close[1])
			return false;
	} else if (strchr(text, ':') && strchr(text, ':') == strrchr(text, ':')) {
		port = strchr(text, ':') + 1;
		len = (size_t)(port - 1 - text);
	}
	long n = PORT_DEFAULT;
	if (!len || len > 255 || (port && (!number_parse(port, 65535, &n) || !n)))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)host[i]) && !strchr(".-_:[]%", host[i]))
			return false;
	bool bare6 = *text != '[' && memchr(host, ':', len);
	int put = snprintf(out, out_size, bare6 ? "[%.*s]:%ld" : "%.*s:%ld", (int)len, host, n);
	return put > 0 && (size_t)put < out_size;
}

static bool target_parse(const char *text, struct portal *p)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	if (len >= sizeof p->target)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isgraph((unsigned char)text[i]))
			return false;
	memcpy(p->target, text, len);
	p->target[len] = '\0';
	if (!slash || !slash[1])
		return true;
	long lun;
	if (!len || !number_parse(slash + 1, LUN_MAX, &lun))
		return false;
	p->lun = (int)lun;
	return true;
}

bool portal_parse(const char *text, struct portal *ret_portal, char why[static WHY_LEN])
{
	static const char scheme[] = "iscsi://";
	struct portal p = { .lun = LUN_UNNAMED };
	const char *rest = text;

	if (!strncmp(rest, scheme, strlen(scheme)))
		rest += strlen(scheme);
	size_t host_len = strcspn(rest, "/");
	char host[300];
	bool ok = host_len < sizeof host;
	if (ok) {
		memcpy(host, rest, host_len);
		host[host_len] = '\0';
		ok = address_parse(host, p.address, sizeof p.address);
	}
	if (ok && rest[host_len] == '/')
		ok = target_parse(rest + host_len + 1, &p);
	if (!ok) {
		snprintf(why, WHY_LEN,
			"'%.200s' is not a portal; write HOST:PORT or "
			"iscsi://HOST:PORT/TARGET/LUN",
			text);
		return false;
	}
	*ret_portal = p;
	return true;
}

int address_tag(const char *address)
{
	const char *comma = strrchr(address, ',');
	long tag;
	return comma && number_parse(comma + 1, 65535, &tag) ? (int)tag : -1;
}

char *chap_secret_read(const char *file, char why[static WHY_LEN])
{
	char text[SECRET_MAX + 1];
	char *secret = secret_read(file, text, why, WHY_LEN) ? strdup(text) : NULL;
	explicit_bzero(text, sizeof text);
	return secret;
}

void text_trim(char *out, size_t out_size, const uint8_t *bytes, size_t len)
{
	while (len && (bytes[len - 1] == ' ' || !bytes[len - 1]))
		len--;
	while (len && *bytes == ' ') {
		bytes++;
		len--;
	}
	size_t n = 0;
	for (size_t i = 0; i < len && n + 1 < out_size; i++)
		out[n++] = isprint(bytes[i]) ? (char)bytes[i] : '_';
	out[n] = '\0';
}
