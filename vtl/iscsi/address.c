/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses of both families. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "vtl/iscsi/registry.h"

static const struct in_addr *v4(const struct sockaddr_storage *a)
{
	return &((const struct sockaddr_in *)(const void *)a)->sin_addr;
}

static const struct in6_addr *v6(const struct sockaddr_storage *a)
{
	return &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
}

void address_write(const struct sockaddr_storage *a, uint16_t port, char out[static ADDRESS_LEN])
{
	char text[INET6_ADDRSTRLEN] = "?", interface[IF_NAMESIZE] = "";

	if (a->ss_family == AF_INET6) {
		uint32_t scope = address_scope(a);
		inet_ntop(AF_INET6, v6(a), text, sizeof text);
		if (scope && !if_indextoname(scope, interface))
			snprintf(interface, sizeof interface, "%u", scope);
		snprintf(out, ADDRESS_LEN, "[%s%s%s]:%u", text, *interface ? "%" : "", interface, port);
	} else {
		inet_ntop(AF_INET, v4(a), text, sizeof text);
		snprintf(out, ADDRESS_LEN, "%s:%u", text, port);
	}
}

uint16_t address_port(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)a)->sin6_port);
	return ntohs(((const struct sockaddr_in *)(const void *)a)->sin_port);
}

bool address_is_loopback(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(v6(a));
	return ntohl(v4(a)->s_addr) >> 24 == 127;
}

bool address_is_link_local(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(v6(a));
}

uint32_t address_scope(const struct sockaddr_storage *a)
{
	return address_is_link_local(a) ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_scope_id : 0;
}

bool address_is_any(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(v6(a));
	return v4(a)->s_addr == htonl(INADDR_ANY);
}
