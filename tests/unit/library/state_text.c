/* SPDX-License-Identifier: Apache-2.0 */
/* Everything an installation remembers, as text to compare: memory, the catalog's rows, files, folders. */
#include "state_text.h"

#include <dirent.h>

#include "vtl/base/crc32c.h"
#include "vtl/library/installation.h"

static void write_identity(FILE *f, const char *what, const struct identity *id)
{
	fprintf(f, "%s %s %s %016llx '%s' '%s' '%s'\n", what, id->id, id->serial, (unsigned long long)id->naa,
		id->vendor, id->product, id->revision);
}

static void write_drives(FILE *f, const char *what, const struct drives *drives)
{
	const struct drive *d;
	TAILQ_FOREACH(d, drives, link) {
		fprintf(f, "%s %p drive:%u LUN %u at %u (%p) is %s, served by %p, target %s\n", what,
			(const void *)d, d->number, d->lun, d->element->address, (void *)d->element->drive,
			d->personality->name, d->server, d->target);
		write_identity(f, "drive", &d->identity);
	}
}

static void write_elements(FILE *f, const struct element *elements, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct element *e = &elements[i];
		char source[16] = "nowhere";
		if (e->source)
			element_text(e->source, source);
		fprintf(f, "element %u: %s from %s by operator %d, drive %p\n", e->address,
			e->cartridge ? e->cartridge->label.barcode : "empty", source, e->by_operator,
			(void *)e->drive);
	}
}

static void write_library(FILE *f, struct library *l)
{
	struct library_private *lib = lib_of(l);
	const struct cartridge *c;
	fprintf(f, "library %p %s %s ordinal %u, deleted %d, layout %d, %s, target %s, drives to %u of %u\n",
		(void *)l, l->name, l->id, lib->ordinal, lib->deleted, l->layout, l->personality->name,
		l->target, l->n_drive_elements, lib->room);
	fprintf(f, "moves %llu, doors %llu\n", (unsigned long long)l->counts.moves,
		(unsigned long long)l->counts.doors);
	write_identity(f, "changer", &l->changer);
	write_drives(f, "installed", &l->drives);
	write_drives(f, "removed", &lib->removed);
	write_elements(f, l->transports, l->n_transports);
	write_elements(f, l->slots, l->n_slots);
	write_elements(f, l->mailslots, l->n_mailslots);
	write_elements(f, l->drive_elements, l->n_drive_elements);
	TAILQ_FOREACH(c, &l->cartridges, link)
		fprintf(f, "cartridge %p %s %s worm %d protected %d deleted %d at %p, in %s %s\n",
			(const void *)c, c->label.barcode, c->label.uuid, c->label.worm,
			c->label.write_protected, priv_of((struct cartridge *)c)->deleted, (void *)c->at,
			c->label.library, c->label.element);
}

static void write_rule(const struct initiator *i, void *f)
{
	fprintf(f, "rule %s allowed %d, %s %s, %s %s, libraries %u, networks %u\n", i->name, i->allowed,
		i->chap_user, i->chap_secret, i->target_user, i->target_secret, i->view.n_libraries,
		i->n_from);
}

static void write_memory(FILE *f, struct bench *b)
{
	struct saved_blob *saved, *next;
	for (struct library *l = library_first(b->inst); l; l = library_next(l))
		write_library(f, l);
	for (const struct deleted_cartridge *d = deleted_first(b->inst); d; d = deleted_next(d))
		fprintf(f, "deleted %p %s %s\n", (const void *)d, d->entry, d->what.barcode);
	fprintf(f, "numbers up to %u\n", number_used(b->inst, "E"));
	initiator_each(installation_access(b->inst), write_rule, f);
	HASH_ITER(hh, b->inst->saved_blobs, saved, next)
		fprintf(f, "saved %s: %08x\n", saved->key, crc32c(0, saved->blob, saved->len));
	for (size_t i = 0; i < sizeof b->drives / sizeof *b->drives; i++)
		fprintf(f, "drive server %zu has '%s', %u wrong calls\n", i, b->drives[i].barcode,
			b->drives[i].wrong);
	const unsigned *events = (const unsigned *)&b->events;
	for (size_t i = 0; i < offsetof(struct events, by_operator) / sizeof *events; i++)
		fprintf(f, "event %zu: %u\n", i, events[i]);
}

struct table {
	FILE *f;
	enum catalog_table table;
};

static int write_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct table *t = arg;
	fprintf(t->f, "row of %s: %.*s: %08x\n", catalog_table_names[t->table], (int)key_len,
		(const char *)key, crc32c(0, value, len));
	return 0;
}

static void write_file(FILE *f, struct bench *b, const char *name)
{
	size_t len;
	char *text = file_text(b->dir, name, &len);
	if (text)
		fprintf(f, "file %s: %zu bytes, %08x\n", name, len, crc32c(0, text, len));
	free(text);
}

static void write_folder(FILE *f, const char *path)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		fprintf(f, "%s/%s\n", path, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

char *state_text(struct bench *b)
{
	char *text = NULL, *identity = identity_export(b->inst), path[128];
	size_t size;
	FILE *f = open_memstream(&text, &size);
	assert_non_null(f);
	fprintf(f, "%s", identity);
	free(identity);
	write_memory(f, b);
	for (struct table t = { .f = f }; t.table < N_TABLES; t.table++)
		assert_int_equal(catalog_each(b->inst->catalog, t.table, write_row, &t), 0);
	write_file(f, b, "identity.json");
	write_file(f, b, "catalog/secrets");
	write_file(f, b, "cartridges/" ROOT_MARKER);
	write_folder(f, b->dir);
	write_folder(f, installation_cartridges(b->inst));
	snprintf(path, sizeof path, "%s/wastebasket", installation_cartridges(b->inst));
	write_folder(f, path);
	assert_int_equal(fclose(f), 0);
	return text;
}

void assert_same_state(const char *kind, const char *before, const char *after)
{
	while (*before && *before == *after) {
		const char *end = strchrnul(before, '\n');
		size_t len = (size_t)(end - before) + (*end == '\n');
		if (strncmp(before, after, len))
			break;
		before += len;
		after += len;
	}
	if (*before || *after)
		fail_msg("%s: '%.*s' became '%.*s'", kind, (int)strcspn(before, "\n"), before,
			(int)strcspn(after, "\n"), after);
}
