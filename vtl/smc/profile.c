/* SPDX-License-Identifier: Apache-2.0 */
/* Changer profiles: the data by which hosts recognize an STK, IBM, HP, ADIC, Quantum or Spectra changer. */
#include "vtl/smc/profile.h"

#include <string.h>

#include "vtl/smc/changer.h"
#include "vtl/smc/mode_pages.h"

/* clang-format off */

/* Byte 5 and up; the core overwrites bytes 8..35. Byte 55 bit 0, and byte 6 bit 5 on some, report a barcode
 * reader. */
static const uint8_t inquiry_plain[36] = { 0x08, 0x80, 0x06, 0x02, 31, 0, 0, 0x02 };
static const uint8_t inquiry_l700[64] = { 0x08, 0x80, 0x06, 0x02, 59, 0, 0, 0x02, [55] = 0x01 };
/* clang-format off */
/* IBM's page for the 03584: 33h more bytes, BarC in byte 6, plant, serial and "00" at the end. */
static const uint8_t inquiry_3584[56] = {
	0x08, 0x80, 0x03, 0x02, 51, 0, 0x20, 0x02, [36] = '1', '3', [50] = '0', '0',
};
/* TS3100 and TS3200: byte 55 bit 0 reports a barcode reader; SAM-2, SPI-4, SMC-2 and SPC-3 (mhvtl, after IBM's manual). */
static const uint8_t inquiry_3573[72] = {
	0x08, 0x80, 0x05, 0x02, 67, 0, 0, 0x02, [55] = 0x01,
	[58] = 0x00, 0x5c, 0x0b, 0x56, 0x02, 0xfe, 0x03, 0x0f,
};
/* As the L700, but of an older standard. */
static const uint8_t inquiry_sl[64] = { 0x08, 0x80, 0x03, 0x02, 59, 0, 0, 0x02, [55] = 0x01 };
/* Captured from an MSL3040, except the identifiers. */
static const uint8_t inquiry_msl[74] = {
	0x08, 0x80, 0x05, 0x02, 69, 0, 0x11, 0x02, [40] = 0x00, 0x1c, 0x00, 0x01, [55] = 0x01,
	[58] = 0x00, 0x5c, 0x00, 0x00, 0x03, 0x0f, 0x02, 0xfe,
};
/* ADIC and Quantum: BarC in byte 6, the full firmware level in bytes 36..54, BarC again in 55. */
static const uint8_t inquiry_scalar[56] = {
	0x08, 0x80, 0x03, 0x02, 51, 0, 0x20, 0x02,
	[36] = ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
	[55] = 0x01,
};
/* clang-format on */
static const uint8_t inquiry_python[36] = { 0x08, 0x80, 0x03, 0x02, 31, 0, 0, 0x02 };

/* VPD pages of SPC devices, and of devices that claim SPC-3 or later. */
static const struct vpd_page vpd_spc[] = {
	{ 0x80, "Unit Serial Number", vpd_serial },
	{ 0x83, "Device Identification", vpd_identification },
	{ 0 },
};
static const struct vpd_page vpd_spc3[] = {
	{ 0x80, "Unit Serial Number", vpd_serial },
	{ 0x83, "Device Identification", vpd_identification },
	{ 0x86, "Extended INQUIRY Data", vpd_extended },
	{ 0x87, "Mode Page Policy", vpd_mode_policy },
	{ 0x88, "SCSI Ports", vpd_ports },
	{ 0 },
};

/* Oracle's SCSI reference of the SL150 names page 88h too. */
static const struct vpd_page vpd_sl150[] = {
	{ 0x80, "Unit Serial Number", vpd_serial },
	{ 0x83, "Device Identification", vpd_identification },
	{ 0x88, "SCSI Ports", vpd_ports },
	{ 0 },
};

/* SPC-5 7.7.9: no network services. */
static void vpd_no_network(struct lu *lu, const struct task *task, struct wire *w)
{
}

/* CCh and D0h as captured from an MSL3040; the bytes of D0h are not published. */
static void vpd_product_name(struct lu *lu, const struct task *task, struct wire *w)
{
	wire_be32(w, 0);
	wire_ascii(w, lu->id.vendor, 8);
	wire_ascii(w, lu->id.product, 16);
	wire_ascii(w, lu->id.revision, 4);
}

static void vpd_vendor_d0(struct lu *lu, const struct task *task, struct wire *w)
{
	static const uint8_t bytes[16] = { 0x00, 0x00, 0x01, 0x00, 0xc3, 0x50, 0xc3, 0x50, 0x27, 0x10 };
	wire_mem(w, bytes, sizeof bytes);
}

/* Pages C0h and C8h, which the real one has, are not published. */
static const struct vpd_page vpd_msl[] = {
	{ 0x80, "Unit Serial Number", vpd_serial },
	{ 0x83, "Device Identification", vpd_identification },
	{ 0x85, "Management Network Addresses", vpd_no_network },
	{ 0xcc, "Product Name", vpd_product_name },
	{ 0xd0, "Vendor Specific", vpd_vendor_d0 },
	{ 0 },
};

#define INQUIRY(bytes) .inquiry = (bytes), .inquiry_len = sizeof(bytes)

static const struct profile profiles[] = {
	{ "STK", "L700", INQUIRY(inquiry_l700), .mode_pages = mode_pages_control, .vpd_pages = vpd_spc3 },
	{ "STK", "SL500", INQUIRY(inquiry_sl), .domains = true, .mode_pages = mode_pages_savable,
		.vpd_pages = vpd_spc },
	{ "STK", "SL150", INQUIRY(inquiry_sl), .domains = true, .mode_pages = mode_pages_savable,
		.vpd_pages = vpd_sl150, .log_pages = smc_log_pages_sl150 },
	{ "IBM", "3573-TL", INQUIRY(inquiry_3573), .serial_at = 38, .serial_len = 12,
		.mode_pages = mode_pages_plain, .vpd_pages = vpd_spc },
	{ "IBM", "03584L32", INQUIRY(inquiry_3584), .serial_at = 38, .serial_len = 12,
		.mode_pages = mode_pages_plain, .vpd_pages = vpd_spc },
	{ "HP", "MSL G3 Series", INQUIRY(inquiry_msl), .mode_pages = mode_pages_msl, .vpd_pages = vpd_spc3 },
	{ "HPE", "MSL3040", INQUIRY(inquiry_msl), .mode_pages = mode_pages_msl, .vpd_pages = vpd_msl,
		.log_pages = smc_log_pages_msl },
	{ "ADIC", "Scalar i2000", INQUIRY(inquiry_scalar), .mode_pages = mode_pages_savable,
		.vpd_pages = vpd_spc },
	{ "QUANTUM", "Scalar i500", INQUIRY(inquiry_scalar), .mode_pages = mode_pages_savable,
		.vpd_pages = vpd_spc },
	{ "SPECTRA", "PYTHON", INQUIRY(inquiry_python), .mode_pages = mode_pages_savable,
		.vpd_pages = vpd_spc },
	/* Any other changer: a plain SMC-3 device. */
	{ NULL, NULL, INQUIRY(inquiry_plain), .mode_pages = mode_pages_plain, .vpd_pages = vpd_spc3 },
};

/* clang-format on */

const struct profile *profile_of(const struct personality *personality)
{
	const struct profile *p = profiles;
	while (p->vendor &&
		(strcmp(p->vendor, personality->vendor) != 0 ||
			strcmp(p->product, personality->product) != 0))
		p++;
	return p;
}
