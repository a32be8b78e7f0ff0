/* SPDX-License-Identifier: Apache-2.0 */
/* An installation on a read-only file system: changes by hosts stay in memory until it is writable again. */
#include <errno.h>
#include <stdio.h>

#include "vtl/base/log.h"
#include "vtl/library/installation.h"

void freeze(struct installation *inst)
{
	if (!inst->frozen)
		log_error("%s is on a file system that became read-only; hosts are served, but moves "
			  "are lost at the next start",
			inst->dir);
	inst->frozen = true;
}

int commit_or_keep(struct installation *inst, struct catalog_txn *txn)
{
	int err = catalog_commit(txn);
	if (err && err != -EROFS && !inst->frozen)
		disk_look(inst);
	if (err == -EROFS || (err && inst->state_read_only))
		freeze(inst);
	return inst->frozen ? 0 : err;
}

int touched_save(struct installation *inst)
{
	struct cartridge_private *priv, *next;
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	HASH_ITER(hh, inst->all_cartridges, priv, next) {
		if (priv->touched)
			record_cartridge_here(priv, &txn);
		priv->touched = false; /* changes while we wait set it again */
	}
	int err = catalog_commit(&txn);
	if (err)
		HASH_ITER(hh, inst->all_cartridges, priv, next)
			priv->touched = true;
	return err;
}

void thaw(struct installation *inst)
{
	if (touched_save(inst))
		return;
	inst->frozen = false;
	log_warn("%s is writable again; moves made in the meantime are recorded", inst->dir);
}

size_t installation_read_only(const struct installation *inst, char *text, size_t size)
{
	int n = 0;
	if (inst->frozen)
		n = snprintf(text, size,
			"%.100s is on a read-only file system: moves are lost at the next start", inst->dir);
	else if (inst->root_read_only)
		n = snprintf(text, size, "%.100s is on a read-only file system: cartridges can only be read",
			inst->root);
	return n > 0 ? (size_t)n : 0;
}
