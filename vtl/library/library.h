/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/library: tape libraries, without any term of the protocol that serves them. Functions run
 * in fibers of worker 0 unless a comment says otherwise. A change counts once the catalog has committed it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "media/media.h"
#include "vtl/base/name.h"
#include "vtl/base/why.h"
#include "vtl/library/personality.h"

struct worker;
struct catalog;
struct engine;
struct actor;
struct health_report;

enum { DRIVES_MAX = 255, MEMORY_MAX = 256 << 10 /* bytes of one blob */ };
/* Marker file in the folder of all cartridges (docs/decisions/0005); '+' cannot be in a barcode. */
#define ROOT_MARKER "evertape+installation"

/* Serials of drives, and all that are made here, have SERIAL_LEN characters. */
enum { SERIAL_LEN = 10, SERIAL_MAX = 32, BARCODE_LEN = MEDIA_BARCODE_MAX };
enum { CARTRIDGE_BATCH_MAX = 256 }; /* cartridges created by one call */
enum { VOLUME_LEN = 6 };            /* characters of an LTO label before the medium's two */
enum { REASON_MAX = 200 };          /* bytes of the reason for a deletion */
enum { KEEP_DAYS = 7 };             /* default of keep-deleted-days */

/* --- generations and barcodes ---------------------------------------------------------------------- */

/* How a cartridge is recorded: at least one for each generation of cartridges. */
enum medium_format {
	FORMAT_CLEANING,
	FORMAT_LTO3,
	FORMAT_LTO4,
	FORMAT_LTO5,
	FORMAT_LTO6,
	FORMAT_LTO7,
	FORMAT_M8,
	FORMAT_LTO8,
	FORMAT_LTO9,
	N_FORMATS
};
/* What a drive does with it. */
enum format_use { FORMAT_REFUSED, FORMAT_READ, FORMAT_WRITTEN /* and read */ };

/* The cartridges that can be made. */
#define GENERATION_NAMES "lto5, lto6, lto7, m8, lto8 or lto9"
struct generation {
	const char *name; /* "lto8" */
	uint8_t number;   /* of the cartridge: 8; 7 for "m8"; 0 for cleaning cartridges */
	enum medium_format format;
	const char *suffix, *worm_suffix; /* "L8", "LY"; NULL: there are no WORM cartridges */
	uint64_t capacity;                /* native bytes */
	uint64_t
		warned; /* bytes of a partition behind early warning, as drives report it; 0: not published */
};
const struct generation *generation_find(const char *name);
/* From the last two characters of a barcode; *ret_cleaning: prefix CLN or CLR. NULL: unknown suffix. */
const struct generation *generation_of_barcode(const char *barcode, bool *ret_worm, bool *ret_cleaning);
/* As generation_find(); false with why for an unknown name, or for one that is not offered. */
bool generation_named(const char *name, const struct generation **ret_generation, char why[static WHY_LEN]);
/* What a drive of a generation (5 for LTO-5) does with a format. */
enum format_use format_use(uint8_t drive, enum medium_format format);
/* Check a barcode or serial that a person typed: true, or false with why. See also vtl/base/name.h. */
bool barcode_ok(const char *barcode, char why[static WHY_LEN]);
bool serial_ok(const char *serial, enum device_kind kind, char why[static WHY_LEN]);
/* Parses the 16 digits of an NAA of 8 bytes. False with why. */
bool naa_parse(const char *text, uint64_t *ret_naa, char why[static WHY_LEN]);
/* A firmware revision of 1 to 4 characters. */
bool revision_ok(const char *revision, char why[static WHY_LEN]);

/* --- devices and elements ---------------------------------------------------------------------------- */

/* The names of a device that initiators see. They are made once, with the device, and change only when an operator
 * says so (library_adopt(), personalities). */
struct identity {
	char id[37]; /* uuid of the device and its key in the catalog; initiators never see it */
	char serial[SERIAL_MAX + 1];
	uint64_t naa; /* of type 3 and random, or a given one of type 2, 3 or 5 */
	char vendor[9], product[17], revision[5];
};

enum element_kind { ELEMENT_TRANSPORT, ELEMENT_SLOT, ELEMENT_MAILSLOT, ELEMENT_DRIVE };
const char *element_kind_name(enum element_kind kind); /* "slot" */

struct cartridge {
	TAILQ_ENTRY(cartridge) link;
	struct library *library;
	struct cart_label label;
	struct cart_counters counters;
	struct element *at; /* NULL: in the vault, in no element */
};

struct element {
	enum element_kind kind;
	uint16_t number;  /* number in element names, from 1 */
	uint16_t address; /* element address (SMC); never changes */
	struct cartridge *cartridge;
	/* where it was last moved from, or NULL (SMC) */
	struct element *source;
	struct drive *drive; /* drive elements: the drive; NULL when no drive is installed */
	bool by_operator;    /* mail slots: the last access was an operator's (import), not the changer's */
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
	DRIVE_STALLED /* the cartridge's files do not respond */,
	N_DRIVE_ACTIVITIES
};
const char *drive_activity_name(enum drive_activity activity);

/* A host, as shown to operators. */
struct drive_host {
	char initiator[IQN_MAX + 1]; /* "": no host */
	unsigned session;            /* number of the host's session; 0: not logged in */
};

/* Why hosts cannot write a cartridge now. */
enum drive_protection {
	DRIVE_WRITABLE,
	DRIVE_PROTECTED,      /* the cartridge is write-protected */
	DRIVE_OLD_GENERATION, /* the drive can only read this generation */
	DRIVE_READ_ONLY,      /* the file system is read-only */
	DRIVE_NO_ROOM,        /* the cartridge is blank and the disk is full */
	DRIVE_TAMPERED,       /* a WORM cartridge whose files were changed otherwise */
	DRIVE_NEEDS_NEWER,    /* writing it needs a feature that this version does not know */
	N_DRIVE_PROTECTIONS,
};
/* Returns "" for DRIVE_WRITABLE. */
const char *protection_text(enum drive_protection protection);

/* The state of a drive, filled by its device server on the drive's worker. */
struct drive_status {
	enum drive_activity activity; /* activity within the last second */
	bool loaded;                  /* the cartridge is threaded and ready */
	bool prevented;               /* a host prevents removal (PREVENT ALLOW MEDIUM REMOVAL) */
	char barcode[BARCODE_LEN + 1];
	enum drive_protection protection; /* of the loaded cartridge */
	struct cart_position position;
	struct cart_usage usage;
	uint64_t written, read; /* bytes written and read by hosts since the daemon started */
	/* since the last medium command, not counting TEST UNIT READY */
	uint64_t last_activity_ms;
	/* The host that last used the medium since the load, and when, in ms; 0: it is using the medium now. */
	struct drive_host user;
	uint64_t used_ms;
	/* The host with a reservation; held_persistently: the reservation survives the session. */
	struct drive_host holder;
	bool held_persistently;
	/* The key that hosts share; else one of those that hosts have for themselves. */
	struct drive_encryption {
		unsigned keys; /* in the drive; 0: the rest has no meaning */
		bool encrypts, decrypts;
		bool shared;
		struct drive_host host; /* who set it */
	} encryption;
	/* Bytes of records since the load, as hosts wrote and read them and as they are on the medium. */
	struct drive_compression {
		bool enabled; /* by hosts */
		uint64_t written, stored, read, stored_read;
	} compression;
};

/* What a drive's device server does for the library. Called in fibers on drive->worker. */
struct drive_server {
	/* Opens the cartridge and makes the drive ready. On failure the cartridge stays in the drive, unloaded, if
	 * `stays`: LOAD tries again; else nothing changes. thread and unthread return -ETIMEDOUT when the
	 * cartridge's files do not respond; then it does not stay. */
	int (*thread)(void *server, const struct cart_label *label, const char *root, bool stays,
		const struct actor *by);
	/* Syncs and closes the cartridge. -EBUSY: a host prevents removal. */
	int (*unthread)(void *server, const struct actor *by);
	void (*status)(void *server, struct drive_status *ret_status);
};

enum move_result;

/* What the changer's device server does for the library. Called in fibers on worker 0; must not wait. */
struct changer_server {
	/* Whether a host prevents operators from using the mail slots. */
	bool (*prevented)(void *server);
	/* Reports a move that failed by a fault: MOVE_LOAD_FAILED, _NO_ANSWER, _FAILED or _DISK_FULL. */
	void (*trouble)(void *server, enum move_result result);
};

struct drive {
	TAILQ_ENTRY(drive) link;
	struct library *library;
	struct identity identity;
	const struct personality *personality;
	uint16_t number; /* from 1: drive:N */
	uint16_t lun;    /* LUN in the library's common target (LAYOUT_ONE_TARGET) */
	struct element *element;
	char target[IQN_MAX + 1]; /* name of the drive's own target (LAYOUT_TARGET_PER_DEVICE) */
	struct worker *worker;
	const struct drive_server *ops;
	void *server;
	/* The device server reports the health of drive and cartridge here (health.h). NULL: not wanted. */
	void (*report)(struct drive *drive, const struct cart_label *label,
		const struct health_report *report);
	/* The device server calls library_make_room() here. NULL: not available. */
	bool (*make_room)(struct drive *drive, unsigned ms);
};

/* The file system of the cartridges, as measured some seconds ago. Any worker may read it. NULL: unknown. */
struct disk {
	_Atomic uint64_t total, available; /* bytes; available is UINT64_MAX when unknown */
	/* in bytes; nearly full and full below these */
	_Atomic uint64_t nearly, floor;
	_Atomic bool read_only;
};

enum disk_level { DISK_ROOMY, DISK_NEARLY_FULL, DISK_FULL };
enum disk_level disk_level(const struct disk *disk);
uint64_t disk_left(const struct disk *disk); /* bytes available; UINT64_MAX: unknown */
/* Why hosts could not write a cartridge outside a drive if it were loaded now. */
enum drive_protection shelf_protection(const struct disk *disk, bool tab, bool blank);
/* The part of the remaining capacity of a tape that the disk has room for. */
uint64_t disk_writable(const struct disk *disk, uint64_t remaining);

/* Counters since the daemon started. */
struct library_counts {
	uint64_t moves; /* cartridges moved from element to element */
	uint64_t doors; /* accesses to a mail slot by operators */
};

enum layout { LAYOUT_ONE_TARGET, LAYOUT_TARGET_PER_DEVICE };
const char *layout_name(enum layout layout); /* "one-target" */
bool layout_find(const char *name, enum layout *ret_layout);

/* How drives compress what hosts write, while these have compression enabled: "off", "auto", "lz4", "zstd". */
const char *compression_name(enum cart_compression compression);
bool compression_find(const char *name, enum cart_compression *ret_compression);

struct library {
	TAILQ_ENTRY(library) link;
	char id[37];
	char name[NAME_MAX_LEN + 1];
	struct identity changer;
	const struct personality *personality;
	enum layout layout;
	_Atomic enum cart_compression compression; /* read by the drives on their workers */
	char target[IQN_MAX + 1];
	uint16_t tpgt;
	uint16_t relative_port;           /* relative target port identifier */
	uint16_t first[4];                /* first element address of each kind; index: enum element_kind */
	TAILQ_HEAD(drives, drive) drives; /* in ascending order of number */
	struct element *transports, *slots, *mailslots, *drive_elements;
	uint16_t n_transports, n_slots, n_mailslots, n_drive_elements;
	TAILQ_HEAD(cartridges, cartridge) cartridges;
	const struct disk *disk; /* valid while the installation is open */
	struct turn *turn;       /* serializes moves */
	const struct changer_server *ops;
	void *server; /* the changer's device server */
	struct library_counts counts;
};

/* --- the installation: every library of one state directory -------------------------------------------- */

struct installation;

/* Settings of the administrator; NULL or 0 means the default. */
struct library_settings {
	const char *cartridges; /* an existing folder; default STATE/cartridges */
	uint64_t floor_mib;     /* for the cartridges' disk; default by the size of the disk */
	uint64_t nearly_full_mib;
};

/* Opens the catalog of a state directory and creates it when it is missing: takes the lock, verifies every
 * identity, and reconciles the catalog with the cartridges' labels. On failure why has one line for the
 * administrator. The caller owns *ret_installation; installation_close() frees it. */
int installation_open(const char *state_dir, const struct library_settings *settings,
	struct installation **ret_installation, char why[static WHY_LEN]);
/* Stops background work. False: a file system did not respond by until_ms (now_ms()); do not close then. */
bool installation_rest(struct installation *inst, int64_t until_ms);
void installation_close(struct installation *inst);
/* Whether the last process did not close the installation. True once; later opens report it until a caller
 * asked. */
bool installation_was_unclean(struct installation *inst);
/* the folder to pass as root to media calls */
const char *installation_cartridges(const struct installation *inst);
const struct disk *installation_disk(const struct installation *inst);
/* Measures the disks now. Waits. */
void installation_look(struct installation *inst);
/* Writes why changes are limited (read-only file systems). The length of the text; 0: nothing is limited. */
size_t installation_read_only(const struct installation *inst, char *text, size_t size);
/* 0 when the cartridges' folder is still the one that was opened. -ESTALE: it is gone, -EIO: it cannot be
 * read; then no file may be created there. May block. */
int installation_cartridges_there(const struct installation *inst);
struct library *library_first(struct installation *inst);
struct library *library_next(struct library *library);
/* Finds a library by name. NULL name: the only library. Returns NULL with why. */
struct library *library_find(struct installation *inst, const char *name, char why[static WHY_LEN]);

struct library_plan {
	const char *name, *drive_personality, *changer_personality; /* NULL: default */
	unsigned drives, slots, mailslots;
	enum layout layout;
	enum cart_compression compression;
};
/* All functions below return 0, or -errno with why and change nothing. */
int library_create(struct installation *inst, const struct library_plan *plan, struct library **ret_library,
	char why[static WHY_LEN]);
int library_delete(struct installation *inst, struct library *library, char why[static WHY_LEN]);
int library_set_layout(struct installation *inst, struct library *library, enum layout layout,
	char why[static WHY_LEN]);
/* For records that are written from now on, also to cartridges that are loaded. */
int library_set_compression(struct installation *inst, struct library *library,
	enum cart_compression compression, char why[static WHY_LEN]);
/* Sets the model that a changer or an empty drive reports. Serial, NAA, LUN and element addresses stay. No
 * host may be logged in: it would not notice before its next INQUIRY. */
int library_set_personality(struct installation *inst, struct library *library, const char *personality,
	char why[static WHY_LEN]);
int drive_set_personality(struct installation *inst, struct drive *drive, const char *personality,
	char why[static WHY_LEN]);
/* What a device takes over from one whose place it takes; NULL: keeps its own. */
struct adopted {
	unsigned number; /* of the drive; 0: the changer */
	const char *serial, *naa, *revision;
	const char *target; /* the name of its target; the changer's is also that of LAYOUT_ONE_TARGET */
};
/* Gives devices of a library given names, all or none. Refused unless each is well formed and unique in the
 * installation, and the drives among them are empty. All devices of the library are served anew. */
int library_adopt(struct installation *inst, struct library *library, const struct adopted *given, size_t n,
	char why[static WHY_LEN]);
/* 0 when library_adopt() would not refuse; changes nothing. */
int library_adoptable(struct installation *inst, struct library *library, const struct adopted *given,
	size_t n, char why[static WHY_LEN]);
int drive_add(struct installation *inst, struct library *library, const char *personality,
	struct drive **ret_drive, char why[static WHY_LEN]);
/* The drive's number, LUN, element address and identity stay reserved for drive_restore(). */
int drive_remove(struct installation *inst, struct drive *drive, char why[static WHY_LEN]);
/* Puts a removed drive back with its old identity. */
int drive_restore(struct installation *inst, struct library *library, unsigned number,
	struct drive **ret_drive, char why[static WHY_LEN]);

/* Parses "slot:1", "drive:2" or "mailslot:1". NULL with why. */
struct element *element_find(struct library *library, const char *text, char why[static WHY_LEN]);
/* As element_find(); also accepts "slot", "drive" and "mailslot" for the first free element of that kind. */
struct element *element_wanted(struct library *library, const char *text, char why[static WHY_LEN]);
struct element *element_at(struct library *library, uint16_t address);
void element_text(const struct element *element, char out[static 16]);
struct drive *drive_find(struct library *library, unsigned number);
/* The state of a drive. Without a device server: idle, with its barcode. From a fiber. */
void drive_look(struct drive *drive, struct drive_status *ret_status);

struct cartridge_plan {
	const char *barcode;
	const char *generation; /* NULL: from the suffix of the barcode */
	uint64_t capacity;      /* 0: the native capacity of the generation */
	bool worm;
};
/* Creates a cartridge in the first free slot. */
int cartridge_create(struct installation *inst, struct library *library, const struct cartridge_plan *plan,
	struct cartridge **ret_cartridge, char why[static WHY_LEN]);
/* Creates n cartridges, all or none. */
int cartridge_create_all(struct installation *inst, struct library *library,
	const struct cartridge_plan *plans, size_t n, char why[static WHY_LEN]);
/* Adds a folder that cart_import() made to the library. */
int cartridge_adopt(struct installation *inst, struct library *library, const char *barcode,
	struct cartridge **ret_cartridge, char why[static WHY_LEN]);
/* Moves a cartridge to the wastebasket, with who deleted it and why (may be NULL), or destroys it when none
 * are kept. When disk space is short the entry may be purged at once; deleted_first() tells. -ENOSPC,
 * -EDQUOT: no room for the record, nothing was deleted; cartridge_destroy() needs no room. */
int cartridge_delete(struct installation *inst, struct cartridge *cartridge, const struct actor *by,
	const char *reason, char why[static WHY_LEN]);
/* 0 when the cartridge can be deleted now; else -errno with why (in a drive, being verified or copied). */
int cartridge_free(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN]);
/* Destroys a cartridge at once, without the wastebasket. */
int cartridge_destroy(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN]);
int cartridge_protect(struct installation *inst, struct cartridge *cartridge, bool on,
	char why[static WHY_LEN]);
struct cartridge *cartridge_find(struct library *library, const char *barcode);

/* --- access: which initiator sees which units (vtl/access/access.h) -------------------------- */

struct access;
struct view;
/* The access rules of the installation, which owns them. */
struct access *installation_access(struct installation *inst);
/* The units that a view shows at a target: bit N of ret_units for LUN N. False: no unit. */
bool view_of_target(struct installation *inst, const struct view *view, const char *target,
	uint64_t ret_units[static DRIVES_MAX / 64 + 1]);

/* --- saved state of device servers (mode pages, registrations) -------------------------------- */

int memory_save(struct installation *inst, const char *device_id, const char *key, const void *blob,
	size_t len);
/* Bytes copied (<= size) or -ENOENT. */
int64_t memory_load(struct installation *inst, const char *device_id, const char *key, void *blob,
	size_t size);
