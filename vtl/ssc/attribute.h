/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of the medium auxiliary memory (MAM): one row each (SPC-5 7.4.2, SSC-5 8.3). READ ATTRIBUTE, WRITE
 * ATTRIBUTE, the reference table and the tests use the rows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/media.h"
#include "vtl/base/wire.h"

struct tape;
struct lu_nexus;
struct task;

enum attribute_format { ATTRIBUTE_BINARY, ATTRIBUTE_ASCII, ATTRIBUTE_TEXT, ATTRIBUTE_ANY };
/* One value for the cartridge, which every partition shows, or one for each partition. */
enum attribute_scope { OF_MEDIUM, OF_PARTITION };

/* Whose values a function writes. */
struct attribute_ask {
	const struct tape *tape; /* its cartridge is loaded */
	const struct lu_nexus *nexus;
	uint32_t partition;
};

struct attribute {
	uint16_t id, last; /* last: the row is for all ids from id to last, and last is 0 for one id */
	uint16_t len_min, len;
	enum attribute_format format;
	enum attribute_scope scope;
	uint8_t since; /* generation of drives that have it; 0: all */
	const char *name;
	/* Writes the value, len bytes. NULL: the host's, which the cartridge's memory keeps. */
	void (*value)(const struct attribute_ask *ask, struct wire *w);
	/* With a value: whether a host may set it now; NULL: never. */
	bool (*settable)(const struct tape *tape);
	/* Returns how many bytes of a host's value are right; len: all of them. NULL: any are. */
	size_t (*right)(const uint8_t *value, size_t len);
};

/* attributes.c: ascending by id; the last one has no name. */
extern const struct attribute tape_attributes[];
/* The row of an attribute that this drive has, or NULL. */
const struct attribute *attribute_find(const struct tape *tape, uint32_t id);
static inline bool attribute_is_hosts(const struct attribute *row)
{
	return !row->value;
}

enum { ATTRIBUTE_CHANGES = 0x0009 }; /* the volume change reference */
enum { ATTRIBUTE_HEAD = 5 };         /* bytes before the value: id, format, length */

/* attribute_values.c: the rows' functions. */
void attribute_remaining(const struct attribute_ask *ask, struct wire *w);
void attribute_maximum(const struct attribute_ask *ask, struct wire *w);
void attribute_alerts(const struct attribute_ask *ask, struct wire *w);
void attribute_loads(const struct attribute_ask *ask, struct wire *w);
void attribute_space(const struct attribute_ask *ask, struct wire *w);
void attribute_organization(const struct attribute_ask *ask, struct wire *w);
void attribute_density(const struct attribute_ask *ask, struct wire *w);
void attribute_initializations(const struct attribute_ask *ask, struct wire *w);
void attribute_volume(const struct attribute_ask *ask, struct wire *w);
void attribute_changes(const struct attribute_ask *ask, struct wire *w);
void attribute_drive_0(const struct attribute_ask *ask, struct wire *w);
void attribute_drive_1(const struct attribute_ask *ask, struct wire *w);
void attribute_drive_2(const struct attribute_ask *ask, struct wire *w);
void attribute_drive_3(const struct attribute_ask *ask, struct wire *w);
void attribute_life_written(const struct attribute_ask *ask, struct wire *w);
void attribute_life_read(const struct attribute_ask *ask, struct wire *w);
void attribute_load_written(const struct attribute_ask *ask, struct wire *w);
void attribute_load_read(const struct attribute_ask *ask, struct wire *w);
void attribute_first_encrypted(const struct attribute_ask *ask, struct wire *w);
void attribute_medium_history(const struct attribute_ask *ask, struct wire *w);
void attribute_partition_history(const struct attribute_ask *ask, struct wire *w);
void attribute_manufacturer(const struct attribute_ask *ask, struct wire *w);
void attribute_serial(const struct attribute_ask *ask, struct wire *w);
void attribute_length(const struct attribute_ask *ask, struct wire *w);
void attribute_width(const struct attribute_ask *ask, struct wire *w);
void attribute_made(const struct attribute_ask *ask, struct wire *w);
void attribute_capacity(const struct attribute_ask *ask, struct wire *w);
void attribute_medium_type(const struct attribute_ask *ask, struct wire *w);
void attribute_type_information(const struct attribute_ask *ask, struct wire *w);
void attribute_identity(const struct attribute_ask *ask, struct wire *w);
void attribute_other_identity(const struct attribute_ask *ask, struct wire *w);
void attribute_optimization_needed(const struct attribute_ask *ask, struct wire *w);
void attribute_optimization_version(const struct attribute_ask *ask, struct wire *w);
bool attribute_tape_blank(const struct tape *tape);
/* The tape was optimized. At the load. */
void attribute_optimized(const struct tape *tape);
/* Puts this drive before those of the last three loads. At the load. */
void attribute_remember_drive(const struct tape *tape);
/* Counts a format; stored at the unload. */
void attribute_count_format(const struct tape *tape);
/* How often it was formatted, the first time included. */
uint32_t attribute_formats(const struct tape *tape);

/* partition_history.c: counts bytes that a host has written to, or read from, the partition in use. */
void partition_count(struct tape *tape, uint64_t written, uint64_t read);
/* Stores what this load has counted. At the unload. */
void partition_history_store(struct tape *tape);
/* The partitions were made anew. */
void partition_history_forget(struct tape *tape);

/* Bytes of the cartridge's memory that are for hosts, and how many of them attributes take; each
 * counts its value and ATTRIBUTE_HEAD. */
size_t attribute_room(const struct tape *tape);
size_t attribute_used(const struct cart *cart);

/* attribute_image.c: all attributes of a partition in the form in which READ ATTRIBUTE sends them. */
struct attribute_image {
	uint8_t *bytes; /* malloc'd */
	size_t len;
};
/* -ENOMEM */
int attribute_image_make(const struct attribute_ask *ask, struct attribute_image *ret_image);
/* The attribute at *at; *at goes to the next one. False: there is none. */
bool attribute_next(const struct attribute_image *image, size_t *at, struct cart_attribute *ret_attribute);

/* What the drive knows of the cartridge that was loaded last (SPC-5 6.17.1, CACHE). */
struct attribute_cache {
	unsigned partitions; /* 0: it knows nothing */
	struct attribute_image images[MEDIA_PARTITIONS];
};
void attribute_cache_fill(struct tape *tape);
void attribute_cache_clear(struct tape *tape);
