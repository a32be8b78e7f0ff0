/* SPDX-License-Identifier: Apache-2.0 */
/* A verb of the command is a row: its options, the method it calls, and how the answer is shown. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "admin/cli/cli.h"
#include "admin/view/view.h"

enum { LINE_LEN = 512 }; /* bytes of a message */

enum option_type {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_SIZE,
	OPTION_DRIVE,
	OPTION_TEXTS,
	OPTION_BARCODES, /* a list; ranges in it are expanded */
	OPTION_PATH      /* bytes; its param must begin with '@' */
};

/* An option or a positional argument of a verb.  Those of a method's parameters follow from
 * admin/method/methods.c; a verb's own rows are only for what the command itself uses. */
struct option_row {
	const char *name; /* "--drives", or "NAME" for a positional argument */
	enum option_type type;
	const char *param; /* the request's parameter; "@word": kept in parsed->local for run() */
	bool required;
	const char *value; /* placeholder for the value in the help */
	const char *help;
	const char *default_value; /* what parsed->local has if the option is not given; NULL: nothing */
	const char *in_place_of;   /* the method's parameter that run() sets from this; NULL: none */
};
enum { OPTIONS_MAX = 24 };
#define OPTIONS(...) ((const struct option_row[]){ __VA_ARGS__, { 0 } })

/* A field of an answer that text output shows.  Its row in admin/view has the title and says how it is printed. */
struct column {
	const char *key;   /* "position.object" is a field of a field */
	const char *title; /* NULL: that of the row; in capitals above columns */
};
enum { COLUMNS_MAX = 64 }; /* of a section */
#define COLUMNS(...) ((const struct column[]){ __VA_ARGS__, { 0 } })

enum section_kind {
	SECTION_TABLE,
	SECTION_RECORD,
	SECTION_LINES, /* the first column of each element, without a title */
	SECTION_ROW,   /* a record as a table with one row */
};

struct section {
	enum section_kind kind;
	const char *title; /* NULL: none */
	const char *key;   /* the field that is shown; NULL: the whole answer */
	const struct column *columns;
	const char *empty; /* printed for an empty table; "": the section is left out */
};

/* The arguments of a verb, parsed. */
struct parsed {
	json_t *params; /* parameters of the request */
	json_t *local;  /* options whose param begins with '@', without the '@' */
	bool help;
};

struct verb {
	const char *noun, *verb; /* verb NULL: the noun alone is the verb */
	const char *method;      /* called when run is NULL; its parameters are options of the verb */
	const struct section *sections;
	/* What is printed, a name in admin/view/answers.def; NULL: what the method answers. */
	const char *answer;
	const char *when;                 /* the parameter of the row there; NULL: none */
	const struct option_row *options; /* the verb's own, besides those of the method; NULL: none */
	const char *say;                  /* printed instead of sections: "{count} of {name}" */
	const char *say_none;             /* printed when the answer's count is 0 */
	const char *say_each;             /* printed for each of several names; NULL: say */
	/* For verbs that do more than call one method.  Returns the exit code. */
	int (*run)(struct cli *cli, const struct verb *verb, struct parsed *parsed);
	verb_run raw;      /* parses its own arguments */
	const char *usage; /* of a raw verb: its arguments in the usage line */
	const char *help;  /* NULL: that of the method */
};

/* All verbs in the order of the help; a row without a noun ends the table. */
extern const struct verb verbs[];

/* sections.c */
extern const struct section cartridge_create_sections[], cartridge_list_deleted_sections[],
	cartridge_list_sections[], cartridge_show_sections[], cartridge_verify_sections[],
	drive_list_sections[], drive_show_sections[], identity_show_sections[], initiator_list_sections[],
	library_list_sections[], library_personalities_sections[], library_show_sections[], log_sections[],
	mailslot_list_sections[], session_list_sections[], status_sections[], top_sections[],
	transfer_sections[], version_sections[];

/* verb_options.c: writes all options of a verb in the order of its help; a row without a name ends them. */
void verb_options(const struct verb *verb, struct option_row out[static OPTIONS_MAX]);
/* Returns one line of help. */
const char *verb_help(const struct verb *verb);
bool option_is_named(const struct option_row *row); /* begins with "-"; else it is a positional argument */
bool option_is_list(const struct option_row *row);  /* takes several values */

/* options.c: parses the arguments.  False: why holds one line.  The caller calls parsed_fini() in either
 * case. */
bool options_parse(const struct verb *verb, struct cli *cli, int argc, char **argv, struct parsed *ret_parsed,
	char why[static LINE_LEN]);
/* Parses the value of --timeout, 0 to TIMEOUT_MAX_S seconds. */
bool timeout_read(const char *text, int *ret_seconds);
void parsed_fini(struct parsed *parsed);
/* Returns a text of parsed->local, or NULL. */
const char *parsed_text(const struct parsed *parsed, const char *name);
bool parsed_flag(const struct parsed *parsed, const char *name);

/* help.c: prints the help of everything, of a noun, of a verb. */
void help_all(void);
void help_noun(const char *noun);
void help_verb(const struct verb *verb);
/* Prints the table of verbs for the manual page. */
void help_roff(void);
/* Writes the usage line, "library create NAME [--drives N] ...". */
void usage_line(const struct verb *verb, char *line, size_t size);

/* sections.c: what the verb prints, as the rows of admin/view describe it.  NULL: nothing that has rows. */
const struct view_object *verb_object(const struct verb *verb);

/* print.c: flushes stdout.  False: writing failed, and an error was printed.  A reader that has closed the
 * pipe is not an error: true, and ferror(stdout) stays set. */
bool output_ok(void);
/* print.c: prints an answer.  Returns the exit code; EXIT_REFUSED when stdout cannot be written. */
int print_answer(const struct cli *cli, const struct verb *verb, const json_t *answer);
/* Prints one line on stderr with control characters replaced, without a JSON document. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same; puts cli->about before a line that does not name it. */
void complain_about(const struct cli *cli, const char *line);
/* Prints {"error": error} on stdout, or appends it to cli->results. */
void error_print(const struct cli *cli, const json_t *error);

/* ask.c: calls a method; fd is sent with the request unless -1.  Returns the result, a new reference.
 * NULL: the error was printed and *ret_exit is its exit code. */
json_t *ask(const struct cli *cli, const char *method, json_t *params, int fd, int *ret_exit);
/* Takes the reference to an answer and returns its result, a new reference.  NULL: the error was printed
 * and *ret_exit is its exit code. */
json_t *answer_result(const struct cli *cli, json_t *answer, int *ret_exit);
/* Calls the verb's method and prints the answer as the verb's row says.  Returns the exit code. */
int ask_and_print(const struct cli *cli, const struct verb *verb, json_t *params, int fd);
/* Prints the error of a reply, with --json also as a document on stdout.  Returns the exit code. */
int print_refusal(const struct cli *cli, const json_t *error);

/* batch.c: calls the verb's method for each name in the local list "barcodes". */
int run_each(struct cli *cli, const struct verb *verb, struct parsed *parsed);

/* deleted.c, files.c, identity.c, check.c, access.c, top.c, local.c: verbs that do more than call one
 * method. */
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
