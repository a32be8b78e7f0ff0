/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of this room: what its files share. All data belongs to worker 0. A change by an operator runs in
 * the frame of change.h; a move by the changer takes only its library's turn. Both commit to the catalog, change
 * memory, give the library's turn back and call the listeners. A caller that waited for a turn checks `deleted`:
 * the object may have been deleted meanwhile. Memory of deleted objects is freed when no call runs in this
 * room. */
#pragma once

#include <sys/types.h>

#include <uthash.h>

#include "vtl/access/access.h"
#include "vtl/base/container.h"
#include "vtl/base/fiber.h"
#include "vtl/base/mail.h"
#include "vtl/catalog/ballast.h"
#include "vtl/catalog/catalog.h"
#include "vtl/library/deleted.h"
#include "vtl/library/identity.h"
#include "vtl/library/library.h"
#include "vtl/library/listen.h"
#include "vtl/library/robot.h"

struct change;

enum { NO_ADDRESS = 0xffff, ROOT_MAX = 4000 };

/* A cartridge, with the members private to this room. */
struct cartridge_private {
	struct cartridge pub;
	bool deleted, seen;    /* seen: its folder exists (while reconcile() runs) */
	bool following, again; /* following: a fiber writes the label; again: it must be written once more */
	bool touched;          /* the catalog's copy of label and stamp is out of date */
	bool late;             /* the last write of the cartridge's place to its label failed */
	int64_t stamp;         /* modification time of the folder, ns; 0: unknown */
	UT_hash_handle hh;     /* installation.cartridges, by label.barcode */
};

struct library_private {
	struct library pub;
	struct installation *inst;
	struct turn turn;
	uint32_t ordinal; /* order of creation; libraries are listed by it */
	bool deleted;
	int guard;             /* socket that marks the library as served on this machine; -1: none */
	uint16_t free_slot;    /* all slots below this index are full */
	uint16_t room;         /* number of drive elements allocated */
	struct drives removed; /* removed drives, whose identities stay reserved */
};

TAILQ_HEAD(libraries, library);
TAILQ_HEAD(deleted_list, deleted_cartridge);
struct number;

struct saved_blob {
	char *key; /* device id '/' key */
	uint8_t *blob;
	size_t len;
	UT_hash_handle hh;
};

struct disk_watch {
	struct installation *inst; /* NULL: the look must stop */
	bool looking;
	bool soon; /* disk space was freed: look again at once */
	struct waitq woken;
	bool ended;
};

struct installation {
	char dir[4096], root[4096];
	bool root_given; /* true: set by the cartridges setting, not STATE/cartridges */
	dev_t root_dev;
	ino_t root_ino;
	int marker;  /* file descriptor of the locked marker file; -1: none */
	bool marked; /* the catalog records that the folder has a marker */
	int lock;
	bool frozen; /* the state directory is on a read-only file system: moves stay in memory */
	struct disk disk;
	uint64_t floor_mib, nearly_mib; /* settings in MiB; 0: by the size of the file system */
	enum disk_level level;          /* level of the last message in the log */
	bool root_read_only;
	bool state_read_only; /* result of the last look */
	struct disk_watch *watch;
	bool unclean; /* the last process did not close the installation, and nobody has asked yet */
	struct ballast ballast;
	struct catalog *catalog;
	struct access *access; /* open as long as the catalog */
	TAILQ_HEAD(, library_listener) listeners;
	struct turn turn;
	char id[37];
	uint64_t revision; /* number of changes of identities; also in identity.json */
	struct libraries libraries;
	struct cartridge_private *all_cartridges;
	struct saved_blob *saved_blobs;
	struct ward *wards;          /* health_store.c */
	struct lost_cartridge *lost; /* cartridges whose folders are missing; health_store.c */
	size_t n_lost, lost_room;
	/* a fiber writes health rows; a commit of health rows is running */
	bool writing_health, recording_health;
	bool closing;
	struct worker *worker;       /* worker of the installation; NULL: none (unit tests) */
	struct deleted_list deleted; /* the oldest entry first */
	struct {                     /* see make_room.c */
		struct msg msg;
		_Atomic unsigned round;   /* odd: a purge is running */
		_Atomic bool made;        /* whether the last purge freed space */
		_Atomic unsigned deleted; /* number of entries in the list */
	} room;
	unsigned keep_days;     /* days deleted cartridges are kept; 0: not kept */
	struct number *numbers; /* barcode numbers in use; number.c */
	unsigned following;     /* number of labels being written; see label_follow() */
	struct waitq followed;
	unsigned working; /* number of calls under way; when it is 0 the deleted objects below are freed */
	struct cartridges retired_cartridges;
	struct libraries retired_libraries;
};

/* Calls a function of every listener: listeners_tell(inst, drive_added, drive). */
#define listeners_tell(inst, event, ...)                                       \
	do {                                                                   \
		const struct library_listener *listener_;                      \
		TAILQ_FOREACH(listener_, &(inst)->listeners, link)             \
			if (listener_->event)                                  \
				listener_->event(listener_->arg, __VA_ARGS__); \
	} while (0)

static inline struct library_private *lib_of(struct library *library)
{
	return container_of(library, struct library_private, pub);
}

static inline struct cartridge_private *priv_of(struct cartridge *cartridge)
{
	return container_of(cartridge, struct cartridge_private, pub);
}

/* --- frozen.c ---------------------------------------------------------------------------- */

/* Commits a change that a host asked for. In a frozen installation the change stays in memory and the call
 * succeeds. Freezes the installation when its file system has become read-only. */
int commit_or_keep(struct installation *inst, struct catalog_txn *txn);
/* From now on changes by hosts stay in memory. Logs once. */
void freeze(struct installation *inst);
/* The file system is writable again: records in the catalog what changed meanwhile. */
void thaw(struct installation *inst);
/* Writes the rows of cartridges that differ from the catalog. -errno. */
int touched_save(struct installation *inst);

/* --- change.c: see also change.h ---------------------------------------------------------------- */

/* Enclose every call that may wait. While one is open, deleted objects stay in memory. */
void objects_hold(struct installation *inst);
void objects_release(struct installation *inst);
void objects_free_deleted(struct installation *inst);

/* --- root.c: the folder of the cartridges ------------------------------------------------------- */

/* Finds the folder of the cartridges; creates STATE/cartridges when it is missing. given: the setting, or
 * NULL. -errno with why. */
int root_find(struct installation *inst, const char *given, char why[static WHY_LEN]);
/* 0 when the path still leads to the folder that was opened, else -ESTALE. May block. */
int root_there(const struct installation *inst);
/* 0 when cartridges can be created and changed; -EROFS with why. */
int root_writable(const struct installation *inst, char why[static WHY_LEN]);
/* Reads the id of the installation from the marker file. -ENOENT, -errno. */
int root_owner(const struct installation *inst, char ret_id[static 37]);
/* Call after the catalog is read. Refuses a folder of another installation, a folder that another process
 * has locked, and a folder without the marker that the catalog records. -errno with why. */
int root_check(struct installation *inst, char why[static WHY_LEN]);
/* Writes the marker when there is none. Failure to write is only logged. */
int root_mark(struct installation *inst, char why[static WHY_LEN]);
/* Writes the marker again with this id; also (or NULL): a second id that is accepted. -errno. */
int root_remark(struct installation *inst, const char *id, const char *also);

/* --- disk.c -------------------------------------------------------------------------------------- */

/* Measures the disks now. May wait. */
void disk_look(struct installation *inst);
/* Logs what changed about the disks. */
void disk_tell(struct installation *inst);
/* Starts a fiber that looks every few seconds and retries what could not be written before. */
void disk_watch_begin(struct installation *inst);
/* Makes the fiber look at once, because disk space was freed. */
void disk_look_soon(struct installation *inst);
/* Stops the fiber. False: a look did not end before until_ms (now_ms()); the memory it uses must stay. */
bool disk_watch_end(struct installation *inst, int64_t until_ms);

/* --- element.c --------------------------------------------------------------------------------- */

/* Allocates the elements of a library; counts and first[] are set, space for drive elements is computed.
 * -ENOMEM; -ERANGE when the addresses do not fit. */
int elements_new(struct library_private *lib);
void elements_free(struct library_private *lib);
/* The lowest free slot, or NULL. */
struct element *slot_free(struct library_private *lib);
/* Puts a cartridge into an element, or (NULL) into the vault. Memory only. */
void element_put(struct cartridge *cartridge, struct element *element, struct element *source);
/* Parses "kind:number". False: malformed. */
bool element_parse(const char *text, enum element_kind *ret_kind, unsigned *ret_number);

/* --- catalog_write.c: rows of the tables --------------------------------------------------------------- */

void record_installation(const char *id, uint64_t revision, struct catalog_txn *txn);
void record_library(const struct library_private *lib, struct catalog_txn *txn);
void record_drive(const struct drive *drive, bool installed, struct catalog_txn *txn);
/* Writes the rows of every library and drive. */
void record_identities(struct installation *inst, struct catalog_txn *txn);
/* Writes the row of a cartridge at a given place: at (NULL: vault), source, by_operator. */
void record_cartridge(const struct cartridge_private *priv, const struct element *at,
	const struct element *source, bool by_operator, struct catalog_txn *txn);
/* Writes the row with the cartridge's present place. */
void record_cartridge_here(const struct cartridge_private *priv, struct catalog_txn *txn);
void record_deleting(const struct cartridge_private *priv, struct catalog_txn *txn);
void record_deleted(const struct deleted_cartridge *deleted, struct catalog_txn *txn);
void record_number(const char *prefix, uint32_t highest, struct catalog_txn *txn);

/* --- catalog_read.c -------------------------------------------------------------------------------------- */

/* -EPROTONOSUPPORT with why when a newer version of Evertape wrote rows. */
int load_versions(struct installation *inst, char why[static WHY_LEN]);
/* Reads identities (libraries and drives), rules and saved state; load_cartridges() reads the cartridges.
 * -errno with why: -EUCLEAN when rows are damaged, -ENOENT when the catalog was never written. */
int load_identities(struct installation *inst, char why[static WHY_LEN]);
int load_rest(struct installation *inst, char why[static WHY_LEN]);
int load_cartridges(struct installation *inst, char why[static WHY_LEN]);

/* --- identity.c ---------------------------------------------------------------------------------- */

/* Makes new identity members; the serial is unique in this installation. -errno. */
int identity_mint(struct installation *inst, const struct personality *personality,
	struct identity *ret_identity);
/* Sets vendor, product and revision to those of a personality. */
void personality_apply(struct identity *identity, const struct personality *personality);
int target_mint(char target[static IQN_MAX + 1]);
bool naa_type_ok(uint64_t naa); /* NAA 2h, 3h or 5h: 8 bytes (SPC-5) */
/* Names of a device after a change, and in which memory the present ones are. */
struct identity_next {
	const struct identity *is, *next;
	const char *target;
};
/* As identity_verify(), with these names in place of the present ones. */
int identity_verify_next(struct installation *inst, const struct identity_next *next, size_t n,
	char why[static WHY_LEN]);

/* --- identity_json.c, identity_file.c ---------------------------------------------------------------- */

/* Parses identity.json and adds its libraries to inst, which must have none. -errno with why; then no
 * library is added. */
int identity_parse(struct installation *inst, const char *json, size_t len, char why[static WHY_LEN]);
/* A change of identities that is not yet in memory. What is NULL stays as memory has it. */
struct draft {
	struct library_private *library;       /* takes the place of the library with its id, or is added */
	const struct library_private *dropped; /* in memory, but deleted by the change */
	const struct drive *drive;             /* takes the place of its number in its library */
	bool installed;                        /* of drive; false: removed */
	const struct drive *drives;            /* take the places of installed drives of library */
	size_t n_drives;
	struct installation *imported; /* id, revision and libraries come from here */
};
/* Id and revision of the installation after the change. */
const char *draft_id(const struct installation *inst, const struct draft *draft);
uint64_t draft_revision(const struct installation *inst, const struct draft *draft);
/* Text of identity.json after the change; the caller frees it. NULL: out of memory. */
char *identity_text_with(struct installation *inst, const struct draft *draft);
/* Commits a change of identities: writes the text after it to a file beside identity.json, commits txn, renames
 * the file into place. Then id and revision in memory are the new ones; the caller puts the rest of the draft
 * in place. On failure nothing has changed. Ends txn. */
int identity_commit(struct installation *inst, struct catalog_txn *txn, const struct draft *draft);
/* Writes identity.json now. */
int identity_write(struct installation *inst);
/* Returns the file as NUL-terminated text; the caller frees it. -ENOENT, -errno. */
int identity_read(struct installation *inst, char **ret_text, size_t *ret_len);

/* --- guard.c ------------------------------------------------------------------------------------- */

/* Marks a library as served on this machine. Refused with why when another process has marked it. */
int guard_acquire(struct library_private *lib, char why[static WHY_LEN]);
/* The same for every library of an installation. */
int guards_acquire(struct installation *inst, char why[static WHY_LEN]);
void guard_give(struct library_private *lib);

/* --- library.c, drive.c, cartridge.c: objects in memory ---------------------------------------------- */

/* NULL: no library has this name. */
struct library *library_named(struct installation *inst, const char *name);
struct library_private *lib_new(struct installation *inst);
void lib_free(struct library_private *lib);
void lib_add(struct installation *inst, struct library_private *lib);
struct drive *drive_new(struct library_private *lib);
/* Link a drive into its library, as installed or as removed, and unlink it. */
void drive_place(struct drive *drive, bool installed);
void drive_unplace(struct drive *drive, bool installed);
struct drive *drive_removed(struct library_private *lib, unsigned number);
struct cartridge_private *cartridge_lookup(struct installation *inst, const char *barcode);
/* Creates a cartridge in memory, in no element. NULL: out of memory. */
struct cartridge_private *cartridge_new(struct installation *inst, struct library *library,
	const struct cart_label *label);
/* Adds cartridges whose folders exist to the catalog, then to memory and their slots: all or none. -errno. */
int cartridges_enter(struct change *c, size_t n, const struct cart_label *labels,
	const struct cart_counters *counters, struct element *const *slots);
/* Sets the place in a label. */
void label_locate(struct cart_label *label, const struct library_private *lib, const struct element *slot);
void cartridge_retire(struct installation *inst, struct cartridge_private *priv);
/* Adds a cartridge that is in the catalog to memory and puts it into its slot. */
void cartridge_enter(struct installation *inst, struct cartridge_private *priv, struct element *slot);
/* Finds a free slot for a barcode that no cartridge has. -errno with why. */
int slot_for(struct change *c, const char *barcode, struct element **ret_slot);
/* 0 when an operator may change the cartridge: it exists and is in no drive. -errno with why. */
int cartridge_changeable(const struct cartridge_private *priv, char why[static WHY_LEN]);

/* --- label.c: the labels in the folders; these functions wait for a helper thread ------------- */

/* Raises *counters to what the cartridge's memory says; a memory that is damaged leaves them as they are. */
int label_read(struct installation *inst, const char *barcode, struct cart_label *ret_label,
	struct cart_counters *counters, int64_t *ret_stamp);
/* Starts writing the cartridge's present place to its label. Failure is logged; the catalog stays right. */
void label_follow(struct installation *inst, struct cartridge_private *priv);
/* Retries the labels whose last write failed. Waits. */
void labels_catch_up(struct installation *inst);
/* Waits until no label write of this cartridge is under way. */
void label_drain(struct installation *inst, struct cartridge_private *priv);
/* Reads the label and the counters again after a drive used the cartridge: the drive writes the counters. */
void label_refresh(struct installation *inst, struct cartridge_private *priv);
int label_create(struct installation *inst, const struct cart_label *label);
int label_write(struct installation *inst, const struct cart_label *label);
int label_delete(struct installation *inst, const char *barcode);
/* Sets the write protection. Afterwards the cartridge's label in memory is what the file says. */
int label_protect(struct installation *inst, struct cartridge_private *priv, bool on);
/* Whether a process has the cartridge open. */
bool label_in_use(struct installation *inst, const char *barcode);
/* Removes leftovers of interrupted creations and deletions. */
int label_sweep(struct installation *inst);
/* Modification time of a folder, ns; 0: unknown. */
struct stat;
int64_t label_time(const struct stat *st);
int64_t label_stamp(struct installation *inst, const char *barcode);

/* --- memory.c ------------------------------------------------------------------------------------ */

/* Delete all saved state of a device: from the catalog with txn, and from memory. */
void memory_drop(struct installation *inst, const char *device_id, struct catalog_txn *txn);
void memory_forget(struct installation *inst, const char *device_id);

/* --- health_store.c ------------------------------------------------------------------------------ */

/* Reads the health rows. Damaged rows are ignored. -errno. */
int health_load(struct installation *inst);
/* Writes changed health rows and stops the background writes. */
void health_flush(struct installation *inst);
/* Delete the health of a cartridge (uuid) or drive (id): from the catalog with txn, and from memory, which
 * may wait. */
void health_drop(const char *id, struct catalog_txn *txn);
void health_forget(struct installation *inst, const char *id);
void wards_free(struct installation *inst);
/* Remembers that the folder of a cartridge is missing. */
void lost_add(struct installation *inst, const struct cartridge_private *priv);

/* --- reconcile.c --------------------------------------------------------------------------------- */

/* Compares the catalog with the folders. A label decides what a cartridge is; the catalog decides where it
 * is, unless by_label (the catalog was lost or is older than identity.json). -errno with why. */
int reconcile(struct installation *inst, bool by_label, char why[static WHY_LEN]);
