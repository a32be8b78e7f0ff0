/* SPDX-License-Identifier: Apache-2.0 */
/* The encryption keys of a drive: data encryption parameters, scopes and lifetimes (SSC-5 4.2.22).  They are in
 * locked memory that is wiped when they end. */
#pragma once

#include <stddef.h>

#include "vtl/ssc/key_wrap.h"
#include "vtl/ssc/tape.h"

enum key_scope { SCOPE_PUBLIC, SCOPE_LOCAL, SCOPE_ALL, N_KEY_SCOPES };
/* Values of the ENCRYPTION MODE and DECRYPTION MODE fields. */
enum { ENCRYPTION_OFF, ENCRYPTION_EXTERNAL, ENCRYPTION_ON };
enum { DECRYPTION_OFF, DECRYPTION_RAW, DECRYPTION_ON, DECRYPTION_MIXED, N_DECRYPTIONS };
/* CHECK EXTERNAL ENCRYPTION MODE, RAW DECRYPTION MODE CONTROL. */
enum { CEEM_EXTERNAL = 2, RDMC_ENABLE = 2 };
/* Of the only algorithm; most bytes of key-associated data, by kind. */
enum { ALGORITHM_INDEX = 1, KAD_PLAIN_MAX = 32, KAD_AUTHENTICATED_MAX = 12 };

/* What one SET DATA ENCRYPTION page asks for. */
struct key_params {
	uint8_t encryption, decryption;
	uint8_t ceem, rdmc;
	bool ckod, ckorp, ckorl; /* ends when the volume is demounted, the reservation preempted, or lost */
	uint8_t key[CART_KEY];
	struct cart_kad kad[CART_KADS];
};

/* Parameters in effect. */
struct key_set {
	TAILQ_ENTRY(key_set) link;
	struct key_params params;
	bool established;  /* by a host; else the defaults */
	uint32_t instance; /* key instance counter */
	uint64_t number;   /* no two sets that do something have the same; 0: neither encrypts nor decrypts */
	/* The nexus that established them: compared, never dereferenced; its names. */
	const struct nexus *nexus;
	struct drive_host host;
	uint16_t target_port;
	char initiator_port[PORT_NAME_MAX + 1];
};

struct keys {
	struct key_set shared;        /* of scope ALL I_T NEXUS */
	TAILQ_HEAD(, key_set) locals; /* of scope LOCAL, one for each nexus at most */
	uint32_t instances;
	uint64_t numbers;
	struct key_wrap *wrap; /* NULL until a host asks for the public key */
};

/* NULL: no memory. */
struct keys *keys_new(void);
void keys_free(struct keys *keys);

/* The scope that the nexus has registered, and the parameters that it uses. */
enum key_scope keys_scope(const struct lu_nexus *nexus);
struct key_set *keys_of(const struct tape *tape, const struct lu_nexus *nexus);
/* The nexus is locked to a key instance that is not the present one: it must not write. */
bool keys_locked_out(const struct tape *tape, const struct lu_nexus *nexus);
/* The set with that number is still in effect. */
bool keys_have(const struct tape *tape, uint64_t number);

/* A request as the page makes it. */
struct key_request {
	enum key_scope scope;
	bool lock;
	struct key_params params;   /* ignored with SCOPE_PUBLIC */
	struct wrapped_key wrapped; /* bytes NULL: params has the key itself */
};
/* Carries it out for the nexus.  -ENOMEM: nothing has changed. */
int keys_set(struct tape *tape, struct lu_nexus *nexus, const struct key_request *request);

/* Ends the parameters whose time is over.  They establish unit attentions. */
void keys_demounted(struct tape *tape, const struct actor *by);
void keys_reset(struct tape *tape);
void keys_nexus_gone(struct tape *tape, struct lu_nexus *nexus);
void keys_reservations_changed(struct lu *lu, bool preempted);

/* The keys of a drive, for operators. */
void keys_tell(const struct tape *tape, struct drive_status *status);

/* set_encryption.c: takes the page apart.  wraps: the unit for which keys may be wrapped; NULL: they come as they are.
 * False: *ret_fault is why, and *ret_request undefined. */
struct list_fault {
	enum sense id;
	bool pointer;
	unsigned byte;
	int bit;
};
bool set_encryption_parse(const struct lu_identity *wraps, const uint8_t *list, size_t len,
	struct key_request *ret_request, struct list_fault *ret_fault);

/* encryption.c: the SET DATA ENCRYPTION page, and how the parameters come to the cartridge. */
void ssc_set_encryption(struct task *task, const uint8_t *list, size_t len);
/* Before the data of a READ, WRITE or VERIFY: the cartridge encrypts and decrypts as this nexus wants.  False with the
 * command failed. */
struct work;
bool work_keys(struct work *w, bool writes);
/* The cartridge forgets parameters that have ended, in a fiber of its own. */
void keys_forget_later(struct tape *tape);
