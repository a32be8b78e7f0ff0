/* SPDX-License-Identifier: Apache-2.0 */
/* Identities: created once from random bytes, and verified as a whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uuid/uuid.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/grow.h"
#include "vtl/library/installation.h"
#include "vtl/library/names.h"

#define TARGET_PREFIX "iqn.2026-11.io.evertape:"

enum { TARGET_RANDOM = 16, MINT_TRIES = 100 };

/* n characters of the alphabet (at most 64 long), with equal probability. */
static int random_text(const char *alphabet, size_t n, char *out)
{
	size_t letters = strlen(alphabet);
	uint8_t limit = (uint8_t)(256 / letters * letters - 1), byte;
	for (size_t i = 0; i < n;) {
		if (getrandom(&byte, 1, 0) != 1)
			return -errno;
		if (byte <= limit)
			out[i++] = alphabet[byte % letters];
	}
	out[n] = 0;
	return 0;
}

static bool serial_taken(struct installation *inst, const char *serial)
{
	struct library *library;
	struct drive *drive;
	TAILQ_FOREACH(library, &inst->libraries, link) {
		if (!strcmp(library->changer.serial, serial))
			return true;
		TAILQ_FOREACH(drive, &library->drives, link)
			if (!strcmp(drive->identity.serial, serial))
				return true;
		TAILQ_FOREACH(drive, &lib_of(library)->removed, link)
			if (!strcmp(drive->identity.serial, serial))
				return true;
	}
	return false;
}

int identity_mint(struct installation *inst, const struct personality *personality,
	struct identity *ret_identity)
{
	struct identity id = { 0 };
	uuid_t uuid;
	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, id.id);
	unsigned tries = 0;
	do {
		if (tries++ == MINT_TRIES)
			return -EEXIST; /* not by chance: the random numbers are bad */
		int err = random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", SERIAL_LEN, id.serial);
		if (err)
			return err;
	} while (serial_taken(inst, id.serial));
	if (getrandom(&id.naa, sizeof id.naa, 0) != sizeof id.naa)
		return -EIO;
	id.naa = 3ULL << 60 | id.naa >> 4; /* NAA 3h: locally assigned (SPC-5) */
	personality_apply(&id, personality);
	*ret_identity = id;
	return 0;
}

void personality_apply(struct identity *identity, const struct personality *personality)
{
	snprintf(identity->vendor, sizeof identity->vendor, "%s", personality->vendor);
	snprintf(identity->product, sizeof identity->product, "%s", personality->product);
	snprintf(identity->revision, sizeof identity->revision, "%s", personality->revision);
}

bool naa_type_ok(uint64_t naa)
{
	enum { IEEE_EXTENDED = 2, LOCALLY_ASSIGNED = 3, IEEE_REGISTERED = 5 };
	unsigned type = (unsigned)(naa >> 60);
	return type == IEEE_EXTENDED || type == LOCALLY_ASSIGNED || type == IEEE_REGISTERED;
}

int target_mint(char target[static IQN_MAX + 1])
{
	strcpy(target, TARGET_PREFIX);
	return random_text("abcdefghijklmnopqrstuvwxyz0123456789", TARGET_RANDOM,
		target + strlen(TARGET_PREFIX));
}

/* --- verify ------------------------------------------------------------------------------------------ */

enum { DEVICES_MAX = 1 << 24 };

/* A device to be verified: the changer (number 0) or a drive of a library. */
struct device {
	const struct library *library;
	const struct identity *identity;
	const char *target;
	uint16_t number, lun;
};

struct devices {
	struct device *rows;
	size_t n, size;
};

static bool devices_add(struct devices *all, struct device device)
{
	if (grow(all->rows, all->size, all->n + 1, DEVICES_MAX))
		return false;
	all->rows[all->n++] = device;
	return true;
}

static bool devices_collect(struct installation *inst, struct devices *all)
{
	struct library *library;
	TAILQ_FOREACH(library, &inst->libraries, link) {
		if (!devices_add(all, (struct device){ library, &library->changer, library->target, 0, 0 }))
			return false;
		struct drives *lists[] = { &library->drives, &lib_of(library)->removed };
		for (int i = 0; i < 2; i++) {
			struct drive *d;
			TAILQ_FOREACH(d, lists[i], link)
				if (!devices_add(all,
					    (struct device){ library, &d->identity, d->target, d->number,
						    d->lun }))
					return false;
		}
	}
	return true;
}

static const char *device_text(const struct device *d, char out[static 64])
{
	if (d->number)
		snprintf(out, 64, "%s drive:%u", d->library->name, d->number);
	else
		snprintf(out, 64, "%s changer", d->library->name);
	return out;
}

static bool printable(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			return false;
	return *text;
}

static bool uuid_ok(const char *text)
{
	uuid_t uuid;
	return strlen(text) == 36 && !uuid_parse(text, uuid);
}

static int device_verify(const struct device *d, char why[static WHY_LEN])
{
	char name[64], bad[WHY_LEN];
	const struct identity *id = d->identity;
	device_text(d, name);
	if (!serial_ok(id->serial, d->number ? KIND_DRIVE : KIND_CHANGER, bad))
		return refuse(why, -EINVAL, "%s: %.120s", name, bad);
	if (!naa_type_ok(id->naa))
		return refuse(why, -EINVAL, "%s: NAA %016llx is not of type 2, 3 or 5", name,
			(unsigned long long)id->naa);
	if (!iqn_ok(d->target))
		return refuse(why, -EINVAL, "%s: the target name is missing or malformed", name);
	if (!printable(id->vendor) || !printable(id->product) || strlen(id->revision) != 4 ||
		!printable(id->revision))
		return refuse(why, -EINVAL, "%s: vendor, product or revision is malformed", name);
	if (!uuid_ok(id->id) || !uuid_ok(d->library->id))
		return refuse(why, -EINVAL, "%s: the id is malformed", name);
	if (d->number && (!d->lun || d->lun > DRIVES_MAX))
		return refuse(why, -EINVAL, "%s: LUN %u is out of range", name, d->lun);
	return 0;
}

/* Order devices by a member that must be unique. */
static int by_serial(const void *a, const void *b)
{
	const struct device *x = a, *y = b;
	return strcmp(x->identity->serial, y->identity->serial);
}

static int by_naa(const void *a, const void *b)
{
	const struct device *x = a, *y = b;
	return (x->identity->naa > y->identity->naa) - (x->identity->naa < y->identity->naa);
}

static int by_target(const void *a, const void *b)
{
	const struct device *x = a, *y = b;
	return strcmp(x->target, y->target);
}

static int by_id(const void *a, const void *b)
{
	const struct device *x = a, *y = b;
	return strcmp(x->identity->id, y->identity->id);
}

static int by_lun(const void *a, const void *b)
{
	const struct device *x = a, *y = b;
	int order = strcmp(x->library->id, y->library->id);
	return order ? order : x->lun - y->lun;
}

static int unique_verify(struct devices *all, const char *what, int (*compare)(const void *, const void *),
	char why[static WHY_LEN])
{
	char a[64], b[64];
	qsort(all->rows, all->n, sizeof *all->rows, compare);
	for (size_t i = 1; i < all->n; i++)
		if (!compare(&all->rows[i - 1], &all->rows[i]))
			return refuse(why, -EEXIST, "%s and %s have the same %s",
				device_text(&all->rows[i - 1], a), device_text(&all->rows[i], b), what);
	return 0;
}

static int libraries_verify(struct installation *inst, char why[static WHY_LEN])
{
	struct library *a, *b;
	TAILQ_FOREACH(a, &inst->libraries, link)
		for (b = library_next(a); b; b = library_next(b))
			if (!strcmp(a->name, b->name) || !strcmp(a->id, b->id))
				return refuse(why, -EEXIST, "libraries %s and %s have the same %s", a->name,
					b->name, strcmp(a->id, b->id) ? "name" : "id");
	return 0;
}

static void next_put(struct devices *all, const struct identity_next *next, size_t n)
{
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < n; k++)
			if (all->rows[i].identity == next[k].is) {
				all->rows[i].identity = next[k].next;
				all->rows[i].target = next[k].target;
				break;
			}
}

int identity_verify(struct installation *inst, char why[static WHY_LEN])
{
	return identity_verify_next(inst, NULL, 0, why);
}

int identity_verify_next(struct installation *inst, const struct identity_next *next, size_t n,
	char why[static WHY_LEN])
{
	static const struct {
		const char *what;
		int (*compare)(const void *, const void *);
	} unique[] = {
		{ "serial", by_serial },
		{ "NAA", by_naa },
		{ "target name", by_target },
		{ "id", by_id },
		{ "LUN", by_lun },
	};
	struct devices all = { 0 };
	int err = libraries_verify(inst, why);
	if (!err && !devices_collect(inst, &all))
		err = refuse(why, -ENOMEM, "out of memory");
	next_put(&all, next, n);
	for (size_t i = 0; i < all.n && !err; i++)
		err = device_verify(&all.rows[i], why);
	for (size_t i = 0; i < sizeof unique / sizeof *unique && !err && all.n; i++)
		err = unique_verify(&all, unique[i].what, unique[i].compare, why);
	free(all.rows);
	return err;
}
