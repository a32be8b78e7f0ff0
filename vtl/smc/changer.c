/* SPDX-License-Identifier: Apache-2.0 */
/* The logical unit of a medium changer: its parts and its life. */
#include "vtl/smc/changer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/timer.h"
#include "vtl/base/worker.h"

static bool always(struct task *task)
{
	return true;
}

static void changer_mode_header(struct lu *lu, struct lu_nexus *nexus, uint8_t *ret_medium_type,
	uint8_t *ret_specific)
{
	*ret_medium_type = 0;
	*ret_specific = 0;
}

/* The byte of the header that cannot be changed, or -1. */
static int changer_mode_select(struct lu *lu, struct lu_nexus *nexus, uint8_t specific, const uint8_t *block,
	bool apply)
{
	return -1;
}

static const struct lu_type changer_type = {
	.device_type = 0x08,
	.ready = always,
	.writable = always,
	.mode_header = changer_mode_header,
	.mode_select = changer_mode_select,
	.nexus_gone = volume_tag_forget,
	.refused = smc_refused,
};

static const struct scsi_op *const changer_ops[] = { smc_ops, NULL };

/* Right-justified, padded with ASCII zeros. A longer serial of an IBM library is that of the frame, followed by
 * what names the logical library: the beginning. */
static void put_serial(uint8_t *field, size_t size, const char *serial)
{
	size_t len = strlen(serial);
	size_t n = len < size ? len : size;
	memset(field, '0', size - n);
	memcpy(field + size - n, serial, n);
}

static void identity_fill(struct changer *changer)
{
	const struct profile *profile = changer->profile;
	const struct identity *from = &changer->library->changer;
	struct lu_identity *id = &changer->lu.id;

	memcpy(id->vendor, from->vendor, sizeof id->vendor);
	memcpy(id->product, from->product, sizeof id->product);
	memcpy(id->revision, from->revision, sizeof id->revision);
	memcpy(id->serial, from->serial, sizeof from->serial);
	id->naa = from->naa;

	memcpy(changer->inquiry, profile->inquiry, profile->inquiry_len);
	if (profile->serial_len)
		put_serial(changer->inquiry + profile->serial_at, profile->serial_len, id->serial);
	id->version = changer->inquiry[2];
	id->inquiry = changer->inquiry;
	id->inquiry_len = profile->inquiry_len;
}

static bool removal_prevented(void *server)
{
	const struct changer *changer = server;
	return lu_removal_prevented(&changer->lu);
}

static const struct changer_server changer_server = {
	.prevented = removal_prevented,
	.trouble = smc_trouble,
};

int changer_new(struct library *library, const struct lu_store *store, struct changer **ret_changer)
{
	struct changer *changer = calloc(1, sizeof *changer);
	if (!changer)
		return -ENOMEM;
	changer->library = library;
	changer->profile = profile_of(library->personality);
	changer->began_ms = now_ms();
	identity_fill(changer);

	struct lu *lu = &changer->lu;
	lu->type = &changer_type;
	lu->ops = changer_ops;
	lu->mode_pages = changer->profile->mode_pages;
	lu->log_pages = changer->profile->log_pages ? changer->profile->log_pages : smc_log_pages;
	lu->vpd_pages = changer->profile->vpd_pages;
	if (store)
		lu->store = *store;
	lu->worker = worker_self();
	lu->device = changer;

	int err = lu_open(lu);
	if (err) {
		free(changer);
		return err;
	}
	library->ops = &changer_server;
	library->server = changer;
	*ret_changer = changer;
	return 0;
}

void changer_close(struct changer *changer)
{
	lu_close(&changer->lu);
	changer->library->ops = NULL;
	changer->library->server = NULL;
}

void changer_free(struct changer *changer)
{
	free(changer);
}

struct lu *changer_lu(struct changer *changer)
{
	return &changer->lu;
}

void changer_mailslot_accessed(struct changer *changer, struct element *mailslot)
{
	/* A host asked for the changer's own moves; only an operator's access needs a unit attention. */
	if (mailslot->by_operator)
		lu_raise(&changer->lu, SENSE_UA_IMPORT_EXPORT, NULL);
}

/* A cartridge was created, deleted or moved without a mail slot and without the hosts' knowledge. That is as
 * if an operator had opened the library's door: every host gets NOT READY TO READY CHANGE, MEDIUM MAY HAVE
 * CHANGED, as real libraries report after use of their doors and panels. SMC-3 does not say which; IMPORT OR
 * EXPORT ELEMENT ACCESSED is for mail slots. */
void changer_elements_changed(struct changer *changer)
{
	lu_raise(&changer->lu, SENSE_UA_MEDIUM_CHANGED, NULL);
}
