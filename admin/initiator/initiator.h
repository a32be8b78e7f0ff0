/* SPDX-License-Identifier: Apache-2.0 */
/* An iSCSI initiator: portals, sessions, commands, tape drives and changers of any vendor. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WHY_LEN = 320,         /* bytes of an error message */
	TARGET_NAME_LEN = 224, /* RFC 7143 4.2.7.1: 223 bytes and a NUL */
	SESSION_TIMEOUT_S = 60,
	LUN_UNNAMED = -1,
};

/* ---- portals: iscsi://HOST[:PORT][/TARGET[/LUN]] or HOST[:PORT] ----------------------------- */

struct portal {
	char address[272];            /* HOST:PORT, an IPv6 host in brackets */
	char target[TARGET_NAME_LEN]; /* empty: none is named */
	int lun;                      /* LUN_UNNAMED: none is named */
};

/* Parses a portal.  False: why holds one line. */
bool portal_parse(const char *text, struct portal *ret_portal, char why[static WHY_LEN]);

/* ---- login options -------------------------------------------------------------------------- */

struct session_options {
	const char *initiator; /* the initiator name; NULL: INITIATOR_NAME */
	uint16_t isid;         /* qualifier of the ISID, so that a new login reinstates the session */
	const char *chap_user, *chap_secret;     /* NULL: AuthMethod None */
	const char *target_user, *target_secret; /* mutual CHAP */
	bool header_digest;
	bool solicited;     /* no unsolicited data: InitialR2T=Yes, ImmediateData=No */
	unsigned timeout_s; /* time limit of a command; 0: SESSION_TIMEOUT_S */
	bool reopen;        /* log in again when a command of changer_inventory() loses the connection */
};

#define INITIATOR_NAME "iqn.2026-11.io.evertape:initiator"

/* Returns the first line of a secret file (vtl/base/secret.h); the caller wipes and frees it.  NULL: why
 * holds one line. */
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
/* Returns the portal group tag in an address, or -1. */
int address_tag(const char *address);

/* ---- sessions -------------------------------------------------------------------------------- */

struct session;

/* Connects and logs in to p->target.  Returns 0, or -errno with one line in why.  The strings in o must
 * stay valid as long as the session. */
int session_open(const struct portal *p, const struct session_options *o, struct session **ret_session,
	char why[static WHY_LEN]);
/* Logs out if the connection is usable, and frees the session; NULL is allowed.  Commands in flight end
 * with -ECONNRESET before it returns. */
void session_close(struct session *s);
/* Closes the connection without a logout and frees the session, as a host does that loses power. */
void session_vanish(struct session *s);
/* Returns whether the connection is lost or must not be used any more. */
bool session_lost(const struct session *s);
/* Logs in again after a lost connection, with the same name and ISID.  On entry why says why the
 * connection was lost; a failure is appended to it.  Returns 0 or -errno. */
int session_reopen(struct session *s, char why[static WHY_LEN]);
/* Serves the connection for at most ms milliseconds or until something happens.  Returns 0, or -errno when
 * the connection is lost. */
int session_serve(struct session *s, int ms);
static inline void session_cleanup(struct session **s)
{
	session_close(*s);
}
#define autosession __attribute__((cleanup(session_cleanup)))

/* ---- commands -------------------------------------------------------------------------------- */

enum direction { MOVE_NOTHING, MOVE_IN, MOVE_OUT };

/* Decoded sense data; all zero when there is none. */
struct sense_seen {
	bool present, deferred, filemark, eom, ili, valid;
	uint8_t key, asc, ascq;
	int64_t information;
};

enum { STATUS_GOOD = 0, STATUS_CHECK = 2, STATUS_BUSY = 8, STATUS_CONFLICT = 0x18 };

enum { COMMAND_PARTS = 3 };

struct command {
	/* set by the caller */
	uint8_t cdb[16], cdb_len;
	enum direction direction;
	struct {
		void *base;
		uint32_t len;
	} part[COMMAND_PARTS];
	unsigned timeout_s; /* 0: the session's */
	void (*done)(
		struct command *c); /* for command_submit(); called from session_serve() or session_close() */
	void *arg;
	/* set when the command has ended */
	int error; /* -errno: no status was received */
	uint8_t status;
	uint32_t moved; /* bytes */
	struct sense_seen sense;
	/* private while the command runs */
	struct session *session;
	void *task;
	bool ended;
};

/* Starts a command.  Its memory must stay valid until done() is called, exactly once.  Returns 0 or
 * -errno. */
int command_submit(struct session *s, int lun, struct command *c);
/* Runs a command to its end.  Returns 0 for GOOD, -EREMOTEIO for any other status, else -errno. */
int command_run(struct session *s, int lun, struct command *c);
/* The same, again for each unit attention that the unit reports instead, a few at most. */
int command_settled(struct session *s, int lun, struct command *c);
/* Writes how a command ended, as text. */
const char *command_text(const struct command *c, char text[static WHY_LEN]);

void sense_decode(const uint8_t *bytes, size_t len, struct sense_seen *ret);
const char *sense_key_name(uint8_t key);

/* ---- any device ------------------------------------------------------------------------------- */

enum { TYPE_DISK = 0, TYPE_TAPE = 1, TYPE_CHANGER = 8, TYPE_NONE = 0x1f };

/* Each returns the number of bytes received, at most size, or -errno with one line in why. */
int device_inquiry(struct session *s, int lun, uint8_t *buf, uint8_t size, char why[static WHY_LEN]);
int device_page(struct session *s, int lun, uint8_t page, uint8_t *buf, size_t size,
	char why[static WHY_LEN]);

enum { LUNS_MAX = 256 };
/* Fills luns in the order of REPORT LUNS.  Returns their number, or -errno with one line in why. */
int device_luns(struct session *s, int luns[static LUNS_MAX], char why[static WHY_LEN]);

/* Sends TEST UNIT READY until no unit attention is left.  Returns 0; -EREMOTEIO: not ready, why says it. */
int device_ready(struct session *s, int lun, char why[static WHY_LEN]);
/* The same; *ret_sense holds the sense data, all zero without any. */
int device_ready_sense(struct session *s, int lun, struct sense_seen *ret_sense, char why[static WHY_LEN]);

/* ---- a tape drive ----------------------------------------------------------------------------- */

/* What a READ found at the position. */
enum tape_end { TAPE_RECORD, TAPE_FILEMARK, TAPE_END_OF_DATA, TAPE_LONGER, TAPE_FAILED };

void tape_cdb_write(struct command *c, uint32_t len);
void tape_cdb_read(struct command *c, uint32_t len);
/* Decodes the result of a READ of one variable-length record. */
enum tape_end tape_read_end(const struct command *c);
uint32_t tape_read_len(const struct command *c);

int tape_variable(struct session *s, int lun, char why[static WHY_LEN]);
int tape_write(struct session *s, int lun, const void *buf, uint32_t len, char why[static WHY_LEN]);
/* *ret_len is the length of the record, also when it exceeds len. */
enum tape_end tape_read(struct session *s, int lun, void *buf, uint32_t len, uint32_t *ret_len,
	char why[static WHY_LEN]);
int tape_filemarks(struct session *s, int lun, uint32_t count, bool immed, char why[static WHY_LEN]);
int tape_rewind(struct session *s, int lun, char why[static WHY_LEN]);
int tape_locate(struct session *s, int lun, uint64_t record, char why[static WHY_LEN]);
enum { SPACE_RECORDS = 0, SPACE_FILEMARKS = 1, SPACE_END_OF_DATA = 3 };
int tape_space(struct session *s, int lun, uint8_t code, int32_t count, char why[static WHY_LEN]);
/* Sends LOAD or UNLOAD.  UNLOAD of an empty drive returns 0. */
int tape_load(struct session *s, int lun, bool in, char why[static WHY_LEN]);

/* What the drive reports about the loaded cartridge. */
struct medium_seen {
	uint8_t type, density; /* as in MODE SENSE; 0: not reported */
	bool worm, protected;
};

/* Reads medium type, WP and density by MODE SENSE, and page 1Dh if the drive has it.  Values that the
 * drive does not report are 0.  Returns 0, or -errno with one line in why. */
int tape_medium(struct session *s, int lun, struct medium_seen *ret, char why[static WHY_LEN]);

/* ---- a changer -------------------------------------------------------------------------------- */

enum { ELEMENT_TRANSPORT = 1, ELEMENT_SLOT, ELEMENT_MAILSLOT, ELEMENT_DRIVE };

struct element_seen {
	uint16_t address;
	uint8_t type;
	bool full, except;
	uint8_t asc, ascq; /* why, when except is set */
	char barcode[33];  /* without trailing blanks; empty: no barcode */
	bool source_valid;
	uint16_t source;
	uint8_t id[64]; /* DVCID: code set, type, 0, length, bytes */
	size_t id_len;  /* bytes in id; 0: none */
	bool cut;       /* the data end inside this element */
};

enum { ELEMENT_TYPES = ELEMENT_DRIVE + 1 };

struct inventory {
	struct element_seen *elements; /* sorted by address */
	size_t count, room;
	/* What could not be read, as text; empty: everything was read. */
	char unread[ELEMENT_TYPES][WHY_LEN]; /* elements of this type are missing, or all of them */
	char unnamed[WHY_LEN];               /* the changer does not report its drives' identifiers (DVCID) */
};

/* Reads the elements of each type, and the drives' identifiers if the changer reports them.  Sends simpler
 * commands when the changer refuses.  Returns -errno when it reports no element at all or the connection
 * is lost. */
int changer_inventory(struct session *s, int lun, struct inventory *ret, char why[static WHY_LEN]);
void inventory_fini(struct inventory *inv);
const struct element_seen *inventory_at(const struct inventory *inv, uint16_t address);
const char *element_type_name(uint8_t type);
int changer_move(struct session *s, int lun, uint16_t transport, uint16_t from, uint16_t to,
	char why[static WHY_LEN]);
/* The same; *ret_sense holds the sense data of a refused move, all zero without any. */
int changer_move_sense(struct session *s, int lun, uint16_t transport, uint16_t from, uint16_t to,
	struct sense_seen *ret_sense, char why[static WHY_LEN]);
/* Returns whether a barcode has the form of a WORM cartridge (LTO, 3592), or of a cleaning cartridge. */
bool barcode_is_worm(const char *barcode);
bool barcode_is_cleaning(const char *barcode);

/* ---- small helpers ------------------------------------------------------------------------------ */

/* Copies a padded SCSI string without its leading and trailing blanks; bytes that cannot be printed become
 * '_'. */
void text_trim(char *out, size_t out_size, const uint8_t *bytes, size_t len);
