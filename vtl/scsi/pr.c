/* SPDX-License-Identifier: Apache-2.0 */
/* The state of persistent reservations: queries, and storage (APTPL). */
#include "vtl/scsi/pr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"

/* What is saved, big-endian: version 1, type 1, holder 2 (FFFFh: none), count 2, then for each
 * registration key 8, target port 2, length of name 1, name.  An empty blob: nothing is kept. */
enum { BLOB_VERSION = 1, BLOB_MAX = 6 + PR_REGISTRATIONS_MAX * (11 + PORT_NAME_MAX), NOBODY = 0xffff };
#define BLOB_KEY "pr"

bool pr_type_ok(unsigned type)
{
	return type == PR_WRITE_EXCLUSIVE || type == PR_EXCLUSIVE_ACCESS ||
		(type >= PR_WRITE_EXCLUSIVE_REGISTRANTS && type <= PR_EXCLUSIVE_ACCESS_ALL);
}

bool pr_type_all(enum pr_type type)
{
	return type == PR_WRITE_EXCLUSIVE_ALL || type == PR_EXCLUSIVE_ACCESS_ALL;
}

bool pr_type_registrants(enum pr_type type)
{
	return type >= PR_WRITE_EXCLUSIVE_REGISTRANTS;
}

static bool write_exclusive(enum pr_type type)
{
	return type == PR_WRITE_EXCLUSIVE || type == PR_WRITE_EXCLUSIVE_REGISTRANTS ||
		type == PR_WRITE_EXCLUSIVE_ALL;
}

int pr_find(const struct pr_state *pr, const struct nexus *nexus)
{
	for (unsigned i = 0; i < pr->count; i++)
		if (pr->regs[i].target_port == nexus->target->port &&
			strcmp(pr->regs[i].initiator_port, nexus->initiator_port) == 0)
			return (int)i;
	return -1;
}

bool pr_holds(const struct pr_state *pr, int i)
{
	return i >= 0 && pr->type && (pr_type_all(pr->type) || i == pr->holder);
}

bool pr_conflict(const struct pr_state *pr, const struct nexus *nexus, unsigned gates)
{
	if (!pr->type || (gates & GATE_PR_FREE))
		return false;
	int i = pr_find(pr, nexus);
	if (pr_holds(pr, i) || (i >= 0 && pr_type_registrants(pr->type)))
		return false;
	return !(write_exclusive(pr->type) && (gates & GATE_READ_ONLY));
}

/* --- storage ---------------------------------------------------------------------------------- */

int pr_save(struct lu *lu, const struct pr_state *pr)
{
	if (!lu->store.save)
		return pr->aptpl ? -ENOSYS : 0;
	autofree uint8_t *blob = malloc(BLOB_MAX);
	if (!blob)
		return -ENOMEM;
	struct wire w = wire_over(blob, BLOB_MAX);
	if (pr->aptpl) {
		wire_u8(&w, BLOB_VERSION);
		wire_u8(&w, pr->type);
		wire_be16(&w, pr->holder < 0 ? NOBODY : (uint32_t)pr->holder);
		wire_be16(&w, pr->count);
		for (unsigned i = 0; i < pr->count; i++) {
			const struct pr_registration *reg = &pr->regs[i];
			size_t n = strlen(reg->initiator_port);
			wire_be64(&w, reg->key);
			wire_be16(&w, reg->target_port);
			wire_u8(&w, (uint32_t)n);
			wire_mem(&w, reg->initiator_port, n);
		}
	}
	return lu->store.save(lu->store.arg, BLOB_KEY, blob, wire_len(&w));
}

static bool decode_registration(struct wire_reader *r, struct pr_registration *reg)
{
	reg->key = wire_get_be64(r);
	reg->target_port = (uint16_t)wire_get_be16(r);
	size_t n = wire_get_u8(r);
	const uint8_t *name = wire_take(r, n);
	if (!name || !n || memchr(name, 0, n))
		return false;
	memcpy(reg->initiator_port, name, n);
	reg->initiator_port[n] = 0;
	return true;
}

/* False when the bytes are not valid; then nothing is reserved. */
static bool decode(struct pr_state *pr, const void *blob, size_t len)
{
	struct wire_reader r = wire_reader_over(blob, len);

	if (wire_get_u8(&r) != BLOB_VERSION)
		return false;
	unsigned type = wire_get_u8(&r), holder = wire_get_be16(&r), count = wire_get_be16(&r);
	if (r.bad || (type && !pr_type_ok(type)) || count > PR_REGISTRATIONS_MAX)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!decode_registration(&r, &pr->regs[i]))
			return false;
	if (wire_left(&r) || (holder != NOBODY && holder >= count))
		return false;
	if (type && (!count || pr_type_all((enum pr_type)type) != (holder == NOBODY)))
		return false;
	pr->aptpl = true;
	pr->count = count;
	pr->type = (enum pr_type)type;
	pr->holder = type && holder != NOBODY ? (int)holder : -1;
	return true;
}

int pr_open(struct lu *lu)
{
	lu->pr = calloc(1, sizeof *lu->pr);
	if (!lu->pr)
		return -ENOMEM;
	lu->pr->holder = -1;
	if (!lu->store.load)
		return 0;
	autofree uint8_t *blob = malloc(BLOB_MAX);
	if (!blob)
		return -ENOMEM;
	int64_t len = lu->store.load(lu->store.arg, BLOB_KEY, blob, BLOB_MAX);
	if (len > 0 && len <= BLOB_MAX && !decode(lu->pr, blob, (size_t)len))
		*lu->pr = (struct pr_state){ .holder = -1 };
	return 0;
}

void pr_close(struct lu *lu)
{
	free(lu->pr);
	lu->pr = NULL;
}
