/* SPDX-License-Identifier: Apache-2.0 */
/* VPD pages of a tape drive: the standard pages and B0h to B4h (SSC-5 8.7), and which make supports which. */
#include <stddef.h>
#include <string.h>

#include "vtl/ssc/tape.h"

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

const struct vpd_page vpd_pages_ibm5[] = { STANDARD, LIBRARY_SERIAL, { 0 } };
const struct vpd_page vpd_pages_ibm6[] = { STANDARD, MANUFACTURER_SERIAL, LIBRARY_SERIAL, { 0 } };
/* LTO-7 and later drives of all vendors are the same. */
const struct vpd_page vpd_pages_lto7[] = {
	STANDARD, MANUFACTURER_SERIAL, LIBRARY_SERIAL, ELEMENT_ADDRESS, { 0 },
};
const struct vpd_page vpd_pages_hp[] = { STANDARD, MANUFACTURER_SERIAL, ALERTS, { 0 } };
/* clang-format on */
