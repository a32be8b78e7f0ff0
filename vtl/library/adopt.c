/* SPDX-License-Identifier: Apache-2.0 */
/* A library takes the place of another one: its devices get given serials, NAAs, revisions and target names. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/library/change.h"
#include "vtl/library/names.h"

/* The state after the change, as copies. */
struct adopting {
	struct change *c;
	struct library_private lib;
	struct drive *drives; /* copies */
	struct drive **olds;  /* whose copies they are */
	size_t n;             /* of drives */
	struct identity_next next[DRIVES_MAX + 1];
	size_t n_next;
};

bool naa_parse(const char *text, uint64_t *ret_naa, char why[static WHY_LEN])
{
	enum { DIGITS = 16, HEX = 16 };
	bool good = strlen(text) == DIGITS;
	for (const char *p = text; *p; p++)
		good &= isxdigit((unsigned char)*p) != 0;
	uint64_t naa = good ? strtoull(text, NULL, HEX) : 0;
	if (!good)
		snprintf(why, WHY_LEN, "an NAA has 16 hexadecimal digits");
	else if (!naa_type_ok(naa))
		snprintf(why, WHY_LEN, "an NAA of 8 bytes begins with 2, 3 or 5 (SPC-5 7.7.6.6)");
	else
		*ret_naa = naa;
	return good && naa_type_ok(naa);
}

bool revision_ok(const char *revision, char why[static WHY_LEN])
{
	enum { REVISION_LEN = 4 };
	bool good = *revision && *revision != ' ' && strlen(revision) <= REVISION_LEN;
	for (const char *p = revision; *p; p++)
		good &= *p >= ' ' && *p <= '~';
	if (!good)
		snprintf(why, WHY_LEN, "a revision has 1 to %d printable characters", REVISION_LEN);
	return good;
}

/* Writes what is given over a device's names. */
static int names_take(struct adopting *a, const struct adopted *given, struct identity *id,
	char target[static IQN_MAX + 1])
{
	char bad[WHY_LEN] = "";
	bool good = !given->serial ||
		serial_ok(given->serial, given->number ? KIND_DRIVE : KIND_CHANGER, bad);
	if (good && given->naa)
		good = naa_parse(given->naa, &id->naa, bad);
	if (good && given->revision)
		good = revision_ok(given->revision, bad);
	if (good && given->target && !iqn_ok(given->target)) {
		snprintf(bad, sizeof bad, "'%.80s' is not a target name in lower case", given->target);
		good = false;
	}
	if (!good && given->number)
		return refuse(a->c->why, -EINVAL, "drive:%u: %.180s", given->number, bad);
	if (!good)
		return refuse(a->c->why, -EINVAL, "changer: %.180s", bad);
	if (given->serial)
		strcpy(id->serial, given->serial);
	if (given->revision)
		snprintf(id->revision, sizeof id->revision, "%-4s", given->revision);
	if (given->target)
		strcpy(target, given->target);
	return 0;
}

static void next_add(struct adopting *a, const struct identity *is, const struct identity *next,
	const char *target)
{
	a->next[a->n_next++] = (struct identity_next){ is, next, target };
}

static int drive_take(struct adopting *a, const struct adopted *given)
{
	struct drive *drive = drive_find(&a->c->lib->pub, given->number);
	if (!drive)
		return refuse(a->c->why, -ENOENT, "library %s has no drive:%u", a->lib.pub.name,
			given->number);
	if (drive->element->cartridge)
		return refuse(a->c->why, -EBUSY, "drive:%u holds cartridge %s; unload the drive first",
			drive->number, drive->element->cartridge->label.barcode);
	for (size_t i = 0; i < a->n; i++)
		if (a->olds[i] == drive)
			return refuse(a->c->why, -EINVAL, "drive:%u is given twice", drive->number);
	struct drive *copy = &a->drives[a->n];
	*copy = *drive;
	a->olds[a->n++] = drive;
	next_add(a, &drive->identity, &copy->identity, copy->target);
	return names_take(a, given, &copy->identity, copy->target);
}

static int all_take(struct adopting *a, const struct adopted *given, size_t n)
{
	int err = 0;
	for (size_t i = 0; i < n && !err; i++)
		err = given[i].number ? drive_take(a, &given[i])
				      : names_take(a, &given[i], &a->lib.pub.changer, a->lib.pub.target);
	next_add(a, &a->c->lib->pub.changer, &a->lib.pub.changer, a->lib.pub.target);
	return err ? err : identity_verify_next(a->c->inst, a->next, a->n_next, a->c->why);
}

static int adopt_commit(struct adopting *a)
{
	struct library *library = &a->c->lib->pub;
	record_library(&a->lib, &a->c->txn);
	for (size_t i = 0; i < a->n; i++)
		record_drive(&a->drives[i], true, &a->c->txn);
	int err = change_commit(a->c,
		&(struct draft){ .library = &a->lib, .drives = a->drives, .n_drives = a->n });
	if (err)
		return refuse(a->c->why, err, "library %s cannot be recorded: %s", library->name,
			error_text(err));
	library->changer = a->lib.pub.changer;
	memcpy(library->target, a->lib.pub.target, sizeof library->target);
	for (size_t i = 0; i < a->n; i++) {
		a->olds[i]->identity = a->drives[i].identity;
		memcpy(a->olds[i]->target, a->drives[i].target, sizeof a->olds[i]->target);
	}
	return 0;
}

static int adopt_locked(struct change *c, const struct adopted *given, size_t n, bool only_check)
{
	struct adopting *a = calloc(1, sizeof *a);
	int err = a && n <= DRIVES_MAX + 1 ? 0 : -ENOMEM;
	if (!err) {
		a->c = c;
		a->lib = *c->lib;
		a->drives = calloc(n + 1, sizeof *a->drives);
		a->olds = calloc(n + 1, sizeof(struct drive *));
		err = a->drives && a->olds ? all_take(a, given, n) : -ENOMEM;
	}
	if (err == -ENOMEM)
		refuse(c->why, err, "library %s: out of memory", c->lib->pub.name);
	if (!err && !only_check)
		err = adopt_commit(a);
	if (a) {
		free(a->drives);
		free(a->olds);
	}
	free(a);
	return err;
}

int library_adopt(struct installation *inst, struct library *library, const struct adopted *given, size_t n,
	char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, library, why);
	if (!err)
		err = adopt_locked(&c, given, n, false);
	change_settle(&c);
	if (!err) {
		log_info("library %s: %zu device%s took given names", library->name, n, n == 1 ? "" : "s");
		/* Device servers and targets have copies of the old names. */
		listeners_tell(inst, layout_changed, library);
	}
	return change_end(&c, err);
}

int library_adoptable(struct installation *inst, struct library *library, const struct adopted *given,
	size_t n, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, library, why);
	if (!err)
		err = adopt_locked(&c, given, n, true);
	return change_end(&c, err);
}
