/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reference drive in memory: arrays of objects for each partition, and what SSC-5 says about them.  It says what a
 * command must answer, without knowing anything of the drive it is compared with.  What a maker decides is that of an
 * LTO-8 drive of IBM.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODEL_HOSTS = 2,
	MODEL_PARTITIONS = 4,
	MODEL_RECORD_MAX = 8 << 20,
	MODEL_SENSE = 18,
	MODEL_VALUE = 4,      /* bytes of a protection value */
	MODEL_SHORT = 512,    /* most bytes of an answer that is no record */
	MODEL_PORT = 64,      /* bytes of the name of an initiator port */
	MODEL_ENVELOPE = 256, /* most bytes that an encrypted record has besides those of its host */
};

/* Data that belong to a key: so many equal bytes. */
enum { MODEL_KADS = 2 };
struct model_kad {
	bool there;
	uint8_t len, byte;
};

struct model_object {
	bool mark;
	uint32_t len, seed;
	/* What is before it in its partition: filemarks, bytes of capacity, and how much more these may be. */
	uint64_t marks, charge, slack;
	uint8_t cipher; /* the key's number; 0: not encrypted */
	bool never_raw;
	bool vague; /* how many bytes it takes on the medium depends on the drive */
	struct model_kad kad[MODEL_KADS];
	uint8_t protection; /* method of the value that it is kept with; 0: none */
};

struct model_partition {
	struct model_object *objects; /* one more than count: end of data */
	size_t count, room;
	size_t safe; /* so many of them were there at the last sync point */
	uint64_t capacity;
};

/* Data encryption parameters.  A key is 32 equal bytes, its number. */
struct model_keys {
	bool established, works;
	uint8_t encryption, decryption, ceem, rdmc, key;
	bool ckod, ckorp, ckorl;
	struct model_kad kad[MODEL_KADS];
	uint32_t instance;
	unsigned owner; /* the host that established them */
};

enum model_scope { MODEL_PUBLIC, MODEL_LOCAL, MODEL_ALL };

struct model_host {
	uint32_t block_length;
	bool prevents;
	uint32_t attentions; /* bits of the table in model.c */
	bool deferred;
	uint8_t deferred_sense[MODEL_SENSE];
	enum model_scope scope;
	bool locked, has_local;
	uint32_t local_made; /* when: a lower number is earlier */
	uint32_t lock_instance;
	uint8_t protection, protection_length, protection_flags; /* as mode page 0Ah/F0h has them */
	struct model_keys local;
	char port[MODEL_PORT];  /* its name */
	uint64_t key;           /* of its registration; 0: there is none */
	uint32_t registered_at; /* a lower number is earlier */
};

/* A persistent reservation. */
struct model_persistent {
	uint32_t generation, registrations;
	bool kept;     /* through power loss */
	unsigned type; /* 0: there is none */
	unsigned holder;
};

/* Mode pages 10h and 10h/01h. */
struct model_configuration {
	uint16_t delay, zone; /* 100 ms; 10^6 bytes before early warning */
	bool warns_readers, appends_only, only_reserved;
	uint8_t algorithm, tampered; /* tampered: WTRE */
};

/* Records of hosts since the load, and their bytes; the same at the last reset of each page that is reset alone. */
struct model_counters {
	uint64_t written, read, records_written, records_read;
};
enum model_log { MODEL_LOG_MOUNT, MODEL_LOG_WRITES, MODEL_LOG_READS, MODEL_LOG_TRANSFER, MODEL_LOGS };

/* What hosts have stored in the memory of the cartridge. */
enum { MODEL_ATTRIBUTES = 10, MODEL_ATTRIBUTE = 40 };
struct model_attribute {
	uint8_t len, format; /* len 0: there is none */
	uint8_t value[MODEL_ATTRIBUTE];
};

/* What ALLOW OVERWRITE has allowed the next command. */
struct model_overwrite {
	enum model_allowed { MODEL_NOTHING, MODEL_HERE, MODEL_FORMAT } what;
	unsigned partition;
	size_t at;
};

struct model_layout {
	unsigned partitions;
	uint64_t available, capacity[MODEL_PARTITIONS];
};

struct model {
	uint64_t whole; /* bytes of the cartridge */
	bool worm, protected;
	bool compresses, can_compress; /* DCE; whether the drive would then do so */
	bool loaded;                   /* else seated but unloaded */
	struct model_layout layout, plan;
	bool planned;
	unsigned plan_exponent;
	struct model_partition part[MODEL_PARTITIONS];
	unsigned partition; /* the position */
	size_t at;
	uint8_t buffered;
	struct model_configuration configuration;
	struct model_overwrite overwrite;
	struct model_attribute attributes[MODEL_PARTITIONS][MODEL_ATTRIBUTES];
	struct model_counters mount, forgotten[MODEL_LOGS];
	unsigned zone_told; /* the zone that a write has reported, since the position is in it */
	unsigned zone_partition;
	int reserved_by; /* host, by RESERVE; -1: none */
	struct model_persistent persistent;
	struct model_keys shared;
	uint32_t instances, locals_made;
	struct model_host host[MODEL_HOSTS];
};

struct model_answer {
	uint8_t status, sense[MODEL_SENSE];
	uint64_t want;             /* bytes that the drive would move, if the host offered as much */
	uint8_t *in;               /* the bytes of a READ, in the caller's buffer */
	size_t in_len;             /* may be more than want */
	bool unknown[MODEL_SHORT]; /* these bytes may be any */
};

/* A command as it arrives. */
struct model_call {
	unsigned who;
	const uint8_t *cdb, *out;
	uint32_t out_len; /* bytes that the host offers */
	uint32_t seed;    /* WRITE makes records of seed, seed + 1, ... */
};

/* A drive without a cartridge, after power on. */
void model_init(struct model *m);
void model_fini(struct model *m);
void model_command(struct model *m, const struct model_call *call, struct model_answer *ret);
/* Another cartridge, blank, instead of the one that is there. */
void model_insert(struct model *m, uint64_t bytes, bool worm);
/* The same cartridge is taken out and comes back, its tab set or not. */
void model_protect(struct model *m, bool protected);
/* The drive is new, the cartridge the same. */
void model_power_on(struct model *m);
/* LOGICAL UNIT RESET. */
void model_reset(struct model *m);
/* Whether the host has access to the reserved drive because it has registered or reserved. */
bool model_reserves_for(const struct model *m, unsigned who);

/* The bytes of a record are a function of its seed; those of every fourth can be compressed. */
void model_pattern(uint8_t *buf, size_t len, uint32_t seed);
/* The method with which the host writes, or reads; 0: none.  A value of the method. */
unsigned model_protects(const struct model_host *h, bool writing);
void model_protection(unsigned method, const uint8_t *data, size_t len, uint8_t value[static MODEL_VALUE]);
/* The present partition; the object at the position, NULL at end of data. */
struct model_partition *model_here(const struct model *m);
const struct model_object *model_object(const struct model *m);
uint64_t model_marks_before(const struct model *m);
bool model_early_warning(const struct model *m);
/* In the programmable zone, or behind it. */
bool model_in_zone(const struct model *m);
/* Bytes before early warning, and before its zone, that are left for certain, if the records after the position are
 * replaced. */
uint64_t model_room(const struct model *m);
/* It is known how many bytes every object takes. */
bool model_exact(const struct model *m);
/* The bit of the CDB must be 0. */
bool model_reserves(const uint8_t *cdb, unsigned byte, unsigned bit);
const struct model_keys *model_keys_of(const struct model *m, unsigned who);
