/* SPDX-License-Identifier: Apache-2.0 */
/* The VPD pages that every device type has (SPC-5 7.7). */
#include <stdio.h>
#include <string.h>

#include "vtl/scsi/core.h"

enum {
	BINARY = 0x01,
	ASCII = 0x02,
	UTF8 = 0x03,
	ISCSI = 0x50, /* protocol identifier 5, valid only with PIV */
	PIV = 0x80,
	OF_PORT = 0x10,
	T10_VENDOR = 0x01,
	NAA = 0x03,
	RELATIVE_PORT = 0x04,
	SCSI_NAME = 0x08
};

void vpd_serial(struct lu *lu, const struct task *task, struct wire *w)
{
	wire_mem(w, lu->id.serial, strlen(lu->id.serial));
}

static void designator(struct wire *w, uint8_t codes, uint8_t type, size_t len)
{
	wire_u8(w, codes);
	wire_u8(w, type);
	wire_u8(w, 0);
	wire_u8(w, (uint32_t)len);
}

/* Name of the target port: target name and portal group (RFC 7143 4.4). */
static void port_name(struct wire *w, const struct target *target)
{
	char name[TARGET_NAME_MAX + 16] = { 0 };
	int len = snprintf(name, sizeof name, "%s,t,0x%04X", target->name, target->tpgt);
	size_t padded = ((size_t)len + 1 + 3) & ~(size_t)3;

	designator(w, ISCSI | UTF8, PIV | OF_PORT | SCSI_NAME, padded);
	wire_mem(w, name, padded);
}

/* First the LU's designators, which never change; then the port through which the command arrived. */
void vpd_identification(struct lu *lu, const struct task *task, struct wire *w)
{
	const struct target *target = task->nexus->target;
	size_t serial = strlen(lu->id.serial);

	designator(w, ASCII, T10_VENDOR, 24 + serial);
	wire_ascii(w, lu->id.vendor, 8);
	wire_ascii(w, lu->id.product, 16);
	wire_mem(w, lu->id.serial, serial);

	designator(w, BINARY, NAA, 8);
	wire_be64(w, lu->id.naa);

	designator(w, ISCSI | BINARY, PIV | OF_PORT | RELATIVE_PORT, 4);
	wire_be32(w, target->port);
	port_name(w, target);
}

void vpd_extended(struct lu *lu, const struct task *task, struct wire *w)
{
	enum { SPT_PROTECTION = 1 << 3 };
	enum { HEADSUP = 0x04, ORDSUP = 0x02, SIMPSUP = 0x01, LUICLR = 0x01, SPC_4 = 0x06 };

	wire_u8(w, lu->id.protects ? SPT_PROTECTION : 0);
	wire_u8(w, HEADSUP | ORDSUP | SIMPSUP);
	wire_u8(w, 0);
	/* One LU reports "reported LUNs data has changed" for all LUs; SPC-4 and later say so here (LUICLR). */
	wire_u8(w, lu->id.version >= SPC_4 ? LUICLR : 0);
	wire_zero(w, 0x3c - 4);
}

/* First the pages with values per initiator port; then the rule for all others. */
void vpd_mode_policy(struct lu *lu, const struct task *task, struct wire *w)
{
	enum { SHARED = 0, PER_NEXUS = 3, ALL_PAGES = 0x3f, ALL_SUBPAGES = 0xff };

	for (const struct mode_page *pg = lu->mode_pages; pg->len; pg++) {
		if (!pg->per_nexus)
			continue;
		wire_u8(w, pg->page);
		wire_u8(w, pg->subpage);
		wire_be16(w, PER_NEXUS << 8);
	}
	wire_u8(w, ALL_PAGES);
	wire_u8(w, ALL_SUBPAGES);
	wire_be16(w, SHARED << 8);
}

/* One target port: the portal group through which the command arrived. */
void vpd_ports(struct lu *lu, const struct task *task, struct wire *w)
{
	const struct target *target = task->nexus->target;

	wire_be16(w, 0);
	wire_be16(w, target->port);
	wire_be16(w, 0);
	wire_be16(w, 0); /* no initiator port */
	wire_be16(w, 0);
	uint8_t *length = wire_room(w, 2);
	size_t before = w->want;
	port_name(w, target);
	if (length)
		put_be16(length, (uint32_t)(w->want - before));
}
