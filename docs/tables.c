/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the tables of the documentation: creates a library in a scratch directory with real logical units, and prints
 * their rows.
 * Usage: tables drive|changer|personalities|json SCRATCH_DIR */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docs/json.h"
#include "media/engine/engine.h"
#include "vtl/base/worker.h"
#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"
#include "vtl/smc/smc.h"
#include "vtl/ssc/attribute.h"
#include "vtl/ssc/ssc.h"

struct table_job {
	const char *what, *scratch;
	int code;
};

/* --- one function for each table ---------------------------------------------------------------- */

static void print_fields(const struct field *f)
{
	const char *separator = "";
	for (; f->name; f++) {
		unsigned last = f->byte + (7u - f->msb + f->width - 1u) / 8;
		printf("%s%s ", separator, f->name);
		if (f->width == 1)
			printf("%u.%u", f->byte, f->msb);
		else if (last == f->byte)
			printf("%u.%u-%u", f->byte, f->msb, f->msb + 1u - f->width);
		else
			printf("%u-%u", f->byte, last);
		separator = ", ";
	}
}

static void print_op(const struct scsi_op *op, void *arg)
{
	static const char *const directions[] = { "–", "in", "out" };
	(void)arg;
	printf("| %02Xh", op->code);
	if (op->sa != SA_NONE)
		printf("/%02Xh", op->sa);
	printf(" | %s | %u | %s | ", op->name, op->len, directions[op->dir]);
	print_fields(op->fields);
	printf(" | %s%s | %s |\n", op->partly ? "in part: " : "yes", op->partly ? op->partly : "",
		op->note ? op->note : "");
}

static void print_refused(const struct scsi_refused *row, void *arg)
{
	const struct lu *lu = arg;
	const uint8_t cdb[16] = { row->code, row->sa == SA_NONE ? 0 : (uint8_t)row->sa };
	bool known = false;
	op_find(lu, cdb, &known);
	printf("| %02Xh", row->code);
	if (row->sa != SA_NONE)
		printf("/%02Xh", (unsigned)row->sa);
	printf(" | %s | %s | %s |\n", row->name, known ? "5/24/00" : "5/20/00", row->why);
}

static void print_security_pages(const struct lu *lu)
{
	if (!lu->security_pages)
		return;
	printf("\n## Pages of security protocols\n\n| protocol | page | name | direction |\n|---|---|---|---|\n");
	for (const struct security_page *p = lu->security_pages; p->name; p++)
		printf("| %02Xh | %04Xh | %s | %s |\n", p->protocol, p->page, p->name,
			p->build ? "in" : "out");
}

static void print_lu(struct lu *lu)
{
	printf("\n## Commands\n\nFields are byte.bit of the CDB, or bytes; every other bit must be zero.\n\n"
	       "| opcode | command | CDB | data | fields | supported | note |\n|---|---|---|---|---|---|---|\n");
	op_each(lu, print_op, NULL);
	printf("\n## Commands that are refused\n\nCommands that are in no table end with 5/20/00, too.\n\n"
	       "| opcode | command | sense | reason |\n|---|---|---|---|\n");
	refused_each(lu, print_refused, lu);

	printf("\n## Mode pages\n\n| page | bytes | saved | per nexus | in 3Fh | may be changed |\n"
	       "|---|---|---|---|---|---|\n");
	for (const struct mode_page *p = lu->mode_pages; p && p->len; p++) {
		printf("| %02Xh", p->page);
		if (p->subpage)
			printf("/%02Xh", p->subpage);
		printf(" | %u | %s | %s | %s | ", p->len, p->savable ? "yes" : "no",
			p->per_nexus ? "yes" : "no", p->hidden ? "no" : "yes");
		for (unsigned i = 2; p->mask && i < p->len; i++)
			if (p->mask[i])
				printf("byte %u: %02Xh ", i, p->mask[i]);
		printf("|\n");
	}

	printf("\n## Log pages\n\n| page | name | parameters |\n|---|---|---|\n");
	for (const struct log_page *p = lu->log_pages; p && p->name; p++) {
		printf("| %02Xh | %s | ", p->page, p->name);
		const char *separator = "";
		for (const struct log_param *q = p->params; q && q->name; q++) {
			printf("%s%04Xh %s%s%s%s", separator, q->code, q->name, q->unit ? " (" : "",
				q->unit ? q->unit : "", q->unit ? ")" : "");
			separator = ", ";
		}
		printf(" |\n");
	}

	print_security_pages(lu);
	printf("\n## Vital product data pages\n\n| page | name |\n|---|---|\n| 00h | supported VPD pages |\n");
	for (const struct vpd_page *p = lu->vpd_pages; p && p->page; p++)
		printf("| %02Xh | %s |\n", p->page, p->name);
}

static void print_attributes(void)
{
	static const char *const formats[] = { "binary", "ASCII", "text", "any" };
	printf("\n## Attributes of the medium auxiliary memory\n\nHosts may write those of the host. Each stands for the "
	       "whole cartridge, or for the partition that the CDB names.\n\n"
	       "| identifier | name | bytes | format | of the | maintained by | drives |\n"
	       "|---|---|---|---|---|---|---|\n");
	for (const struct attribute *a = tape_attributes; a->name; a++) {
		printf("| %04Xh", a->id);
		if (a->last)
			printf(" to %04Xh", a->last);
		printf(" | %s | %u", a->name, a->len_min);
		if (a->len != a->len_min)
			printf(" to %u", a->len);
		printf(" | %s | %s | %s | ", formats[a->format],
			a->scope == OF_MEDIUM ? "cartridge" : "partition",
			attribute_is_hosts(a) ? "host" : "drive");
		if (a->since)
			printf("LTO-%u on |\n", a->since);
		else
			printf("all |\n");
	}
}

static void print_personalities(void)
{
	printf("# Personalities\n\n"
	       "| name | kind | vendor | product | revision | generation | first transport, slot, mail slot, drive |\n"
	       "|---|---|---|---|---|---|---|\n");
	for (size_t i = 0;; i++) {
		const struct personality *p = personality_at(i);
		if (!p)
			return;
		printf("| %s%s | %s | `%s` | `%s` | `%s` | ", p->name,
			p->instead ? " (existing drives only)" : "",
			p->kind == KIND_DRIVE ? "drive" : "changer", p->vendor, p->product, p->revision);
		if (p->kind == KIND_DRIVE)
			printf("LTO-%u | – |\n", p->generation);
		else
			printf("– | %04Xh, %04Xh, %04Xh, %04Xh |\n", p->first_transport, p->first_slot,
				p->first_mailslot, p->first_drive);
	}
}

/* --- a library with its units --------------------------------------------------------------------- */

static void print_device(struct table_job *job, struct library *library)
{
	struct lu_store store = { 0 };
	struct changer *changer;
	struct tape *tape;

	if (!strcmp(job->what, "changer")) {
		if (changer_new(library, &store, &changer))
			return;
		printf("# Changer: %s\n", library->personality->name);
		print_lu(changer_lu(changer));
		changer_close(changer);
		changer_free(changer);
	} else {
		struct drive *drive = TAILQ_FIRST(&library->drives);
		struct engine *engine = engine_sync_new();
		if (tape_new(drive, worker_self(), &store, engine, 0, &tape))
			return;
		printf("# Drive: %s\n", drive->personality->name);
		print_lu(tape_lu(tape));
		print_attributes();
		tape_close(tape);
		tape_free(tape);
	}
	job->code = 0;
}

static void run(void *arg)
{
	struct table_job *job = arg;
	char why[WHY_LEN] = "";
	struct installation *inst;
	struct library *library;

	if (installation_open(job->scratch, NULL, &inst, why)) {
		fprintf(stderr, "tables: %s\n", why);
		return;
	}
	const struct library_plan plan = { .name = "tables", .drives = 1, .slots = 1, .mailslots = 1 };
	if (library_create(inst, &plan, &library, why) == 0)
		print_device(job, library);
	else
		fprintf(stderr, "tables: %s\n", why);
	installation_close(inst);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: tables drive|changer|personalities|json SCRATCH_DIR\n");
		return 2;
	}
	if (!strcmp(argv[1], "personalities")) {
		print_personalities();
		return 0;
	}
	if (!strcmp(argv[1], "json")) {
		print_json();
		return 0;
	}
	struct table_job job = { .what = argv[1], .scratch = argv[2], .code = 1 };
	if (worker_run_once(run, &job))
		return 1;
	return job.code;
}
