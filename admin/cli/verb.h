/* SPDX-License-Identifier: Apache-2.0 */
/* A verb of the command is a row: what it takes, what it asks the daemon, how the answer is shown. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "admin/cli/cli.h"

enum { LINE_LEN = 512 }; /* of a message */

enum option_type {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_SIZE,
	OPTION_DRIVE,
	OPTION_TEXTS,
	OPTION_BARCODES, /* a list; ranges among them are written out */
	OPTION_PATH      /* bytes; stays here: its member begins with '@' */
};

struct option_row {
	const char *name; /* "--drives", or "NAME" for what stands without a name */
	enum option_type type;
	const char *param; /* its member of the request; "@word" stays here, for run() */
	bool required;
	const char *value; /* what stands after the option in the help */
	const char *help;
	bool in_tables; /* a flag that is always set but with --json */
};
#define OPTIONS(...) ((const struct option_row[]){ __VA_ARGS__, { 0 } })
#define NO_OPTIONS   ((const struct option_row[]){ { 0 } })

/* How a value of the answer is written for a person. */
enum show_as { SHOW_TEXT, SHOW_SIZE, SHOW_RATE, SHOW_TIME, SHOW_DURATION, SHOW_ADDRESS, SHOW_MARK };

struct column {
	const char *title;
	const char *key; /* "position.object" looks inside */
	enum show_as as;
};
#define COLUMNS(...) ((const struct column[]){ __VA_ARGS__, { 0 } })

enum section_kind {
	SECTION_TABLE,
	SECTION_RECORD,
	SECTION_LINES, /* the first column of each, as it is */
	SECTION_ROW,   /* a record as a table of one row: takes two lines */
};

struct section {
	enum section_kind kind;
	const char *title; /* NULL: none */
	const char *key;   /* the member shown; NULL: the whole answer */
	const struct column *columns;
	const char *empty; /* said of an empty table; "": then there is no such section */
};
#define SECTIONS(...) ((const struct section[]){ __VA_ARGS__, { 0 } })

/* The arguments after the verb, sorted out. */
struct parsed {
	json_t *params; /* for the request */
	json_t *local;  /* members that began with '@', without it */
	bool help;
};

struct verb {
	const char *noun, *verb; /* verb NULL: the noun is all there is */
	const char *method;      /* asked when run is NULL */
	const struct option_row *options;
	const struct section *sections;
	const char *say;      /* instead of sections: "Made {count} of {name}." */
	const char *say_none; /* the same, of an answer whose count is 0 */
	const char *say_each; /* the line for each of several; NULL: say */
	/* For what asking one method does not do.  Returns the exit code. */
	int (*run)(struct cli *cli, const struct verb *verb, struct parsed *parsed);
	verb_run raw;      /* parses its arguments itself */
	const char *usage; /* of a raw verb: what stands after the noun */
	const char *help;
};

/* All rows, in the order of the help; ends with a nounless row. */
extern const struct verb verbs[];

/* For cartridge list --deleted. */
extern const struct section cartridge_list_deleted[];

/* options.c: false with a line in why. */
bool options_parse(const struct verb *verb, struct cli *cli, int argc, char **argv, struct parsed *ret_parsed,
	char why[static LINE_LEN]);
/* What stands after --timeout: 0 to TIMEOUT_MAX_S. */
bool timeout_read(const char *text, int *ret_seconds);
void parsed_fini(struct parsed *parsed);
/* A text of parsed->local, or NULL. */
const char *parsed_text(const struct parsed *parsed, const char *name);
bool parsed_flag(const struct parsed *parsed, const char *name);

/* help.c */
void help_all(void);
void help_noun(const char *noun);
void help_verb(const struct verb *verb);
/* The table of verbs for the manual page. */
void help_roff(void);
/* "library create NAME [--drives N] ...", into line. */
void usage_line(const struct verb *verb, char *line, size_t size);

/* print.c: false, having said why, when stdout did not take all that was printed.  A reader that has left has what
 * it wanted: true, and ferror(stdout) stays. */
bool output_ok(void);
/* print.c: the exit code; EXIT_REFUSED when stdout cannot take it. */
int print_answer(const struct cli *cli, const struct verb *verb, const json_t *answer);
/* One line on stderr, control characters made harmless: verb_fail() without a document. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same of a line that may not say yet which of several things it is about. */
void complain_about(const struct cli *cli, const char *line);
/* {"error": error} on stdout; or, of one of several, put into the results. */
void error_print(const struct cli *cli, const json_t *error);

/* ask.c: asks; fd goes with the request, or -1.  The result, a new reference; or NULL, having said
 * why there is none, with the exit code for that. */
json_t *ask(const struct cli *cli, const char *method, json_t *params, int fd, int *ret_exit);
/* The result in an answer (which is given up), a new reference; or NULL, having said why there is none, with
 * the exit code for that. */
json_t *answer_result(const struct cli *cli, json_t *answer, int *ret_exit);
/* Asks and prints what the verb's row says. */
int ask_and_print(const struct cli *cli, const struct verb *verb, json_t *params, int fd);
/* Prints the error of a reply (a document on stdout too with --json); the exit code. */
int print_refusal(const struct cli *cli, const json_t *error);

/* batch.c: asks the verb's method for each of the local list "barcodes". */
int run_each(struct cli *cli, const struct verb *verb, struct parsed *parsed);

/* deleted.c, files.c, identity.c, check.c, access.c, top.c, local.c: the verbs that do more than ask. */
int run_cartridge_list(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_cartridge_delete(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_cartridge_export(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_cartridge_import(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_cartridge_verify(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_identity_show(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_identity_export(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_identity_import(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_initiator_allow(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_initiator_default(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_session_drop(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_personalities(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_status(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_top(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_version(struct cli *cli, const struct verb *verb, struct parsed *parsed);
int run_help(struct cli *cli, const struct verb *verb, struct parsed *parsed);
