/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of vtl/library: what a tape library is, without a word of the
 * protocol that serves it.  Everything lives on worker 0 and is called from
 * its fibers; whatever changes is committed to the catalog before it counts.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "media/media.h"

struct sockaddr_storage;
struct worker;
struct catalog;
struct engine;
struct actor;
struct health_report;

enum { DRIVES_MAX = 255, MEMORY_MAX = 256 << 10 /* bytes of one blob */ };
/* The marker in the folder of all cartridges (docs/decisions/0005); no barcode: '+'. */
#define ROOT_MARKER "evertape+installation"

enum { NAME_MAX_LEN = 32, SERIAL_LEN = 10, BARCODE_LEN = MEDIA_BARCODE_MAX, IQN_MAX = 223 };
enum { CARTRIDGE_BATCH_MAX = 256 }; /* made at once */
enum { VOLUME_LEN = 6 };            /* characters of an LTO label before the medium's two */
enum { REASON_MAX = 200 };          /* bytes of why it was deleted */
enum { KEEP_DAYS = 7 };             /* that deleted cartridges are kept, unless told otherwise */
enum { WHY_LEN = 200 };             /* room for one clear line of refusal */

/* --- personalities: whose machine we speak as (data, const) ------------------------------------- */

enum device_kind { KIND_CHANGER, KIND_DRIVE };

struct personality {
	const char *name; /* as typed on the command line: "IBM ULT3580-TD8" */
	enum device_kind kind;
	const char *vendor, *product, *revision;
	uint8_t generation; /* drives: 5..9 for LTO-5..9 */
	/* changers: first element addresses of transports, slots, mail slots, drives */
	uint16_t first_transport, first_slot, first_mailslot, first_drive;
};
const struct personality *personality_find(const char *name); /* case and spaces forgiven */
const struct personality *personality_at(size_t i);           /* NULL past the last */

/* --- generations and barcodes ---------------------------------------------------------------------- */

struct generation {
	const char *name;                 /* "lto8" */
	uint8_t number;                   /* 8 */
	const char *suffix, *worm_suffix; /* "L8", "LY" */
	uint64_t capacity;                /* native bytes */
};
const struct generation *generation_find(const char *name);
/* From a barcode's last two characters; sets *ret_worm, *ret_cleaning (CLN or CLR prefix). NULL: unknown. */
const struct generation *generation_of_barcode(const char *barcode, bool *ret_worm, bool *ret_cleaning);
/* Whether a drive of this generation can read, write a cartridge of that one. */
bool generation_reads(uint8_t drive, uint8_t cartridge);
bool generation_writes(uint8_t drive, uint8_t cartridge);
/* A name, barcode or serial a person typed: true, or false with why. */
bool name_ok(const char *name, char why[static WHY_LEN]);
bool barcode_ok(const char *barcode, char why[static WHY_LEN]);
bool serial_ok(const char *serial, char why[static WHY_LEN]);

/* --- devices and elements ---------------------------------------------------------------------------- */

/* What an initiator can use as a name; minted once, with the thing it names. */
struct identity {
	char id[37]; /* uuid of the device, the catalog's key, never shown to initiators */
	char serial[SERIAL_LEN + 1];
	uint64_t naa; /* type 3, random */
	char vendor[9], product[17], revision[5];
};

enum element_kind { ELEMENT_TRANSPORT, ELEMENT_SLOT, ELEMENT_MAILSLOT, ELEMENT_DRIVE };

struct cartridge {
	TAILQ_ENTRY(cartridge) link;
	struct library *library;
	struct cart_label label;
	struct element *at; /* NULL: vaulted, in no element */
};

struct element {
	enum element_kind kind;
	uint16_t number;  /* 1.. as a person counts */
	uint16_t address; /* the changer's element address, fixed for life */
	struct cartridge *cartridge;
	struct element *source; /* where its cartridge came from last, or NULL */
	struct drive *drive;    /* of a drive element; NULL when no drive is installed there */
	bool by_operator;       /* mail slot: the last access was a person's (import), not the robot's */
};

enum drive_activity {
	DRIVE_IDLE,
	DRIVE_READING,
	DRIVE_WRITING,
	DRIVE_POSITIONING,
	DRIVE_REWINDING,
	DRIVE_LOADING,
	DRIVE_UNLOADING,
	DRIVE_ERASING,
	DRIVE_CLEANING,
	DRIVE_STALLED /* its cartridge's files do not answer */,
	N_DRIVE_ACTIVITIES
};
const char *drive_activity_name(enum drive_activity activity);

/* A host, as far as people need to know it. */
struct drive_host {
	char initiator[IQN_MAX + 1]; /* "": nobody */
	unsigned session;            /* number of its session, 0: not logged in */
};

/* Why hosts cannot write a cartridge now. */
enum drive_protection {
	DRIVE_WRITABLE,
	DRIVE_PROTECTED,      /* the cartridge is write-protected */
	DRIVE_OLD_GENERATION, /* the drive only reads its generation */
	DRIVE_READ_ONLY,      /* its file system is read-only */
	DRIVE_NO_ROOM,        /* it is blank, and the disk is full */
	N_DRIVE_PROTECTIONS,
};
/* In words, "" for DRIVE_WRITABLE. */
const char *protection_text(enum drive_protection protection);

/* The front panel, filled by the device server on the drive's worker. */
struct drive_status {
	enum drive_activity activity; /* of the last second, not of this instant */
	bool loaded;                  /* threaded and ready */
	bool prevented;               /* a host forbids removal */
	char barcode[BARCODE_LEN + 1];
	enum drive_protection protection; /* of the loaded one */
	struct cart_position position;
	struct cart_usage usage;
	uint64_t written, read;    /* bytes by hosts since the daemon started */
	uint64_t last_activity_ms; /* milliseconds since the last medium command; TEST UNIT READY is none */
	/* The host whose command used the medium last since it is in the drive, and how many milliseconds
	 * ago; 0 while such a command is at work. */
	struct drive_host user;
	uint64_t used_ms;
	/* The host that has reserved the drive, and whether that outlives its session. */
	struct drive_host holder;
	bool held_persistently;
};

/* What a drive's device server does for the library.  Called in fibers on drive->worker. */
struct drive_server {
	/* Threads the cartridge: opens it, becomes ready.  Nothing has changed when it fails. -ETIMEDOUT when the
	 * cartridge's files do not answer, also from unthread. */
	int (*thread)(void *server, const struct cart_label *label, const char *root, const struct actor *by);
	/* Syncs, unthreads and lets go, so that the robot may take it. -EBUSY: a host prevents removal. */
	int (*unthread)(void *server, const struct actor *by);
	void (*status)(void *server, struct drive_status *ret_status);
};

enum move_result;

/* What the changer's device server does for the library.  Called in fibers of worker 0; may not wait. */
struct changer_server {
	/* Whether a host keeps people from the mail slots. */
	bool (*prevented)(void *server);
	/* A move did not happen because something is broken: MOVE_LOAD_FAILED, MOVE_NO_ANSWER, MOVE_FAILED,
	 * MOVE_DISK_FULL. */
	void (*trouble)(void *server, enum move_result result);
};

struct drive {
	TAILQ_ENTRY(drive) link;
	struct library *library;
	struct identity identity;
	const struct personality *personality;
	uint16_t number; /* 1.. : drive:N */
	uint16_t lun;    /* in the library's one target */
	struct element *element;
	char target[IQN_MAX + 1]; /* of its own, for target-per-device */
	struct worker *worker;
	const struct drive_server *ops;
	void *server;
	/* For its server: tells how drive and cartridge are (health.h).  NULL: nobody wants to know. */
	void (*report)(struct drive *drive, const struct cart_label *label,
		const struct health_report *report);
	/* For its server: library_make_room().  NULL: nobody can. */
	bool (*make_room)(struct drive *drive, unsigned ms);
};

/* The file system of the cartridges as it was some seconds ago.  Read on any worker; NULL where nobody
 * knows. */
struct disk {
	_Atomic uint64_t total, available; /* bytes; UINT64_MAX available: not known */
	_Atomic uint64_t nearly, floor;    /* with less than this it is nearly full; full */
	_Atomic bool read_only;
};

enum disk_level { DISK_ROOMY, DISK_NEARLY_FULL, DISK_FULL };
enum disk_level disk_level(const struct disk *disk);
uint64_t disk_left(const struct disk *disk); /* bytes available; UINT64_MAX: not known */
/* Why hosts could not write a cartridge that is in no drive, were it loaded now: its tab, or the disk. */
enum drive_protection shelf_protection(const struct disk *disk, bool tab, bool blank);
/* How much of what remains on a tape can really be written now: the disk may have less. */
uint64_t disk_writable(const struct disk *disk, uint64_t remaining);

/* What the robot and people did since the daemon started. */
struct library_counts {
	uint64_t moves; /* cartridges carried from element to element */
	uint64_t doors; /* times people went to a mail slot */
};

enum layout { LAYOUT_ONE_TARGET, LAYOUT_TARGET_PER_DEVICE };

struct library {
	TAILQ_ENTRY(library) link;
	char id[37];
	char name[NAME_MAX_LEN + 1];
	struct identity changer;
	const struct personality *personality;
	enum layout layout;
	char target[IQN_MAX + 1];
	uint16_t tpgt;
	uint16_t relative_port;           /* relative target port identifier of its port */
	uint16_t first[4];                /* first element address of each kind, by enum element_kind */
	TAILQ_HEAD(drives, drive) drives; /* ascending by number */
	struct element *transports, *slots, *mailslots, *drive_elements;
	uint16_t n_transports, n_slots, n_mailslots, n_drive_elements;
	TAILQ_HEAD(cartridges, cartridge) cartridges;
	const struct disk *disk; /* as long as the installation is open */
	struct turn *turn;       /* one move at a time */
	const struct changer_server *ops;
	void *server; /* the changer's device server */
	struct library_counts counts;
};

/* --- the installation: every library of one state directory -------------------------------------------- */

struct installation;

/* Who wants to know.  All called on worker 0, in a fiber, after the commit. Any may be NULL.  They
 * may wait and may call memory_*, but none of the functions that change the installation.  What is
 * already there when the installation opens is not announced: walk it with library_first(). */
struct library_listener {
	void (*library_added)(void *arg, struct library *library);
	void (*library_removed)(void *arg, struct library *library);
	void (*drive_added)(void *arg, struct drive *drive);
	void (*drive_removed)(void *arg, struct drive *drive);
	/* A person or the host moved something through a mail slot. by_operator: a person. */
	void (*mailslot_accessed)(void *arg, struct library *library, struct element *mailslot);
	/* by_operator: a person changed what lies where, behind the hosts' backs and by no mail slot. */
	void (*elements_changed)(void *arg, struct library *library, bool by_operator);
	void (*layout_changed)(void *arg, struct library *library);
	/* The changer speaks as another machine from now on. */
	void (*changer_changed)(void *arg, struct library *library);
	void *arg;
};

/* What an administrator may set; NULL or zero: the default. */
struct library_settings {
	const char *cartridges; /* an existing folder; else STATE/cartridges */
	uint64_t floor_mib;     /* of the cartridges' disk; else by its size */
	uint64_t nearly_full_mib;
};

/* Opens (making it when missing) the catalog of a state directory: locks it, checks every identity,
 * agrees with the cartridges' labels.  On failure why says the one line to print. */
int installation_open(const char *state_dir, const struct library_settings *settings,
	const struct library_listener *listener, struct installation **ret_installation,
	char why[static WHY_LEN]);
/* Ends what it does by itself; false when a file system does not answer by then (now_ms()). */
bool installation_rest(struct installation *inst, int64_t until_ms);
void installation_close(struct installation *inst);
/* Whether the one who had it before did not close it.  True once; as long as nobody asked, later opens
 * remember it. */
bool installation_was_unclean(struct installation *inst);
const char *installation_cartridges(const struct installation *inst); /* root for media calls */
const struct disk *installation_disk(const struct installation *inst);
/* Looks at the disks now; waits. */
void installation_look(struct installation *inst);
/* Why not everything can be changed, in words: 0 when it can, else the length of the text. */
size_t installation_read_only(const struct installation *inst, char *text, size_t size);
/* 0; -ESTALE when that folder or its file system has gone, -EIO when it cannot be read: nothing may be made there.
 * May block. */
int installation_cartridges_there(const struct installation *inst);
struct library *library_first(struct installation *inst);
struct library *library_next(struct library *library);
/* By name; NULL name: the only library there is. NULL with why. */
struct library *library_find(struct installation *inst, const char *name, char why[static WHY_LEN]);

struct library_plan {
	const char *name, *drive_personality, *changer_personality; /* NULL: the defaults */
	unsigned drives, slots, mailslots;
	enum layout layout;
};
/* All below: 0, or -errno with why; nothing has changed then. */
int library_create(struct installation *inst, const struct library_plan *plan, struct library **ret_library,
	char why[static WHY_LEN]);
int library_delete(struct installation *inst, struct library *library, char why[static WHY_LEN]);
int library_set_layout(struct installation *inst, struct library *library, enum layout layout,
	char why[static WHY_LEN]);
/* Whose machine a changer or an empty drive is taken for.  Serial, NAA, LUN and element addresses
 * stay; whoever is logged in would not notice before the next INQUIRY: the caller sees to it that
 * nobody is. */
int library_set_personality(struct installation *inst, struct library *library, const char *personality,
	char why[static WHY_LEN]);
int drive_set_personality(struct installation *inst, struct drive *drive, const char *personality,
	char why[static WHY_LEN]);
int drive_add(struct installation *inst, struct library *library, const char *personality,
	struct drive **ret_drive, char why[static WHY_LEN]);
/* Its number, LUN, address and identity stay its own: nobody else gets them. */
int drive_remove(struct installation *inst, struct drive *drive, char why[static WHY_LEN]);
/* Puts a removed drive back, with the identity it had. */
int drive_restore(struct installation *inst, struct library *library, unsigned number,
	struct drive **ret_drive, char why[static WHY_LEN]);

/* "slot:1", "drive:2", "mailslot:1", or NULL with why. */
struct element *element_find(struct library *library, const char *text, char why[static WHY_LEN]);
/* The same, or "slot", "drive", "mailslot": the first that is free. */
struct element *element_wanted(struct library *library, const char *text, char why[static WHY_LEN]);
struct element *element_at(struct library *library, uint16_t address);
void element_text(const struct element *element, char out[static 16]);
struct drive *drive_find(struct library *library, unsigned number);
/* What its front panel shows; idle and with its barcode when nobody serves it. From a fiber. */
void drive_look(struct drive *drive, struct drive_status *ret_status);

struct cartridge_plan {
	const char *barcode;
	const char *generation; /* NULL: from the barcode's suffix */
	uint64_t capacity;      /* 0: the generation's */
	bool worm;
};
/* Makes a cartridge and puts it into the first free slot. */
int cartridge_create(struct installation *inst, struct library *library, const struct cartridge_plan *plan,
	struct cartridge **ret_cartridge, char why[static WHY_LEN]);
/* The same for many: all or none. */
int cartridge_create_all(struct installation *inst, struct library *library,
	const struct cartridge_plan *plans, size_t n, char why[static WHY_LEN]);
/* Takes in a folder that cart_import() has made. */
int cartridge_adopt(struct installation *inst, struct library *library, const char *barcode,
	struct cartridge **ret_cartridge, char why[static WHY_LEN]);
/* Into the wastebasket, with who does it and why (may be NULL); where nothing is kept it is destroyed. On
 * a disk that is short of room it may be given up before this returns: deleted_first() tells. -ENOSPC,
 * -EDQUOT: there is no room even for the record of it, nothing was deleted; cartridge_destroy() needs
 * none. */
int cartridge_delete(struct installation *inst, struct cartridge *cartridge, const struct actor *by,
	const char *reason, char why[static WHY_LEN]);
/* 0 when it could be deleted just now; else -errno with why: it is in a drive, being verified or copied. */
int cartridge_free(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN]);
/* At once and for good. */
int cartridge_destroy(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN]);
int cartridge_protect(struct installation *inst, struct cartridge *cartridge, bool on,
	char why[static WHY_LEN]);
struct cartridge *cartridge_find(struct library *library, const char *barcode);

/* --- the wastebasket: deleted cartridges, until their time is over or the disk is short -------------------- */

struct deleted_cartridge {
	TAILQ_ENTRY(deleted_cartridge) link;
	struct cart_deletion what;
	char entry[MEDIA_ENTRY_MAX + 1]; /* names it: several may have had one barcode */
	char generation[8];              /* of its label, as the three below; "" when that cannot be read */
	uint64_t capacity;
	bool worm, write_protected;
	bool seen;        /* at the start: its folder is there */
	int64_t retry_ms; /* not to be tried to delete before, now_ms() */
};
/* The oldest first.  They stay until somebody waits. */
const struct deleted_cartridge *deleted_first(struct installation *inst);
const struct deleted_cartridge *deleted_next(const struct deleted_cartridge *deleted);
/* Back into the first free slot of a library.  -EEXIST: its barcode is another's now. */
int cartridge_restore(struct installation *inst, struct library *library, const char *entry,
	struct cartridge **ret_cartridge, char why[static WHY_LEN]);
int cartridge_purge(struct installation *inst, const char *entry, char why[static WHY_LEN]);
/* How long they are kept; 0: not at all, a deletion is for good. */
void library_wastebasket_keep(struct installation *inst, unsigned days);
unsigned library_wastebasket_kept(const struct installation *inst);
/* Whether what is deleted now would be kept: some days are set, and the disk is not short.  Waits. */
bool library_wastebasket_keeps(struct installation *inst);
/* Until when that one is kept, seconds since 1970. */
uint64_t deleted_until(const struct installation *inst, const struct deleted_cartridge *deleted);
/* Both from a fiber of worker 0 that has no turn (not within a move or a change).  Gives up some of those
 * whose time is over, and while the disk is short the oldest ones.  How many; 0: there is nothing to do. */
unsigned library_wastebasket_tidy(struct installation *inst);
/* The oldest ones until so many bytes are available (0: until the disk is not short), or none is left. */
unsigned library_wastebasket_give_up(struct installation *inst, uint64_t wanted);
/* For who found no room on the cartridges' disk: has the oldest deleted one given up and waits for it, at most
 * ms milliseconds.  From a fiber of any worker, or a thread that may block; one that asks while another's is
 * being given up waits for that one.  False: there is none to give up, or it takes too long. */
bool library_make_room(struct installation *inst, unsigned ms);
/* The highest number behind that prefix of a cartridge that was deleted, 0: none; not to be given again. */
unsigned number_used(struct installation *inst, const char *prefix);

/* --- moving: one at a time, the catalog's commit is the moment it happened ------------------------------- */

/* Each move is an event in the log, with who asked for it.  An actor with a user is a person: mail slots
 * that it goes to say so. */

enum move_result {
	MOVE_DONE,
	MOVE_SOURCE_EMPTY,
	MOVE_DESTINATION_FULL,
	MOVE_NO_ELEMENT,   /* no such element, or no drive installed there */
	MOVE_PREVENTED,    /* a host forbids removal from this drive */
	MOVE_LOCKED,       /* a host keeps people from the mail slots */
	MOVE_INCOMPATIBLE, /* the drive cannot take this cartridge: it stays where it is */
	MOVE_IN_USE,       /* the cartridge is being verified or copied: it stays where it is */
	MOVE_LOAD_FAILED,  /* the cartridge could not be opened: it stays where it is */
	MOVE_NO_ANSWER,    /* the cartridge's files do not answer: nothing has changed */
	MOVE_FAILED,       /* the catalog could not be written: nothing has changed */
	MOVE_DISK_FULL,    /* the same for want of room */
};
const char *move_result_text(enum move_result result);
enum move_result library_move(struct library *library, struct element *from, struct element *to,
	const struct actor *by);
/* source to first destination, what was there to the second (SMC's EXCHANGE): all or nothing. */
enum move_result library_exchange(struct library *library, struct element *source, struct element *first,
	struct element *second, const struct actor *by);
/* After a start: threads what the catalog says is loaded, in one drive or in all of them, once their
 * servers are there; what is threaded already stays so.  A cartridge that cannot be threaded stays in
 * its drive, not ready. -errno. */
int drive_rethread(struct drive *drive);
void library_rethread(struct library *library);
/* Whether a host keeps people from the mail slots just now. */
bool library_locked(const struct library *library);
/* Out of a mail slot into the vault, and back in through a free mail slot. */
enum move_result library_vault(struct library *library, struct cartridge *cartridge, const struct actor *by);
enum move_result library_unvault(struct library *library, struct cartridge *cartridge,
	const struct actor *by);

/* --- initiators: who may log in -------------------------------------------------------------------------- */

enum { CHAP_SECRET_MIN = 12, CHAP_SECRET_MAX = 255, CHAP_NAME_MAX = 255, VIEW_LIBRARIES_MAX = 16 };
enum { RULE_NETWORKS_MAX = 16, NETWORK_TEXT = 52 };

/* Addresses an initiator may come from.  What is behind the prefix is 0. */
struct network {
	uint8_t family;      /* 4 or 6 */
	uint8_t prefix;      /* bits of the address that count: at most 32 or 128 */
	uint8_t address[16]; /* the first 4 bytes for IPv4 */
};
/* "192.0.2.0/24", "2001:db8::/32", "192.0.2.10"; false with why. */
bool network_parse(const char *text, struct network *ret_network, char why[static WHY_LEN]);
void network_text(const struct network *network, char out[static NETWORK_TEXT]);
/* Whether it is well formed, whoever made it. */
bool network_is_whole(const struct network *network);
bool network_has(const struct network *network, const struct sockaddr_storage *peer);
bool network_is_loopback(const struct network *network);

/* What an initiator sees: these libraries (0: all, later ones too), and of each these devices. */
struct view {
	unsigned n_libraries;
	char libraries[VIEW_LIBRARIES_MAX][NAME_MAX_LEN + 1];
	uint64_t devices[DRIVES_MAX / 64 + 1]; /* bit 0: the changer, bit N: drive:N; none set: all */
};

struct initiator {
	char name[IQN_MAX + 1]; /* "*" is the default rule */
	bool allowed;
	char chap_user[CHAP_NAME_MAX + 1];
	char chap_secret[CHAP_SECRET_MAX + 1];
	char target_user[CHAP_NAME_MAX + 1]; /* mutual CHAP: what we answer with */
	char target_secret[CHAP_SECRET_MAX + 1];
	struct view view;
	unsigned n_from; /* 0: from anywhere */
	struct network from[RULE_NETWORKS_MAX];
};
int initiator_set(struct installation *inst, const struct initiator *initiator, char why[static WHY_LEN]);
int initiator_remove(struct installation *inst, const char *name, char why[static WHY_LEN]);
/* The rule for a name: its own, else the default. False when there is none at all. */
bool initiator_rule(struct installation *inst, const char *name, struct initiator *ret_initiator);
/* Its own rule only. */
bool initiator_own(struct installation *inst, const char *name, struct initiator *ret_initiator);
/* Whether a rule lets a peer in by its address. */
bool initiator_from(const struct initiator *initiator, const struct sockaddr_storage *peer);
void initiator_each(struct installation *inst, void (*visit)(const struct initiator *, void *), void *arg);
bool view_is_whole(const struct view *view);                    /* everything there is */
bool view_has_device(const struct view *view, unsigned number); /* 0: the changer; else a drive's */
/* The units a view shows at a target, by its name: bit N of ret_units for LUN N.  False: none. */
bool view_of_target(struct installation *inst, const struct view *view, const char *target,
	uint64_t ret_units[static DRIVES_MAX / 64 + 1]);

/* --- small memories of device servers (saved mode pages, registrations) ------------------------------------ */

int memory_save(struct installation *inst, const char *device_id, const char *key, const void *blob,
	size_t len);
/* Bytes copied (<= size) or -ENOENT. */
int64_t memory_load(struct installation *inst, const char *device_id, const char *key, void *blob,
	size_t size);

/* --- identity life ------------------------------------------------------------------------------------------- */

/* The whole of identity.json as text; the caller frees it. */
char *identity_export(struct installation *inst);
/* Takes over an exported identity: only into an installation without libraries. */
int identity_import(struct installation *inst, const char *json, char why[static WHY_LEN]);
/* Every serial, NAA, address and name present, well formed and unique; why names the first two that
 * are not. */
int identity_verify(struct installation *inst, char why[static WHY_LEN]);
