/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of IPv4 and IPv6: parsing, and whether a peer is in one. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "vtl/access/access.h"

enum { MAPPED = 96 }; /* bits before the IPv4 address of ::ffff:192.0.2.1 */

static const uint8_t mapped[MAPPED / 8] = { [10] = 0xff, [11] = 0xff };

static unsigned bits_of(const struct network *n)
{
	return n->family == 4 ? 32 : 128;
}

/* Converts an IPv4-mapped IPv6 address to IPv4. */
static void unmap(struct network *n)
{
	if (n->family != 6 || n->prefix < MAPPED || memcmp(n->address, mapped, sizeof mapped) != 0)
		return;
	n->family = 4;
	n->prefix = (uint8_t)(n->prefix - MAPPED);
	memmove(n->address, n->address + sizeof mapped, 4);
	memset(n->address + 4, 0, sizeof n->address - 4);
}

/* Clears the bits after the prefix. */
static void cut(struct network *n)
{
	for (unsigned bit = n->prefix; bit < 8 * sizeof n->address; bit++)
		n->address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static bool prefix_parse(const char *text, unsigned most, uint8_t *ret)
{
	unsigned v = 0;
	size_t len = strlen(text);
	if (len < 1 || len > 3 || strspn(text, "0123456789") != len || (len > 1 && *text == '0'))
		return false;
	for (; *text; text++)
		v = v * 10 + (unsigned)(*text - '0');
	*ret = (uint8_t)v;
	return v <= most;
}

bool network_parse(const char *text, struct network *ret_network, char why[static WHY_LEN])
{
	char host[INET6_ADDRSTRLEN + 1], right[NETWORK_TEXT];
	struct network n = { .family = strchr(text, ':') ? 6 : 4 };
	size_t len = strcspn(text, "/");
	bool good = len < sizeof host;
	if (good) {
		memcpy(host, text, len);
		host[len] = '\0';
		good = inet_pton(n.family == 4 ? AF_INET : AF_INET6, host, n.address) == 1;
	}
	if (!good) {
		snprintf(why, WHY_LEN,
			"%.60s: not an address like 192.0.2.10 or 2001:db8::10, and not a network "
			"like 192.0.2.0/24 or 2001:db8::/32",
			text);
		return false;
	}
	n.prefix = (uint8_t)bits_of(&n);
	if (text[len] && !prefix_parse(text + len + 1, bits_of(&n), &n.prefix)) {
		snprintf(why, WHY_LEN, "%.60s: the prefix may have at most %u bits", text, bits_of(&n));
		return false;
	}
	struct network whole = n;
	cut(&whole);
	if (memcmp(whole.address, n.address, sizeof n.address) != 0) {
		network_text(&whole, right);
		snprintf(why, WHY_LEN, "%.60s: an address inside a network; the network is %s", text, right);
		return false;
	}
	unmap(&n);
	*ret_network = n;
	return true;
}

void network_text(const struct network *n, char out[static NETWORK_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "?";
	inet_ntop(n->family == 4 ? AF_INET : AF_INET6, n->address, host, sizeof host);
	if (n->prefix == bits_of(n))
		snprintf(out, NETWORK_TEXT, "%s", host);
	else
		snprintf(out, NETWORK_TEXT, "%s/%u", host, n->prefix);
}

bool network_is_whole(const struct network *n)
{
	struct network whole = *n;
	if ((n->family != 4 && n->family != 6) || n->prefix > bits_of(n))
		return false;
	cut(&whole);
	return memcmp(whole.address, n->address, sizeof n->address) == 0;
}

/* A network that has only the peer's address. */
static struct network of_peer(const struct sockaddr_storage *peer)
{
	struct network n = { .family = 4, .prefix = 32 };
	if (peer->ss_family == AF_INET6) {
		n = (struct network){ .family = 6, .prefix = 128 };
		memcpy(n.address, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, 16);
		unmap(&n);
	} else {
		memcpy(n.address, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
	}
	return n;
}

/* Whether inner is part of outer. */
static bool contains(const struct network *outer, const struct network *inner)
{
	struct network n = *inner;
	if (n.family != outer->family || n.prefix < outer->prefix)
		return false;
	n.prefix = outer->prefix;
	cut(&n);
	return memcmp(n.address, outer->address, sizeof n.address) == 0;
}

bool network_has(const struct network *network, const struct sockaddr_storage *peer)
{
	struct network one = of_peer(peer);
	return contains(network, &one);
}

bool network_is_loopback(const struct network *network)
{
	static const struct network loopback[] = {
		{ 4, 8, { 127 } },
		{ 6, 128, { [15] = 1 } },
	};
	return contains(&loopback[0], network) || contains(&loopback[1], network);
}
