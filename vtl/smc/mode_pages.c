/* SPDX-License-Identifier: Apache-2.0 */
/* Mode pages of a changer: element addresses, geometry and device capabilities. */
#include "vtl/smc/mode_pages.h"

#include "vtl/base/bytes.h"
#include "vtl/smc/changer.h"

/* --- 1Dh: element address assignment (SMC-3 7.3.4) ---------------------------------------- */

/* The first address of each type is fixed when the library is created, also for types without elements. */
static void address_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	const struct library *lib = changer_library(lu);

	put_be16(page + 2, lib->first[ELEMENT_TRANSPORT]);
	put_be16(page + 4, lib->n_transports);
	put_be16(page + 6, lib->first[ELEMENT_SLOT]);
	put_be16(page + 8, lib->n_slots);
	put_be16(page + 10, lib->first[ELEMENT_MAILSLOT]);
	put_be16(page + 12, lib->n_mailslots);
	put_be16(page + 14, lib->first[ELEMENT_DRIVE]);
	put_be16(page + 16, lib->n_drive_elements);
}

static const struct field address_fields[] = {
	{ "medium_transport_first", 2, 7, 16 },
	{ "medium_transports", 4, 7, 16 },
	{ "storage_first", 6, 7, 16 },
	{ "storages", 8, 7, 16 },
	{ "import_export_first", 10, 7, 16 },
	{ "import_exports", 12, 7, 16 },
	{ "data_transfer_first", 14, 7, 16 },
	{ "data_transfers", 16, 7, 16 },
	{ 0 },
};

/* --- 1Fh: device capabilities (SMC-3 7.3.3) ------------------------------------------------ */

/* Bits by element type, for the page and the move matrix. */
static uint8_t capability_bits(const struct library *lib)
{
	return (uint8_t)((lib->n_slots ? 0x02 : 0) | (lib->n_mailslots ? 0x04 : 0) |
		(lib->n_drive_elements ? 0x08 : 0));
}

/* Every existing element type can send to and exchange with every other. The transport holds no cartridge
 * between two commands, so it cannot store. */
static void capability_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	static const uint8_t bit[4] = { 0x01, 0x02, 0x04, 0x08 }; /* MT ST IE DT */
	uint8_t there = capability_bits(changer_library(lu));

	page[2] = there;
	for (unsigned type = 0; type < 4; type++) {
		bool on = type == 0 || (there & bit[type]);
		page[4 + type] = on ? there : 0;
		page[12 + type] = type && on ? there : 0;
	}
}

static const struct field capability_fields[] = {
	{ "storage", 2, 3, 4 },
	{ "vendor", 3, 7, 8 },
	{ "move_from_transport", 4, 3, 4 },
	{ "move_from_storage", 5, 3, 4 },
	{ "move_from_import_export", 6, 3, 4 },
	{ "move_from_data_transfer", 7, 3, 4 },
	{ "exchange_from_transport", 12, 3, 4 },
	{ "exchange_from_storage", 13, 3, 4 },
	{ "exchange_from_import_export", 14, 3, 4 },
	{ "exchange_from_data_transfer", 15, 3, 4 },
	{ 0 },
};

/* --- constant pages --------------------------------------------------------------------------- */

static const uint8_t control_page[12] = { 0x0a, 0x0a };
/* DEXCPT and LOGERR, as in an MSL3040: TapeAlert by polling the log page. */
static const uint8_t exceptions_page[12] = { 0x1c, 0x0a, 0x09 };
static const uint8_t address_page[20] = { 0x1d, 0x12 };
/* One transport, which does not rotate the medium. */
static const uint8_t geometry_page[4] = { 0x1e, 0x02 };
static const uint8_t capability_page[16] = { 0x1f, 0x0e };
/* Byte 3 as captured from an MSL3040, whose page ends with reserved bytes. */
static const uint8_t capability_page_msl[20] = { 0x1f, 0x12, 0, 0x07 };

static const struct field geometry_fields[] = { { "rotate", 2, 0, 1 }, { "member_number", 3, 7, 8 }, { 0 } };
static const struct field exceptions_fields[] = {
	{ "dexcpt", 2, 3, 1 },
	{ "logerr", 2, 0, 1 },
	{ "mrie", 3, 3, 4 },
	{ 0 },
};

/* clang-format off */
#define CONTROL \
	{ .page = 0x0a, .len = sizeof control_page, .defaults = control_page, \
	  .fields = (const struct field[]){ { 0 } } }
#define EXCEPTIONS \
	{ .page = 0x1c, .len = sizeof exceptions_page, .defaults = exceptions_page, \
	  .fields = exceptions_fields }
#define ADDRESSES(ps) \
	{ .page = 0x1d, .len = sizeof address_page, .defaults = address_page, .savable = (ps), \
	  .fields = address_fields, .fill = address_fill }
#define GEOMETRY \
	{ .page = 0x1e, .len = sizeof geometry_page, .defaults = geometry_page, \
	  .fields = geometry_fields }
#define CAPABILITIES(bytes) \
	{ .page = 0x1f, .len = sizeof (bytes), .defaults = (bytes), \
	  .fields = capability_fields, .fill = capability_fill }

const struct mode_page mode_pages_plain[] = {
	EXCEPTIONS, ADDRESSES(false), GEOMETRY, CAPABILITIES(capability_page), { 0 },
};
/* clang-format off */
const struct mode_page mode_pages_control[] = {
	CONTROL, EXCEPTIONS, ADDRESSES(true), GEOMETRY, CAPABILITIES(capability_page), { 0 },
};
/* clang-format on */
const struct mode_page mode_pages_savable[] = {
	EXCEPTIONS,
	ADDRESSES(true),
	GEOMETRY,
	CAPABILITIES(capability_page),
	{ 0 },
};
const struct mode_page mode_pages_msl[] = {
	EXCEPTIONS,
	ADDRESSES(true),
	GEOMETRY,
	CAPABILITIES(capability_page_msl),
	{ 0 },
};
/* clang-format on */
