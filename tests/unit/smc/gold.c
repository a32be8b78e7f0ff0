/* SPDX-License-Identifier: Apache-2.0 */
/* Gold files: every byte of every answer, to be read by people and compared by machines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct gold {
	struct bench *bench;
	char path[512];
	char *text;
	size_t len;
	FILE *out;
};

struct gold *gold_open(struct bench *b, const char *name)
{
	struct gold *gold = calloc(1, sizeof *gold);
	gold->bench = b;
	snprintf(gold->path, sizeof gold->path, "%s/%s", GOLD_DIR, name);
	gold->out = open_memstream(&gold->text, &gold->len);
	return gold;
}

/* Sixteen bytes a line, in hex and as text. */
static void dump(FILE *out, const uint8_t *p, size_t len)
{
	for (size_t at = 0; at < len; at += 16) {
		size_t n = len - at < 16 ? len - at : 16;
		fprintf(out, "    %04zx ", at);
		for (size_t i = 0; i < 16; i++)
			i < n ? fprintf(out, " %02x", p[at + i]) : fprintf(out, "   ");
		fputs("  |", out);
		for (size_t i = 0; i < n; i++)
			fputc(p[at + i] >= ' ' && p[at + i] < 0x7f ? p[at + i] : '.', out);
		fputs("|\n", out);
	}
}

void gold_ask(struct gold *gold, const char *what, const char *cdb, uint32_t in_len)
{
	struct bench *b = gold->bench;
	bench_command(b, 0, cdb, in_len, NULL, 0);
	fprintf(gold->out, "%s\n  %s\n  %s, %zu bytes of %u\n", what, cdb, b->said, b->in_size, in_len);
	dump(gold->out, b->in, b->in_size);
}

static void compare(struct gold *gold)
{
	FILE *in = fopen(gold->path, "r");
	if (!in) {
		bench_fail(gold->bench, "no gold file %s (GOLD_BLESS=1 writes it)", gold->path);
		return;
	}
	char *line = NULL, *wanted = gold->text;
	size_t room = 0;
	unsigned n = 0;
	ssize_t len;
	bool same = true;
	while (same && (len = getline(&line, &room, in)) > 0) {
		n++;
		same = strncmp(line, wanted, (size_t)len) == 0;
		if (!same)
			bench_fail(gold->bench, "%s:%u: gold is\n%sbut it is now\n%.*s", gold->path, n, line,
				(int)strcspn(wanted, "\n"), wanted);
		wanted += len;
	}
	if (same && *wanted)
		bench_fail(gold->bench, "%s ends at line %u; more comes", gold->path, n);
	free(line);
	fclose(in);
}

void gold_close(struct gold *gold)
{
	fclose(gold->out);
	if (getenv("GOLD_BLESS")) {
		FILE *out = fopen(gold->path, "w");
		if (!out || fwrite(gold->text, 1, gold->len, out) != gold->len || fclose(out))
			bench_fail(gold->bench, "cannot write %s", gold->path);
	} else {
		compare(gold);
	}
	free(gold->text);
	free(gold);
}
