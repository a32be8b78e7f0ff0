/* SPDX-License-Identifier: Apache-2.0 */
/* VPD pages of a tape drive: the standard pages, B0h to B5h (SSC-5 8.7) and the makers' own, and which make has which. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "vtl/ssc/protection.h"

static void vpd_capabilities(struct lu *lu, const struct task *task, struct wire *w)
{
	enum { WORM_CAPABLE = 0x01 };

	wire_u8(w, WORM_CAPABLE);
	wire_zero(w, 3);
}

/* One bit for each TapeAlert flag that can be set, flag 1 first. */
static void vpd_alerts(struct lu *lu, const struct task *task, struct wire *w)
{
#define FLAG_BIT(name, number, severity, id, text) | 1ull << (64 - (number))
	wire_be64(w, 0 DRIVE_ALERTS(FLAG_BIT));
}

/* Serial of the library, from which a host knows the library of a drive without the changer. */
static void vpd_library_serial(struct lu *lu, const struct task *task, struct wire *w)
{
	const char *serial = tape_of(lu)->drive->library->changer.serial;
	wire_mem(w, serial, strlen(serial));
}

static void vpd_element_address(struct lu *lu, const struct task *task, struct wire *w)
{
	wire_be16(w, 0);
	wire_be16(w, tape_of(lu)->drive->element->address);
}

/* C0h as in LTO-7 and LTO-9 drives: name of the code, time and date of its build, platform. */
static void vpd_revisions(struct lu *lu, const struct task *task, struct wire *w)
{
	char code[16];
	unsigned generation = tape_of(lu)->profile->generation;
	snprintf(code, sizeof code, "LTO%u_%.4s", generation, lu->id.revision);
	wire_ascii(w, code, 12);
	wire_mem(w, "141457", 7); /* with its zero */
	wire_mem(w, "20250225", 8);
	wire_ascii(w, generation < 9 ? "sas_hh" : "ssp_hh", 12);
}

/* C1h of IBM drives: manufacturer's serial number, and the reported one. */
static void vpd_serials(struct lu *lu, const struct task *task, struct wire *w)
{
	wire_ascii(w, lu->id.serial, 12);
	wire_ascii(w, lu->id.serial, 12);
}

/* CCh as in HP and HPE drives from LTO-7 on: the product by its compressed capacity in GB, and the revision. */
static void vpd_product_name(struct lu *lu, const struct task *task, struct wire *w)
{
	static const unsigned capacity[] = { [7] = 15000, [8] = 30000, [9] = 45000 };
	char name[24];
	unsigned generation = tape_of(lu)->profile->generation;
	snprintf(name, sizeof name, "ULTRIUM-%u %u", generation, capacity[generation]);
	wire_be32(w, 2);
	wire_ascii(w, lu->id.vendor, 8);
	wire_ascii(w, name, 16);
	wire_ascii(w, lu->id.revision, 4);
}

/* D0h as captured from an LTO-9 drive; its meaning is not published. */
static void vpd_vendor_d0(struct lu *lu, const struct task *task, struct wire *w)
{
	static const uint8_t bytes[16] = { 0x00, 0x40, 0x82, 0x00, 0x3c, 0x00, 0xff, 0xff, 0x00, 0x78 };
	wire_mem(w, bytes, sizeof bytes);
}

/* C0h to C5h of HP drives up to LTO-6: component, version, date, variant. Only the firmware has a version. */
static void vpd_component(struct lu *lu, const struct task *task, struct wire *w)
{
	static const char names[][27] = { "Firmware", "Hardware", "PCA", "Mechanism", "Head Assy", "ACI" };
	enum { FIRST_PAGE = 0xc0, PAGE_BYTE = 2 };
	unsigned i = task->cdb[PAGE_BYTE] - FIRST_PAGE;
	char version[20] = "", blank[24] = "";
	if (i == 0)
		memcpy(version, lu->id.revision, sizeof lu->id.revision);
	wire_ascii(w, names[i], 26);
	wire_ascii(w, version, 19);
	wire_ascii(w, blank, 24);
	wire_ascii(w, blank, 23);
}

/* clang-format off */
#define STANDARD \
	{ 0x80, "Unit Serial Number", vpd_serial }, \
	{ 0x83, "Device Identification", vpd_identification }, \
	{ 0x86, "Extended INQUIRY Data", vpd_extended }, \
	{ 0x87, "Mode Page Policy", vpd_mode_policy }, \
	{ 0x88, "SCSI Ports", vpd_ports }, \
	{ 0xb0, "Sequential-Access Device Capabilities", vpd_capabilities }
#define MANUFACTURER_SERIAL { 0xb1, "Manufacturer-Assigned Serial Number", vpd_serial }
#define ALERTS { 0xb2, "TapeAlert Supported Flags", vpd_alerts }
#define LIBRARY_SERIAL { 0xb3, "Automation Device Serial Number", vpd_library_serial }
#define ELEMENT_ADDRESS { 0xb4, "Data Transfer Device Element Address", vpd_element_address }

#define PROTECTION { 0xb5, "Logical Block Protection", vpd_protection }

#define REVISIONS { 0xc0, "Drive Component Revision Levels", vpd_revisions }
#define SERIALS { 0xc1, "Drive Serial Numbers", vpd_serials }

const struct vpd_page vpd_pages_ibm5[] = { STANDARD, LIBRARY_SERIAL, PROTECTION, REVISIONS, SERIALS, { 0 } };
const struct vpd_page vpd_pages_ibm6[] = { STANDARD, MANUFACTURER_SERIAL, LIBRARY_SERIAL, PROTECTION, REVISIONS, SERIALS, { 0 } };
/* LTO-7 and later drives of all vendors are the same; HP and HPE add pages. */
#define LTO7 STANDARD, MANUFACTURER_SERIAL, LIBRARY_SERIAL, ELEMENT_ADDRESS, PROTECTION, REVISIONS, SERIALS
const struct vpd_page vpd_pages_ibm7[] = { LTO7, { 0 } };
const struct vpd_page vpd_pages_hpe[] = {
	LTO7, { 0xcc, "Product Name", vpd_product_name }, { 0xd0, "Vendor Specific", vpd_vendor_d0 }, { 0 },
};
#define COMPONENT(page, name) { page, name " Revision Level", vpd_component }
const struct vpd_page vpd_pages_hp[] = {
	STANDARD, MANUFACTURER_SERIAL, ALERTS, PROTECTION, COMPONENT(0xc0, "Firmware"), COMPONENT(0xc1, "Hardware"),
	COMPONENT(0xc2, "PCA"), COMPONENT(0xc3, "Mechanism"), COMPONENT(0xc4, "Head Assembly"), COMPONENT(0xc5, "ACI"),
	{ 0 },
};
/* clang-format on */
