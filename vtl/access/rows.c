/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as rows of the catalog. Every field that is read is checked before use. */
#include <errno.h>

#include "vtl/access/rules.h"
#include "vtl/catalog/row.h"

/* Versions of a row: 2 adds the view, 3 the networks; in 4 secrets are in a file of their own. */
enum { ROW_VIEW = 2, ROW_FROM = 3, ROW_SECRETS = 4 };
_Static_assert((int)ROW_SECRETS == (int)ACCESS_ROW_NEWEST, "the newest is written");

/* --- write ------------------------------------------------------------------------------------ */

static void put_view(const struct view *view, struct wire *w)
{
	wire_u8(w, (uint8_t)view->n_libraries);
	for (unsigned i = 0; i < view->n_libraries; i++)
		row_text(w, view->libraries[i]);
	for (size_t i = 0; i < sizeof view->devices / sizeof *view->devices; i++)
		wire_le64(w, view->devices[i]);
}

static void put_network(const struct network *network, struct wire *w)
{
	wire_u8(w, network->family);
	wire_u8(w, network->prefix);
	for (size_t i = 0; i < sizeof network->address; i++)
		wire_u8(w, network->address[i]);
}

void record_initiator(const struct initiator *initiator, const struct rule_ids *ids, struct catalog_txn *txn)
{
	struct row r;
	struct wire *w = row_begin(&r, ROW_SECRETS);
	wire_u8(w, initiator->allowed);
	row_text(w, initiator->chap_user);
	wire_le64(w, ids->chap);
	row_text(w, initiator->target_user);
	wire_le64(w, ids->target);
	put_view(&initiator->view, w);
	wire_u8(w, (uint8_t)initiator->n_from);
	for (unsigned i = 0; i < initiator->n_from; i++)
		put_network(&initiator->from[i], w);
	catalog_put_row(txn, TABLE_INITIATORS, initiator->name, &r);
}

/* --- read ------------------------------------------------------------------------------------- */

struct loading {
	struct access *access;
	char *why;
};

static void get_view(struct wire_reader *r, struct view *view)
{
	unsigned n = wire_get_u8(r);
	r->bad |= n > VIEW_LIBRARIES_MAX;
	for (unsigned i = 0; i < n && !r->bad; i++)
		row_get_text(r, view->libraries[i], sizeof view->libraries[i]);
	for (size_t i = 0; i < sizeof view->devices / sizeof *view->devices; i++)
		view->devices[i] = wire_get_le64(r);
	view->n_libraries = r->bad ? 0 : n;
}

static void get_from(struct wire_reader *r, struct initiator *i)
{
	unsigned n = wire_get_u8(r);
	for (; i->n_from < n && n <= RULE_NETWORKS_MAX && !r->bad; i->n_from++) {
		struct network *network = &i->from[i->n_from];
		network->family = wire_get_u8(r);
		network->prefix = wire_get_u8(r);
		for (size_t k = 0; k < sizeof network->address; k++)
			network->address[k] = wire_get_u8(r);
		r->bad |= !network_is_whole(network);
	}
	r->bad |= n > RULE_NETWORKS_MAX;
}

/* An older row has the secret itself, which is ignored: it must be set again. */
static uint64_t get_secret_id(struct wire_reader *r, uint8_t version)
{
	if (version >= ROW_SECRETS)
		return wire_get_le64(r);
	wire_take(r, wire_get_le16(r));
	return 0;
}

static int load_initiator(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct initiator_row *rule = rule_new(l->access);
	if (!rule)
		return -ENOMEM;
	struct initiator *i = &rule->pub;
	uint8_t version = len ? *(const uint8_t *)value : 0;
	struct wire_reader r = row_open(key, key_len, value, len,
		version && version < ROW_SECRETS ? version : ROW_SECRETS);
	bool named = row_key(key, key_len, i->name, sizeof i->name);
	i->allowed = wire_get_u8(&r);
	row_get_text(&r, i->chap_user, sizeof i->chap_user);
	rule->ids.chap = get_secret_id(&r, version);
	row_get_text(&r, i->target_user, sizeof i->target_user);
	rule->ids.target = get_secret_id(&r, version);
	if (version >= ROW_VIEW)
		get_view(&r, &i->view);
	if (version >= ROW_FROM)
		get_from(&r, i);
	if (!named || !wire_whole(&r)) {
		int err = row_damaged(l->why, TABLE_INITIATORS, named ? i->name : "?");
		rule_free(rule);
		return err;
	}
	rule_read_secrets(l->access, rule);
	HASH_ADD_STR(l->access->rules, pub.name, rule);
	return 0;
}

int access_load(struct access *access, char why[static WHY_LEN])
{
	struct loading l = { .access = access, .why = why };
	return catalog_each(access->catalog, TABLE_INITIATORS, load_initiator, &l);
}
