/* SPDX-License-Identifier: Apache-2.0 */
/* The function of a control method, and what it gets; admin/method/method.h describes the method. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/method/method.h"
#include "admin/rpc/rpc.h"
#include "media/container/container.h"
#include "vtl/base/actor.h"

struct client;

/* One request while it is answered. */
struct call {
	struct rpc *rpc;
	const struct rpc_context *context;
	struct installation *inst;
	const struct method *method;
	const struct handler *handler; /* the method's */
	json_t *params;                /* a checked object, or NULL */
	int fd;                        /* the descriptor of the request, or -1; closed after the call */
	struct client *client;         /* receives progress lines */
	struct actor by;               /* the person; set except for ROLE_READ */
	const char *code;              /* error code; NULL: no error */
	char why[WHY_LEN];
	json_t *details; /* further data of an error; may stay NULL */
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
#define CODE_NEEDS_FORCE "needs-force" /* the act would cost a session or data; "force" allows it */

/* The function of a method. */
struct handler {
	const char *method;
	/* Returns the result, a new reference; or NULL after call_refuse(). */
	json_t *(*run)(struct call *call);
};
/* The functions of each noun; a row without a method ends each table. */
extern const struct handler adopt_handlers[], cartridge_handlers[], drive_handlers[], identity_handlers[],
	initiator_handlers[], library_handlers[], mailslot_handlers[], media_handlers[], methods_handlers[],
	session_handlers[], status_handlers[], wastebasket_handlers[];
/* Returns the i-th function of all tables, or NULL. */
const struct handler *handler_at(size_t i);
const struct handler *handler_find(const char *method);

/* Checks params (an object or NULL) against the row.  False: why says what is wrong. */
bool params_check(const struct method *method, const json_t *params, char why[static WHY_LEN]);
/* Writes " name=value" for each parameter, cut to size; secrets only by name. */
void params_text(const struct method *method, const json_t *params, char *out, size_t size);
/* Overwrites the secrets in params, before the memory is freed. */
void params_wipe(const struct method *method, json_t *params);

/* --- for the functions of the rows ------------------------------------------------------------- */

/* A parameter that is not given has the default of its row; without one, NULL or 0. */
const char *call_text(const struct call *call, const char *name);
int64_t call_number(const struct call *call, const char *name);
bool call_flag(const struct call *call, const char *name);
const json_t *call_list(const struct call *call, const char *name); /* NULL: not given */

/* Refuses the call: sets its code and message.  Always returns NULL. */
json_t *call_refuse(struct call *call, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, for -errno of another room; why is its text, or NULL for the text of the errno. */
json_t *call_refuse_err(struct call *call, int err, const char *why);

/* Returns the library named by "library", or the only one.  NULL: refused. */
struct library *call_library(struct call *call);
/* Returns the cartridge named by "barcode", in the named library or in any.  NULL: refused. */
struct cartridge *call_cartridge(struct call *call, struct library **ret_library);
/* Returns the drive named by "drive".  NULL: refused. */
struct drive *call_drive(struct call *call, struct library **ret_library);

/* Acquires and releases the writers' turn, for ROLE_LONG. */
void call_turn_acquire(struct call *call);
void call_turn_release(struct call *call);

/* Runs work(arg, progress) on a helper thread and sends progress lines to the client.  When the client
 * disconnects or the daemon stops, step() returns false and the work must end. */
void call_long(struct call *call, void (*work)(void *arg, const struct media_progress *progress), void *arg);
