/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the command line of the load generator. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "admin/cli/cli.h"
#include "admin/initiator/stream.h"

enum {
	OPTION_DEV = 2000,
	OPTION_PORTAL,
	OPTION_SIZE,
	OPTION_BLOCK,
	OPTION_DEPTH,
	OPTION_PHASES,
	OPTION_FILEMARK,
	OPTION_PATTERN,
	OPTION_SEED,
	OPTION_ENCRYPT,
	OPTION_PROTECT,
	OPTION_PID,
	OPTION_OVERWRITE,
	OPTION_LOAD,
	OPTION_SEEKS,
	OPTION_COUNT,
	OPTION_BARCODE,
};
enum { BARCODE_LONGEST = 32, SEEKS_DEFAULT = 1000, SEEKS_MAX = 100000000, BLOCK_DEFAULT = 256 << 10 };

static const char help[] =
	"usage: evertape [--json] stream [OPTION]... HOST:PORT\n"
	"       evertape [--json] stream [OPTION]... iscsi://HOST:PORT/TARGET/LUN ...\n"
	"Writes tapes, reads them back and verifies every byte; several drives run at once.\n"
	"  --dev URL                 a drive, iscsi://HOST:PORT/TARGET/LUN; may be given many times\n"
	"  --portal PORTAL           every loaded drive at this portal\n"
	"  --size SIZE               bytes for each drive (default 1G); K, M, G, T are powers of 1024\n"
	"  --count N                 records for each drive instead of --size\n"
	"  --block SIZE[,SIZE]...    record sizes (default 256K)\n"
	"  --qd N[,N]...             commands in flight (default 8)\n"
	"  --phases P[,P]...         write, read, tur, locate, space, eod (default write,read)\n"
	"  --seeks N                 commands of tur, locate, space and eod (default 1000)\n"
	"  --filemark SIZE           write a filemark, which syncs, after each SIZE bytes\n"
	"  --pattern random|half|zero  data; half compresses to half (default random)\n"
	"  --seed N                  seed of the data; read without write needs the seed of the write\n"
	"  --encrypt                 the drive encrypts, with a key made of the seed: for measuring\n"
	"  --protect                 each record has a CRC32C, which the drive and this program check (logical\n"
	"                            block protection)\n"
	"  --load                    load a cartridge into each empty drive and put it back at the end; skips\n"
	"                            WORM and write-protected cartridges, and those that do not fit\n"
	"  --barcode BARCODE         use this cartridge; it is loaded and put back if it is not in a drive;\n"
	"                            may be given many times; drives without one are not used\n"
	"  --overwrite               also write to cartridges that hold data of other programs\n"
	"  --pid PID                 process of the target: report its CPU seconds and memory\n" LOGIN_HELP;

/* Calls word() for each word of a comma-separated list. */
static bool list_read(char *text, bool (*word)(struct stream_plan *p, const char *w),
	struct stream_plan *plan)
{
	char *rest = text;
	for (char *w; (w = strsep(&rest, ","));)
		if (!word(plan, w))
			return false;
	return true;
}

static bool block_word(struct stream_plan *p, const char *w)
{
	uint64_t n;
	if (p->block_count == LIST_MAX || !size_parse(w, &n) || !n || n > RECORD_LONGEST)
		return false;
	p->blocks[p->block_count++] = (uint32_t)n;
	return true;
}

static bool depth_word(struct stream_plan *p, const char *w)
{
	uint64_t n;
	if (p->depth_count == LIST_MAX || !size_parse(w, &n) || !n || n > DEPTH_MAX)
		return false;
	p->depths[p->depth_count++] = (unsigned)n;
	return true;
}

static bool phase_word(struct stream_plan *p, const char *w)
{
	const struct stream_phase *phase = stream_phase_find(w);
	if (!phase || p->phase_count == LIST_MAX)
		return false;
	p->phases[p->phase_count++] = phase;
	return true;
}

static bool pattern_word(struct stream_plan *p, const char *w)
{
	static const char *const names[] = { "random", "half", "zero" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], w)) {
			p->pattern = (enum pattern_kind)i;
			return true;
		}
	return false;
}

static bool drive_word(struct stream_plan *p, const char *w)
{
	char why[WHY_LEN];
	if (p->drive_count == LANES_MAX || !portal_parse(w, &p->drives[p->drive_count], why))
		return false;
	return p->drives[p->drive_count++].lun != LUN_UNNAMED;
}

static bool barcode_word(struct stream_plan *p, const char *w)
{
	for (size_t i = 0; i < p->barcode_count; i++)
		if (!strcmp(p->barcodes[i], w))
			return false;
	if (p->barcode_count == LANES_MAX || !*w || strlen(w) > BARCODE_LONGEST)
		return false;
	p->barcodes[p->barcode_count++] = w;
	return true;
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	uint64_t n;
	if (!size_parse(text, &n) || n < least || n > most)
		return false;
	*ret = n;
	return true;
}

/* Sets a number of the plan. */
static bool number_option(struct stream_plan *p, int option, const char *text, uint64_t *count)
{
	uint64_t n = 0;
	switch (option) {
	case OPTION_SIZE: return number(text, 1, 1ull << 50, &p->size);
	case OPTION_COUNT: return number(text, 1, 1ull << 40, count);
	case OPTION_FILEMARK: return number(text, 0, 1ull << 50, &p->filemark);
	case OPTION_SEED: p->seed_given = number(text, 0, UINT64_MAX, &p->seed); return p->seed_given;
	case OPTION_SEEKS:
		if (!number(text, 1, SEEKS_MAX, &n))
			return false;
		p->seeks = (unsigned)n;
		return true;
	default: /* OPTION_PID */
		if (!number(text, 1, 1 << 22, &n))
			return false;
		p->pid = (pid_t)n;
		return true;
	}
}

/* Applies one option.  False with an empty why: its argument is invalid. */
static bool option_apply(struct stream_plan *p, int option, char *argument, uint64_t *count,
	char why[static WHY_LEN])
{
	bool ok = true;
	why[0] = '\0';
	switch (option) {
	case OPTION_DEV: ok = drive_word(p, argument); break;
	case OPTION_PORTAL: p->portal_given = true; return portal_parse(argument, &p->portal, why);
	case OPTION_BLOCK: ok = list_read(argument, block_word, p); break;
	case OPTION_DEPTH: ok = list_read(argument, depth_word, p); break;
	case OPTION_PHASES: ok = list_read(argument, phase_word, p); break;
	case OPTION_PATTERN: ok = pattern_word(p, argument); break;
	case OPTION_ENCRYPT: p->encrypt = true; break;
	case OPTION_PROTECT: p->protect = true; break;
	case OPTION_OVERWRITE: p->overwrite = true; break;
	case OPTION_LOAD: p->load = true; break;
	case OPTION_BARCODE: ok = barcode_word(p, argument); break;
	default:
		if (option < OPTION_DEV)
			return login_option(&p->login, option, argument, why);
		ok = number_option(p, option, argument, count);
	}
	return ok;
}

bool stream_writes(const struct stream_plan *p)
{
	for (size_t i = 0; i < p->phase_count; i++)
		if (!strcmp(p->phases[i]->name, "write"))
			return true;
	return false;
}

uint32_t stream_longest(const struct stream_plan *p)
{
	uint32_t n = 0;
	for (size_t i = 0; i < p->block_count; i++)
		n = p->blocks[i] > n ? p->blocks[i] : n;
	return n;
}

/* Reading what an earlier run wrote needs its seed; tur and eod read no data. */
static bool seed_needed(const struct stream_plan *p)
{
	for (size_t i = 0; i < p->phase_count; i++)
		if (strcmp(p->phases[i]->name, "tur") && strcmp(p->phases[i]->name, "eod"))
			return !stream_writes(p) && !p->seed_given;
	return false;
}

/* A positional argument is a drive if it names a LUN, else the portal. */
static bool place_add(struct stream_plan *p, const char *word, char why[static WHY_LEN])
{
	struct portal place;
	if (!portal_parse(word, &place, why))
		return false;
	if (place.lun == LUN_UNNAMED && !p->portal_given) {
		p->portal = place;
		p->portal_given = true;
		return true;
	}
	if (place.lun != LUN_UNNAMED && p->drive_count < LANES_MAX) {
		p->drives[p->drive_count++] = place;
		return true;
	}
	snprintf(why, WHY_LEN, "unexpected argument '%.200s': give one portal, or up to 64 drives", word);
	return false;
}

static void plan_defaults(struct stream_plan *p, uint64_t count)
{
	if (!p->block_count)
		p->blocks[p->block_count++] = BLOCK_DEFAULT;
	if (!p->depth_count)
		p->depths[p->depth_count++] = 8;
	if (!p->phase_count) {
		phase_word(p, "write");
		phase_word(p, "read");
	}
	if (count)
		p->size = count * p->blocks[0];
	if (!p->size)
		p->size = 1 << 30;
	if (!p->seeks)
		p->seeks = SEEKS_DEFAULT;
}

static bool plan_finish(struct stream_plan *p, uint64_t count, char why[static WHY_LEN])
{
	const char *fault = NULL;
	if (!login_check(&p->login, why))
		return false;
	plan_defaults(p, count);
	if (!p->portal_given && !p->drive_count)
		fault = "no drive is named: give drives or a portal; see --help";
	else if (p->portal_given && p->drive_count)
		fault = "give drives or a portal, not both";
	else if (p->protect && stream_longest(p) > RECORD_LONGEST - PROTECT_LEN)
		fault = "--protect: a record has at most 16777211 bytes";
	else if (count && p->block_count > 1)
		fault = "--count needs exactly one --block";
	else if (seed_needed(p))
		fault = "reading without writing needs --seed with the seed of the write";
	else if (!p->seed_given && getrandom(&p->seed, sizeof p->seed, 0) == sizeof p->seed)
		p->seed >>= 1; /* fits into a JSON integer */
	if (fault)
		snprintf(why, WHY_LEN, "%s", fault);
	return !fault;
}

int stream_options(struct stream_plan *plan, int argc, char **argv, char why[static WHY_LEN])
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "dev", required_argument, NULL, OPTION_DEV },
		{ "portal", required_argument, NULL, OPTION_PORTAL },
		{ "size", required_argument, NULL, OPTION_SIZE },
		{ "count", required_argument, NULL, OPTION_COUNT },
		{ "block", required_argument, NULL, OPTION_BLOCK },
		{ "qd", required_argument, NULL, OPTION_DEPTH },
		{ "phases", required_argument, NULL, OPTION_PHASES },
		{ "seeks", required_argument, NULL, OPTION_SEEKS },
		{ "filemark", required_argument, NULL, OPTION_FILEMARK },
		{ "pattern", required_argument, NULL, OPTION_PATTERN },
		{ "seed", required_argument, NULL, OPTION_SEED },
		{ "encrypt", no_argument, NULL, OPTION_ENCRYPT },
		{ "protect", no_argument, NULL, OPTION_PROTECT },
		{ "pid", required_argument, NULL, OPTION_PID },
		{ "overwrite", no_argument, NULL, OPTION_OVERWRITE },
		{ "load", no_argument, NULL, OPTION_LOAD },
		{ "barcode", required_argument, NULL, OPTION_BARCODE },
		LOGIN_OPTIONS,
		{ 0 },
	};
	uint64_t count = 0;
	int option, at = 0;
	optind = opterr = 0;
	while ((option = option_next(argc, argv, ":h", options, &at, why)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (option == OPTION_WRONG)
			return EXIT_USAGE;
		if (!option_apply(plan, option, optarg, &count, why)) {
			if (!*why)
				snprintf(why, WHY_LEN, "--%s: invalid value '%.200s'; see --help",
					options[at].name, optarg);
			return EXIT_USAGE;
		}
	}
	for (; optind < argc; optind++)
		if (!place_add(plan, argv[optind], why))
			return EXIT_USAGE;
	return plan_finish(plan, count, why) ? -1 : EXIT_USAGE;
}
