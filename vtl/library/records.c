/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalog, written; load.c reads them field by field in the same order. */
#include "vtl/library/installation.h"
#include "vtl/library/records.h"
#include "vtl/library/row.h"

void record_installation(const struct installation *inst, struct catalog_txn *txn)
{
	struct row r;
	row_begin(&r, RECORD_VERSION);
	row_text(&r, inst->id);
	row_u64(&r, inst->revision);
	catalog_put_row(txn, TABLE_META, META_INSTALLATION, &r);
}

static void put_identity(struct row *r, const struct identity *id)
{
	row_text(r, id->serial);
	row_u64(r, id->naa);
	row_text(r, id->vendor);
	row_text(r, id->product);
	row_text(r, id->revision);
}

void record_library(const struct home *home, struct catalog_txn *txn)
{
	const struct library *library = &home->pub;
	struct row r;
	row_begin(&r, RECORD_VERSION);
	row_u32(&r, home->ordinal);
	row_text(&r, library->name);
	row_text(&r, library->personality->name);
	row_text(&r, library->changer.id);
	put_identity(&r, &library->changer);
	row_u8(&r, (uint8_t)library->layout);
	row_text(&r, library->target);
	row_u16(&r, library->tpgt);
	row_u16(&r, library->relative_port);
	for (int kind = 0; kind < 4; kind++)
		row_u16(&r, library->first[kind]);
	row_u16(&r, library->n_transports);
	row_u16(&r, library->n_slots);
	row_u16(&r, library->n_mailslots);
	catalog_put_row(txn, TABLE_LIBRARIES, library->id, &r);
}

void record_drive(const struct drive *drive, bool installed, struct catalog_txn *txn)
{
	struct row r;
	row_begin(&r, RECORD_VERSION);
	row_text(&r, drive->library->id);
	row_u8(&r, installed);
	row_u16(&r, drive->number);
	row_u16(&r, drive->lun);
	row_u16(&r, drive->element->address);
	row_text(&r, drive->personality->name);
	put_identity(&r, &drive->identity);
	row_text(&r, drive->target);
	catalog_put_row(txn, TABLE_DRIVES, drive->identity.id, &r);
}

static void put_cartridge(const struct carton *carton, uint8_t flags, uint16_t at, uint16_t source,
	int64_t stamp, struct catalog_txn *txn)
{
	const struct cart_label *label = &carton->pub.label;
	struct row r;
	row_begin(&r, RECORD_VERSION);
	row_text(&r, carton->pub.library->id);
	row_u8(&r, flags);
	row_u16(&r, at);
	row_u16(&r, source);
	row_u64(&r, (uint64_t)stamp);
	row_text(&r, label->uuid);
	row_text(&r, label->generation);
	row_u64(&r, label->capacity);
	row_u8(&r, (uint8_t)(label->worm | label->write_protected << 1));
	row_u64(&r, label->created);
	row_u64(&r, label->loads);
	row_u64(&r, label->written);
	row_u64(&r, label->read);
	catalog_put_row(txn, TABLE_CARTRIDGES, label->barcode, &r);
}

void record_cartridge(const struct carton *carton, const struct element *at, const struct element *source,
	bool by_operator, struct catalog_txn *txn)
{
	/* In a drive the label changes without us; its stamp is worth nothing then. */
	int64_t stamp = at && at->kind == ELEMENT_DRIVE ? 0 : carton->stamp;
	put_cartridge(carton, by_operator ? RECORD_BY_OPERATOR : 0, at ? at->address : NO_ADDRESS,
		source ? source->address : NO_ADDRESS, stamp, txn);
}

void record_cartridge_here(const struct carton *carton, struct catalog_txn *txn)
{
	const struct element *at = carton->pub.at;
	record_cartridge(carton, at, at ? at->source : NULL, at && at->by_operator, txn);
}

void record_deleting(const struct carton *carton, struct catalog_txn *txn)
{
	put_cartridge(carton, RECORD_DELETING, NO_ADDRESS, NO_ADDRESS, 0, txn);
}

void record_deleted(const struct deleted_cartridge *deleted, struct catalog_txn *txn)
{
	const struct cart_deletion *what = &deleted->what;
	struct row r;
	row_begin(&r, RECORD_VERSION);
	row_text(&r, what->barcode);
	row_text(&r, what->uuid);
	row_text(&r, what->library);
	row_text(&r, what->by);
	row_text(&r, what->reason);
	row_u64(&r, what->deleted);
	row_text(&r, deleted->generation);
	row_u64(&r, deleted->capacity);
	row_u8(&r, (uint8_t)(deleted->worm | deleted->write_protected << 1));
	catalog_put_row(txn, TABLE_DELETED, deleted->entry, &r);
}

void record_number(const char *prefix, uint32_t highest, struct catalog_txn *txn)
{
	struct row r;
	row_begin(&r, RECORD_VERSION);
	row_u32(&r, highest);
	catalog_put_row(txn, TABLE_NUMBERS, prefix, &r);
}

static void put_view(const struct view *view, struct row *r)
{
	row_u8(r, (uint8_t)view->n_libraries);
	for (unsigned i = 0; i < view->n_libraries; i++)
		row_text(r, view->libraries[i]);
	for (size_t i = 0; i < sizeof view->devices / sizeof *view->devices; i++)
		row_u64(r, view->devices[i]);
}

static void put_network(const struct network *network, struct row *r)
{
	row_u8(r, network->family);
	row_u8(r, network->prefix);
	for (size_t i = 0; i < sizeof network->address; i++)
		row_u8(r, network->address[i]);
}

void record_initiator(const struct initiator *initiator, const struct rule_ids *ids, struct catalog_txn *txn)
{
	struct row r;
	row_begin(&r, RECORD_INITIATOR_SECRETS);
	row_u8(&r, initiator->allowed);
	row_text(&r, initiator->chap_user);
	row_u64(&r, ids->chap);
	row_text(&r, initiator->target_user);
	row_u64(&r, ids->target);
	put_view(&initiator->view, &r);
	row_u8(&r, (uint8_t)initiator->n_from);
	for (unsigned i = 0; i < initiator->n_from; i++)
		put_network(&initiator->from[i], &r);
	catalog_put_row(txn, TABLE_INITIATORS, initiator->name, &r);
}
