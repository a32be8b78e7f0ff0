/* SPDX-License-Identifier: Apache-2.0 */
/* The initiator side: portals, sessions, commands, tapes and changers over iSCSI, at any target. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WHY_LEN = 320,         /* room for one line that says what went wrong */
	TARGET_NAME_LEN = 224, /* RFC 7143 4.2.7.1: 223 bytes and a NUL */
	SESSION_TIMEOUT_S = 60,
	LUN_UNNAMED = -1,
};

/* ---- where to go: iscsi://HOST[:PORT][/TARGET[/LUN]] or HOST[:PORT] ------------------------- */

struct portal {
	char address[272];            /* HOST:PORT, an IPv6 host in brackets */
	char target[TARGET_NAME_LEN]; /* empty when the text names none */
	int lun;                      /* LUN_UNNAMED when the text names none */
};

/* Reads a portal; false when the text is none, with a line in why. */
bool portal_parse(const char *text, struct portal *ret_portal, char why[static WHY_LEN]);

/* ---- who we are ----------------------------------------------------------------------------- */

struct session_options {
	const char *initiator;                   /* our name; NULL: INITIATOR_NAME */
	uint16_t isid;                           /* qualifier of the pinned ISID */
	const char *chap_user, *chap_secret;     /* NULL: AuthMethod None */
	const char *target_user, *target_secret; /* mutual CHAP */
	bool header_digest;
	bool solicited;     /* no immediate data, wait for R2T */
	unsigned timeout_s; /* of each command; 0: SESSION_TIMEOUT_S */
	bool reopen;        /* an inventory opens a connection lost over one command again */
};

#define INITIATOR_NAME "iqn.2026-11.io.evertape:initiator"

/* A secret file's first line, as vtl/base/secret.h reads it.  The caller wipes and frees it. */
char *chap_secret_read(const char *file, char why[static WHY_LEN]);

/* ---- discovery ------------------------------------------------------------------------------- */

struct target_found {
	char *name;
	char **addresses; /* HOST:PORT,TPGT */
	size_t address_count;
};

struct target_list {
	struct target_found *targets; /* sorted by name */
	size_t count;
};

int portal_discover(const struct portal *p, const struct session_options *o, struct target_list *ret_list,
	char why[static WHY_LEN]);
void target_list_fini(struct target_list *l);
/* The portal group tag an address names, or -1. */
int address_tag(const char *address);

/* ---- sessions -------------------------------------------------------------------------------- */

struct session;

/* Connects and logs in to p->target; -errno and a line in why when it fails. */
int session_open(const struct portal *p, const struct session_options *o, struct session **ret_session,
	char why[static WHY_LEN]);
/* Logs out if the connection still lives, and frees; NULL is fine.  Commands in flight end with
 * -ECONNRESET before it returns. */
void session_close(struct session *s);
/* Drops the connection without a word, as a host that lost its power does. */
void session_vanish(struct session *s);
/* Whether the connection is gone, or must not be used any more. */
bool session_lost(const struct session *s);
/* Connects and logs in again in place of a lost connection, under the same name and ISID.  The
 * strings of its options must still be there.  why comes with what the connection was lost over;
 * when the target cannot be reached again, that is added. */
int session_reopen(struct session *s, char why[static WHY_LEN]);
/* Serves the connection for at most ms milliseconds or until something happened; -errno when
 * it is lost. */
int session_serve(struct session *s, int ms);
static inline void session_cleanup(struct session **s)
{
	session_close(*s);
}
#define autosession __attribute__((cleanup(session_cleanup)))

/* ---- commands -------------------------------------------------------------------------------- */

enum direction { MOVE_NOTHING, MOVE_IN, MOVE_OUT };

/* What a sense block says; all zero when there was none. */
struct sense_seen {
	bool present, deferred, filemark, eom, ili, valid;
	uint8_t key, asc, ascq;
	int64_t information;
};

enum { STATUS_GOOD = 0, STATUS_CHECK = 2, STATUS_BUSY = 8, STATUS_CONFLICT = 0x18 };

struct command {
	/* set by the caller */
	uint8_t cdb[16], cdb_len;
	enum direction direction;
	struct {
		void *base;
		uint32_t len;
	} part[2];
	unsigned timeout_s;              /* 0: the session's */
	void (*done)(struct command *c); /* of command_submit, from session_serve or session_close */
	void *arg;
	/* set when it has ended */
	int error; /* -errno: no status came, nothing is known */
	uint8_t status;
	uint32_t moved; /* bytes */
	struct sense_seen sense;
	/* ours while it runs */
	struct session *session;
	void *task;
	bool ended;
};

/* Starts a command whose memory stays put until done() is called, once. */
int command_submit(struct session *s, int lun, struct command *c);
/* Runs a command to its end: 0 for GOOD, -EREMOTEIO for any other status, else -errno. */
int command_run(struct session *s, int lun, struct command *c);
/* How a command ended, in words. */
const char *command_text(const struct command *c, char text[static WHY_LEN]);

void sense_decode(const uint8_t *bytes, size_t len, struct sense_seen *ret);
const char *sense_key_name(uint8_t key);

/* ---- any device ------------------------------------------------------------------------------- */

enum { TYPE_DISK = 0, TYPE_TAPE = 1, TYPE_CHANGER = 8, TYPE_NONE = 0x1f };

/* Each returns the bytes answered, at most size, or -errno with a line in why. */
int device_inquiry(struct session *s, int lun, uint8_t *buf, uint8_t size, char why[static WHY_LEN]);
int device_page(struct session *s, int lun, uint8_t page, uint8_t *buf, size_t size,
	char why[static WHY_LEN]);

enum { LUNS_MAX = 256 };
/* Fills luns in the order of the answer and returns how many. */
int device_luns(struct session *s, int luns[static LUNS_MAX], char why[static WHY_LEN]);

/* TEST UNIT READY until no unit attention is left; -EREMOTEIO with a line when not ready. */
int device_ready(struct session *s, int lun, char why[static WHY_LEN]);
/* The same; ret_sense says why it is not ready, all zero when it is or nothing was said. */
int device_ready_sense(struct session *s, int lun, struct sense_seen *ret_sense, char why[static WHY_LEN]);

/* ---- a tape drive ----------------------------------------------------------------------------- */

/* What stands at the position. */
enum tape_end { TAPE_RECORD, TAPE_FILEMARK, TAPE_END_OF_DATA, TAPE_LONGER, TAPE_FAILED };

void tape_cdb_write(struct command *c, uint32_t len);
void tape_cdb_read(struct command *c, uint32_t len);
/* What a READ of a variable record found. */
enum tape_end tape_read_end(const struct command *c);
uint32_t tape_read_len(const struct command *c);

int tape_variable(struct session *s, int lun, char why[static WHY_LEN]);
int tape_write(struct session *s, int lun, const void *buf, uint32_t len, char why[static WHY_LEN]);
/* ret_len is the record's length, also when it is longer than len. */
enum tape_end tape_read(struct session *s, int lun, void *buf, uint32_t len, uint32_t *ret_len,
	char why[static WHY_LEN]);
int tape_filemarks(struct session *s, int lun, uint32_t count, bool immed, char why[static WHY_LEN]);
int tape_rewind(struct session *s, int lun, char why[static WHY_LEN]);
int tape_locate(struct session *s, int lun, uint64_t record, char why[static WHY_LEN]);
enum { SPACE_RECORDS = 0, SPACE_FILEMARKS = 1, SPACE_END_OF_DATA = 3 };
int tape_space(struct session *s, int lun, uint8_t code, int32_t count, char why[static WHY_LEN]);
/* LOAD or UNLOAD; when there is nothing to unload, that is done. */
int tape_load(struct session *s, int lun, bool in, char why[static WHY_LEN]);

/* What the drive says of the cartridge in it. */
struct medium_seen {
	uint8_t type, density; /* as in MODE SENSE; 0 when it does not say */
	bool worm, protected;
};

/* MODE SENSE: medium type, WP, density, and page 1Dh where the drive has it.  A drive that does not
 * know these tells nothing; -errno with a line in why when it fails. */
int tape_medium(struct session *s, int lun, struct medium_seen *ret, char why[static WHY_LEN]);

/* ---- a changer -------------------------------------------------------------------------------- */

enum { ELEMENT_TRANSPORT = 1, ELEMENT_SLOT, ELEMENT_MAILSLOT, ELEMENT_DRIVE };

struct element_seen {
	uint16_t address;
	uint8_t type;
	bool full, except;
	uint8_t asc, ascq; /* why, when except */
	char barcode[33];  /* without trailing blanks; empty without one */
	bool source_valid;
	uint16_t source;
	uint8_t id[64]; /* DVCID: code set, type, 0, length, bytes */
	size_t id_len;  /* of all of it, 0 for none */
	bool cut;       /* the answer ended inside this element */
};

enum { ELEMENT_TYPES = ELEMENT_DRIVE + 1 };

struct inventory {
	struct element_seen *elements; /* by address */
	size_t count, room;
	/* What could not be learnt, in words; empty when all was. */
	char unread[ELEMENT_TYPES][WHY_LEN]; /* elements of this type are missing, or all of them */
	char unnamed[WHY_LEN];               /* the changer does not say which drives it has (DVCID) */
};

/* Asks for each type of element, for the drives' identifiers where the changer gives them, and takes
 * less where it refuses.  Fails when it tells no element at all or the connection is gone. */
int changer_inventory(struct session *s, int lun, struct inventory *ret, char why[static WHY_LEN]);
void inventory_fini(struct inventory *inv);
const struct element_seen *inventory_at(const struct inventory *inv, uint16_t address);
const char *element_type_name(uint8_t type);
int changer_move(struct session *s, int lun, uint16_t transport, uint16_t from, uint16_t to,
	char why[static WHY_LEN]);
/* The same; ret_sense says why it was refused, all zero when it was not or nothing was said. */
int changer_move_sense(struct session *s, int lun, uint16_t transport, uint16_t from, uint16_t to,
	struct sense_seen *ret_sense, char why[static WHY_LEN]);
/* Whether a barcode ends or begins as those of cartridges do that are written once (LTO, 3592), or
 * that clean. */
bool barcode_is_worm(const char *barcode);
bool barcode_is_cleaning(const char *barcode);

/* ---- small helpers the tools share ------------------------------------------------------------- */

/* Copies the printable part of a padded SCSI string, without the blanks around it. */
void text_trim(char *out, size_t out_size, const uint8_t *bytes, size_t len);
