/* SPDX-License-Identifier: Apache-2.0 */
/* A control method is a row; this is the row, and what its function gets and gives. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/rpc/rpc.h"
#include "media/container/container.h"
#include "vtl/base/actor.h"

struct client;

enum param_type {
	PARAM_TEXT,
	PARAM_SECRET, /* a text that is wiped after the call */
	PARAM_NUMBER, /* from min to max */
	PARAM_FLAG,
	PARAM_TEXTS, /* a list of texts, at most max of them */
};

struct param {
	const char *name;
	enum param_type type;
	bool required;
	/* Of every text of it; true, or false with why.  NULL: any text without control characters. */
	bool (*check)(const char *text, char why[static WHY_LEN]);
	int64_t min, max;
	const char *help;
};
#define PARAMS(...) ((const struct param[]){ __VA_ARGS__, { 0 } })
#define NO_PARAMS   ((const struct param[]){ { 0 } })

enum role {
	ROLE_READ,
	ROLE_WRITE, /* one at a time, and a line in the log that says who */
	ROLE_LONG,  /* the same line, but it takes the turn itself, only for the part that needs it */
};

struct call;

struct method {
	const char *name; /* "noun.verb" */
	enum role role;
	bool wants_fd; /* a descriptor must come with the request */
	/* The result, a new reference; or NULL, having called call_refuse(). */
	json_t *(*run)(struct call *call);
	const struct param *params;
	const char *help;
};

/* One request being answered. */
struct call {
	struct rpc *rpc;
	const struct rpc_context *context;
	struct installation *inst;
	const struct method *method;
	json_t *params;        /* an object, checked against the row */
	int fd;                /* that came with the request, or -1; closed after the call */
	struct client *client; /* for progress */
	struct actor by;       /* the person; set for all but ROLE_READ */
	const char *code;      /* why it failed, NULL while it has not */
	char why[WHY_LEN];
	json_t *details; /* of a failure: more than one line can say; may stay NULL */
};

/* Error codes, stable for scripts. */
#define CODE_BAD_REQUEST "bad-request"
#define CODE_BAD_METHOD  "unknown-method"
#define CODE_BAD_PARAMS  "bad-params"
#define CODE_NOT_FOUND   "not-found"
#define CODE_EXISTS      "exists"
#define CODE_BUSY        "busy"
#define CODE_REFUSED     "refused"
#define CODE_PERMISSION  "permission"
#define CODE_NO_SPACE    "no-space"
#define CODE_DAMAGED     "damaged"
#define CODE_CANCELLED   "cancelled"
#define CODE_FAILED      "failed"
#define CODE_NEEDS_FORCE "needs-force" /* it would cost a host or data something; "force" does it */

/* The tables of all subjects, ended by a nameless row. */
extern const struct method cartridge_methods[], drive_methods[], identity_methods[], initiator_methods[],
	library_methods[], mailslot_methods[], media_methods[], session_methods[], status_methods[],
	wastebasket_methods[];
/* The i-th row of them all, NULL behind the last. */
const struct method *method_at(size_t i);
const struct method *method_find(const char *name);

/* True when params (an object or NULL) are what the row allows; else false with why. */
bool params_check(const struct method *method, const json_t *params, char why[static WHY_LEN]);
/* " name=value" for the log, cut to fit; secrets only by name. */
void params_text(const struct method *method, const json_t *params, char *out, size_t size);
/* Overwrites the secrets among them, before the memory is given back. */
void params_wipe(const struct method *method, json_t *params);

/* --- for the functions of the rows ------------------------------------------------------------- */

const char *call_text(const struct call *call, const char *name); /* NULL: not given */
int64_t call_number(const struct call *call, const char *name, int64_t otherwise);
bool call_flag(const struct call *call, const char *name);
const json_t *call_list(const struct call *call, const char *name); /* NULL: not given */

/* Always NULL, to be returned. */
json_t *call_refuse(struct call *call, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What a door's function said: -errno and, when it has words, its why. */
json_t *call_refuse_err(struct call *call, int err, const char *why);

/* The library the call names by "library" (or the only one); NULL, refused. */
struct library *call_library(struct call *call);
/* The cartridge it names by "barcode", in that library or, when none is named, in any; NULL, refused. */
struct cartridge *call_cartridge(struct call *call, struct library **ret_library);
/* The drive it names by "drive" (a number); NULL, refused. */
struct drive *call_drive(struct call *call, struct library **ret_library);

/* The turn of the writers, for ROLE_LONG. */
void call_turn_take(struct call *call);
void call_turn_give(struct call *call);

/* Runs work(arg, progress) on a helper thread while the client is told how far it is.  Work that is
 * asked to stop (the client went away, the daemon stops) sees step() return false. */
void call_long(struct call *call, void (*work)(void *arg, const struct media_progress *progress), void *arg);
