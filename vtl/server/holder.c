/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the process that listens on a port: the socket's inode in /proc/net, then the process with that inode
 * among its descriptors. */
#include "vtl/server/holder.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATE_LISTEN = 10, HEX_LEN = 33 };

/* An address as /proc/net prints it: 32-bit words in network order, printed as numbers of this machine. */
static void hex_of(const void *address, size_t words, char out[static HEX_LEN])
{
	for (size_t i = 0; i < words; i++) {
		uint32_t word;
		memcpy(&word, (const char *)address + 4 * i, sizeof word);
		snprintf(out + 8 * i, HEX_LEN - 8 * i, "%08X", word);
	}
}

static bool is_any(const char *hex)
{
	return !hex[strspn(hex, "0")];
}

/* Inode of a socket in this table that listens on the port, at this address or at any; 0: none. */
static unsigned long inode_in(const char *table, const char *hex, unsigned port)
{
	char line[300], local[HEX_LEN];
	unsigned long inode, found = 0;
	unsigned its_port, state;
	FILE *f = fopen(table, "re");
	while (f && !found && fgets(line, sizeof line, f))
		if (sscanf(line, "%*u: %32[0-9A-F]:%x %*s %x %*s %*s %*s %*u %*u %lu", local, &its_port,
			    &state, &inode) == 4 &&
			state == STATE_LISTEN && its_port == port &&
			(is_any(local) || is_any(hex) || strcmp(local, hex) == 0))
			found = inode;
	if (f)
		fclose(f);
	return found;
}

static unsigned long inode_find(const struct sockaddr *address)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;
	bool v6 = address->sa_family == AF_INET6;
	unsigned port = ntohs(v6 ? in6->sin6_port : in->sin_port);
	char hex[HEX_LEN];
	hex_of(v6 ? (const void *)&in6->sin6_addr : &in->sin_addr, v6 ? 4 : 1, hex);
	unsigned long inode = inode_in(v6 ? "/proc/net/tcp6" : "/proc/net/tcp", hex, port);
	/* A dual-stack IPv6 socket may listen for both families. */
	return inode || v6 ? inode : inode_in("/proc/net/tcp6", "", port);
}

static bool holds(const char *pid, unsigned long inode)
{
	char path[300], target[64], wanted[64];
	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	DIR *dir = opendir(path);
	bool found = false;
	for (struct dirent *e; dir && !found && (e = readdir(dir));) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof target - 1);
		target[n < 0 ? 0 : n] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void name_read(const char *pid, char *name, size_t size)
{
	char path[300];
	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	FILE *f = fopen(path, "re");
	if (!f || !fgets(name, (int)size, f))
		snprintf(name, size, "?");
	name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
}

pid_t holder_find(const struct sockaddr *address, char *name, size_t size)
{
	unsigned long inode = inode_find(address);
	DIR *proc = inode ? opendir("/proc") : NULL;
	pid_t pid = 0;
	for (struct dirent *e; proc && !pid && (e = readdir(proc));)
		if (isdigit((unsigned char)e->d_name[0]) && holds(e->d_name, inode)) {
			pid = atoi(e->d_name);
			name_read(e->d_name, name, size);
		}
	if (proc)
		closedir(proc);
	return pid;
}
