/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rows of the catalog; catalog_read.c reads the fields in the same order. */
#include "vtl/library/installation.h"
#include "vtl/library/catalog_rows.h"
#include "vtl/catalog/row.h"

void record_installation(const char *id, uint64_t revision, struct catalog_txn *txn)
{
	struct row r;
	struct wire *w = row_begin(&r, RECORD_VERSION);
	row_text(w, id);
	wire_le64(w, revision);
	catalog_put_row(txn, TABLE_META, META_INSTALLATION, &r);
}

static void put_identity(struct wire *w, const struct identity *id)
{
	row_text(w, id->serial);
	wire_le64(w, id->naa);
	row_text(w, id->vendor);
	row_text(w, id->product);
	row_text(w, id->revision);
}

void record_library(const struct library_private *lib, struct catalog_txn *txn)
{
	const struct library *library = &lib->pub;
	struct row r;
	struct wire *w = row_begin(&r, RECORD_VERSION);
	wire_le32(w, lib->ordinal);
	row_text(w, library->name);
	row_text(w, library->personality->name);
	row_text(w, library->changer.id);
	put_identity(w, &library->changer);
	wire_u8(w, (uint8_t)library->layout);
	row_text(w, library->target);
	wire_le16(w, library->tpgt);
	wire_le16(w, library->relative_port);
	for (int kind = 0; kind < 4; kind++)
		wire_le16(w, library->first[kind]);
	wire_le16(w, library->n_transports);
	wire_le16(w, library->n_slots);
	wire_le16(w, library->n_mailslots);
	wire_u8(w, (uint8_t)library->compression);
	catalog_put_row(txn, TABLE_LIBRARIES, library->id, &r);
}

void record_drive(const struct drive *drive, bool installed, struct catalog_txn *txn)
{
	struct row r;
	struct wire *w = row_begin(&r, RECORD_VERSION);
	row_text(w, drive->library->id);
	wire_u8(w, installed);
	wire_le16(w, drive->number);
	wire_le16(w, drive->lun);
	wire_le16(w, drive->element->address);
	row_text(w, drive->personality->name);
	put_identity(w, &drive->identity);
	row_text(w, drive->target);
	catalog_put_row(txn, TABLE_DRIVES, drive->identity.id, &r);
}

void record_identities(struct installation *inst, struct catalog_txn *txn)
{
	struct library *library;
	struct drive *drive;
	TAILQ_FOREACH(library, &inst->libraries, link) {
		record_library(lib_of(library), txn);
		TAILQ_FOREACH(drive, &library->drives, link)
			record_drive(drive, true, txn);
		TAILQ_FOREACH(drive, &lib_of(library)->removed, link)
			record_drive(drive, false, txn);
	}
}

static void put_cartridge(const struct cartridge_private *priv, uint8_t flags, uint16_t at, uint16_t source,
	int64_t stamp, struct catalog_txn *txn)
{
	const struct cart_label *label = &priv->pub.label;
	struct row r;
	struct wire *w = row_begin(&r, RECORD_VERSION);
	row_text(w, priv->pub.library->id);
	wire_u8(w, flags);
	wire_le16(w, at);
	wire_le16(w, source);
	wire_le64(w, (uint64_t)stamp);
	row_text(w, label->uuid);
	row_text(w, label->generation);
	wire_le64(w, label->capacity);
	wire_u8(w, (uint8_t)(label->worm | label->write_protected << 1));
	wire_le64(w, label->created);
	wire_le64(w, priv->pub.counters.loads);
	wire_le64(w, priv->pub.counters.written);
	wire_le64(w, priv->pub.counters.read);
	catalog_put_row(txn, TABLE_CARTRIDGES, label->barcode, &r);
}

void record_cartridge(const struct cartridge_private *priv, const struct element *at,
	const struct element *source, bool by_operator, struct catalog_txn *txn)
{
	/* In a drive the device server changes the label, so the stamp is not valid. */
	int64_t stamp = at && at->kind == ELEMENT_DRIVE ? 0 : priv->stamp;
	put_cartridge(priv, by_operator ? RECORD_BY_OPERATOR : 0, at ? at->address : NO_ADDRESS,
		source ? source->address : NO_ADDRESS, stamp, txn);
}

void record_cartridge_here(const struct cartridge_private *priv, struct catalog_txn *txn)
{
	const struct element *at = priv->pub.at;
	record_cartridge(priv, at, at ? at->source : NULL, at && at->by_operator, txn);
}

void record_deleting(const struct cartridge_private *priv, struct catalog_txn *txn)
{
	put_cartridge(priv, RECORD_DELETING, NO_ADDRESS, NO_ADDRESS, 0, txn);
}

void record_deleted(const struct deleted_cartridge *deleted, struct catalog_txn *txn)
{
	const struct cart_deletion *what = &deleted->what;
	struct row r;
	struct wire *w = row_begin(&r, RECORD_VERSION);
	row_text(w, what->barcode);
	row_text(w, what->uuid);
	row_text(w, what->library);
	row_text(w, what->by);
	row_text(w, what->reason);
	wire_le64(w, what->deleted);
	row_text(w, deleted->generation);
	wire_le64(w, deleted->capacity);
	wire_u8(w, (uint8_t)(deleted->worm | deleted->write_protected << 1));
	catalog_put_row(txn, TABLE_DELETED, deleted->entry, &r);
}

void record_number(const char *prefix, uint32_t highest, struct catalog_txn *txn)
{
	struct row r;
	struct wire *w = row_begin(&r, RECORD_VERSION);
	wire_le32(w, highest);
	catalog_put_row(txn, TABLE_NUMBERS, prefix, &r);
}
