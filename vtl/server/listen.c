/* SPDX-License-Identifier: Apache-2.0 */
/* Parses addresses to listen on, and explains errors. */
#include "vtl/server/listen.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ISCSI_PORT = 3260 };

static bool wrong(char why[static LISTEN_WHY], const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(char why[static LISTEN_WHY], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(why, LISTEN_WHY, format, args);
	va_end(args);
	return false;
}

/* The text before and after the colon of the port; without the brackets of IPv6. */
struct parts {
	char host[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
	bool bracketed;
	const char *port; /* NULL: none */
};

static bool split(const char *text, struct parts *ret, char why[static LISTEN_WHY])
{
	if (!*text)
		return wrong(why, "the address is empty");
	*ret = (struct parts){ .bracketed = text[0] == '[' };
	const char *start = text + ret->bracketed;
	size_t len = strcspn(start, ret->bracketed ? "]" : ":");
	const char *rest = start + len;
	if (ret->bracketed && *rest++ != ']')
		return wrong(why, "the closing bracket is missing");
	if (!ret->bracketed && *rest && strchr(rest + 1, ':'))
		return wrong(why, "write an IPv6 address in brackets: %s:%d",
			strchr(text, '%') ? "[fe80::1%eth0]" : "[2001:db8::1]", ISCSI_PORT);
	if (len >= sizeof ret->host)
		return wrong(why, "the address is too long");
	memcpy(ret->host, start, len);
	if (*rest && *rest != ':')
		return wrong(why, "only ':' and a port may follow the bracket");
	ret->port = *rest ? rest + 1 : NULL;
	return true;
}

static bool parse_port(const char *text, in_port_t *ret_port, char why[static LISTEN_WHY])
{
	size_t digits = strspn(text, "0123456789");
	unsigned long port = strtoul(text, NULL, 10);
	if (!digits || text[digits] || digits > 5 || port > 65535)
		return wrong(why, "the port must be a number from 0 to 65535, not '%.40s'", text);
	*ret_port = htons((in_port_t)port);
	return true;
}

static bool parse_v4(char *host, in_port_t port, struct listen *l, char why[static LISTEN_WHY])
{
	struct sockaddr_in *in = (void *)&l->address;
	if (inet_pton(AF_INET, host, &in->sin_addr) != 1) {
		if (strchr(host, '%'))
			return wrong(why,
				"an interface is part of an IPv6 address in brackets: [fe80::1%%eth0]:%d",
				ISCSI_PORT);
		if (host[strspn(host, "0123456789.")])
			return wrong(why,
				"host names are not looked up; give an address like 192.0.2.1 or "
				"[2001:db8::1]");
		return wrong(why, "'%.60s' is not an IPv4 address", host);
	}
	if (IN_MULTICAST(ntohl(in->sin_addr.s_addr)) || in->sin_addr.s_addr == htonl(INADDR_BROADCAST))
		return wrong(why, "cannot listen on a multicast or broadcast address");
	in->sin_family = AF_INET;
	in->sin_port = port;
	l->len = sizeof *in;
	return true;
}

/* Parses the name or the number of an interface. */
static bool parse_scope(const char *scope, uint32_t *ret_index, char why[static LISTEN_WHY])
{
	char name[IF_NAMESIZE];
	size_t digits = strspn(scope, "0123456789");
	unsigned index = if_nametoindex(scope);
	if (!index && digits && digits < 10 && !scope[digits] &&
		if_indextoname((unsigned)strtoul(scope, NULL, 10), name))
		index = (unsigned)strtoul(scope, NULL, 10);
	if (!index)
		return wrong(why, "there is no network interface '%.40s'", scope);
	*ret_index = index;
	return true;
}

static bool parse_v6(char *host, in_port_t port, struct listen *l, char why[static LISTEN_WHY])
{
	struct sockaddr_in6 *in6 = (void *)&l->address;
	char *scope = strchr(host, '%');
	if (scope)
		*scope++ = '\0';
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return wrong(why, "'%.60s' is not an IPv6 address", host);
	if (IN6_IS_ADDR_MULTICAST(&in6->sin6_addr))
		return wrong(why, "cannot listen on a multicast address");
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return wrong(why, "write this address as the IPv4 address %.40s", strrchr(host, ':') + 1);
	bool link_local = IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
	if (link_local && !scope)
		return wrong(why, "a link-local address needs an interface: [%.45s%%eth0]", host);
	if (!link_local && scope)
		return wrong(why, "only a link-local address (fe80::) takes an interface");
	if (scope && !parse_scope(scope, &in6->sin6_scope_id, why))
		return false;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	l->len = sizeof *in6;
	return true;
}

bool listen_parse(const char *text, struct listen *ret_listen, char why[static LISTEN_WHY])
{
	struct listen l = { 0 };
	struct parts parts;
	in_port_t port = htons(ISCSI_PORT);
	if (!split(text, &parts, why) || (parts.port && !parse_port(parts.port, &port, why)))
		return false;
	if (!(parts.bracketed ? parse_v6 : parse_v4)(parts.host, port, &l, why))
		return false;
	snprintf(l.text, sizeof l.text, "%s", text);
	*ret_listen = l;
	return true;
}

void listen_write(const struct listen *listen, uint16_t port, char *out, size_t size)
{
	char host[LISTEN_TEXT];
	memcpy(host, listen->text, sizeof host);
	char *colon = strrchr(host, ':'), *bracket = strrchr(host, ']');
	if (colon && (!bracket || colon > bracket))
		*colon = '\0';
	snprintf(out, size, "%s:%u", host, port);
}
