/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/access: which initiator may log in, from which addresses, with which secrets, and what it may
 * see. A rule names libraries and devices; what these are, vtl/library knows. Rows are in the catalog, secrets in a
 * file beside its tables (docs/decisions/0002). Functions run in fibers of one worker; a change counts once the
 * catalog has committed it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/name.h"
#include "vtl/base/why.h"

struct sockaddr_storage;
struct ballast;
struct catalog;

/* --- the rules of one catalog ------------------------------------------------------------------- */

struct access;
enum { ACCESS_ROW_NEWEST = 4 }; /* newest version of rows of TABLE_INITIATORS */

/* Opens the secrets in the folder of a catalog, or creates them; access_load() reads the rules. The catalog stays in
 * use until access_close(). A write without disk space removes the ballast (may be NULL). 0 or -errno with why;
 * -EPROTONOSUPPORT: written by a newer version. Blocks. The caller owns *ret_access. */
int access_open(const char *dir, struct catalog *catalog, struct ballast *ballast, struct access **ret_access,
	char why[static WHY_LEN]);
/* Reads the rules. -EUCLEAN with why: a row is damaged. Blocks. */
int access_load(struct access *access, char why[static WHY_LEN]);
/* Overwrites secrets that no rule names, left by an interrupted change. Failure is logged. Blocks. */
void access_sweep(struct access *access);
/* Wipes and frees the rules, not the secrets on disk. */
void access_forget(struct access *access);
/* The same, and closes the file. NULL is allowed. */
void access_close(struct access *access);

/* --- rules ----------------------------------------------------------------------------------------- */

enum { CHAP_SECRET_MIN = 12, CHAP_SECRET_MAX = 255, CHAP_NAME_MAX = 255, VIEW_LIBRARIES_MAX = 16 };
enum { RULE_NETWORKS_MAX = 16, NETWORK_TEXT = 52 };

/* A range of addresses. The bits after the prefix are 0. */
struct network {
	uint8_t family;      /* 4 or 6 */
	uint8_t prefix;      /* number of leading bits that count: at most 32 or 128 */
	uint8_t address[16]; /* the first 4 bytes for IPv4 */
};
/* Parses "192.0.2.0/24", "2001:db8::/32" or "192.0.2.10"; false with why. */
bool network_parse(const char *text, struct network *ret_network, char why[static WHY_LEN]);
void network_text(const struct network *network, char out[static NETWORK_TEXT]);
/* Whether all members are well formed. */
bool network_is_whole(const struct network *network);
bool network_has(const struct network *network, const struct sockaddr_storage *peer);
bool network_is_loopback(const struct network *network);

/* What an initiator may see: these libraries (0: all, also later ones), and of each these devices. */
enum { VIEW_DEVICES_MAX = 255 /* number of the last drive that a view can name */ };
struct view {
	unsigned n_libraries;
	char libraries[VIEW_LIBRARIES_MAX][NAME_MAX_LEN + 1];
	/* bit 0: the changer; bit N: drive:N; no bit set: all devices */
	uint64_t devices[VIEW_DEVICES_MAX / 64 + 1];
};

struct initiator {
	char name[IQN_MAX + 1]; /* "*" is the default rule */
	bool allowed;
	char chap_user[CHAP_NAME_MAX + 1];
	char chap_secret[CHAP_SECRET_MAX + 1];
	char target_user[CHAP_NAME_MAX + 1]; /* mutual CHAP: the target's name and secret */
	char target_secret[CHAP_SECRET_MAX + 1];
	struct view view;
	unsigned n_from; /* 0: from any address */
	struct network from[RULE_NETWORKS_MAX];
};
/* Creates or replaces the rule of a name. 0, or -errno with why and nothing has changed. May wait. */
int initiator_set(struct access *access, const struct initiator *initiator, char why[static WHY_LEN]);
/* -ENOENT: the name has no rule. */
int initiator_remove(struct access *access, const char *name, char why[static WHY_LEN]);
/* The rule that applies to a name: its own rule, else the default rule. False: there is neither. */
bool initiator_rule(struct access *access, const char *name, struct initiator *ret_initiator);
/* The rule of exactly this name. */
bool initiator_own(struct access *access, const char *name, struct initiator *ret_initiator);
/* Why a peer may not log in with the rule that initiator_rule() found (NULL: none); NULL: it may. */
const char *initiator_refused(const struct initiator *rule, const struct sockaddr_storage *peer);
void initiator_each(struct access *access, void (*visit)(const struct initiator *, void *), void *arg);
bool view_is_whole(const struct view *view);                         /* no restriction */
bool view_has_library(const struct view *view, const char *library); /* by name */
bool view_has_all_devices(const struct view *view);                  /* also those added later */
bool view_has_device(const struct view *view, unsigned number);      /* number 0: the changer; N: drive:N */
