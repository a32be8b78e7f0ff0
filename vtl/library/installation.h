/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this room share.  All of it belongs to worker 0.
 *
 * A change takes the installation's turn (a person's changes, one at a time),
 * then the library's (whatever touches elements; a robot's move takes only
 * this), commits, changes memory, gives the library's turn back and tells the
 * listener.  Who waited for a turn finds `gone` set on what was deleted
 * meanwhile: its memory stays until nobody works in the room any more.
 */
#pragma once

#include <sys/types.h>

#include <uthash.h>

#include "vtl/base/container.h"
#include "vtl/base/fiber.h"
#include "vtl/base/mail.h"
#include "vtl/library/ballast.h"
#include "vtl/library/catalog.h"
#include "vtl/library/library.h"

enum { NO_ADDRESS = 0xffff, ROOT_MAX = 4000 };

/* A cartridge with what only we need of it. */
struct carton {
	struct cartridge pub;
	bool gone, seen;       /* seen: its folder is there */
	bool following, again; /* its label is being written; and must be once more */
	bool touched;          /* the catalog's copy of label and stamp is old */
	bool late;             /* the label could not say where it is */
	int64_t stamp;         /* when its folder last changed, ns; 0 unknown */
	UT_hash_handle hh;     /* installation.cartons, by label.barcode */
};

struct home {
	struct library pub;
	struct installation *inst;
	struct turn turn;
	uint32_t ordinal; /* libraries are listed in the order they were made */
	bool gone;
	int guard;             /* socket that shows our identity is in use; -1 */
	uint16_t free_slot;    /* index of a slot below which all are full */
	uint16_t room;         /* drive elements allocated */
	struct drives removed; /* drives whose identity waits for their return */
};

TAILQ_HEAD(libraries, library);
TAILQ_HEAD(deleted_list, deleted_cartridge);
struct number;

/* Where a rule's secrets are: ids in the file of secrets; 0: it has none. */
struct rule_ids {
	uint64_t chap, target;
};

/* Memory of its own that is kept out of swap and dumps: see rule.c. */
struct rule {
	struct initiator pub;
	struct rule_ids ids;
	UT_hash_handle hh; /* by pub.name */
};

struct memo {
	char *key; /* device id '/' key */
	uint8_t *blob;
	size_t len;
	UT_hash_handle hh;
};

struct disk_watch {
	struct installation *inst; /* NULL: it is to end */
	bool looking;
	bool soon; /* something was given up: the next look comes at once */
	struct waitq woken;
	bool ended;
};

struct installation {
	char dir[4096], root[4096];
	bool root_given; /* by the setting: not STATE/cartridges */
	dev_t root_dev;
	ino_t root_ino;
	int marker;  /* its marker, locked; -1 */
	bool marked; /* the catalog knows that it has one */
	int lock;
	bool frozen; /* its file system is read-only: what hosts move stays in memory */
	struct disk disk;
	uint64_t floor_mib, nearly_mib; /* settings; 0: by the size of the file system */
	enum disk_level level;          /* what was said last */
	bool root_read_only;
	bool state_read_only; /* as the last look found it */
	struct disk_watch *watch;
	bool unclean; /* whoever had the lock before did not close; nobody was told yet */
	struct ballast ballast;
	struct catalog *catalog;
	struct secrets *secrets; /* open while the catalog is */
	struct library_listener listener;
	struct turn turn;
	char id[37];
	uint64_t revision; /* counts changes of any identity; also in identity.json */
	struct libraries libraries;
	struct carton *cartons;
	struct rule *rules;
	struct memo *memos;
	struct ward *wards;          /* health_store.c */
	struct lost_cartridge *lost; /* whose folders were not there; health_store.c */
	size_t n_lost, lost_room;
	bool writing_health, recording_health; /* a fiber writes changes; a commit of it is under way */
	bool closing;
	struct worker *worker;       /* where all this lives; NULL: on no worker */
	struct deleted_list deleted; /* the oldest first */
	struct {                     /* make_room.c */
		struct msg msg;
		_Atomic unsigned round;   /* odd: one is under way */
		_Atomic bool made;        /* whether the last one made room */
		_Atomic unsigned deleted; /* how many there are in the list */
	} room;
	unsigned keep_days;     /* how long they are kept; 0: not at all */
	struct number *numbers; /* of barcodes, used up; number.c */
	unsigned following;     /* labels being written; see label_follow() */
	struct waitq followed;
	unsigned working; /* calls under way; the dead below are freed when it is 0 */
	struct cartridges dead_cartridges;
	struct libraries dead_libraries;
};

static inline struct home *home_of(struct library *library)
{
	return container_of(library, struct home, pub);
}

static inline struct carton *carton_of(struct cartridge *cartridge)
{
	return container_of(cartridge, struct carton, pub);
}

/* --- installation.c ---------------------------------------------------------------------------- */

/* Around every call that may wait. */
void change_begin(struct installation *inst);
void change_end(struct installation *inst);
/* Commits what hosts ask for; in a frozen installation it counts in memory alone, and that is no
 * failure.  One whose file system has become read-only is frozen by it. */
int commit_or_keep(struct installation *inst, struct catalog_txn *txn);
/* From here on what hosts ask for counts in memory alone; said once. */
void freeze(struct installation *inst);
/* Its file system can be written again: records what the catalog does not know. */
void thaw(struct installation *inst);
/* A refusal: writes why and returns err. */
int refuse(char why[static WHY_LEN], int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* --- root.c: the folder of the cartridges ------------------------------------------------------- */

/* Finds the folder, and makes it where it is STATE/cartridges; given: the setting, or NULL. -errno with
 * why. */
int root_find(struct installation *inst, const char *given, char why[static WHY_LEN]);
/* 0 when the path still leads to the folder that was found, else -ESTALE.  May block. */
int root_there(const struct installation *inst);
/* Whether cartridges can be made and changed. -EROFS with why. */
int root_writable(const struct installation *inst, char why[static WHY_LEN]);
/* Whose the marker says it is. -ENOENT, -errno. */
int root_owner(const struct installation *inst, char ret_id[static 37]);
/* Once the catalog is read: refuses a folder of another installation or another owner, and one without
 * the marker that should be there. -errno with why. */
int root_check(struct installation *inst, char why[static WHY_LEN]);
/* Marks it where there is no marker yet.  One that cannot be written is a warning. */
int root_mark(struct installation *inst, char why[static WHY_LEN]);
/* Writes the marker anew for the id there is now; also (or NULL): another that counts as ours. -errno. */
int root_remark(struct installation *inst, const char *also);

/* --- disk.c -------------------------------------------------------------------------------------- */

/* Looks now; may wait. */
void disk_look(struct installation *inst);
/* Says in the log what is new about the disks. */
void disk_tell(struct installation *inst);
/* Looks every few seconds, in a fiber of its own, and writes what could not be written before. */
void disk_watch_begin(struct installation *inst);
/* Has it look at once: there is more room than it knows of. */
void disk_look_soon(struct installation *inst);
/* False: a look does not end in time (now_ms()); what it uses is left to it. */
bool disk_watch_end(struct installation *inst, int64_t until_ms);

/* --- element.c --------------------------------------------------------------------------------- */

/* Gives a library its elements: counts and first[] are set, room for drives is found. -ENOMEM,
 * -ERANGE when they do not fit the address space. */
int elements_new(struct home *home);
void elements_free(struct home *home);
/* The lowest free slot, or NULL. */
struct element *slot_free(struct home *home);
/* Puts a cartridge into an element, or (NULL) into the vault; memory only. */
void element_put(struct cartridge *cartridge, struct element *element, struct element *source);
const char *element_kind_name(enum element_kind kind);
/* "kind:number" as typed; false when it is no such text. */
bool element_parse(const char *text, enum element_kind *ret_kind, unsigned *ret_number);

/* --- records.c: rows of the tables --------------------------------------------------------------- */

void record_installation(const struct installation *inst, struct catalog_txn *txn);
void record_library(const struct home *home, struct catalog_txn *txn);
void record_drive(const struct drive *drive, bool installed, struct catalog_txn *txn);
/* Where it will be: at (NULL: vaulted), source, by_operator. */
void record_cartridge(const struct carton *carton, const struct element *at, const struct element *source,
	bool by_operator, struct catalog_txn *txn);
/* The same, as it is in memory. */
void record_cartridge_here(const struct carton *carton, struct catalog_txn *txn);
void record_deleting(const struct carton *carton, struct catalog_txn *txn);
void record_deleted(const struct deleted_cartridge *deleted, struct catalog_txn *txn);
void record_number(const char *prefix, uint32_t highest, struct catalog_txn *txn);
void record_initiator(const struct initiator *initiator, const struct rule_ids *ids, struct catalog_txn *txn);

/* --- load.c -------------------------------------------------------------------------------------- */

/* -EPROTONOSUPPORT with why when a newer version of Evertape wrote any row. */
int load_versions(struct installation *inst, char why[static WHY_LEN]);
/* Reads the identities (libraries and drives), rules and memories; then the cartridges. -errno with
 * why; -EUCLEAN when rows are damaged, -ENOENT when the catalog has never been written. */
int load_identities(struct installation *inst, char why[static WHY_LEN]);
int load_rest(struct installation *inst, char why[static WHY_LEN]);
int load_cartridges(struct installation *inst, char why[static WHY_LEN]);

/* --- rule.c: rules in memory, their secrets on disk ---------------------------------------------- */

/* An empty rule; NULL: out of memory. */
struct rule *rule_new(const struct installation *inst);
/* Wipes it. */
void rule_free(struct rule *rule);
/* Reads the secrets its ids name; a rule whose secrets are lost lets nobody in. */
void rule_read_secrets(struct installation *inst, struct rule *rule);
/* Keeps the secrets of a rule that will be, those of before (may be NULL) where they stay the same. 0 or
 * -errno. */
int rule_keep_secrets(struct installation *inst, const struct rule *before, const struct initiator *will_be,
	struct rule_ids *ret_ids);
/* Overwrites what gone names and kept does not; what cannot be overwritten now is at the next start. */
void rule_drop_secrets(struct installation *inst, const char *name, struct rule_ids gone,
	struct rule_ids kept);
/* Overwrites the secrets no rule names: a change did not come to its end. */
void rules_sweep_secrets(struct installation *inst);

/* --- identity.c ---------------------------------------------------------------------------------- */

/* Mints what an initiator can use as a name; the serial is nobody's in this installation. -errno. */
int identity_mint(struct installation *inst, const struct personality *personality,
	struct identity *ret_identity);
/* Its vendor, product and revision become those of a personality. */
void identity_speak(struct identity *identity, const struct personality *personality);
int target_mint(char target[static IQN_MAX + 1]);

/* --- identity_json.c, identity_file.c ---------------------------------------------------------------- */

/* Takes every library of the text into inst, which has none.  -errno with why; then none stays. */
int identity_parse(struct installation *inst, const char *json, size_t len, char why[static WHY_LEN]);
/* identity.json as it will be after the change that memory shows just now. NULL: no memory. */
char *identity_text_next(struct installation *inst);
/* A change of identities: its text (freed here) is made ready beside the old identity.json, the
 * catalog commits, the new one takes its place.  On failure nothing has changed. Ends the txn. */
int identity_commit(struct installation *inst, struct catalog_txn *txn, char *text);
/* Writes identity.json now. */
int identity_write(struct installation *inst);
/* The whole file as text, NUL-ended; the caller frees it. -ENOENT, -errno. */
int identity_read(struct installation *inst, char **ret_text, size_t *ret_len);

/* --- guard.c ------------------------------------------------------------------------------------- */

/* Shows this machine that a library's identity is in use; refused when somebody shows it already. */
int guard_take(struct home *home, char why[static WHY_LEN]);
void guard_give(struct home *home);

/* --- library.c, drive.c, cartridge.c: objects in memory ---------------------------------------------- */

struct home *home_new(struct installation *inst);
void home_free(struct home *home);
void home_add(struct installation *inst, struct home *home);
struct drive *drive_new(struct home *home);
/* Hangs a drive into its library, installed or among the removed; and out of it again. */
void drive_place(struct drive *drive, bool installed);
void drive_unplace(struct drive *drive, bool installed);
struct drive *drive_removed(struct home *home, unsigned number);
struct carton *carton_find(struct installation *inst, const char *barcode);
/* A cartridge in memory, of a library, in no element. NULL: no memory. */
struct carton *carton_new(struct installation *inst, struct library *library, const struct cart_label *label);
/* Cartridges whose folders are there come into the catalog, then into memory and their slots: all or
 * none. -errno. */
int cartons_enter(struct installation *inst, struct home *home, size_t n, const struct cart_label *labels,
	struct element *const *slots);
/* Writes into a label where its cartridge will be. */
void label_locate(struct cart_label *label, const struct home *home, const struct element *slot);
void carton_bury(struct installation *inst, struct carton *carton);
/* One that is in the catalog comes into memory and its slot. */
void carton_enter(struct installation *inst, struct carton *carton, struct element *slot);
/* The first free slot for a barcode that no cartridge has. -errno with why. */
int slot_take(struct installation *inst, struct home *home, const char *barcode, struct element **ret_slot,
	char why[static WHY_LEN]);
/* A person's change of what lies in a library's elements: does work with the installation's turn and the
 * library's, then tells the listener.  Returns what work returns. */
typedef int element_work(struct installation *inst, struct home *home, void *arg, char why[static WHY_LEN]);
int elements_change(struct installation *inst, struct library *library, element_work *work, void *arg,
	char why[static WHY_LEN]);
/* 0 when a person may have it: it is there and in no drive. */
int carton_in_hand(const struct carton *carton, char why[static WHY_LEN]);

/* --- label.c: what the folders say; these wait on a helper thread ------------------------------------ */

int label_read(struct installation *inst, const char *barcode, struct cart_label *ret_label,
	int64_t *ret_stamp);
/* Makes the folder's label say, soon, where the cartridge is by now.  When it fails the label is
 * behind, the catalog is right: said in the log. */
void label_follow(struct installation *inst, struct carton *carton);
/* The same for those whose labels could not follow before; waits. */
void labels_catch_up(struct installation *inst);
/* Waits until the label has followed. */
void label_settle(struct installation *inst, struct carton *carton);
/* After a drive had it: reads what the drive wrote there (loads, bytes). */
void label_refresh(struct installation *inst, struct carton *carton);
int label_create(struct installation *inst, const struct cart_label *label);
int label_write(struct installation *inst, const struct cart_label *label);
int label_delete(struct installation *inst, const char *barcode);
/* Sets the write-protect tab; the carton's label is what the folder says then. */
int label_protect(struct installation *inst, struct carton *carton, bool on);
/* Whether somebody has the cartridge open. */
bool label_in_use(struct installation *inst, const char *barcode);
/* Removes what a crash left of cartridges being made or deleted. */
int label_sweep(struct installation *inst);
/* When a folder last changed, ns; 0 when it cannot be known. */
struct stat;
int64_t label_time(const struct stat *st);
int64_t label_stamp(struct installation *inst, const char *barcode);

/* --- memory.c ------------------------------------------------------------------------------------ */

/* Everything a device server saved: out of the catalog with txn; and out of memory. */
void memory_drop(struct installation *inst, const char *device_id, struct catalog_txn *txn);
void memory_forget(struct installation *inst, const char *device_id);

/* --- health_store.c ------------------------------------------------------------------------------ */

/* -errno.  Rows that are damaged are left out. */
int health_load(struct installation *inst);
/* Writes what has changed, and ends the writing behind. */
void health_flush(struct installation *inst);
/* What is known of a cartridge (uuid) or drive (id): out of the catalog with txn; and out of memory, which may
 * wait. */
void health_drop(const char *id, struct catalog_txn *txn);
void health_forget(struct installation *inst, const char *id);
void wards_free(struct installation *inst);
/* Its folder is not there. */
void lost_add(struct installation *inst, const struct carton *carton);

/* --- reconcile.c --------------------------------------------------------------------------------- */

/* Agrees with the folders: what each says it is, wins; where it is, the catalog knows, unless
 * by_label (the catalog was lost or is behind). -errno with why. */
int reconcile(struct installation *inst, bool by_label, char why[static WHY_LEN]);
